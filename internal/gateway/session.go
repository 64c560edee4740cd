// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/bisect"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// concurrency is how many calls of a kind are under way for one gateway at once.
const concurrency = 4

// Session is one gateway as this run sees it. It is safe for concurrent use.
type Session struct {
	api     API
	gateway apig.Gateway

	listing   *turn         // of the one that lists
	slots     chan struct{} // held by calls under way
	decisions rest.Watch    // of those
	outages   *rest.Outages // that listings came to, of all gateways
	presence  *presence

	mu     sync.Mutex
	last   *snapshot
	whole  *snapshot  // the last complete one
	failed failedLook // the last one that failed
	// shifted is when the last attempts at a complete listing began that were in
	// vain, by the clock. For those who look for endpoints they did not fail.
	shiftedAt int

	total                 int64               // connections of the gateway when last listed, -1 before
	callsSinceFullListing int                 // calls of looks that left no complete listing for those who came later
	wanted                map[string]int      // endpoints that are looked for at the moment, and by how many
	confirmedAbsences     int                 // endpoints that were asked for once more and are gone indeed
	listed                map[string]struct{} // endpoints that the gateway listed the last time, in this run or before
	left                  map[string]struct{} // endpoints that it listed earlier, and does not any more

	filterIgnored bool // the server does not narrow a listing by an endpoint

	epoch int              // counts the looks that began and the decisions that ended
	marks map[string]*mark // by endpoint
	idle  chan struct{}    // closed when a decision ends, and made anew

	queues   map[endpoint.Decision]*queue
	expected []time.Time // when callers were announced that are not here yet
	polls    []time.Time // when to look next, shared by all who wait
	waiters  map[*waiter]struct{}
	usual    map[endpoint.Decision]time.Duration

	waits waits // for endpoints that are not listed

	permissions permissions
}

// waiter is somebody who is going to look for endpoints.
type waiter struct {
	endpoints []string
	at        time.Time
}

func newSession(api API, gateway apig.Gateway, outages *rest.Outages, presence *presence) *Session {
	v := &Session{
		api:      api,
		gateway:  gateway,
		outages:  outages,
		presence: presence,
		listing:  newTurn(),
		slots:    make(chan struct{}, concurrency),
		total:    -1,
		wanted:   map[string]int{},
		listed:   map[string]struct{}{},
		left:     map[string]struct{}{},
		marks:    map[string]*mark{},
		idle:     make(chan struct{}),
		usual:    map[endpoint.Decision]time.Duration{},
		waiters:  map[*waiter]struct{}{},

		permissions: newPermissions(),
	}
	receive, reject := bisect.NewSizes()
	v.queues = map[endpoint.Decision]*queue{
		endpoint.Accepted: newQueue(v, endpoint.Accepted, receive),
		endpoint.Rejected: newQueue(v, endpoint.Rejected, reject),
	}
	return v
}

// snapshot is what a look saw. Endpoints that it covers and does not hold are
// not listed by the gateway. It does not change once it is the session's last.
type snapshot struct {
	began       time.Time
	epoch       int
	connections map[string]endpoint.Connection
	complete    bool
	asked       map[string]struct{}
	lasting     bool // those who come later may be served by it as well
	whole       bool // asked for by All: it is to be complete
	calls       int  // that it took so far
	took        time.Duration
}

// failedLook is a look that failed for everybody who was waiting for it.
type failedLook struct {
	epoch int
	err   error
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
// endpoint ID. Callers at the same time share one listing, and an earlier one
// serves as well if it is fresh enough. No endpoint is judged by a listing that
// began before the last decision on it had ended.
func (v *Session) Get(ctx context.Context, endpoints []string, fresh Freshness) (map[string]endpoint.Connection, error) {
	s, err := v.get(ctx, endpoints, fresh)
	if err != nil {
		return nil, err
	}
	return s.connections, nil
}

func (v *Session) get(ctx context.Context, endpoints []string, fresh Freshness) (*snapshot, error) {
	v.want(endpoints, 1)
	defer v.want(endpoints, -1)
	for {
		if err := v.awaitDecisions(ctx, endpoints); err != nil {
			return nil, err
		}
		s, err := v.lookOnce(ctx, endpoints, fresh)
		if err != nil {
			return nil, err
		}
		if s == nil {
			continue
		}
		if s, err = v.confirmAbsence(ctx, s, endpoints); err != nil {
			return nil, err
		}
		if v.isCurrent(s, endpoints) {
			return s, nil
		}
	}
}

// isCurrent tells whether none of the endpoints was decided on since a snapshot
// began: that can happen while it is confirmed.
func (v *Session) isCurrent(s *snapshot, endpoints []string) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return !v.isOutdated(s, endpoints)
}

// lookOnce returns no snapshot if an endpoint was decided on in the meantime.
func (v *Session) lookOnce(ctx context.Context, endpoints []string, fresh Freshness) (*snapshot, error) {
	if s := v.serving(endpoints, fresh); s != nil {
		return s, nil
	}
	came := v.now()
	ctx, done, err := v.listing.take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if s := v.serving(endpoints, fresh); s != nil {
		return s, nil
	}
	if err := v.failedSince(came); err != nil {
		return nil, err
	}
	if err := v.outage(ctx); err != nil {
		return nil, err
	}
	s := v.begin(fresh.lasts())
	err = v.fill(ctx, s)
	v.end(ctx, s, err)
	if err != nil {
		return nil, err
	}
	return v.serving(endpoints, fresh), nil
}

// serving returns a snapshot that tells of the endpoints, if there is one.
func (v *Session) serving(endpoints []string, fresh Freshness) *snapshot {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, s := range []*snapshot{v.last, v.whole} {
		if s != nil && fresh.allows(s.began, s.took) && s.covers(endpoints) && !v.isOutdated(s, endpoints) {
			return s
		}
	}
	return nil
}

// isOutdated tells whether any of the endpoints was decided on since a snapshot
// began, or is about to be. The session is locked.
func (v *Session) isOutdated(s *snapshot, endpoints []string) bool {
	for _, id := range endpoints {
		if m := v.marks[id]; m != nil && (m.pending > 0 || m.ended > s.epoch) {
			return true
		}
	}
	return false
}

// failedSince returns the error of a look that began after a moment, by the
// session's clock. All who were waiting then share it: should each make its own
// attempts, one after the other, the last would wait for the attempts of all.
func (v *Session) failedSince(moment int) error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.failed.epoch > moment {
		return v.failed.err
	}
	return nil
}

func (v *Session) now() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.epoch
}

// begin makes the snapshot of a look for all that is wanted at the moment, but
// what it can't serve.
func (v *Session) begin(lasting bool) *snapshot {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.epoch++
	s := &snapshot{
		began:       time.Now(),
		epoch:       v.epoch,
		connections: make(map[string]endpoint.Connection, len(v.wanted)),
		asked:       make(map[string]struct{}, len(v.wanted)),
		lasting:     lasting,
	}
	for w := range v.waiters {
		if w.at.After(s.began) {
			continue
		}
		for _, id := range w.endpoints { // it is about to look
			s.asked[id] = struct{}{}
		}
	}
	for id := range v.wanted {
		if m := v.marks[id]; m == nil || m.pending == 0 {
			s.asked[id] = struct{}{}
		}
	}
	return s
}

// end takes in what a look saw, or why it failed. When its context ended, that
// concerns nobody else.
func (v *Session) end(ctx context.Context, s *snapshot, err error) {
	v.noteOutage(ctx, s.began, err)
	s.took = time.Since(s.began)
	v.mu.Lock()
	defer v.mu.Unlock()
	switch {
	case err == nil && s.complete:
		v.last, v.whole, v.callsSinceFullListing = s, s, 0
	case err == nil && s.lasting:
		v.last, v.callsSinceFullListing = s, v.callsSinceFullListing+s.calls
	case err == nil:
		v.last = s
	case ctx.Err() == nil && isShared(ctx, err):
		v.failed = failedLook{s.epoch, err}
	}
}

func (v *Session) want(endpoints []string, by int) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range endpoints {
		v.wanted[id] += by
		if v.wanted[id] == 0 {
			delete(v.wanted, id)
		}
	}
}

// awaitDecisions waits until no decision on any of the endpoints is queued or
// under way.
func (v *Session) awaitDecisions(ctx context.Context, endpoints []string) error {
	for {
		v.mu.Lock()
		changed, busy := v.idle, false
		for _, id := range endpoints {
			if m := v.marks[id]; m != nil && m.pending > 0 {
				busy = true
				break
			}
		}
		v.mu.Unlock()
		if !busy {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return v.decisions.Ended(ctx)
		}
	}
}
