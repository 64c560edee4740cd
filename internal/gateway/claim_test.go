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

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

func TestClaim(t *testing.T) {
	t.Parallel()
	v := newServer(t).view()
	for _, test := range []struct {
		holder    string
		endpoints []string
		taken     []string
	}{
		{"first", []string{"a", "b"}, nil},
		{"first", []string{"b", "a", "c"}, nil},
		{"second", []string{"c", "d", "a"}, []string{"c", "a"}},
		{"first", []string{"d"}, []string{"d"}},
		{"third", nil, nil},
	} {
		if taken := v.Claim(test.holder, test.endpoints); !slices.Equal(taken, test.taken) {
			t.Errorf("%s claims %v: taken are %v, want %v", test.holder, test.endpoints, taken, test.taken)
		}
	}
	for holder, want := range map[string][]string{"first": {"d"}, "second": {"a", "b", "c"}, "third": {"a", "b", "c", "d"}} {
		if taken := v.Taken(holder, []string{"a", "b", "c", "d", "e"}); !slices.Equal(taken, want) {
			t.Errorf("to %s, taken are %v, want %v", holder, taken, want)
		}
	}
}

// One who keeps endpoints and one who gives them up meet, whoever comes first.
func TestKeepAndLeave(t *testing.T) {
	t.Parallel()
	v := newServer(t).view()
	expect := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	expect("the first keeps", v.Keep("first", []string{"a", "b"}))
	expect("the first gives another up", v.Leave("first", []string{"c"}))
	expect("the second gives up what the first keeps", v.Leave("second", []string{"x", "b", "a"}), "b", "a")
	expect("the second keeps what the first gives up", v.Keep("second", []string{"c", "y"}), "c")
	expect("the first, planned again", v.Keep("first", []string{"a", "b"}), "a", "b")
	expect("the first gives up its own", v.Leave("first", []string{"y", "z"}), "y")
}

// Of two who have the same endpoint, the second to tell knows, and one who
// leaves it to others is never the first.
func TestHold(t *testing.T) {
	t.Parallel()
	v := newServer(t).view()
	expect := func(what string, got []string, want ...string) {
		t.Helper()
		if !slices.Equal(got, want) {
			t.Errorf("%s: %v, want %v", what, got, want)
		}
	}
	expect("the first", v.Hold("first", []string{"a", "b"}, nil))
	expect("the second", v.Hold("second", []string{"c", "b"}, nil), "b")
	expect("the first, once more", v.Hold("first", []string{"a", "b"}, nil))
	expect("the second, once more", v.Hold("second", []string{"c", "b"}, nil), "b")
	expect("one who leaves them", v.Hold("leaver", []string{"c", "d", "e"}, []string{"d", "x"}), "c", "d")
	expect("who comes after that", v.Hold("late", []string{"d", "e"}, nil), "e")
	expect("one who leaves them, read", v.Hold("leaver", []string{"d", "e"}, nil), "d")
}

// Of two who claim at the same time, one gets the endpoint.
func TestClaimAtTheSameTime(t *testing.T) {
	t.Parallel()
	v := newServer(t).view()
	var group sync.WaitGroup
	taken := make([][]string, 20)
	for i := range taken {
		group.Go(func() { taken[i] = v.Claim(fmt.Sprint("holder ", i), ids(10)) })
	}
	group.Wait()
	got := 0
	for _, ids := range taken {
		got += 10 - len(ids)
	}
	if got != 10 {
		t.Errorf("10 endpoints were given %d times", got)
	}
}

func held(holder string, cs []*connection.Case) []*connection.Case {
	for _, c := range cs {
		c.Holder = holder
	}
	return cs
}

// What another holder has claimed is not released; the rest is.
func TestReleaseIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(apig.StatusAccepted, ids(100)...)
		v := s.view()
		v.Claim("taker", ids(60))
		v.Claim("giver", ids(100)[60:])
		cs := held("giver", cases(connection.Release, ids(100)...))
		if err := v.Settle(t.Context(), cs, 0); err != nil {
			t.Error(err)
		}
		wantSteps(t, cs[:60], connection.StepTakenOver)
		wantSteps(t, cs[60:], connection.StepDone)
		s.wantCalls(1)
		if s.status("e0059") != apig.StatusAccepted || s.status("e0060") != apig.StatusRejected {
			t.Error("the wrong ones were released")
		}
	})
}

// What is claimed while its release fails is the claimer's by the end.
func TestFailedReleaseIsGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.decideLatency = time.Second
		s.connect(apig.StatusAccepted, "one", "two")
		s.before = refuseWhole("one", forbidden())
		v := s.view()
		cs := held("giver", cases(connection.Release, "one", "two"))
		var group sync.WaitGroup
		group.Go(func() {
			if err := v.Settle(t.Context(), cs, 0); err == nil {
				t.Error("no error")
			}
		})
		passes(time.Second / 2)
		v.Claim("taker", []string{"one"})
		group.Wait()
		wantSteps(t, cs[:1], connection.StepTakenOver)
		wantSteps(t, cs[1:], connection.StepCall)
	})
}

// An explicit decision is not given up: that two hold an endpoint is found out
// before anything is decided.
func TestRejectIsNotGivenUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(apig.StatusAccepted, "one")
		v := s.view()
		v.Claim("other", []string{"one"})
		cs := held("holder", cases(connection.Reject, "one"))
		if err := v.Settle(t.Context(), cs, 0); err != nil {
			t.Error(err)
		}
		wantSteps(t, cs, connection.StepDone)
	})
}

// A release that waits for its turn is given up like any other.
func TestReleaseIsGivenUpWhileOthersAreUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.decideLatency = time.Second
		s.connect(apig.StatusAccepted, ids(250)...)
		v := s.view()
		cs := held("giver", cases(connection.Release, ids(250)...))
		var group sync.WaitGroup
		group.Go(func() {
			if err := v.Settle(t.Context(), cs, 0); err != nil {
				t.Error(err)
			}
		})
		passes(time.Second / 2)
		v.Claim("taker", []string{"e0249"})
		group.Wait()
		wantSteps(t, cs[:249], connection.StepDone)
		wantSteps(t, cs[249:], connection.StepTakenOver)
		if s.status("e0249") != apig.StatusAccepted {
			t.Errorf("the endpoint is %q", s.status("e0249"))
		}
	})
}

// takeOver lets a giver release what a taker, who comes a while after it, or
// before when that is negative, accepts.
func takeOver(t *testing.T, v *gateway.View, after time.Duration) (given, taken []*connection.Case) {
	given = held("giver", cases(connection.Release, "one"))
	taken = held("taker", cases(connection.Accept, "one"))
	var group sync.WaitGroup
	group.Go(func() {
		passes(max(0, -after))
		if err := v.Settle(t.Context(), given, 0); err != nil {
			t.Error("giver: ", err)
		}
	})
	group.Go(func() {
		passes(max(0, after))
		v.Claim("taker", []string{"one"})
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
			s.connect(apig.StatusAccepted, "one")
			given, taken := takeOver(t, s.view(), after)
			wantSteps(t, taken, connection.StepDone)
			if !given[0].Step.Reached() {
				t.Errorf("the giver ended at step %d", given[0].Step)
			}
			if s.status("one") != apig.StatusAccepted {
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

// A release that is queued when the endpoint is claimed is not made any more.
func TestTakeoverOfAQueuedRelease(t *testing.T) {
	t.Parallel()
	for name, refusal := range map[string]error{"released": nil, "refused": badRequest(), "failed": serverError()} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.decideLatency = time.Second
				s.connect(apig.StatusAccepted, "one", "other")
				s.before = func(_ int, d decision) error {
					if slices.Contains(d.endpoints, "other") {
						return refusal
					}
					return nil
				}
				v := s.view()
				others := held("giver", cases(connection.Release, "other"))
				var group sync.WaitGroup
				group.Go(func() {
					if err := v.Settle(t.Context(), others, 0); err != nil && !errors.Is(err, refusal) {
						t.Error(err)
					}
				})
				given, taken := takeOver(t, v, 10*time.Millisecond)
				group.Wait()
				wantSteps(t, taken, connection.StepDone)
				wantSteps(t, given, connection.StepTakenOver)
				if s.wantCalls(1); !slices.Equal(s.decisions[0].endpoints, []string{"other"}) {
					t.Errorf("calls for %v", s.decisions[0].endpoints)
				}
				if s.status("one") != apig.StatusAccepted {
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
		s.connect(apig.StatusRejected, "one")
		s.endpoints["one"].keeps = true
		v := s.view()
		v.Claim("taker", []string{"one"})
		cs := held("taker", cases(connection.Accept, "one"))
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := v.Settle(ctx, cs, 0); err == nil || cs[0].Observed.Status != apig.StatusRejected || cs[0].Calls != 1 {
			t.Errorf("error %v, %+v", err, cs[0])
		}
	})
}
