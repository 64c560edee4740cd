// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestSwitches acts once under each switch and checks the answer and the true state; TestCodes and TestBatch have those that
// refuse.
func TestSwitches(t *testing.T) {
	const gone = "00000000-0000-4000-8000-000000000000"
	for name, tc := range map[string]struct {
		behavior     Behavior
		creating     time.Duration
		before, verb string
		shown, after string
	}{
		"rejected, ignored":            {Behavior{RejectedFinal: FinalIgnored}, 0, "rejected, pendingAcceptance", "receive", "rejected, accepted", "rejected, accepted"},
		"unknown, ignored":             {Behavior{}, 0, "pendingAcceptance", "receive", "accepted", "accepted"},
		"unknown, rejected":            {Behavior{}, 0, "pendingAcceptance", "reject", "rejected", "rejected"},
		"answer final":                 {Behavior{}, time.Hour, "pendingAcceptance, failed", "receive", "accepted, accepted", "creating, creating"},
		"answer creating":              {Behavior{Answer: AnswerCreating}, 0, "pendingAcceptance, accepted", "receive", "creating, accepted", "accepted, accepted"},
		"answer creating to rejecting": {Behavior{Answer: AnswerCreating}, 0, "pendingAcceptance", "reject", "rejected", "rejected"},
		"answer old":                   {Behavior{Answer: AnswerOld}, 0, "pendingAcceptance, failed", "receive", "pendingAcceptance, failed", "accepted, accepted"},
		"answer bare":                  {Behavior{Answer: AnswerBare}, 0, "pendingAcceptance", "receive", "", "accepted"},
	} {
		t.Run(name, func(t *testing.T) {
			before := strings.Split(tc.before, ", ")
			s := seeded(Config{Behavior: tc.behavior, Creating: tc.creating}, before...)
			got := act(t, s, tc.verb, append(endpoints(0, len(before)), gone)...)
			if got.status != http.StatusOK || got.statuses() != tc.shown || (got.body == "{}") != (tc.behavior.Answer == AnswerBare) {
				t.Errorf("answered %d %s", got.status, got.body)
			}
			if truth(s) != tc.after {
				t.Errorf("then it is %s", truth(s))
			}
		})
	}
}

func TestRejectCreatingBusyEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(Config{Creating: time.Minute, Behavior: Behavior{RejectCreatingBusy: true}}, StatusPending)
		act(t, s, "receive", endpoint(0))
		if got := act(t, s, "reject", endpoint(0)); got.status != http.StatusConflict {
			t.Errorf("got %d", got.status)
		}
		pass(time.Minute)
		if got := act(t, s, "reject", endpoint(0)); got.status != http.StatusOK || truth(s) != StatusRejected {
			t.Errorf("got %d, %s", got.status, truth(s))
		}
	})
}

func TestOmitTotal(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{OmitTotal: true}}, StatusPending)
	for _, got := range []reply{list(t, s, ""), act(t, s, "receive", endpoint(0))} {
		if got.Size != nil || got.Total != nil || len(got.Connections) != 1 {
			t.Errorf("got %s", got.body)
		}
	}
	if got := list(t, s, "?offset=1"); got.body != `{"connections":[]}` {
		t.Errorf("an empty page is %s", got.body)
	}
}

func TestStaleListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(Config{Creating: 2 * time.Second, Behavior: Behavior{StaleFor: 5 * time.Second}}, StatusPending, StatusAccepted)
		act(t, s, "receive", endpoint(0))
		act(t, s, "reject", endpoint(1))
		pass(5*time.Second - 1)
		if got := list(t, s, ""); got.statuses() != "pendingAcceptance, accepted" || truth(s) != "accepted, rejected" {
			t.Errorf("listed %s, truly %s", got.statuses(), truth(s))
		}
		if got := list(t, s, "?status=rejected"); len(got.Connections) != 0 {
			t.Error("the filter knows more than the listing")
		}
		pass(1)
		if got := list(t, s, ""); got.statuses() != "accepted, rejected" {
			t.Errorf("listed %s", got.statuses())
		}
		act(t, s, "receive", endpoint(1))
		s.SetStatus(testGateway, endpoint(1), StatusFailed)
		if got := list(t, s, ""); got.statuses() != "accepted, failed" {
			t.Errorf("after the platform's change: listed %s", got.statuses())
		}
	})
}

func TestIDFilters(t *testing.T) {
	for how, want := range map[IDFilter][]string{
		IDFilterExact:   {"ab"},
		IDFilterPrefix:  {"abc", "ab"},
		IDFilterIgnored: {"abc", "ab", "b"},
	} {
		s := newWorld(Config{Behavior: Behavior{IDFilter: how}})
		for _, id := range []string{"abc", "ab", "b"} {
			s.Connect(testGateway, Connection{ID: id})
		}
		if got := list(t, s, "?id=ab"); !slices.Equal(got.ids(), want) {
			t.Errorf("%q: got %v", how, got.ids())
		}
	}
}

func TestFailedKeepsUpdatedAt(t *testing.T) {
	for _, keeps := range []bool{false, true} {
		for _, creating := range []time.Duration{0, time.Second} {
			synctest.Test(t, func(t *testing.T) {
				s := seeded(Config{Creating: creating, Behavior: Behavior{FailedKeepsUpdatedAt: keeps}}, StatusFailed)
				s.FailAcceptance(testGateway, endpoint(0), 1)
				before, _ := s.Connection(testGateway, endpoint(0))
				pass(time.Minute)
				act(t, s, "receive", endpoint(0))
				pass(time.Minute)
				after, _ := s.Connection(testGateway, endpoint(0))
				if after.Status != StatusFailed || (after.UpdatedAt == before.UpdatedAt) != keeps {
					t.Errorf("keeps %v, creating %v: from %+v to %+v", keeps, creating, before, after)
				}
			})
		}
	}
}

// TestBehaviors checks that under every named behavior a pending connection can be accepted and an accepted one
// rejected, and that each name is a choice of its own.
func TestBehaviors(t *testing.T) {
	all := Behaviors()
	if all["friendly"] != (Behavior{}) || all["hostile"] != Hostile() || all["hostile-one"] != HostileOne() {
		t.Error("friendly, hostile or hostile-one is not what it is said to be")
	}
	seen := map[Behavior]string{}
	for name, behavior := range all {
		if other, again := seen[behavior]; again {
			t.Errorf("%s is the same as %s", name, other)
		}
		seen[behavior] = name
		synctest.Test(t, func(t *testing.T) {
			s := seeded(Config{}, StatusPending)
			behavior.Blink = Blink{} // it is another matter when that works
			s.SetBehavior(behavior)
			for _, want := range []string{StatusAccepted, StatusRejected} {
				got := act(t, s, map[string]string{StatusAccepted: "receive", StatusRejected: "reject"}[want], endpoint(0))
				pass(takesItsTime)
				if got.status != http.StatusOK || truth(s) != want {
					t.Errorf("%s: got %d, %s", name, got.status, truth(s))
				}
			}
		})
	}
}
