// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
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

// What another one holds is not released; the rest is.
func TestReleaseSpares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusAccepted, ids(100)...)
		v := s.session()
		h := newHolders()
		h.claim("taker", ids(60)...)
		h.claim("giver", ids(100)[60:]...)
		cs := h.of("giver", cases(endpoint.Release, ids(100)...))
		if err := v.Settle(t.Context(), cs, 0); err != nil {
			t.Error(err)
		}
		wantSteps(t, cs[:60], settle.Spared)
		wantSteps(t, cs[60:], settle.Done)
		s.wantCalls(1)
		if s.status("e0059") != endpoint.StatusAccepted || s.status("e0060") != endpoint.StatusRejected {
			t.Error("the wrong ones were released")
		}
	})
}

// What is held by another one while its release fails is that one's by the end.
func TestFailedReleaseSpares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.decideLatency = time.Second
		s.connect(endpoint.StatusAccepted, "one", "two")
		s.before = refuseWhole("one", forbidden())
		v, h := s.session(), newHolders()
		cs := h.of("giver", cases(endpoint.Release, "one", "two"))
		var group sync.WaitGroup
		group.Go(func() {
			if err := v.Settle(t.Context(), cs, 0); err == nil {
				t.Error("no error")
			}
		})
		passes(time.Second / 2)
		h.claim("taker", "one")
		group.Wait()
		wantSteps(t, cs[:1], settle.Spared)
		wantSteps(t, cs[1:], settle.ToCall)
	})
}

// A release that waits for its turn spares like any other.
func TestReleaseSparesWhileOthersAreUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.decideLatency = time.Second
		s.connect(endpoint.StatusAccepted, ids(250)...)
		v, h := s.session(), newHolders()
		cs := h.of("giver", cases(endpoint.Release, ids(250)...))
		var group sync.WaitGroup
		group.Go(func() {
			if err := v.Settle(t.Context(), cs, 0); err != nil {
				t.Error(err)
			}
		})
		passes(time.Second / 2)
		h.claim("taker", "e0249")
		group.Wait()
		wantSteps(t, cs[:249], settle.Done)
		wantSteps(t, cs[249:], settle.Spared)
		if s.status("e0249") != endpoint.StatusAccepted {
			t.Errorf("the endpoint is %q", s.status("e0249"))
		}
	})
}

// takeOver lets a giver release what a taker, who comes a while after it, or
// before when that is negative, accepts.
func takeOver(t *testing.T, v *gateway.Session, after time.Duration) (given, taken []*settle.Item) {
	h := newHolders()
	given = h.of("giver", cases(endpoint.Release, "one"))
	taken = cases(endpoint.Accept, "one")
	var group sync.WaitGroup
	group.Go(func() {
		passes(max(0, -after))
		if err := v.Settle(t.Context(), given, 0); err != nil {
			t.Error("giver: ", err)
		}
	})
	group.Go(func() {
		passes(max(0, after))
		h.claim("taker", "one")
		if err := v.Settle(t.Context(), taken, 0); err != nil {
			t.Error("taker: ", err)
		}
	})
	took := stopwatch()
	group.Wait()
	if took() > max(after, -after)+10*time.Second {
		t.Errorf("took %s", took())
	}
	return given, taken
}

// takeOverAtAnyTime has the taker come at any time from so long before the giver
// to 3 s after it, at a server that is prepared: the endpoint ends accepted, with
// no call where the taker comes first, and otherwise with one of each at most.
func takeOverAtAnyTime(t *testing.T, from time.Duration, prepare func(*server)) {
	t.Helper()
	for after := from; after < 3*time.Second; after += 9 * time.Millisecond {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t)
			prepare(s)
			s.connect(endpoint.StatusAccepted, "one")
			given, taken := takeOver(t, s.session(), after)
			wantSteps(t, taken, settle.Done)
			if !given[0].Phase.Reached() {
				t.Errorf("the giver ended at step %d", given[0].Phase)
			}
			if s.status("one") != endpoint.StatusAccepted {
				t.Errorf("the endpoint is %q", s.status("one"))
			}
			if calls, _ := s.counts(); after < 0 && calls > 0 || calls > 2 {
				t.Errorf("%d calls", calls)
			}
			if t.Failed() {
				t.Logf("the taker came %s after the giver", after)
			}
		})
	}
}

// Whoever comes first, an endpoint that moves from one holder to another ends
// accepted, and neither waits for what the other one undoes.
func TestTakeover(t *testing.T) {
	t.Parallel()
	for _, creating := range []time.Duration{0, 100 * time.Millisecond, time.Second} {
		for _, latency := range []time.Duration{0, 50 * time.Millisecond, 500 * time.Millisecond} {
			t.Run(fmt.Sprint(creating, latency), func(t *testing.T) {
				t.Parallel()
				takeOverAtAnyTime(t, -2*time.Second, func(s *server) { s.latency, s.creating = latency, creating })
			})
		}
	}
}

// A release that is queued when another one comes to hold the endpoint is not made
// any more.
func TestTakeoverOfAQueuedRelease(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]error{"released": nil, "refused": badRequest(), "failed": serverError()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.decideLatency = time.Second
				s.connect(endpoint.StatusAccepted, "one", "other")
				s.before = func(_ int, d decision) error {
					if slices.Contains(d.endpoints, "other") {
						return refusal
					}
					return nil
				}
				v := s.session()
				others := cases(endpoint.Release, "other")
				var group sync.WaitGroup
				group.Go(func() {
					if err := v.Settle(t.Context(), others, 0); err != nil && !errors.Is(err, refusal) {
						t.Error(err)
					}
				})
				given, taken := takeOver(t, v, 10*time.Millisecond)
				group.Wait()
				wantSteps(t, taken, settle.Done)
				wantSteps(t, given, settle.Spared)
				if s.wantCalls(1); !slices.Equal(s.decisions[0].endpoints, []string{"other"}) {
					t.Errorf("calls for %v", s.decisions[0].endpoints)
				}
				if s.status("one") != endpoint.StatusAccepted {
					t.Errorf("the endpoint is %q", s.status("one"))
				}
			})
		})
	}
}

// Where a rejection is final, the taker does not wait for ever unnoticed: its
// own deadline ends it, with the status that it saw.
func TestTakeoverWhereRejectionIsFinal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusRejected, "one")
		s.endpoints["one"].keeps = true
		v := s.session()
		cs := cases(endpoint.Accept, "one")
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := v.Settle(ctx, cs, 0); err == nil || cs[0].Observed.Status != endpoint.StatusRejected || cs[0].Calls != 1 {
			t.Errorf("error %v, %+v", err, cs[0])
		}
	})
}
