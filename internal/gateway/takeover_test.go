// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// holders are who holds which endpoint to be accepted.
type holders struct {
	mu sync.Mutex
	by map[string]string
}

func newHolders() *holders { return &holders{by: map[string]string{}} }

// claim has a holder hold what nobody does.
func (h *holders) claim(holder string, endpoints ...string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, id := range endpoints {
		if h.by[id] == "" {
			h.by[id] = holder
		}
	}
}

// taken tells whether another than this one holds an endpoint.
func (h *holders) taken(holder, endpoint string) bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	by, ok := h.by[endpoint]
	return ok && by != holder
}

// of makes the cases those of a holder that releases.
func (h *holders) of(holder string, cs []*settle.Item) []*settle.Item {
	for _, c := range cs {
		c.Held = func() bool { return h.taken(holder, c.EndpointID) }
	}
	return cs
}

// What another one holds is not released, be it held from the first, after the look, or
// by the time that its call fails; the rest is.
func TestReleaseSpares(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		claim  time.Duration // after which it is claimed, at half a second of each call; -1: after the look
		err    error         // of its call
		spared int           // of a hundred
		rest   settle.Phase
		sizes  []int
	}{
		"held from the first":            {0, nil, 60, settle.Done, []int{40}},
		"held after the look":            {-1, nil, 60, settle.Done, []int{40}},
		"held while its release fails":   {time.Second / 2, forbidden(), 60, settle.ToCall, []int{50, 50}},
		"released before it is held":     {time.Second / 2, nil, 0, settle.Done, []int{50, 50}},
		"refused while another holds it": {time.Second / 2, badRequest(), 60, settle.Done, nil},
	} {
		bubbles(t, name, func(t *testing.T, s *server) {
			s.decideLatency = time.Second
			s.connect(endpoint.StatusAccepted, ids(100)...)
			s.before = refuseAny(test.err, ids(60)...)
			h := newHolders()
			cs := h.of("giver", append(cases(endpoint.Release, "gone"), cases(endpoint.Release, ids(100)...)...))
			h.claim("giver", ids(100)[60:]...)
			claim := func() { h.claim("taker", ids(60)...) }
			if test.claim == 0 {
				claim()
			} else if test.claim > 0 {
				time.AfterFunc(test.claim, claim)
			}
			err := s.session().Settle(t.Context(), cs, 0, func(c *settle.Item) {
				if c == cs[0] && test.claim < 0 {
					claim()
				}
			})
			assert.Check(t, (err != nil) == (test.rest == settle.ToCall), err)
			assert.Check(t, test.sizes == nil || slices.Equal(s.sizes(), test.sizes), "calls of %v", s.sizes())
			wantSteps(t, cs[1:test.spared+1], settle.Spared)
			wantSteps(t, cs[test.spared+1:], test.rest)
			assert.Check(t, test.spared <= 0 || s.status("e0059") == endpoint.StatusAccepted && (s.status("e0060") == endpoint.StatusAccepted) == (err != nil),
				"the wrong ones were released")
		})
	}
}

// The pace of a wait is that of what was decided, not of what was given up.
func TestWaitBesideAReleaseThatSpares(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, "slow", "given up")
		s.connect(endpoint.StatusPendingAcceptance, "quick")
		v := s.session()
		s.stale = 10 * time.Second // a rejection shows late, and that is learnt
		passes(s.stale)
		bring(t, v, cases(endpoint.Reject, "slow"))
		s.stale, s.creating = 0, time.Second
		h := newHolders()
		cs, took := append(h.of("giver", cases(endpoint.Release, "gone", "given up")), cases(endpoint.Accept, "quick")...), stopwatch()
		assert.Check(t, v.Settle(t.Context(), cs, 0, func(*settle.Item) { h.claim("taker", "given up") }))
		wantSteps(t, cs[1:2], settle.Spared)
		wantSteps(t, cs[2:], settle.Done)
		assert.Check(t, took() <= 2*time.Second, "took %s", took())
	})
}

// Whoever comes first, an endpoint that moves from one holder to another ends accepted, with no call where the taker
// comes first, and otherwise with one of each at most; and neither waits for what the other one undoes, also where a
// listing shows the status from before the giver's call.
func TestTakeover(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for _, test := range []struct{ latency, creating, stale time.Duration }{
		{0, 0, 0}, {50 * ms, 100 * ms, 0}, {500 * ms, time.Second, 0}, {50 * ms, 0, 300 * ms}, {50 * ms, time.Second, 500 * ms}, {50 * ms, 0, 2 * time.Second},
	} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			t.Parallel()
			for after := -2*time.Second + test.stale; after < 3*time.Second; after += 19 * ms {
				synctest.Test(t, func(t *testing.T) {
					s, h := newServer(t), newHolders()
					s.latency, s.creating, s.stale = test.latency, test.creating, test.stale
					s.connect(endpoint.StatusAccepted, "one")
					v, given, taken, took := s.session(), h.of("giver", cases(endpoint.Release, "one")), cases(endpoint.Accept, "one"), stopwatch()
					s.Go(func() { passes(max(0, -after)); bring(t, v, given) })
					s.Go(func() {
						passes(max(0, after))
						h.claim("taker", "one")
						bring(t, v, taken)
					})
					s.Wait()
					wantSteps(t, taken, settle.Done)
					calls, _ := s.counts()
					assert.Check(t, given[0].Phase.Reached() && s.status("one") == endpoint.StatusAccepted && calls <= 2 && (after >= 0 || calls == 0) &&
						took() <= max(after, -after)+10*time.Second,
						"the taker came %s after the giver, who ended at step %d; it is %q after %d calls and %s",
						after, given[0].Phase, s.status("one"), calls, took())
				})
			}
		})
	}
}

// slow has decisions of one kind take two seconds: until then the status is what it was,
// and the opposite is lost, or refused.
func (s *server) slow(slow endpoint.Decision, refuses error) {
	until := map[string]time.Time{}
	s.before = func(_ int, d decision) error {
		for _, id := range d.endpoints {
			underWay := time.Now().Before(until[id])
			if underWay && d.action != slow && refuses != nil {
				return refuses
			}
			if s.endpoints[id].keeps = underWay || d.action == slow; d.action == slow && !underWay {
				until[id] = time.Now().Add(2 * time.Second)
				s.change(id, 2*time.Second, map[endpoint.Decision]endpoint.Status{endpoint.Rejected: endpoint.StatusRejected, endpoint.Accepted: endpoint.StatusAccepted}[slow])
			}
		}
		return nil
	}
}

// A decision that is lost in an older one, or refused on account of it, is made again
// once that has shown, whoever made it: soon, and with few calls.
func TestLostInAnOlderDecision(t *testing.T) {
	t.Parallel()
	already := decideError(400, "EndPoint.2014", rest.KindInvalid)
	for name, test := range map[string]struct {
		older, goal   endpoint.Goal
		begin         endpoint.Status
		refuses       error
		orphan, later bool // the older one's caller left; it came in an earlier run
	}{
		"rejection":                    {endpoint.Release, endpoint.Accept, endpoint.StatusAccepted, nil, false, false},
		"rejection, refused":           {endpoint.Release, endpoint.Accept, endpoint.StatusAccepted, already, false, false},
		"rejection, refused otherwise": {endpoint.Release, endpoint.Accept, endpoint.StatusAccepted, badRequest(), false, false},
		"rejection, of a pending one":  {endpoint.Reject, endpoint.Accept, endpoint.StatusPendingAcceptance, nil, false, false},
		"rejection, caller left":       {endpoint.Release, endpoint.Accept, endpoint.StatusAccepted, nil, true, false},
		"rejection, of another run":    {endpoint.Release, endpoint.Accept, endpoint.StatusAccepted, nil, true, true},
		"another run's, refused":       {endpoint.Release, endpoint.Accept, endpoint.StatusAccepted, already, true, true},
		"acceptance":                   {endpoint.Accept, endpoint.Reject, endpoint.StatusRejected, nil, false, false},
		"acceptance, of a pending one": {endpoint.Accept, endpoint.Reject, endpoint.StatusPendingAcceptance, already, false, false},
		"acceptance, released":         {endpoint.Accept, endpoint.Release, endpoint.StatusRejected, nil, false, false},
		"another run's acceptance":     {endpoint.Accept, endpoint.Release, endpoint.StatusPendingAcceptance, nil, true, true},
	} {
		for _, n := range []int{1, 3} {
			bubbles(t, fmt.Sprint(name, n), func(t *testing.T, s *server) {
				s.connect(test.begin, ids(n)...)
				s.slow(test.older.Decision(), test.refuses)
				v, younger := s.session(), cases(test.goal, ids(n)...)
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				s.Go(func() {
					err := v.Settle(ctx, cases(test.older, ids(n)...), 0)
					assert.Check(t, err == nil || errors.Is(err, context.Canceled), err)
				})
				passes(time.Second / 2)
				if test.orphan {
					cancel()
				}
				if test.later {
					unseen := v.Unseen(ids(n))
					v = s.session()
					assert.Check(t, len(unseen) == n, "unseen: %v", unseen)
					v.Remember(unseen)
				}
				took := stopwatch()
				bring(t, v, younger)
				assert.Check(t, took() <= 10*time.Second, "took %s", took())
				cancel() // the older one never sees what it waits for, as the younger one overtook it
				s.Wait()
				wantSteps(t, younger, settle.Done)
				for _, id := range ids(n) {
					d, _ := endpoint.Decided(s.status(id))
					assert.Check(t, d == test.goal.Decision(), "%s is %q", id, s.status(id))
				}
				calls, _ := s.counts()
				assert.Check(t, calls <= 3*n+1 && len(v.Unseen(ids(n))) <= 0, "%d calls, unseen in the end: %v", calls, v.Unseen(ids(n)))
			})
		}
	}
}

// A decision that was lost for good is believed to be so after two minutes.
func TestOlderDecisionLostForGood(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]time.Duration{0: 2 * time.Minute, time.Minute: time.Minute, time.Hour: 0} {
		bubbles(t, age, func(t *testing.T, s *server) {
			s.connect(endpoint.StatusAccepted, "one")
			s.endpoints["one"].keeps = true
			v := s.session()
			v.Remember(map[string]gateway.Asked{"one": {endpoint.Rejected: time.Now().Add(-age)}})
			got := slices.Collect(maps.Keys(v.Unseen([]string{"one", "two"})))
			assert.Check(t, slices.Equal(got, []string{"one"}), "unseen: %v", got)
			cs, took := cases(endpoint.Accept, "one"), stopwatch()
			bring(t, v, cs)
			wantSteps(t, cs, settle.Done)
			s.wantCalls(1)
			assert.Check(t, took() >= want && took() <= want+20*time.Second && len(v.Unseen([]string{"one"})) <= 0,
				"took %s, unseen in the end: %v", took(), v.Unseen([]string{"one"}))
		})
	}
}
