// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package gateway is what one run of the provider shares of each gateway: what
// its last listing said, the decisions made on it, and the waits.
package gateway

import (
	"context"
	"iter"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

const (
	// concurrency is how many calls for one gateway are under way at once.
	concurrency = 4
	// maxRelistings is how often a listing that shifted while it was paged is
	// begun again.
	maxRelistings = 2
)

// API is what is asked of the client.
type API interface {
	ListConnections(ctx context.Context, gateway apig.Gateway, filter apig.ConnectionFilter) iter.Seq2[apig.ConnectionPage, error]
	AcceptOrReject(ctx context.Context, gateway apig.Gateway, action apig.Action, endpoints []string) ([]apig.Connection, error)
}

// Registry holds the views of a run, one for each gateway.
type Registry struct {
	api   API
	mu    sync.Mutex
	views map[apig.Gateway]*View
}

// NewRegistry makes the registry of a run.
func NewRegistry(api API) *Registry {
	return &Registry{api: api, views: map[apig.Gateway]*View{}}
}

// View returns the one view of a gateway.
func (r *Registry) View(gateway apig.Gateway) *View {
	r.mu.Lock()
	defer r.mu.Unlock()
	view, ok := r.views[gateway]
	if !ok {
		view = &View{api: r.api, gateway: gateway, listing: make(chan struct{}, 1), total: -1}
		r.views[gateway] = view
	}
	return view
}

// View is one gateway as this run sees it. It is safe for concurrent use.
type View struct {
	api     API
	gateway apig.Gateway

	listing chan struct{} // held by the one that lists

	mu           sync.Mutex
	last         *snapshot
	decisions    int   // calls begun so far
	deciding     int   // calls under way
	total        int64 // connections of the gateway when last listed, -1 before
	missingSince time.Time
}

// snapshot is what a look saw. Endpoints that it covers and does not hold are
// not listed by the gateway.
type snapshot struct {
	began       time.Time
	decisions   int
	connections map[string]apig.Connection
	complete    bool
	asked       map[string]struct{}
}

func (s *snapshot) covers(endpoints []string) bool {
	if s.complete {
		return true
	}
	for _, id := range endpoints {
		_, asked := s.asked[id]
		_, found := s.connections[id]
		if !asked && !found {
			return false
		}
	}
	return true
}

// Look returns the connections that the gateway lists among the endpoints, by
// endpoint ID. What another caller saw serves as well if that look began at
// notBefore or later and nothing was decided on the gateway since.
func (v *View) Look(ctx context.Context, endpoints []string, notBefore time.Time) (map[string]apig.Connection, error) {
	select {
	case v.listing <- struct{}{}:
		defer func() { <-v.listing }()
	case <-ctx.Done():
		return nil, context.Cause(ctx)
	}
	if s := v.reusable(endpoints, notBefore); s != nil {
		return s.connections, nil
	}
	s := v.begin(endpoints)
	if err := v.fill(ctx, s, endpoints); err != nil {
		return nil, err
	}
	v.mu.Lock()
	v.last = s
	v.mu.Unlock()
	return s.connections, nil
}

func (v *View) reusable(endpoints []string, notBefore time.Time) *snapshot {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.last
	if s == nil || v.deciding > 0 || s.decisions != v.decisions || s.began.Before(notBefore) || !s.covers(endpoints) {
		return nil
	}
	return s
}

func (v *View) begin(endpoints []string) *snapshot {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := &snapshot{
		began:       time.Now(),
		decisions:   v.decisions,
		connections: make(map[string]apig.Connection, len(endpoints)),
		asked:       make(map[string]struct{}, len(endpoints)),
	}
	if v.deciding > 0 {
		s.decisions = -1 // of use to nobody else
	}
	for _, id := range endpoints {
		s.asked[id] = struct{}{}
	}
	return s
}

// fill lists until it is sure which of the endpoints the gateway lists. A
// listing that shifted may lack some; should it do so again and again, those
// are asked for one by one, since what is taken for absent is taken for gone.
func (v *View) fill(ctx context.Context, s *snapshot, endpoints []string) error {
	for range maxRelistings + 1 {
		shifted, err := v.list(ctx, s, endpoints)
		if err != nil {
			return err
		}
		if !shifted || len(missing(s, endpoints)) == 0 {
			return nil
		}
	}
	return v.listEach(ctx, s, missing(s, endpoints))
}

// list adds to the snapshot in the way that costs fewer calls: page by page, or
// by one filter for each endpoint that is not found yet as soon as those are
// fewer than the pages to come.
func (v *View) list(ctx context.Context, s *snapshot, endpoints []string) (shifted bool, err error) {
	wanted := missing(s, endpoints)
	if pages := pagesFor(v.knownTotal()); pages > 1 && len(wanted) < pages {
		return false, v.listEach(ctx, s, wanted)
	}
	seen := 0
	for page, err := range v.api.ListConnections(ctx, v.gateway, apig.ConnectionFilter{}) {
		if err != nil {
			return false, err
		}
		for _, c := range page.Connections {
			s.connections[c.ID] = c
		}
		seen += len(page.Connections)
		shifted = shifted || page.Shifted
		if page.Total < 0 {
			continue
		}
		v.setTotal(page.Total)
		wanted = missing(s, wanted)
		if left := pagesFor(page.Total - int64(seen)); left > 1 && len(wanted) < left {
			return false, v.listEach(ctx, s, wanted)
		}
	}
	s.complete = !shifted
	return shifted, nil
}

// listEach asks for each of the endpoints by the filter.
func (v *View) listEach(ctx context.Context, s *snapshot, endpoints []string) error {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	var mu sync.Mutex
	for _, id := range endpoints {
		group.Go(func() error {
			for page, err := range v.api.ListConnections(ctx, v.gateway, apig.ConnectionFilter{ID: id}) {
				if err != nil {
					return err
				}
				mu.Lock()
				for _, c := range page.Connections {
					s.connections[c.ID] = c
				}
				mu.Unlock()
			}
			return nil
		})
	}
	return group.Wait()
}

func (v *View) knownTotal() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.total
}

func (v *View) setTotal(total int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.total = total
}

func missing(s *snapshot, endpoints []string) []string {
	var ids []string
	for _, id := range endpoints {
		if _, ok := s.connections[id]; !ok {
			ids = append(ids, id)
		}
	}
	return ids
}

func pagesFor(connections int64) int {
	return int((connections + apig.PageSize - 1) / apig.PageSize)
}

// decide makes one call. While it is under way, and afterwards, no earlier look
// serves anybody.
func (v *View) decide(ctx context.Context, action apig.Action, endpoints []string) error {
	v.mu.Lock()
	v.decisions++
	v.deciding++
	v.mu.Unlock()
	defer func() {
		v.mu.Lock()
		v.deciding--
		v.decisions++
		v.mu.Unlock()
	}()
	// What the answer shows is not used: it may be the status from before, and
	// only a listing tells what became of the decision.
	_, err := v.api.AcceptOrReject(ctx, v.gateway, action, endpoints)
	return err
}

// missingDeadline is until when endpoints that the gateway does not list are
// waited for. The clock starts with the first who asks, once for the gateway
// and run, so that many resources do not wait one after the other.
func (v *View) missingDeadline(wait time.Duration) time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.missingSince.IsZero() {
		v.missingSince = time.Now()
	}
	return v.missingSince.Add(wait)
}
