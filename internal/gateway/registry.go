// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package gateway is what one run of the provider shares of each gateway: what its
// last listing said, the decisions that travel together, and the waits. It knows nothing
// of Terraform, nor of who holds which endpoint.
package gateway

import (
	"context"
	"iter"
	"sync"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// API is what is asked of the client.
type API interface {
	ListConnections(ctx context.Context, gateway apig.Gateway, filter apig.ConnectionFilter) iter.Seq2[apig.ConnectionPage, error]
	ListPermissions(ctx context.Context, gateway apig.Gateway) iter.Seq2[apig.PermissionPage, error]
	AddPermissions(ctx context.Context, gateway apig.Gateway, accounts []string) error
	DeletePermissions(ctx context.Context, gateway apig.Gateway, accounts []string) error
	AcceptOrReject(ctx context.Context, gateway apig.Gateway, action endpoint.Decision, endpoints []string) ([]endpoint.Connection, error)
}

// Registry holds the sessions of a run, one for each gateway.
type Registry struct {
	// Patience is set before the first session is asked for.
	Patience Patience

	api      API
	mu       sync.Mutex
	sessions map[apig.Gateway]*Session

	outages rest.Outages // of all gateways
	census  census
}

// NewRegistry makes the registry of a run.
func NewRegistry(api API) *Registry {
	return &Registry{Patience: defaultPatience(), api: api, sessions: map[apig.Gateway]*Session{}}
}

// Session returns the one session of a gateway.
func (r *Registry) Session(gateway apig.Gateway) *Session {
	r.mu.Lock()
	defer r.mu.Unlock()
	session, ok := r.sessions[gateway]
	if !ok {
		session = newSession(&calls{api: r.api, gateway: gateway, presence: newPresence(gateway, r.Patience, &r.census), outages: &r.outages})
		r.sessions[gateway] = session
	}
	return session
}
