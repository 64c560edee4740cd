// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// slowServer is a gateway whose decisions of one kind take their time: until then the
// status is what it was, and the opposite is lost, or refused as decided already.
func slowServer(t *testing.T, slow endpoint.Decision, takes time.Duration, refuses error, begin endpoint.Status, ids ...string) *server {
	s := newServer(t)
	s.connect(begin, ids...)
	until := map[string]time.Time{}
	s.before = func(_ int, d decision) error {
		for _, id := range d.endpoints {
			e := s.endpoints[id]
			underWay := time.Now().Before(until[id])
			if underWay && d.action != slow && refuses != nil {
				return refuses
			}
			if e.keeps = underWay || d.action == slow; d.action == slow && !underWay && takes > 0 {
				until[id] = time.Now().Add(takes)
				status := map[endpoint.Decision]endpoint.Status{endpoint.Rejected: endpoint.StatusRejected, endpoint.Accepted: endpoint.StatusAccepted}[slow]
				s.change(id, takes, status)
			}
		}
		return nil
	}
	return s
}

// settleWithin gives up after ten minutes.
func settleWithin(t *testing.T, v *gateway.Session, cs []*settle.Item) error {
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
	defer cancel()
	return v.Settle(ctx, cs, 0)
}

func decidedAlready() error { return decideError(400, "EndPoint.2014", rest.KindInvalid) }

// A decision that is lost in an older one, or refused on account of it, is made again
// once that has shown, whoever made it: soon, and with few calls.
func TestLostInAnOlderDecision(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		slow          endpoint.Decision
		older, goal   endpoint.Goal
		begin, want   endpoint.Status
		refuses       error
		orphan, later bool // the older one's caller left; it came in an earlier run
	}{
		"rejection":                    {slow: endpoint.Rejected, older: endpoint.Release, goal: endpoint.Accept, begin: endpoint.StatusAccepted, want: endpoint.StatusAccepted},
		"rejection, refused":           {slow: endpoint.Rejected, older: endpoint.Release, goal: endpoint.Accept, begin: endpoint.StatusAccepted, want: endpoint.StatusAccepted, refuses: decidedAlready()},
		"rejection, refused otherwise": {slow: endpoint.Rejected, older: endpoint.Release, goal: endpoint.Accept, begin: endpoint.StatusAccepted, want: endpoint.StatusAccepted, refuses: badRequest()},
		"rejection, of a pending one":  {slow: endpoint.Rejected, older: endpoint.Reject, goal: endpoint.Accept, begin: endpoint.StatusPendingAcceptance, want: endpoint.StatusAccepted},
		"rejection, caller left":       {slow: endpoint.Rejected, older: endpoint.Release, goal: endpoint.Accept, begin: endpoint.StatusAccepted, want: endpoint.StatusAccepted, orphan: true},
		"rejection, of another run":    {slow: endpoint.Rejected, older: endpoint.Release, goal: endpoint.Accept, begin: endpoint.StatusAccepted, want: endpoint.StatusAccepted, orphan: true, later: true},
		"another run's, refused":       {slow: endpoint.Rejected, older: endpoint.Release, goal: endpoint.Accept, begin: endpoint.StatusAccepted, want: endpoint.StatusAccepted, refuses: decidedAlready(), orphan: true, later: true},
		"acceptance":                   {slow: endpoint.Accepted, older: endpoint.Accept, goal: endpoint.Reject, begin: endpoint.StatusRejected, want: endpoint.StatusRejected},
		"acceptance, refused":          {slow: endpoint.Accepted, older: endpoint.Accept, goal: endpoint.Reject, begin: endpoint.StatusRejected, want: endpoint.StatusRejected, refuses: decidedAlready()},
		"acceptance, of a pending one": {slow: endpoint.Accepted, older: endpoint.Accept, goal: endpoint.Reject, begin: endpoint.StatusPendingAcceptance, want: endpoint.StatusRejected, refuses: decidedAlready()},
		"acceptance, released":         {slow: endpoint.Accepted, older: endpoint.Accept, goal: endpoint.Release, begin: endpoint.StatusRejected, want: endpoint.StatusRejected},
		"another run's acceptance":     {slow: endpoint.Accepted, older: endpoint.Accept, goal: endpoint.Release, begin: endpoint.StatusPendingAcceptance, want: endpoint.StatusRejected, orphan: true, later: true},
	} {
		for _, n := range []int{1, 3} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := slowServer(t, test.slow, 2*time.Second, test.refuses, test.begin, ids(n)...)
					v := s.session()
					older, younger := cases(test.older, ids(n)...), cases(test.goal, ids(n)...)
					ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
					defer cancel()
					var group sync.WaitGroup
					group.Go(func() {
						if err := v.Settle(ctx, older, 0); err != nil && !errors.Is(err, context.Canceled) {
							t.Error(err)
						}
					})
					passes(time.Second / 2)
					if test.orphan {
						cancel()
					}
					if test.later {
						unseen := v.Unseen(ids(n))
						if v = s.session(); len(unseen) != n {
							t.Errorf("unseen: %v", unseen)
						}
						v.Remember(unseen)
					}
					took := stopwatch()
					if err := settleWithin(t, v, younger); err != nil {
						t.Error(err)
					}
					if took() > 10*time.Second {
						t.Errorf("took %s", took())
					}
					if !test.orphan {
						cancel() // it never sees what it waits for, as the younger one overtook it
					}
					group.Wait()
					wantSteps(t, younger, settle.Done)
					for _, id := range ids(n) {
						if got := s.status(id); got != test.want {
							t.Errorf("%s is %q", id, got)
						}
					}
					if calls, _ := s.counts(); calls > 3*n+1 {
						t.Errorf("%d calls", calls)
					}
					if unseen := v.Unseen(ids(n)); len(unseen) > 0 {
						t.Errorf("unseen in the end: %v", unseen)
					}
				})
			})
		}
	}
}

// A decision that was lost for good is believed to be so after two minutes.
func TestOlderDecisionLostForGood(t *testing.T) {
	t.Parallel()
	for age, want := range map[time.Duration]time.Duration{0: 2 * time.Minute, time.Minute: time.Minute, time.Hour: 0} {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t)
			s.connect(endpoint.StatusAccepted, "one")
			s.endpoints["one"].keeps = true
			v := s.session()
			v.Remember(map[string]gateway.Asked{"one": {endpoint.Rejected: time.Now().Add(-age)}})
			if got := slices.Collect(maps.Keys(v.Unseen([]string{"one", "two"}))); !slices.Equal(got, []string{"one"}) {
				t.Errorf("unseen: %v", got)
			}
			cs, took := cases(endpoint.Accept, "one"), stopwatch()
			if err := settleWithin(t, v, cs); err != nil {
				t.Error(err)
			}
			wantSteps(t, cs, settle.Done)
			if s.wantCalls(1); took() < want || took() > want+20*time.Second {
				t.Errorf("of an age of %s: took %s", age, took())
			}
			if unseen := v.Unseen([]string{"one"}); len(unseen) > 0 {
				t.Errorf("unseen in the end: %v", unseen)
			}
		})
	}
}

// What was asked for and not seen, and nothing else, is told of: a call under way that
// others wait for, an answer that was lost, and what was not seen for lack of time; but
// no refusal, nor what has been seen, nor what a consumer took with him.
func TestUnseen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		prepare func(s *server)
		goal    endpoint.Goal
		want    []endpoint.Decision
	}{
		"not seen":      {func(s *server) { s.endpoints["one"].keeps = true }, endpoint.Accept, []endpoint.Decision{endpoint.Accepted}},
		"under way":     {func(s *server) { s.decideLatency = time.Hour }, endpoint.Reject, []endpoint.Decision{endpoint.Rejected}},
		"seen":          {func(*server) {}, endpoint.Accept, nil},
		"nothing to do": {func(s *server) { s.change("one", 0, endpoint.StatusAccepted) }, endpoint.Accept, nil},
		"refused":       {func(s *server) { s.before = func(int, decision) error { return badRequest() } }, endpoint.Accept, nil},
		"an answer lost": {func(s *server) {
			s.after = func(int, decision) error { return decideError(0, "", rest.KindUnreachable) }
			s.stale = time.Hour
		}, endpoint.Accept, []endpoint.Decision{endpoint.Accepted}},
		"the consumer left": {func(s *server) { s.endpoints["one"].keeps = true; s.change("one", time.Second, endpoint.Absent) }, endpoint.Accept, nil},
		"it stays failed":   {func(s *server) { s.endpoints["one"].fails = true }, endpoint.Accept, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, "one")
				passes(2 * time.Hour)
				test.prepare(s)
				v := s.session()
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Minute)
				defer cancel()
				// What happens to it is the other tests' business.
				_ = v.Settle(ctx, cases(test.goal, "one"), 0)
				var got []endpoint.Decision
				for decision := range v.Unseen([]string{"one"})["one"] {
					got = append(got, decision)
				}
				if !slices.Equal(got, test.want) {
					t.Errorf("unseen: %v, want %v", got, test.want)
				}
			})
		})
	}
}
