// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package gateway is what one run of the provider shares of each gateway: what
// its last listing said, the decisions that travel together, the waits, and who
// holds which endpoint.
package gateway

import (
	"context"
	"iter"
	"sync"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// API is what is asked of the client.
type API interface {
	ListConnections(ctx context.Context, gateway apig.Gateway, filter apig.ConnectionFilter) iter.Seq2[apig.ConnectionPage, error]
	ListPermissions(ctx context.Context, gateway apig.Gateway) iter.Seq2[apig.PermissionPage, error]
	AddPermissions(ctx context.Context, gateway apig.Gateway, accounts []string) error
	DeletePermissions(ctx context.Context, gateway apig.Gateway, accounts []string) error
	AcceptOrReject(ctx context.Context, gateway apig.Gateway, action apig.Action, endpoints []string) ([]apig.Connection, error)
}

// Registry holds the views of a run, one for each gateway.
type Registry struct {
	// Patience is set before the first view is asked for.
	Patience Patience

	api   API
	mu    sync.Mutex
	views map[apig.Gateway]*View

	outages rest.Outages // of all gateways
	census  census
}

// NewRegistry makes the registry of a run.
func NewRegistry(api API) *Registry {
	return &Registry{Patience: DefaultPatience(), api: api, views: map[apig.Gateway]*View{}}
}

// View returns the one view of a gateway.
func (r *Registry) View(gateway apig.Gateway) *View {
	r.mu.Lock()
	defer r.mu.Unlock()
	view, ok := r.views[gateway]
	if !ok {
		view = newView(r.api, gateway, &r.outages, newPresence(gateway, r.Patience, &r.census))
		r.views[gateway] = view
	}
	return view
}
