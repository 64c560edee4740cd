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
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// A server that refuses whatever it is asked for is not asked for each endpoint
// alone: sixteen from all over the list tell enough.
func TestSettleEverythingIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, ids(1000)...)
		s.before = func(int, decision) error { return badRequest() }
		cs := cases(endpoint.Accept, ids(1000)...)
		wantCode(t, s.session().Settle(t.Context(), cs, 0), 400)
		s.wantCalls(4 + 16)
		var refused []int
		for i, c := range cs {
			if c.Phase == settle.Refused {
				refused = append(refused, i)
			} else if c.Phase != settle.ToCall {
				t.Errorf("%s: step %d", c.EndpointID, c.Phase)
			}
		}
		if len(refused) != 16 || refused[3] > 250 || refused[12] < 650 {
			t.Errorf("refused are %v", refused)
		}
	})
}

// Of a list most of which is refused for what it is, the rest is found.
func TestSettleMostAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		all := ids(60)
		s.connect(endpoint.StatusPendingAcceptance, all...)
		good := []string{"e0011", "e0042", "e0059"} // eleven are refused before the first
		bad := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return slices.Contains(good, id) })
		s.before = refuseAny(notFound(), bad...)
		cs := cases(endpoint.Accept, all...)
		settleAll(t, s, cs, 0)
		wantSteps(t, cs, settle.Done, bad...)
		wantSteps(t, cs, settle.Refused, good...)
	})
}

// Where one call went well, the server refuses endpoints, however many: all are
// found out, and at the same time.
func TestSettleManyAreRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		all := ids(504)
		s.connect(endpoint.StatusPendingAcceptance, all...)
		bad := slices.Clone(all[500:]) // which are alone after three rounds
		for i := 50; i < 500; i += 50 {
			bad = append(bad, all[i]) // one in each call but the first
		}
		s.before = refuseAny(badRequest(), bad...)
		cs, took := slices.Concat(cases(endpoint.Accept, all[:500]...), cases(endpoint.Reject, all[500:]...)), stopwatch()
		settleAll(t, s, cs, 0)
		wantSteps(t, cs, settle.Done, bad...)
		good := slices.DeleteFunc(all, func(id string) bool { return slices.Contains(bad, id) })
		wantSteps(t, cs, settle.Refused, good...)
		if took() > 8*350*time.Millisecond { // seven rounds, with jitter
			t.Errorf("took %s", took())
		}
	})
}

// Where the service does well by others meanwhile, it is the endpoints, however many:
// each is found out.
func TestSettleServiceFailsBesideOthers(t *testing.T) {
	t.Parallel()
	for _, others := range []int{0, 40} {
		t.Run(fmt.Sprint(others), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				all := ids(30 + others)
				s.connect(endpoint.StatusPendingAcceptance, all...)
				s.before = refuseAny(serverError(), all[:30]...)
				v := s.session()
				var group sync.WaitGroup
				for i, c := range cases(endpoint.Accept, all[30:]...) {
					group.Go(func() {
						passes(time.Duration(i) * 100 * time.Millisecond)
						if err := v.Settle(t.Context(), []*settle.Item{c}, 0); err != nil {
							t.Error(err)
						}
					})
				}
				mine := cases(endpoint.Accept, all[:30]...)
				err := v.Settle(t.Context(), mine, 0)
				if others == 0 {
					wantCode(t, err, 500)
				} else if wantSteps(t, mine, settle.Refused); err != nil {
					t.Error(err)
				}
				group.Wait()
			})
		})
	}
}

// What is on its way without a call of this one's is not waited for when
// nothing can be called for any more.
func TestSettleWaitsOnlyForItsOwnAfterAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusCreating, "on its way")
		s.connect(endpoint.StatusPendingAcceptance, "pending")
		s.before = func(int, decision) error { return forbidden() }
		cs, took := cases(endpoint.Accept, "on its way", "pending"), stopwatch()
		ctx, cancel := context.WithTimeout(t.Context(), time.Hour)
		defer cancel()
		wantCode(t, s.session().Settle(ctx, cs, 0), 403)
		wantSteps(t, cs[:1], settle.Waiting)
		if s.wantPages(1); took() > time.Second {
			t.Errorf("took %s", took())
		}
	})
}
