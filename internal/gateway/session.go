// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package gateway is what one run of the provider shares of each gateway: what its last listing said, the decisions
// that travel together, and the waits. It knows nothing of Terraform, nor of who holds which endpoint.
package gateway

import (
	"context"
	"iter"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/batch"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/bisect"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/listing"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/pace"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

type (
	// Freshness says which listings of this run may answer a question.
	Freshness = listing.Freshness
	// Asked are decisions that were asked for, and when.
	Asked = batch.Asked
	// FaultError says that a service failed for whatever it was asked for.
	FaultError = bisect.FaultError
)

// The freshness of an answer, by what it is for.
var (
	OfThisRun = listing.OfThisRun
	Recent    = listing.Recent
	Now       = listing.Now
	Since     = listing.Since
)

// What kept a listing, or a settlement, from its end.
var (
	ErrShifting          = listing.ErrShifting
	ErrUnexpectedAccount = settle.ErrUnexpectedAccount
)

// Session is one gateway as this run sees it: a façade over parts with a lock each. It is safe for concurrent use.
type Session struct {
	calls       *calls
	presence    *presence
	listing     *listing.Listing
	batch       *batch.Batch
	pace        *pace.Pace
	permissions *permissions
	settler     settle.Settler
}

func newSession(c *calls) *Session {
	s := &Session{calls: c, presence: c.presence, batch: batch.New(c.decide), pace: &pace.Pace{}}
	s.listing = listing.New(c, s.batch)
	s.permissions = newPermissions(c, s.pace)
	s.settler = settle.Settler{Looker: looker{s.listing}, Decider: s.batch, Outages: decisionOutages{c, s.batch}, Pacer: s.pace, Patience: &c.unlisted}
	return s
}

// Get returns the connections that the gateway lists among the endpoints, by endpoint ID.
func (s *Session) Get(ctx context.Context, endpoints []string, fresh Freshness) (map[string]endpoint.Connection, error) {
	seen, err := s.listing.Get(ctx, endpoints, fresh)
	if err != nil {
		return nil, err
	}
	return seen.Connections, nil
}

// List returns all connections, by endpoint ID; the map must not be changed.
func (s *Session) List(ctx context.Context, fresh Freshness) (map[string]endpoint.Connection, error) {
	return s.listing.List(ctx, fresh)
}

// Listed returns what the last complete listing found, nil if there was none; the map must not be changed.
func (s *Session) Listed() map[string]endpoint.Connection { return s.listing.Last() }

// EverListed tells that the gateway listed the endpoints before this run.
func (s *Session) EverListed(endpoints ...string) {
	if len(endpoints) > 0 {
		s.Existed()
		s.listing.EverListed(endpoints...)
	}
}

// Settle brings each item to its goal, see settle.Settler.
func (s *Session) Settle(ctx context.Context, items []*settle.Item, waitForEndpoints time.Duration, tell ...func(*settle.Item)) error {
	for _, i := range items {
		if i.EverListed {
			s.EverListed(i.EndpointID)
		}
	}
	return s.settler.Settle(ctx, items, waitForEndpoints, tell...)
}

// Expect tells that a caller of Settle is on its way: one whose plan was just made.
func (s *Session) Expect() { s.batch.Expect() }

// Remember takes in what an earlier run asked for and did not see take effect.
func (s *Session) Remember(unseen map[string]Asked) { s.batch.Remember(unseen) }

// Unseen are the decisions that were asked for, in this run or before, and not seen to have taken effect or be overtaken.
func (s *Session) Unseen(endpoints []string) map[string]Asked { return s.batch.Unseen(endpoints) }

// looker is a listing as settling asks it.
type looker struct{ *listing.Listing }

// Look implements settle.Looker.
func (l looker) Look(ctx context.Context, endpoints []string, since time.Time) (settle.Seen, error) {
	fresh := listing.Since(since)
	if since.IsZero() {
		fresh = listing.Recent()
	}
	s, err := l.Get(ctx, endpoints, fresh)
	if err != nil {
		return settle.Seen{}, err
	}
	return settle.Seen{Connections: s.Connections, Began: s.Began, Epoch: s.Epoch}, nil
}

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
	return &Registry{Patience: defaultPatience(), api: api, sessions: map[apig.Gateway]*Session{}, census: census{absent: map[apig.Gateway]struct{}{}}}
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
