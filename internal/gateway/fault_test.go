// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// A server that refuses whatever it is asked for is not asked for each endpoint
// alone: after the first round, a few calls each tell enough.
func TestSettleEverythingIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(apig.StatusPendingAcceptance, ids(1000)...)
		s.before = func(int, decision) error { return badRequest() }
		cs := cases(connection.Accept, ids(1000)...)
		wantCode(t, s.view().Settle(t.Context(), cs, 0), 400)
		s.wantCalls(20 + 6*4 + 16) // four of 25, 13, 7, 4, 2 and 1 each, and what they hold beside it
		wantSteps(t, cs, connection.StepCall, ids(16)...)
		wantSteps(t, cs[:16], connection.StepRefused)
	})
}

// Of a list most of which is refused, the rest is found.
func TestSettleMostAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		all := ids(60)
		s.connect(apig.StatusPendingAcceptance, all...)
		good := []string{"e0011", "e0042", "e0059"} // eleven are refused before the first
		bad := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return slices.Contains(good, id) })
		s.before = refuseAny(badRequest(), bad...)
		cs := cases(connection.Accept, all...)
		settle(t, s, cs, 0)
		wantSteps(t, cs, connection.StepDone, bad...)
		wantSteps(t, cs, connection.StepRefused, good...)
	})
}

// Where one call went well, the server refuses endpoints, however many: all are
// found out, and at the same time.
func TestSettleManyAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		all := ids(504)
		s.connect(apig.StatusPendingAcceptance, all...)
		bad := slices.Clone(all[500:]) // which are alone after three rounds
		for i := 50; i < 500; i += 50 {
			bad = append(bad, all[i]) // one in each call but the first
		}
		s.before = refuseAny(badRequest(), bad...)
		cs, took := slices.Concat(cases(connection.Accept, all[:500]...), cases(connection.Reject, all[500:]...)), stopwatch()
		settle(t, s, cs, 0)
		wantSteps(t, cs, connection.StepDone, bad...)
		good := slices.DeleteFunc(all, func(id string) bool { return slices.Contains(bad, id) })
		wantSteps(t, cs, connection.StepRefused, good...)
		if took() > 7*350*time.Millisecond { // seven rounds
			t.Errorf("took %s", took())
		}
	})
}

// A service that fails every call is at fault, unless it does well by others
// meanwhile: then it is the endpoints, and each is found out. What gets lost is
// never on account of one of them.
func TestSettleServiceFailsBesideOthers(t *testing.T) {
	t.Parallel()
	lost := decideError(0, "", rest.KindUnreachable)
	for _, test := range []struct {
		name      string
		endpoints int
		err       error
		others    int           // who come, each a tenth of a second after the one before
		stay      time.Duration // for how long
		late      time.Duration // how long after the first of them this one comes
		ends      bool
		calls     int
	}{
		{"nobody else", 5, serverError(), 0, 0, 0, true, 1 + 2 + 4},
		{"one before the first round", 5, serverError(), 1, time.Minute, 100 * time.Millisecond, true, 1 + 2 + 4},
		{"one in the first round", 5, serverError(), 1, time.Minute, 0, false, 1 + 2 + 4 + 2},
		{"one who leaves before the call", 5, serverError(), 1, time.Millisecond, 0, true, 1 + 2 + 4},
		{"one, and nobody later", 50, serverError(), 1, time.Minute, 0, true, 1 + 2 + 4 + 4 + 4 + 4},
		{"many, and it gets lost", 5, lost, 20, time.Minute, 0, true, 3},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(apig.StatusPendingAcceptance, ids(test.endpoints+test.others)...)
				mine, others := cases(connection.Accept, ids(test.endpoints)...), ids(test.endpoints + test.others)[test.endpoints:]
				calls := 0
				s.before = func(_ int, d decision) error {
					if d.action == apig.ActionReject {
						return nil
					}
					calls++
					return test.err
				}
				v := s.view()
				look(t, v, anyTime, ids(test.endpoints+test.others)...)
				var group sync.WaitGroup
				for i, c := range cases(connection.Reject, others...) {
					group.Go(func() {
						passes(time.Duration(i) * 100 * time.Millisecond)
						ctx, cancel := context.WithTimeout(t.Context(), test.stay)
						defer cancel()
						if err := v.Settle(ctx, []*connection.Case{c}, 0); (err != nil) != (test.stay < time.Second) {
							t.Error(err)
						}
					})
				}
				passes(test.late)
				err := v.Settle(t.Context(), mine, 0)
				if test.ends != errors.Is(err, test.err) || !test.ends && err != nil {
					t.Errorf("error %v", err)
				}
				if !test.ends {
					wantSteps(t, mine, connection.StepRefused)
				}
				if calls != test.calls {
					t.Errorf("%d calls of %v, want %d", calls, s.sizes(), test.calls)
				}
				group.Wait()
			})
		})
	}
}

// Rounds in which all calls fail count only if they come one after the other.
func TestSettleServiceFailsNowAndThen(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(apig.StatusPendingAcceptance, ids(100)...)
		s.before = func(n int, _ decision) error {
			if n == 6 || n > 7 { // two rounds of two are lost, one call of the third, and the fourth
				return nil
			}
			return decideError(0, "", rest.KindUnreachable)
		}
		cs := cases(connection.Accept, ids(100)...)
		settle(t, s, cs, 0)
		wantSteps(t, cs, connection.StepDone)
		s.wantCalls(8)
	})
}

// What is on its way without a call of this one's is not waited for when
// nothing can be called for any more.
func TestSettleWaitsOnlyForItsOwnAfterAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(apig.StatusCreating, "on its way")
		s.connect(apig.StatusPendingAcceptance, "pending")
		s.before = func(int, decision) error { return forbidden() }
		cs, took := cases(connection.Accept, "on its way", "pending"), stopwatch()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		wantCode(t, s.view().Settle(ctx, cs, 0), 403)
		wantSteps(t, cs[:1], connection.StepWait)
		if s.wantPages(1); took() > time.Second {
			t.Errorf("took %s", took())
		}
	})
}
