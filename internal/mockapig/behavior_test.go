// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"maps"
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

// A gateway that was made a moment ago is not there for the first calls.
func TestBlinksAtItsStart(t *testing.T) {
	s := seeded(Config{Behavior: Behaviors()["gone-at-start"]}, StatusPending)
	if got := act(t, s, "receive", endpoint(0)); got.status != http.StatusOK {
		t.Errorf("a POST: %d", got.status)
	}
	for n, want := range []int{404, 404, 404, 404, 404, 404, 200, 200} {
		if got := list(t, s, ""); got.status != want || want == 404 && got.Code != "APIC.7302" {
			t.Errorf("call %d: %d %s", n, got.status, got.Code)
		}
	}
}

// At random, each call may be struck and does nothing then, by each of the codes; two in a row at most.
func TestBlinksAtRandom(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{Blink: Blink{OneIn: 2}}}, StatusPending)
	row, calls, codes := 0, map[int]int{}, map[string]bool{}
	for n := range 100 {
		verb := []string{"receive", "reject"}[n%2]
		before := truth(s)
		got := act(t, s, verb, endpoint(0))
		if calls[got.status]++; got.status == http.StatusOK {
			row = 0
			continue
		}
		codes[got.Code] = true
		if row++; got.status != http.StatusNotFound || row > 2 || truth(s) != before {
			t.Errorf("call %d: %d, %d in a row, %s before and %s after", n, got.status, row, before, truth(s))
		}
	}
	if calls[http.StatusOK] < 20 || calls[http.StatusNotFound] < 20 {
		t.Errorf("answers: %v", calls)
	}
	if got := slices.Sorted(maps.Keys(codes)); !slices.Equal(got, []string{"APIC.7302", "APIC.7314", "APIG.3030"}) {
		t.Errorf("codes: %v", got)
	}
}

// One method alone, with one code.
func TestBlinksByMethod(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{Blink: Blink{OneIn: 1, Method: http.MethodPost, Code: "APIG.3030"}}}, StatusPending)
	for n, want := range []int{404, 404, 200} { // two in a row at most
		if got := act(t, s, "receive", endpoint(0)); got.status != want || want == 404 && got.Code != "APIG.3030" {
			t.Errorf("POST %d: %d %s", n, got.status, got.Code)
		}
		if got := list(t, s, ""); got.status != http.StatusOK {
			t.Errorf("a GET: %d", got.status)
		}
	}
}

// A stranger's connection comes, is `deleting`, and is gone, between listings, and what the test has made stays as it is.
func TestPassersBy(t *testing.T) {
	for _, first := range []bool{false, true} {
		synctest.Test(t, func(t *testing.T) {
			s := seeded(Config{Behavior: Behavior{PassingFor: time.Second, NewestFirst: first}}, StatusAccepted)
			met := map[string][]string{}
			var order []string
			for range 5 {
				for range 3 { // a listing of several pages is whole
					got := list(t, s, "")
					if n := len(got.ids()); n > 3 || *got.Total != n {
						t.Errorf("listed %s", got.body)
					}
					for _, c := range got.Connections {
						if c.DomainID != PasserBy {
							continue
						}
						if met[c.ID] == nil {
							order = append(order, c.ID)
						}
						if !slices.Contains(met[c.ID], c.Status) {
							met[c.ID] = append(met[c.ID], c.Status)
						}
					}
				}
				pass(time.Second)
			}
			if len(order) != 5 || len(list(t, s, "").ids()) != 3 {
				t.Fatalf("met %v", met)
			}
			for _, id := range order[:4] {
				if !slices.Equal(met[id], []string{StatusPending, StatusDeleting}) {
					t.Errorf("%s was %v", id, met[id])
				}
			}
			own, _ := s.Connection(testGateway, endpoint(0))
			if _, there := s.Connection(testGateway, order[0]); there || own.Status != StatusAccepted {
				t.Errorf("the first is there: %t; the test's own is %s", there, own.Status)
			}
		})
	}
}

// TestSlowDecisions decides the opposite while a decision takes its time: that is lost, or refused.
func TestSlowDecisions(t *testing.T) {
	for _, tc := range []struct {
		name        string
		behavior    Behavior
		before      string
		first, then string
		status      int
		code        string
		after       string
	}{
		{"a rejection", Behavior{RejectingFor: time.Minute}, StatusAccepted, "reject", "receive", 200, "", StatusRejected},
		{"of a pending one", Behavior{RejectingFor: time.Minute}, StatusPending, "reject", "receive", 200, "", StatusRejected},
		{"a rejection, refused", Behavior{RejectingFor: time.Minute, RedecideRefused: true, Codes: CodesPlain}, StatusAccepted, "reject", "receive", 400, "EndPoint.2014", StatusRejected},
		{"asked for twice", Behavior{RejectingFor: time.Minute, RedecideRefused: true}, StatusAccepted, "reject", "reject", 200, "", StatusRejected},
		{"an acceptance", Behavior{AcceptingFor: time.Minute}, StatusRejected, "receive", "reject", 200, "", StatusAccepted},
		{"an acceptance, refused", Behavior{AcceptingFor: time.Minute, RedecideRefused: true, Codes: CodesPlain}, StatusRejected, "receive", "reject", 400, "EndPoint.2014", StatusAccepted},
		{"shown late", Behavior{RejectingFor: time.Minute - time.Second, StaleFor: time.Second}, StatusAccepted, "reject", "receive", 200, "", StatusRejected},
	} {
		t.Run(tc.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := seeded(Config{Creating: time.Hour, Behavior: tc.behavior}, tc.before)
				act(t, s, tc.first, endpoint(0))
				pass(time.Minute / 2)
				if got := act(t, s, tc.then, endpoint(0)); got.status != tc.status || got.Code != tc.code {
					t.Errorf("%d, %s", got.status, got.Code)
				}
				pass(time.Minute/2 - 1)
				if got := list(t, s, "").statuses(); got != tc.before {
					t.Errorf("listed %s too soon", got)
				}
				pass(1)
				if got := list(t, s, "").statuses(); got != tc.after || truth(s) != tc.after {
					t.Errorf("listed %s, truly %s", got, truth(s))
				}
				pass(time.Hour)
				if truth(s) != tc.after {
					t.Errorf("in the end %s", truth(s))
				}
			})
		})
	}
}

// TestLostDecisions loses every second decision.
func TestLostDecisions(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{LoseEvery: 2}}, StatusPending, StatusPending, StatusPending)
	if got := act(t, s, "receive", endpoint(0), endpoint(1), endpoint(2)); got.status != 200 || truth(s) != "accepted, pendingAcceptance, accepted" {
		t.Errorf("%d, %s", got.status, truth(s))
	}
	if act(t, s, "receive", endpoint(1)); truth(s) != "accepted, pendingAcceptance, accepted" {
		t.Error(truth(s))
	}
	if act(t, s, "receive", endpoint(1)); truth(s) != "accepted, accepted, accepted" {
		t.Error(truth(s))
	}
}
