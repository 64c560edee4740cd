// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// before has calls fail before they take effect, after once they did.
func before(fail func(int, decision) error) func(*server) { return func(s *server) { s.before = fail } }

func after(fail func(int, decision) error) func(*server) { return func(s *server) { s.after = fail } }

// keeping has endpoints keep their status.
func keeping(setup func(*server), ids ...string) func(*server) {
	return func(s *server) {
		for _, id := range ids {
			s.endpoints[id].keeps = true
		}
		setup(s)
	}
}

// An endpoint that the server can't decide does not cost others theirs, whoever asks for
// them; an error that no other call can mend ends all.
func TestSettleRefused(t *testing.T) {
	stories := []story{
		// Beside the bad one's 50, 25, 13, 7, 4, 2 and 1, the good halves. Whether a call
		// of 25 can work is not known at first: one of 13 is made instead of it.
		{name: "one, all or nothing", pending: 50, setup: before(refuseAny(badRequest(), "e0000")), want: settle.Done, but: phases{settle.Refused: {"e0000"}}, calls: 14},
		{name: "one, the others are decided", pending: 50, setup: keeping(after(refuseAny(serverError(), "e0000")), "e0000"), want: settle.Done, but: phases{settle.Refused: {"e0000"}}, calls: 2},
		{
			name: "two of forty callers', each with its own error", pending: 40, each: true, took: 6 * time.Second,
			setup: before(func(n int, d decision) error {
				if err := refuseAny(badRequest(), "e0003", "e0039")(n, d); err == nil || len(d.endpoints) > 1 {
					return err
				}
				return fmt.Errorf("%s alone: %w", d.endpoints[0], badRequest())
			}),
			want: settle.Done, but: phases{settle.Refused: {"e0003", "e0039"}}, calls: 2 + 16*2,
			check: func(t *testing.T, _ *server, cs []*settle.Item) {
				for _, c := range []*settle.Item{cs[3], cs[39]} {
					assert.Check(t, c.Refusal != nil && c.Refusal.Error() == fmt.Sprintf("%s alone: %s", c.EndpointID, badRequest()),
						"%s: %v", c.EndpointID, c.Refusal)
				}
			},
		},
		{
			name: "two of forty callers', the others are decided", pending: 40, each: true, setup: keeping(after(refuseAny(serverError(), "e0000", "e0007")), "e0000", "e0007"),
			want: settle.Done, but: phases{settle.Refused: {"e0000", "e0007"}}, took: 6 * time.Second,
		},
		{
			name: "most, for their own reasons", pending: 30, setup: before(func(n int, d decision) error {
				return refuseAny(notFound(), slices.DeleteFunc(ids(30), func(id string) bool { return id == "e0021" || id == "e0029" })...)(n, d)
			}),
			want: settle.Refused, but: phases{settle.Done: {"e0021", "e0029"}},
		},
		{
			name: "for one that leaves", pending: 50, want: settle.Done, but: phases{settle.Gone: {"e0007"}}, calls: 3, // 50, then 25 and 24
			setup: func(s *server) {
				s.before = func(n int, d decision) error {
					if n == 1 {
						s.change("e0007", 0, endpoint.StatusDeleting)
					}
					return fails(1, badRequest())(n, d)
				}
			},
		},
		{name: "connected already, to be rejected", others: []string{"one"}, goal: endpoint.Reject, setup: func(s *server) {
			s.connect(endpoint.StatusAccepted, "one")
			s.before = always(decideError(400, "EndPoint.2014", rest.KindInvalid))
		}, want: settle.Refused},
		{name: "connected already, shown late", others: []string{"one"}, goal: endpoint.Accept, setup: func(s *server) {
			s.connect(endpoint.StatusPendingAcceptance, "one")
			s.change("one", 10*time.Second, endpoint.StatusAccepted)
			s.before = always(decideError(400, "EndPoint.2014", rest.KindInvalid))
		}, want: settle.Done, calls: 1},
		{name: "the service recovers", pending: 50, setup: before(fails(3, serverError())), want: settle.Done},
		{name: "the service recovers, of many callers", pending: 100, each: true, setup: before(fails(3, lostAnswer())), want: settle.Done},
		{
			name: "after a failure, only its own is waited for", pending: 1, others: []string{"on its way"}, timeout: time.Hour, pages: 1, took: time.Second,
			setup: func(s *server) { s.connect(endpoint.StatusCreating, "on its way"); s.before = always(forbidden()) },
			want:  settle.ToCall, but: phases{settle.Waiting: {"on its way"}}, err: 403,
		},
		{
			name: "for good, of forty callers", pending: 40, each: true, setup: before(always(forbidden())),
			want: settle.ToCall, err: 403, sizes: []int{40}, took: time.Second,
		},
		{
			name: "for good, while others are under way", pending: 500, setup: func(s *server) { s.latency, s.before = time.Second, always(forbidden()) },
			want: settle.ToCall, err: 403, sizes: []int{50, 50, 50, 50}, pages: 1,
			check: func(t *testing.T, _ *server, cs []*settle.Item) {
				for i, c := range cs {
					assert.Check(t, !c.Asked() && !c.MayTakeEffect() && (c.Refusal != nil) == (i < 200), "%s: %+v", c.EndpointID, c)
				}
			},
		},
		{
			name: "a failure and the end of the time, both told", pending: 100, timeout: time.Minute, err: context.DeadlineExceeded,
			setup: func(s *server) {
				s.latency, s.creating, s.before = time.Second, time.Hour, refuseAny(forbidden(), "e0099")
			},
			want: settle.Waiting, but: phases{settle.ToCall: ids(100)[50:]},
		},
	}
	for name, err := range map[string]error{"forbidden": forbidden(), "credentials": decideError(401, "APIC.7101", rest.KindUnauthenticated)} {
		stories = append(stories, story{
			name: name + ", after some were decided", pending: 300, others: []string{"never"}, wait: time.Minute, err: err, calls: 7,
			setup: func(s *server) {
				s.latency, s.creating = 50*time.Millisecond, 10*time.Second
				s.before = func(n int, _ decision) error {
					if n > 3 {
						return err
					}
					return nil
				}
			},
			want: anyPhase, but: phases{settle.Unlisted: {"never"}}, check: func(t *testing.T, _ *server, cs []*settle.Item) {
				decided := 0
				for _, c := range cs[:300] {
					if c.Phase == settle.Done {
						decided++
						continue
					}
					assert.Check(t, c.Phase == settle.ToCall && c.Calls == 0, "%s: step %d, %d calls", c.EndpointID, c.Phase, c.Calls)
				}
				assert.Check(t, decided == 150, "%d were decided", decided)
			},
		})
	}
	for name, err := range map[string]error{"refused": serverError(), "lost": lostAnswer()} {
		stories = append(stories, story{
			name: "the fellows of one that fails for good, " + name, pending: 100, err: 403, calls: 2,
			setup: func(s *server) {
				s.latency, s.creating, s.before, s.after = time.Second, time.Minute, refuseAny(forbidden(), "e0099"), always(err)
			},
			want: settle.Done, but: phases{settle.ToCall: ids(100)[50:]},
		})
	}
	runStories(t, stories)
}

// What took effect although its answer says otherwise, or got lost, is found by looking,
// and not asked for again. What did not is asked for again.
func TestSettleLostAnswer(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"500": serverError(), "no answer": lostAnswer(), "no such JSON": decideError(504, "", rest.KindUnreadable),
		"refused when it was made again": &rest.Error{Operation: apig.OperationDecide, StatusCode: 403, Kind: rest.KindForbidden, Unsure: true},
	} {
		creating := func(s *server) { s.creating, s.after = time.Second, always(err) }
		bubbles(t, name, story{pending: 2, setup: creating, want: settle.Done, sizes: []int{2}}.run)
		bubbles(t, name+", of many callers", story{pending: 40, each: true, setup: creating, want: settle.Done, sizes: []int{40}}.run)
	}
	for name, err := range map[string]error{
		"no effect":          lostAnswer(),
		"refused afterwards": &rest.Error{Operation: apig.OperationDecide, StatusCode: 400, Kind: rest.KindInvalid, Unsure: true},
	} {
		bubbles(t, name, story{pending: 1, setup: before(fails(1, err)), want: settle.Done, sizes: []int{1, 1}}.run)
	}
	// One that the server refused by failing may be decided all the same; one refused in so many words is not.
	for err, may := range map[error]bool{badRequest(): false, notFound(): false, serverError(): true} {
		bubbles(t, err, story{
			pending: 2, setup: before(always(err)), timeout: 200 * time.Millisecond, want: settle.Waiting, err: context.DeadlineExceeded, sizes: []int{2},
			check: func(t *testing.T, _ *server, cs []*settle.Item) {
				c := cs[0]
				assert.Check(t, c.Asked() && c.MayTakeEffect() == may && errors.Is(c.Refusal, err), "%+v", c)
			},
		}.run)
	}
}

func TestSettleFailsToLook(t *testing.T) {
	t.Parallel()
	for name, listings := range map[string]int{"at first": 0, "after the call": 1} {
		bubbles(t, name, func(t *testing.T, s *server) {
			s.connect(endpoint.StatusPendingAcceptance, "one")
			s.onPage = func(page) error {
				if len(s.pages) >= listings {
					return gatewayGone()
				}
				return nil
			}
			cs := cases(endpoint.Accept, "one")
			err := s.session().Settle(t.Context(), cs, 0)
			assert.Check(t, apig.IsGatewayGone(err) && cs[0].Looked == (listings > 0) && cs[0].Phase.Open(), "%v, %+v", err, cs[0])
			s.wantCalls(listings)
		})
	}
}

// A refusal takes as long as a call; that decisions take longer to show is no
// reason to wait that long before the next round.
func TestRefusalIsNotWaitedFor(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.creating = 10 * time.Second
		s.connect(endpoint.StatusPendingAcceptance, ids(41)...)
		v := s.session()
		bring(t, v, cases(endpoint.Accept, "e0040"))
		s.before = refuseAny(badRequest(), "e0000")
		cs, took := cases(endpoint.Accept, ids(40)...), stopwatch()
		wantNone(t, settleEach(t.Context(), v, cs, 0))
		wantSteps(t, cs, settle.Done, "e0000")
		assert.Check(t, took() <= 20*time.Second, "took %s", took())
	})
}
