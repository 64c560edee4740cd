// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"errors"
	"iter"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// The calls of a session. Each is made again where the gateway is said not to exist, and does.

// errStopped ends a listing that nobody reads on.
var errStopped = errors.New("stopped")

// connections lists in pages. One that is said in the middle of it not to be there is listed from the beginning once more,
// of which the caller is told.
func (v *Session) connections(ctx context.Context, filter apig.ConnectionFilter, again func()) iter.Seq2[apig.ConnectionPage, error] {
	return func(yield func(apig.ConnectionPage, error) bool) {
		begun := false
		err := v.presence.insist(ctx, v.askConnections, func(ctx context.Context) error {
			if begun {
				again()
			}
			for page, err := range v.api.ListConnections(ctx, v.gateway, filter) {
				if err != nil {
					return err
				}
				begun = true
				v.presence.isThere()
				if !yield(page, nil) {
					return errStopped
				}
			}
			return nil
		})
		if err != nil && !errors.Is(err, errStopped) {
			yield(apig.ConnectionPage{}, err)
		}
	}
}

// askConnections finds out whether the gateway is there, by one call.
func (v *Session) askConnections(ctx context.Context) error {
	for _, err := range v.api.ListConnections(ctx, v.gateway, apig.ConnectionFilter{}) {
		return err
	}
	return nil
}

// askPermissions likewise, of one who may be allowed to list those alone.
func (v *Session) askPermissions(ctx context.Context) error {
	for _, err := range v.api.ListPermissions(ctx, v.gateway) {
		return err
	}
	return nil
}

// listPermissionsOnce lists who may ask for connections, once. It tells whether that shifted.
func (v *Session) listPermissionsOnce(ctx context.Context) (listed map[string]apig.Permission, shifted bool, err error) {
	err = v.presence.insist(ctx, v.askPermissions, func(ctx context.Context) error {
		listed, shifted = map[string]apig.Permission{}, false
		for page, err := range v.api.ListPermissions(ctx, v.gateway) {
			if err != nil {
				return err
			}
			for _, p := range page.Permissions {
				if _, again := listed[p.Account]; !again {
					listed[p.Account] = p
				}
			}
			shifted = page.Shifted
		}
		return nil
	})
	return listed, shifted, err
}

// acceptOrReject decides endpoints.
func (v *Session) acceptOrReject(ctx context.Context, action endpoint.Decision, endpoints []string) error {
	return v.presence.insist(ctx, v.askConnections, func(ctx context.Context) error {
		_, err := v.api.AcceptOrReject(ctx, v.gateway, action, endpoints)
		return err
	})
}

// permit adds or deletes entries of accounts.
func (v *Session) permit(ctx context.Context, add bool, accounts []string) error {
	call := v.api.AddPermissions
	if !add {
		call = v.api.DeletePermissions
	}
	return v.presence.insist(ctx, v.askPermissions, func(ctx context.Context) error { return call(ctx, v.gateway, accounts) })
}
