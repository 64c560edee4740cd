// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/batch"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/pace"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// calls are those about one gateway. Each is made again where the gateway is said not to exist, and does.
type calls struct {
	api      API
	gateway  apig.Gateway
	presence *presence
	outages  *rest.Outages // of all gateways
	unlisted pace.Unlisted
}

// errStopped ends a listing that nobody reads on.
var errStopped = errors.New("stopped")

// Connections lists in pages. Where it begins once more in the middle, it calls again.
func (c *calls) Connections(ctx context.Context, filter apig.ConnectionFilter, again func()) iter.Seq2[apig.ConnectionPage, error] {
	return func(yield func(apig.ConnectionPage, error) bool) {
		begun := false
		err := c.presence.insist(ctx, c.askConnections, func(ctx context.Context) error {
			if begun {
				again()
			}
			for page, err := range c.api.ListConnections(ctx, c.gateway, filter) {
				if err != nil {
					return err
				}
				begun = true
				c.presence.isThere()
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
func (c *calls) askConnections(ctx context.Context) error {
	for _, err := range c.api.ListConnections(ctx, c.gateway, apig.ConnectionFilter{}) {
		return err
	}
	return nil
}

// askPermissions likewise, of one who may be allowed to list those alone.
func (c *calls) askPermissions(ctx context.Context) error {
	for _, err := range c.api.ListPermissions(ctx, c.gateway) {
		return err
	}
	return nil
}

// listPermissionsOnce lists who may ask for connections, once. It tells whether that shifted.
func (c *calls) listPermissionsOnce(ctx context.Context) (listed map[string]apig.Permission, shifted bool, err error) {
	err = c.presence.insist(ctx, c.askPermissions, func(ctx context.Context) error {
		listed, shifted = map[string]apig.Permission{}, false
		for page, err := range c.api.ListPermissions(ctx, c.gateway) {
			if err != nil {
				return err
			}
			for _, p := range page.Entries {
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

// decide decides endpoints. One that is connected already is as good as accepted: looking tells.
func (c *calls) decide(ctx context.Context, decision endpoint.Decision, endpoints []string) error {
	err := c.presence.insist(ctx, c.askConnections, func(ctx context.Context) error {
		_, err := c.api.AcceptOrReject(ctx, c.gateway, decision, endpoints)
		return err
	})
	if len(endpoints) == 1 && decision == endpoint.Accepted && apig.IsDecidedAlready(err) {
		err = nil
	}
	c.noteChange(ctx, apig.OperationDecide, err)
	return err
}

func (c *calls) permit(ctx context.Context, add bool, accounts []string) error {
	call := c.api.AddPermissions
	if !add {
		call = c.api.DeletePermissions
	}
	return c.presence.insist(ctx, c.askPermissions, func(ctx context.Context) error { return call(ctx, c.gateway, accounts) })
}

// region is the key of an outage that is all gateways' of a region: that of its API.
type region string

// Outage is the error of a listing that would be in vain, as the last one was.
func (c *calls) Outage(ctx context.Context) error {
	return c.outages.Recent(ctx, c.gateway, region(c.gateway.Region))
}

// Looked takes in what a listing came to. It tells whether an error is for all who waited: others may doubt what a patient
// caller is told.
func (c *calls) Looked(ctx context.Context, began time.Time, err error) (shared bool) {
	c.outages.Note(ctx, began, err, c.gateway, region(c.gateway.Region))
	_, patient := attemptIn(ctx)
	return !patient || !isAbsence(err)
}

// ListedNew takes in that the gateway has begun to list something.
func (c *calls) ListedNew() { c.unlisted.Listed() }

// changes is the key of outages of the calls that change something. The API may list all the same.
type changes struct {
	operation string // apig.OperationDecide or apig.OperationAddPermissions, for deletions too
	of        any
}

// longestBlip is for how long attempts may fail of one who has more time: a bad network is no outage.
const longestBlip = time.Minute

// changed is the key of what was to be changed. That it can't be says nothing about others, unless nobody answers.
type changed struct {
	of apig.Gateway
	id string // of the endpoint or the account
}

func (c *calls) changes(operation string) []any {
	return []any{changes{operation, c.gateway}, changes{operation, region(c.gateway.Region)}}
}

// changeOutage is the error of changes that would be in vain, as others were just now.
func (c *calls) changeOutage(ctx context.Context, operation string) error {
	return c.outages.Recent(ctx, c.changes(operation)...)
}

// noteChange takes in that a call was made that changes something.
func (c *calls) noteChange(ctx context.Context, operation string, err error) {
	if err == nil {
		c.outages.Note(ctx, time.Now(), nil, c.changes(operation)...)
	}
}

// noteVain takes in that something could not be changed by all the attempts since a time. A definite answer may be about
// that alone.
func (c *calls) noteVain(ctx context.Context, operation string, began time.Time, id string, err error) {
	e, keys := apig.FailedCall(err), c.changes(operation)
	switch {
	case e == nil, ctx.Err() == nil && time.Since(began) < longestBlip:
		return
	case e.Kind == rest.KindThrottled: // whatever is to be changed
	case apig.MayPass(err):
		keys = append([]any{changed{c.gateway, id}}, keys...)
	default:
		return
	}
	c.outages.Note(ctx, began, err, keys...)
}

// decisionOutages implements settle.Outages.
type decisionOutages struct {
	*calls
	batch *batch.Batch
}

// Outage is the error of decisions that would be in vain.
func (d decisionOutages) Outage(ctx context.Context) error {
	return d.changeOutage(ctx, apig.OperationDecide)
}

// Unsettled takes in what became of items, and the error that ended them.
func (d decisionOutages) Unsettled(ctx context.Context, began time.Time, items []*settle.Item, err error) {
	for _, i := range items {
		if i.Refusal != nil && !i.Phase.Reached() {
			d.noteVain(ctx, apig.OperationDecide, began, i.EndpointID, i.Refusal)
		}
	}
	for _, i := range items {
		if i.Phase == settle.ToCall { // who waited for another's call knows of that
			d.noteVain(ctx, apig.OperationDecide, began, i.EndpointID, cmp.Or(d.batch.Unanswered(ctx), err))
			return
		}
	}
}
