// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestSwitches acts once under each switch and checks the answer and the true state.
func TestSwitches(t *testing.T) {
	gone := "00000000-0000-4000-8000-000000000000"
	for _, tc := range []struct {
		name     string
		behavior Behavior
		creating time.Duration
		before   []string
		verb     string
		extra    []string // endpoints beside those of before
		status   int
		code     string
		shown    string
		after    string
	}{
		{name: "rejected, works", before: []string{StatusRejected}, verb: "receive", status: 200, shown: "accepted", after: "accepted"},
		{
			name: "rejected, ignored", behavior: Behavior{RejectedFinal: FinalIgnored},
			before: []string{StatusRejected, StatusPending}, verb: "receive", status: 200, shown: "rejected, accepted", after: "rejected, accepted",
		},
		{
			name: "rejected, refused", behavior: Behavior{RejectedFinal: FinalRefused},
			before: []string{StatusPending, StatusRejected}, verb: "receive", status: 400, code: "APIC.7211", after: "pendingAcceptance, rejected",
		},
		{name: "unknown, ignored", before: []string{StatusPending}, verb: "receive", extra: []string{gone}, status: 200, shown: "accepted", after: "accepted"},
		{
			name: "unknown, refused, 400", behavior: Behavior{UnknownEndpoint: UnknownRefused},
			before: []string{StatusPending}, verb: "receive", extra: []string{gone}, status: 400, code: "APIC.7211", after: "pendingAcceptance",
		},
		{
			name: "unknown, refused, 404", behavior: Behavior{UnknownEndpoint: UnknownRefused, Codes: CodesPlain},
			before: []string{StatusPending}, verb: "reject", extra: []string{gone}, status: 404, code: "EndPoint.2006", after: "pendingAcceptance",
		},
		{
			name: "unknown, partial, 500", behavior: Behavior{UnknownEndpoint: UnknownRefused, Batch: BatchPartial, Codes: CodesBare},
			before: []string{StatusPending}, verb: "reject", extra: []string{gone}, status: 500, code: "APIC.9007", after: "rejected",
		},
		{
			name: "deleting counts as unknown", behavior: Behavior{UnknownEndpoint: UnknownRefused, Batch: BatchPartial},
			before: []string{StatusDeleting, StatusPending}, verb: "receive", status: 400, code: "APIC.7211", after: "deleting, accepted",
		},
		{
			name: "accepted again", behavior: Behavior{RedecideRefused: true},
			before: []string{StatusPending, StatusAccepted}, verb: "receive", status: 400, code: "APIC.7211", after: "pendingAcceptance, accepted",
		},
		{
			name: "rejected again", behavior: Behavior{RedecideRefused: true},
			before: []string{StatusAccepted, StatusRejected}, verb: "reject", status: 400, code: "APIC.7211", after: "accepted, rejected",
		},
		{
			name: "rejecting one in creation", behavior: Behavior{RejectCreatingBusy: true},
			before: []string{StatusAccepted, StatusCreating}, verb: "reject", status: 409, code: "APIC.7701", after: "accepted, creating",
		},
		{
			name: "answer final", creating: time.Hour,
			before: []string{StatusPending, StatusFailed}, verb: "receive", status: 200, shown: "accepted, accepted", after: "creating, creating",
		},
		{
			name: "answer creating", behavior: Behavior{Answer: AnswerCreating},
			before: []string{StatusPending, StatusAccepted}, verb: "receive", status: 200, shown: "creating, accepted", after: "accepted, accepted",
		},
		{
			name: "answer creating to a rejection", behavior: Behavior{Answer: AnswerCreating},
			before: []string{StatusPending}, verb: "reject", status: 200, shown: "rejected", after: "rejected",
		},
		{
			name: "answer old", behavior: Behavior{Answer: AnswerOld},
			before: []string{StatusPending, StatusFailed}, verb: "receive", status: 200, shown: "pendingAcceptance, failed", after: "accepted, accepted",
		},
		{name: "answer bare", behavior: Behavior{Answer: AnswerBare}, before: []string{StatusPending}, verb: "receive", status: 200, after: "accepted"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := seeded(Config{Behavior: tc.behavior, Creating: tc.creating}, tc.before...)
			got := act(t, s, tc.verb, append(endpoints(0, len(tc.before)), tc.extra...)...)
			if got.status != tc.status || got.Code != tc.code || got.statuses() != tc.shown {
				t.Errorf("answered %d %s with %s", got.status, got.body, got.statuses())
			}
			if truth(s) != tc.after {
				t.Errorf("then it is %s", truth(s))
			}
			if bare := got.body == "{}"; bare != (tc.behavior.Answer == AnswerBare) {
				t.Errorf("answered %s", got.body)
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
