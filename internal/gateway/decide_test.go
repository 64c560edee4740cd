// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
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

// settleEach settles each case by a caller of its own, who comes a gap after
// the one before, and returns their errors.
func settleEach(ctx context.Context, v *gateway.Session, cs []*settle.Item, gap time.Duration) []error {
	errs := make([]error, len(cs))
	var group sync.WaitGroup
	for i, c := range cs {
		group.Go(func() {
			passes(time.Duration(i) * gap)
			errs[i] = v.Settle(ctx, []*settle.Item{c}, 0)
		})
	}
	group.Wait()
	return errs
}

// wantNone checks that there were no errors.
func wantNone(t *testing.T, errs []error) {
	t.Helper()
	for i, err := range errs {
		if err != nil {
			t.Errorf("caller %d: %v", i, err)
		}
	}
}

// What many callers decide at about the same time travels together.
func TestDecideTogether(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for _, test := range []struct {
		name    string
		callers int
		gap     time.Duration
		sizes   []int
		at      []time.Duration // when they are made
	}{
		{"one", 1, 0, []int{1}, []time.Duration{50 * ms}},
		{"ten at once", 10, 0, []int{10}, []time.Duration{50 * ms}},
		{"a full call does not wait", 50, 0, []int{50}, []time.Duration{0}},
		{"one more", 51, 0, []int{50, 1}, []time.Duration{0, 50 * ms}},
		{"a hundred at once", 100, 0, []int{50, 50}, []time.Duration{0, 0}},
		{"close to each other", 20, 5 * ms, []int{20}, []time.Duration{(95 + 50) * ms}},
		{"less close", 10, 20 * ms, []int{10}, []time.Duration{(180 + 50) * ms}},
		{"as far apart as may be", 2, 49 * ms, []int{2}, []time.Duration{(49 + 50) * ms}},
		{"too far apart", 2, 51 * ms, []int{1, 1}, []time.Duration{50 * ms, (51 + 50) * ms}},
		{"full before they end", 60, 3 * ms, []int{50, 10}, []time.Duration{49 * 3 * ms, (59*3 + 50) * ms}},
		{"no end of them", 60, 27 * ms, []int{38, 22}, []time.Duration{1000 * ms, (59*27 + 50) * ms}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, ids(test.callers)...)
				cs, began := cases(endpoint.Accept, ids(test.callers)...), time.Now()
				wantNone(t, settleEach(t.Context(), s.session(), cs, test.gap))
				wantSteps(t, cs, settle.Done)
				if !slices.Equal(s.sizes(), test.sizes) {
					t.Fatalf("calls of %v, want %v", s.sizes(), test.sizes)
				}
				for i, want := range test.at {
					if got := s.decisions[i].at.Sub(began); got != want {
						t.Errorf("call %d was made after %s, want %s", i, got, want)
					}
				}
			})
		})
	}
}

// Callers with many endpoints each share calls with one another too.
func TestDecideTogetherWithMany(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		endpoints, callers int
		calls              int
	}{{5, 20, 2}, {20, 4, 2}, {51, 10, 11}, {120, 5, 12}} {
		t.Run(fmt.Sprint(test), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.latency = 20 * time.Millisecond
				all := ids(test.endpoints * test.callers)
				s.connect(endpoint.StatusPendingAcceptance, all...)
				v, cs := s.session(), cases(endpoint.Accept, all...)
				var group sync.WaitGroup
				for part := range slices.Chunk(cs, test.endpoints) {
					group.Go(func() {
						if err := v.Settle(t.Context(), part, 0); err != nil {
							t.Error(err)
						}
					})
				}
				group.Wait()
				wantSteps(t, cs, settle.Done)
				s.wantCalls(test.calls)
			})
		})
	}
}

// A call has one verb.
func TestDecideApart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, ids(40)...)
		s.connect(endpoint.StatusAccepted, "released", "rejected")
		accepted := cases(endpoint.Accept, ids(40)...)
		cs := slices.Concat(accepted, cases(endpoint.Release, "released"), cases(endpoint.Reject, "rejected"))
		wantNone(t, settleEach(t.Context(), s.session(), cs, time.Millisecond/10))
		wantSteps(t, cs, settle.Done)
		got := map[endpoint.Decision][]int{}
		for _, d := range s.decisions {
			got[d.action] = append(got[d.action], len(d.endpoints))
			slices.Sort(got[d.action])
		}
		if !slices.Equal(got[endpoint.Accepted], []int{40}) || !slices.Equal(got[endpoint.Rejected], []int{2}) {
			t.Errorf("calls of %v", got)
		}
	})
}

// settleTwice has endpoints released by one caller, whose context is given, and
// rejected by another one just after it. Both have looked before either decides;
// for that, the server has an endpoint "settled" which is rejected.
func settleTwice(ctx context.Context, t *testing.T, v *gateway.Session, released, rejected []*settle.Item) {
	t.Helper()
	var looked, group sync.WaitGroup
	looked.Add(2)
	bring := func(ctx context.Context, cs []*settle.Item, after time.Duration) error {
		cs = slices.Concat(cases(endpoint.Reject, "settled"), cs)
		return v.Settle(ctx, cs, 0, func(c *settle.Item) {
			if c.EndpointID == "settled" {
				looked.Done()
				looked.Wait()
				passes(after)
			}
		})
	}
	group.Go(func() {
		if err := bring(ctx, released, 0); err != nil && ctx.Err() == nil {
			t.Error(err)
		}
	})
	group.Go(func() {
		if err := bring(t.Context(), rejected, time.Millisecond); err != nil {
			t.Error(err)
		}
	})
	group.Wait()
}

// An endpoint that two callers decide alike is in a call once, and stays in it
// when one of them leaves.
func TestDecideTheSameTwice(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name               string
		released, rejected int
		leaves             time.Duration
	}{
		{"both stay", 1, 1, time.Hour},
		{"one leaves", 1, 1, 20 * time.Millisecond},
		{"one has as many more as there is room for", 30, 50, time.Hour},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusRejected, "settled")
				s.connect(endpoint.StatusAccepted, ids(50)...)
				v := s.session()
				ctx, cancel := context.WithTimeout(t.Context(), test.leaves)
				defer cancel()
				rejected := cases(endpoint.Reject, ids(test.rejected)...)
				settleTwice(ctx, t, v, cases(endpoint.Release, ids(test.released)...), rejected)
				wantSteps(t, rejected, settle.Done)
				if !slices.Equal(s.sizes(), []int{test.rejected}) {
					t.Errorf("calls of %v", s.sizes())
				}
				look(t, v, gateway.Now(), ids(50)...) // nothing is left pending
			})
		})
	}
}

// Two who ask for the same while others' calls are under way share a call too.
func TestDecideTheSameTwiceWhileOthersAreUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.decideLatency = time.Second
		s.connect(endpoint.StatusRejected, "settled")
		s.connect(endpoint.StatusAccepted, ids(250)...)
		v := s.session()
		look(t, v, anyTime, append(ids(250), "settled")...)
		var group sync.WaitGroup
		group.Go(func() {
			if err := v.Settle(t.Context(), cases(endpoint.Reject, ids(250)[50:]...), 0); err != nil {
				t.Error(err)
			}
		})
		passes(time.Second / 2)
		rejected := cases(endpoint.Reject, ids(50)...)
		settleTwice(t.Context(), t, v, cases(endpoint.Release, ids(50)...), rejected)
		group.Wait()
		wantSteps(t, rejected, settle.Done)
		if !slices.Equal(s.sizes(), slices.Repeat([]int{50}, 5)) {
			t.Errorf("calls of %v", s.sizes())
		}
	})
}

// At most four calls are under way at once, whoever asks; while one waits for
// its turn, it takes in what comes.
func TestDecideBoundsItsConcurrency(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.decideLatency = time.Second
		s.connect(endpoint.StatusPendingAcceptance, ids(240)...)
		cs, took := cases(endpoint.Accept, ids(240)...), stopwatch()
		v := s.session()
		look(t, v, anyTime, ids(240)...)
		wantNone(t, settleEach(t.Context(), v, cs, 4*time.Millisecond))
		wantSteps(t, cs, settle.Done)
		if !slices.Equal(s.sizes(), []int{50, 50, 50, 50, 40}) {
			t.Errorf("calls of %v", s.sizes())
		}
		if took() > 3*time.Second {
			t.Errorf("took %s", took())
		}
	})
}
