// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// claimBeforeTheCall settles cases of a giver, of which the first needs nothing
// and another one is claimed by a taker after the look and before the calls.
func claimBeforeTheCall(t *testing.T, v *gateway.Session, cs []*settle.Item, claimed string) {
	t.Helper()
	h := newHolders()
	err := v.Settle(t.Context(), h.of("giver", cs), 0, func(c *settle.Item) {
		if c == cs[0] {
			h.claim("taker", claimed)
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// A release that spares when its call would be made is over then: it was
// not called for, and is not looked at again.
func TestReleaseSparesBeforeItsCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusAccepted, "one")
		cs := cases(endpoint.Release, "gone", "one")
		claimBeforeTheCall(t, s.session(), cs, "one")
		wantSteps(t, cs[1:], settle.Spared)
		s.wantCalls(0)
		if s.wantPages(1); cs[1].Calls != 0 {
			t.Errorf("%d calls are counted", cs[1].Calls)
		}
	})
}

// The pace of a wait is that of what was decided, not of what was given up.
func TestWaitBesideAReleaseThatSpares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusAccepted, "slow", "given up")
		s.connect(endpoint.StatusPendingAcceptance, "quick")
		v := s.session()
		s.stale = 10 * time.Second // a rejection shows late, and that is learnt
		passes(s.stale)
		if err := v.Settle(t.Context(), cases(endpoint.Reject, "slow"), 0); err != nil {
			t.Error(err)
		}
		s.stale, s.creating = 0, time.Second
		cs, took := append(cases(endpoint.Release, "gone", "given up"), cases(endpoint.Accept, "quick")...), stopwatch()
		claimBeforeTheCall(t, v, cs, "given up")
		wantSteps(t, cs[1:2], settle.Spared)
		wantSteps(t, cs[2:], settle.Done)
		if took() > 2*time.Second {
			t.Errorf("took %s", took())
		}
	})
}
