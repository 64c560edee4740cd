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

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// wantEnd checks that an error tells of a context's end.
func wantEnd(t *testing.T, err, want error) {
	t.Helper()
	if !errors.Is(err, want) {
		t.Errorf("error %v, want %v", err, want)
	}
}

// Endpoints that come late are decided when they come; those that are there
// don't wait for them.
func TestSettleLateEndpoints(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.creating = time.Second
		s.connect(endpoint.StatusPendingAcceptance, "present")
		began := time.Now()
		s.connectLater(20*time.Second, "a", "late")
		s.connectLater(2*time.Minute, "a", "later")
		cs, took := cases(endpoint.Accept, "late", "present", "later"), stopwatch()
		settleAll(t, s, cs, 3*time.Minute)
		wantSteps(t, cs, settle.Done)
		s.wantCalls(3)
		for i, want := range []string{"present", "late", "later"} {
			if got := s.decisions[i].endpoints; !slices.Equal(got, []string{want}) {
				t.Errorf("call %d was for %v", i, got)
			}
		}
		if s.decisions[0].at.Sub(began) > time.Second/10 {
			t.Error("the one that was there waited")
		}
		// The pace of a long wait for the last one must not be the pace at
		// which its decision is waited for.
		if took() > 2*time.Minute+18*time.Second {
			t.Errorf("took %s", took())
		}
	})
}

func TestSettleNeverListed(t *testing.T) {
	t.Parallel()
	for _, wait := range []time.Duration{0, time.Millisecond, 3 * time.Minute} {
		t.Run(wait.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, "present")
				cs, took := cases(endpoint.Accept, "present", "never"), stopwatch()
				settleAll(t, s, cs, wait)
				wantSteps(t, cs[:1], settle.Done)
				wantSteps(t, cs[1:], settle.Unlisted)
				// The wait begins when the present one is decided.
				if took() < wait || took() > wait+350*time.Millisecond {
					t.Errorf("took %s", took())
				}
			})
		})
	}
}

// The last look is made when the wait ends, however slow the pace was.
func TestSettleLooksAtTheEndOfTheWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connectLater(time.Minute, "a", "late")
		cs := cases(endpoint.Accept, "late")
		settleAll(t, s, cs, time.Minute)
		wantSteps(t, cs, settle.Done)
	})
}

func TestSettleMissingIsCanceled(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		ctx, cancel := context.WithCancel(t.Context())
		took := stopwatch()
		var group sync.WaitGroup
		group.Go(func() {
			wantEnd(t, s.session().Settle(ctx, cases(endpoint.Accept, "never"), time.Hour), context.Canceled)
		})
		passes(100 * time.Second)
		cancel()
		group.Wait()
		if took() != 100*time.Second {
			t.Errorf("took %s", took())
		}
	})
}

// Consumers who leave are no trouble, whenever they do.
func TestSettleConsumersLeave(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.creating = 10 * time.Second
		s.connect(endpoint.StatusPendingAcceptance, "leaves", "deleted", "stays")
		s.after = func(int, decision) error {
			s.change("leaves", 3*time.Second, endpoint.Absent)
			s.change("deleted", 3*time.Second, endpoint.StatusDeleting)
			return nil
		}
		cs := cases(endpoint.Accept, "leaves", "deleted", "stays", "left")
		cs[3].EverListed = true
		settleAll(t, s, cs, time.Minute)
		wantSteps(t, cs, settle.Gone, "stays")
		wantSteps(t, cs[2:3], settle.Done)
		s.wantCalls(1)
	})
}

func expecting(accounts ...string) map[string]struct{} {
	expected := map[string]struct{}{}
	for _, account := range accounts {
		expected[account] = struct{}{}
	}
	return expected
}

func TestSettleUnexpectedAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, ids(60)...)
		s.connectLater(0, "b", "other")
		cs := cases(endpoint.Accept, append(ids(60), "other")...)
		for _, c := range cs {
			c.Expected = expecting("a")
		}
		wantEnd(t, s.session().Settle(t.Context(), cs, time.Minute), gateway.ErrUnexpectedAccount)
		s.wantCalls(0)
		wantSteps(t, cs, settle.UnexpectedAccount, ids(60)...)
	})
}

// One that appears late can't undo what was decided, but is not accepted.
func TestSettleLateUnexpectedAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, "present")
		s.connectLater(10*time.Second, "b", "other")
		s.connectLater(20*time.Second, "a", "late")
		cs := cases(endpoint.Accept, "present", "other", "late")
		for _, c := range cs {
			c.Expected = expecting("a")
		}
		settleAll(t, s, cs, time.Minute)
		wantSteps(t, cs, settle.Done, "other")
		wantSteps(t, cs[1:2], settle.UnexpectedAccount)
		if s.status("other") != endpoint.StatusPendingAcceptance {
			t.Errorf("it is %q", s.status("other"))
		}
	})
}
