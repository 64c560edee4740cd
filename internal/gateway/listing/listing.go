// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package listing is what a run knows of a gateway's connections: what the last listings showed, and what is not there
// any more. It knows nothing of why somebody looks, nor of how decisions are made.
package listing

import (
	"context"
	"iter"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// concurrency is how many calls one look makes at once.
const concurrency = 4

// Source makes the calls.
type Source interface {
	// Connections lists in pages. Where it has to begin once more, it calls again.
	Connections(ctx context.Context, filter apig.ConnectionFilter, again func()) iter.Seq2[apig.ConnectionPage, error]
	// Outage is the error of a look that would be in vain, as the last one was.
	Outage(ctx context.Context) error
	// Looked takes in what a look came to that began at a time. It tells whether an error is for all who waited for it.
	Looked(ctx context.Context, began time.Time, err error) (shared bool)
	// ListedNew takes in that the gateway has begun to list something.
	ListedNew()
}

// Decisions tells what is decided meanwhile.
type Decisions interface {
	Epoch() int
	NextEpoch() int
	Pending() []string
	Await(ctx context.Context, endpoints []string) error
	// IsOutdated tells whether a decision on any of the endpoints ended since an epoch, or is pending.
	IsOutdated(epoch int, endpoints []string) bool
	// Ended tells whether any decision ended after an epoch, and until another one.
	Ended(after, until int) bool
}

// Listing is what a run knows of a gateway's connections. It is safe for concurrent use.
type Listing struct {
	source    Source
	decisions Decisions
	flights   flight.Group[struct{}, *Snapshot] // one listing at a time

	mu       sync.Mutex
	last     *Snapshot
	full     *Snapshot       // the last complete one
	wanted   map[string]wish // endpoints that are looked for at the moment
	waiters  map[*waiter]struct{}
	absences absences

	cost cost // atomic
}

// cost is what decides in which way to list.
type cost struct {
	total                 atomic.Int64 // connections of the gateway when last listed, -1 before
	callsSinceFullListing atomic.Int64 // of looks that left no complete listing for those who came later
	filterIgnored         atomic.Bool  // the server does not narrow a listing by an endpoint: one by one, each costs all pages
}

// wish is who looks for an endpoint at the moment.
type wish struct {
	callers int
	came    int // epoch in which the last of them came
}

// waiter is somebody who is going to look for endpoints.
type waiter struct {
	endpoints []string
	at        time.Time
}

// New makes the listing of one gateway.
func New(source Source, decisions Decisions) *Listing {
	l := &Listing{
		source: source, decisions: decisions, flights: flight.Group[struct{}, *Snapshot]{Ends: rest.IsOutage},
		wanted: map[string]wish{}, waiters: map[*waiter]struct{}{},
		absences: absences{listed: map[string]struct{}{}, left: map[string]struct{}{}},
	}
	l.cost.total.Store(-1)
	return l
}

// Snapshot is what a look saw. Endpoints that it covers and does not hold are not listed by the gateway. It does not
// change once it is the listing's last.
type Snapshot struct {
	Began       time.Time
	Epoch       int
	Connections map[string]endpoint.Connection
	complete    bool
	asked       map[string]struct{}
	lasting     bool // those who come later may be served by it as well
	full        bool // asked for by All: it is to be complete
	calls       int  // that it took so far
	took        time.Duration
	shared      bool // an error of it is that of all who waited for it
}

func (s *Snapshot) covers(endpoints []string) bool {
	if s.complete {
		return true
	}
	for _, id := range endpoints {
		_, asked := s.asked[id]
		_, found := s.Connections[id]
		if !asked && !found {
			return false
		}
	}
	return true
}

// Get returns the connections that the gateway lists among the endpoints, by endpoint ID. Callers at the same time
// share one listing, and an earlier one serves as well if it is fresh enough. No endpoint is judged by a listing that
// began before the last decision on it had ended.
func (l *Listing) Get(ctx context.Context, endpoints []string, fresh Freshness) (*Snapshot, error) {
	came := l.decisions.Epoch()
	defer l.want(endpoints, came)()
	for {
		if err := l.decisions.Await(ctx, endpoints); err != nil {
			return nil, err
		}
		s := l.serving(endpoints, fresh)
		if s == nil {
			if _, err := l.share(ctx, came, func(ctx context.Context) (*Snapshot, error) { return l.fill(ctx, l.begin(fresh.lasts())) }); err != nil {
				return nil, err
			}
			continue
		}
		s, err := l.confirmAbsence(ctx, s, endpoints)
		if err != nil {
			return nil, err
		}
		if !l.decisions.IsOutdated(s.Epoch, endpoints) {
			return s, nil
		}
	}
}

// share makes a listing, or waits for the one that is under way. It returns what became of one that began after a
// moment, by the epoch: should each who was waiting make attempts of its own, one after the other, the last would wait
// for the attempts of all. Of an older one it returns nothing, since others wanted it.
func (l *Listing) share(ctx context.Context, moment int, list func(context.Context) (*Snapshot, error)) (*Snapshot, error) {
	if err := l.source.Outage(ctx); err != nil {
		return nil, err
	}
	own, caller := false, ctx
	s, err := l.flights.Do(ctx, struct{}{}, func(ctx context.Context) (*Snapshot, error) {
		own = true
		if err := l.source.Outage(caller); err != nil { // as one that was given up has found out since: all go and ask again
			return &Snapshot{}, err
		}
		s, err := list(ctx)
		if shared := l.source.Looked(ctx, s.Began, err); err != nil { // otherwise others have it by now
			s.shared = shared && ctx.Err() == nil
		}
		return s, err
	})
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, err
	case s.Epoch <= moment, err != nil && !own && !s.shared:
		return nil, nil
	default:
		return s, err
	}
}

// serving returns a snapshot that tells of the endpoints, if there is one.
func (l *Listing) serving(endpoints []string, fresh Freshness) *Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, s := range []*Snapshot{l.last, l.full} {
		if s != nil && fresh.Allows(s.Began, s.took) && s.covers(endpoints) && !l.decisions.IsOutdated(s.Epoch, endpoints) {
			return s
		}
	}
	return nil
}

// begin makes the snapshot of a look for all that is wanted at the moment, but what it can't serve.
func (l *Listing) begin(lasting bool) *Snapshot {
	epoch := l.decisions.NextEpoch()
	pending := l.decisions.Pending()
	l.mu.Lock()
	defer l.mu.Unlock()
	s := &Snapshot{
		Began:       time.Now(),
		Epoch:       epoch,
		Connections: make(map[string]endpoint.Connection, len(l.wanted)),
		asked:       make(map[string]struct{}, len(l.wanted)),
		lasting:     lasting,
	}
	for w := range l.waiters {
		if w.at.After(s.Began) {
			continue
		}
		for _, id := range w.endpoints { // it is about to look
			s.asked[id] = struct{}{}
		}
	}
	for id, w := range l.wanted {
		if !slices.Contains(pending, id) && !l.isServed(id, w) {
			s.asked[id] = struct{}{}
		}
	}
	return s
}

// keep has a look that is done answer later questions.
func (l *Listing) keep(s *Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	s.took = time.Since(s.Began)
	l.last = s
	switch {
	case s.complete:
		l.full = s
		l.cost.callsSinceFullListing.Store(0)
	case s.lasting:
		l.cost.callsSinceFullListing.Add(int64(s.calls))
	}
}

// want takes in that somebody looks for endpoints, until done is called.
func (l *Listing) want(endpoints []string, came int) (done func()) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range endpoints {
		l.wanted[id] = wish{l.wanted[id].callers + 1, max(l.wanted[id].came, came)}
	}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		for _, id := range endpoints {
			if w := l.wanted[id]; w.callers > 1 {
				l.wanted[id] = wish{w.callers - 1, w.came}
			} else {
				delete(l.wanted, id)
			}
		}
	}
}

// isServed tells of an endpoint that the last listing found for all who look for it: they are about to leave.
func (l *Listing) isServed(id string, w wish) bool {
	if l.last == nil || l.last.Epoch <= w.came {
		return false
	}
	_, found := l.last.Connections[id]
	return found && !l.decisions.IsOutdated(l.last.Epoch, []string{id})
}

// Expect tells that somebody is going to look for endpoints, until the returned function is called. Whoever looks first
// at that time looks for all of them.
func (l *Listing) Expect(endpoints []string, at time.Time) (done func()) {
	w := &waiter{endpoints: endpoints, at: at}
	l.mu.Lock()
	defer l.mu.Unlock()
	l.waiters[w] = struct{}{}
	return func() {
		l.mu.Lock()
		defer l.mu.Unlock()
		delete(l.waiters, w)
	}
}
