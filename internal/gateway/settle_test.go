// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// settleAll settles without an error.
func settleAll(t *testing.T, s *server, cs []*settle.Item, waitForEndpoints time.Duration) {
	t.Helper()
	if err := s.session().Settle(t.Context(), cs, waitForEndpoints); err != nil {
		t.Errorf("error %v", err)
	}
}

func TestSettleAHundred(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		t.Run(latency.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.latency, s.creating = latency, time.Second
				s.connect(endpoint.StatusPendingAcceptance, ids(100)...)
				cs, took := cases(endpoint.Accept, ids(100)...), stopwatch()
				settleAll(t, s, cs, 0)
				wantSteps(t, cs, settle.Done)
				s.wantCalls(2)
				if sizes := s.sizes(); !slices.Equal(sizes, []int{50, 50}) {
					t.Errorf("calls of %v", sizes)
				}
				if _, pages := s.counts(); pages > 5 {
					t.Errorf("%d listings", pages)
				}
				if took() > 2*time.Second {
					t.Errorf("took %s", took())
				}
			})
		})
	}
}

func TestSettleMany(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ endpoints, calls, pages int }{
		{1, 1, 2}, {50, 1, 2}, {51, 2, 2}, {500, 10, 2}, {501, 11, 4}, {5000, 100, 20},
	} {
		t.Run(fmt.Sprint(test.endpoints), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, ids(test.endpoints)...)
				cs, took := cases(endpoint.Accept, ids(test.endpoints)...), stopwatch()
				settleAll(t, s, cs, 0)
				wantSteps(t, cs, settle.Done)
				s.wantCalls(test.calls)
				s.wantPages(test.pages)
				if took() > 350*time.Millisecond {
					t.Errorf("took %s", took())
				}
			})
		})
	}
}

// No more calls are under way at once than the gateway is asked to bear.
func TestSettleBoundsItsConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.latency = time.Second
		s.connect(endpoint.StatusPendingAcceptance, ids(500)...)
		settleAll(t, s, cases(endpoint.Accept, ids(500)...), 0)
		at := map[time.Time]int{}
		for _, d := range s.decisions {
			at[d.at]++
		}
		for moment, n := range at {
			if n > 4 {
				t.Errorf("%d calls arrived at %s", n, moment)
			}
		}
		if len(at) != 3 {
			t.Errorf("10 calls in %d goes", len(at))
		}
	})
}

// The look of a plan of the same apply serves; an older one does not.
func TestSettleRestsOnARecentLook(t *testing.T) {
	t.Parallel()
	for age, pages := range map[time.Duration]int{time.Second: 1, 6 * time.Second: 2} {
		t.Run(age.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusAccepted, "one")
				v := s.session()
				look(t, v, anyTime, "one")
				passes(age)
				if err := v.Settle(t.Context(), cases(endpoint.Accept, "one"), 0); err != nil {
					t.Error(err)
				}
				s.wantPages(pages)
			})
		})
	}
}

// One run may accept some and release others.
func TestSettleReleases(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusAccepted, "accepted")
		s.connect(endpoint.StatusCreating, "creating")
		s.connect(endpoint.StatusPendingAcceptance, "pending", "new")
		s.connect(endpoint.StatusFailed, "failed")
		s.connect(endpoint.StatusRejected, "rejected")
		released := cases(endpoint.Release, "accepted", "creating", "pending", "failed", "rejected", "absent")
		kept := cases(endpoint.Accept, "new")
		settleAll(t, s, slices.Concat(released, kept), time.Minute)
		wantSteps(t, released, settle.Done, "absent")
		wantSteps(t, kept, settle.Done)
		s.wantCalls(2)
		for _, d := range s.decisions {
			if d.action == endpoint.Rejected && !slices.Equal(d.endpoints, []string{"accepted", "creating"}) {
				t.Errorf("released %v", d.endpoints)
			}
		}
		for id, want := range map[string]endpoint.Status{
			"pending": endpoint.StatusPendingAcceptance, "failed": endpoint.StatusFailed, "accepted": endpoint.StatusRejected,
		} {
			if s.status(id) != want {
				t.Errorf("%s is %q", id, s.status(id))
			}
		}
	})
}

func TestSettleFailed(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		begin endpoint.Status
		calls int
	}{
		{"from pending", endpoint.StatusPendingAcceptance, 2},
		{"from failed", endpoint.StatusFailed, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.creating = time.Second
				s.connect(test.begin, "bad", "good")
				s.endpoints["bad"].fails = true
				cs := cases(endpoint.Accept, "bad", "good")
				settleAll(t, s, cs, 0)
				wantSteps(t, cs, settle.Done, "bad")
				wantSteps(t, cs[:1], settle.Failed)
				s.wantCalls(test.calls)
			})
		})
	}
}

// A failure that shows no change is one only after the grace.
func TestSettleFailedUnchanged(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusFailed, "bad")
		s.endpoints["bad"].keeps = true
		cs, took := cases(endpoint.Accept, "bad"), stopwatch()
		settleAll(t, s, cs, 0)
		wantSteps(t, cs, settle.Failed)
		s.wantCalls(1)
		if took() < 30*time.Second || took() > 45*time.Second {
			t.Errorf("took %s", took())
		}
	})
}

func TestSettleAsksAgainAgainstSomebodyElse(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusCreating, "one")
		s.endpoints["one"].keeps = true // it becomes accepted, whatever is decided
		s.change("one", time.Second, endpoint.StatusAccepted)
		s.before = func(n int, _ decision) error {
			s.endpoints["one"].keeps = n == 1
			return nil
		}
		cs := cases(endpoint.Reject, "one")
		settleAll(t, s, cs, 0)
		wantSteps(t, cs, settle.Done)
		s.wantCalls(2)
	})
}

// A listing that lags behind is never taken for the answer, and never calls for
// another call.
func TestSettleWithStaleListings(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		goal  endpoint.Goal
		begin endpoint.Status
	}{
		{"accept a pending one", endpoint.Accept, endpoint.StatusPendingAcceptance},
		{"accept a rejected one", endpoint.Accept, endpoint.StatusRejected},
		{"accept a failed one", endpoint.Accept, endpoint.StatusFailed},
		{"reject a pending one", endpoint.Reject, endpoint.StatusPendingAcceptance},
		{"release an accepted one", endpoint.Release, endpoint.StatusAccepted},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(test.begin, "one")
				s.stale, s.creating = 5*time.Second, time.Second
				cs, took := cases(test.goal, "one"), stopwatch()
				settleAll(t, s, cs, 0)
				wantSteps(t, cs, settle.Done)
				s.wantCalls(1)
				if took() < s.stale {
					t.Errorf("took an old status for the new one after %s", took())
				}
			})
		})
	}
}

// The extra time of a wait stays small against the server's own.
func TestSettleWaitsInProportion(t *testing.T) {
	t.Parallel()
	for _, creating := range []time.Duration{time.Second, 5 * time.Second, 30 * time.Second, 3 * time.Minute} {
		t.Run(creating.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.creating = creating
				s.connect(endpoint.StatusPendingAcceptance, "one")
				took := stopwatch()
				settleAll(t, s, cases(endpoint.Accept, "one"), 0)
				if extra := took() - creating; extra > 650*time.Millisecond && extra > creating*2/5 {
					t.Errorf("took %s", took())
				}
				if _, pages := s.counts(); pages > 30 {
					t.Errorf("%d listings", pages)
				}
			})
		})
	}
}

func TestSettleEndsWithItsContext(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		ends  time.Duration // 1 s look, 1 s call, then a wait
		calls int
	}{
		{"while looking", 500 * time.Millisecond, 0},
		{"while calling", 1500 * time.Millisecond, 0},
		{"while waiting", 2100 * time.Millisecond, 1},
		{"while looking again", 3 * time.Second, 1},
		{"much later", 10 * time.Minute, 1},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.latency, s.creating = time.Second, time.Hour
				s.connect(endpoint.StatusPendingAcceptance, "one")
				cs, took := cases(endpoint.Accept, "one"), stopwatch()
				ctx, cancel := context.WithTimeout(t.Context(), test.ends)
				defer cancel()
				err := s.session().Settle(ctx, cs, 0)
				wantEnd(t, err, context.DeadlineExceeded)
				if took() != test.ends {
					t.Errorf("took %s", took())
				}
				s.wantCalls(test.calls)
				if !cs[0].Phase.Open() || cs[0].Calls != test.calls {
					t.Errorf("step %d, %d calls", cs[0].Phase, cs[0].Calls)
				}
			})
		})
	}
}
