// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"iter"
	"math"
	"net/http"
	"slices"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

var theGateway = apig.Gateway{Region: "eu-west-101", ProjectID: "p", InstanceID: "g"}

// server is a gateway in memory, on the test's own clock. Its fields are set before it is used, or under its lock.
type server struct {
	sync.WaitGroup // of what runs beside the test

	t        *testing.T
	latency  time.Duration
	creating time.Duration // from the call that accepts to `accepted`
	stale    time.Duration // for how long listings show the status from before
	noTotal  bool

	decideLatency time.Duration // of an action call, beside the latency

	// before runs before a call takes effect: an error keeps it from doing so.
	before func(n int, c decision) error
	// after runs after it did; an error is what is answered.
	after func(n int, c decision) error
	// noFilter has listings for one endpoint give all.
	noFilter bool
	// onPage runs before a page is answered, of permissions, too.
	onPage func(p page) error
	asked  int // pages, those that failed included

	mu        sync.Mutex
	order     []string
	endpoints map[string]*consumer
	decisions []decision
	pages     []page

	permits permits
}

type consumer struct {
	account string
	fails   bool // to be accepted
	keeps   bool // its status, whatever is decided
	history []change
}

// change is a status from some time on; Absent once the consumer has left.
type change struct {
	at        time.Time
	status    endpoint.Status
	updatedAt string
}

// decision is one action call.
type decision struct {
	at        time.Time
	action    endpoint.Decision
	endpoints []string
}

// page is one list call.
type page struct {
	at     time.Time
	of     apig.Gateway
	filter string
	offset int
}

func newServer(t *testing.T) *server { return &server{t: t, endpoints: map[string]*consumer{}} }

// connect seeds endpoints of account "a".
func (s *server) connect(status endpoint.Status, ids ...string) {
	for _, id := range ids {
		s.order = append(s.order, id)
		s.endpoints[id] = &consumer{account: "a", history: []change{{status: status, updatedAt: "t0"}}}
	}
}

// connectLater lets a consumer of an account connect after a while.
func (s *server) connectLater(after time.Duration, account, id string) {
	s.order = append(s.order, id)
	s.endpoints[id] = &consumer{account: account, history: []change{{at: time.Now().Add(after), status: endpoint.StatusPendingAcceptance, updatedAt: "t0"}}}
}

// change sets a status from some time on; what was to come is dropped.
func (s *server) change(id string, after time.Duration, status endpoint.Status) {
	e, at := s.endpoints[id], time.Now().Add(after)
	e.history = slices.DeleteFunc(e.history, func(c change) bool { return c.at.After(at) })
	e.history = append(e.history, change{at, status, at.Format(time.RFC3339Nano)})
}

// shown is what an endpoint shows at a time; Absent while it is not listed.
func (e *consumer) shown(at time.Time) change {
	var last change
	for _, c := range e.history {
		if !c.at.After(at) {
			last = c
		}
	}
	return last
}

func (s *server) status(id string) endpoint.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.endpoints[id].shown(time.Now()).status
}

// counts returns how many action calls and list calls there were.
func (s *server) counts() (decisions, pages int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.decisions), len(s.pages)
}

func (s *server) sizes() (sizes []int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.decisions {
		sizes = append(sizes, len(d.endpoints))
	}
	return sizes
}

// travel takes the time of a call.
func (s *server) travel(ctx context.Context, operation string, latency time.Duration) error {
	timer := time.NewTimer(latency)
	defer timer.Stop()
	if latency > 0 {
		select {
		case <-timer.C:
		case <-ctx.Done():
		}
	}
	if err := context.Cause(ctx); err != nil {
		return &rest.Error{Operation: operation, Kind: rest.KindUnreachable, Err: err}
	}
	return nil
}

func (s *server) ListConnections(ctx context.Context, gw apig.Gateway, f apig.ConnectionFilter) iter.Seq2[apig.ConnectionPage, error] {
	return func(yield func(apig.ConnectionPage, error) bool) {
		seen := map[string]bool{}
		offset, total, shifted := 0, -1, false
		for {
			listed, err := s.list(ctx, gw, f.ID, offset)
			if err != nil {
				yield(apig.ConnectionPage{}, err)
				return
			}
			others := func(c endpoint.Connection) bool { return f.ID != "" && c.ID != f.ID } // where the filter is ignored
			answer := apig.ConnectionPage{Total: int64(len(listed))}
			given := listed[min(offset, len(listed)):min(offset+apig.PageSize, len(listed))]
			for _, c := range given {
				if seen[c.ID] {
					shifted = true
					continue
				}
				seen[c.ID] = true
				answer.Entries = append(answer.Entries, c)
			}
			shifted = shifted || total >= 0 && total != len(listed)
			total, offset = len(listed), offset+len(given)
			answer.Entries = slices.DeleteFunc(answer.Entries, others)
			found := f.ID != "" && len(answer.Entries) > 0
			last := len(given) == 0 || offset >= total || found
			answer.Shifted = last && shifted && !found
			answer.Unfiltered = slices.ContainsFunc(given, others) && offset < total
			if s.noTotal {
				answer.Total = -1
			}
			if !yield(answer, nil) || last {
				return
			}
		}
	}
}

// turn takes in that a page is asked for.
func (s *server) turn(p page) error {
	gw := p.of
	assert.Check(s.t, gw.Region == theGateway.Region && gw.ProjectID == theGateway.ProjectID, "listed %s", gw)
	if s.asked++; s.onPage == nil {
		return nil
	}
	return s.onPage(p)
}

// list is what the gateway lists at the time of one call.
func (s *server) list(ctx context.Context, gw apig.Gateway, filter string, offset int) ([]endpoint.Connection, error) {
	err := s.travel(ctx, apig.OperationList, s.latency)
	if err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	p := page{time.Now(), gw, filter, offset}
	if err := s.turn(p); err != nil {
		return nil, err
	}
	s.pages = append(s.pages, p)
	var listed []endpoint.Connection
	for _, id := range s.order {
		e := s.endpoints[id]
		c := e.shown(time.Now().Add(-s.stale))
		if c.status != endpoint.Absent && (filter == "" || filter == id || s.noFilter) {
			listed = append(listed, endpoint.Connection{ID: id, DomainID: e.account, Status: c.status, UpdatedAt: c.updatedAt})
		}
	}
	return listed, nil
}

func (s *server) AcceptOrReject(ctx context.Context, gw apig.Gateway, action endpoint.Decision, endpoints []string) ([]endpoint.Connection, error) {
	if err := s.travel(ctx, apig.OperationDecide, s.latency+s.decideLatency); err != nil {
		return nil, err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	d := decision{time.Now(), action, slices.Clone(endpoints)}
	s.decisions = append(s.decisions, d)
	different := slices.Compact(slices.Sorted(slices.Values(endpoints)))
	assert.Check(s.t, gw == theGateway && len(endpoints) >= 1 && len(endpoints) <= apig.MaxBatch && len(different) == len(endpoints),
		"%s %d endpoints of %s: %v", action, len(endpoints), gw, endpoints)
	if s.before != nil {
		if err := s.before(len(s.decisions), d); err != nil {
			return nil, err
		}
	}
	for _, id := range endpoints {
		s.decide(action, id)
	}
	if s.after != nil {
		return nil, s.after(len(s.decisions), d)
	}
	return nil, nil // what it shows is not to be relied on
}

func (s *server) decide(action endpoint.Decision, id string) {
	e, ok := s.endpoints[id]
	switch {
	case !ok || e.keeps:
	case action == endpoint.Rejected:
		s.change(id, 0, endpoint.StatusRejected)
	default:
		if s.creating > 0 {
			s.change(id, 0, endpoint.StatusCreating)
		}
		status := endpoint.StatusAccepted
		if e.fails {
			status = endpoint.StatusFailed
		}
		e.history = append(e.history, change{time.Now().Add(s.creating), status, "after " + time.Now().String()})
	}
}

// refuseAny makes calls that name any of the endpoints fail.
func refuseAny(err error, bad ...string) func(int, decision) error {
	return func(_ int, d decision) error {
		if slices.ContainsFunc(d.endpoints, func(id string) bool { return slices.Contains(bad, id) }) {
			return err
		}
		return nil
	}
}

// always makes all calls fail, and fails makes those up to the n-th.
func always(err error) func(int, decision) error { return fails(math.MaxInt, err) }

func fails(n int, err error) func(int, decision) error {
	return func(call int, _ decision) error {
		if call <= n {
			return err
		}
		return nil
	}
}

// decideError is an error of an action call.
func decideError(status int, code string, kind rest.Kind) error {
	return &rest.Error{Operation: apig.OperationDecide, Method: http.MethodPost, StatusCode: status, Code: code, RequestID: "r", Kind: kind}
}

func badRequest() error  { return decideError(400, "APIC.7211", rest.KindInvalid) }
func notFound() error    { return decideError(404, "EndPoint.2006", rest.KindNotFound) }
func gatewayGone() error { return decideError(404, "APIC.7302", rest.KindNotFound) }
func serverError() error { return decideError(500, "APIC.9007", rest.KindServer) }
func forbidden() error   { return decideError(403, "APIC.7106", rest.KindForbidden) }
func lostAnswer() error  { return decideError(0, "", rest.KindUnreachable) }
func busy() error        { return decideError(409, "APIC.7701", rest.KindBusy) }
