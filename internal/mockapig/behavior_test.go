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

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// TestSwitches acts once under each switch and checks the answer and the true state; TestCodes and TestBatch have those that refuse.
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
		before := strings.Split(tc.before, ", ")
		s := seeded(Config{Behavior: tc.behavior, Creating: tc.creating}, before...)
		got := act(t, s, tc.verb, append(endpoints(0, len(before)), gone)...)
		assert.Check(t, got.status == http.StatusOK && got.statuses() == tc.shown && (got.body == "{}") == (tc.behavior.Answer == AnswerBare),
			"%s: answered %d %s", name, got.status, got.body)
		assert.Check(t, truth(s) == tc.after, "%s: then it is %s", name, truth(s))
	}
}

func TestOmitTotal(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{OmitTotal: true}}, StatusPending)
	for _, got := range []reply{list(t, s, ""), act(t, s, "receive", endpoint(0))} {
		assert.Check(t, got.Size == nil && got.Total == nil && len(got.Connections) == 1, "got %s", got.body)
	}
	got := list(t, s, "?offset=1")
	assert.Check(t, got.body == `{"connections":[]}`, "an empty page is %s", got.body)
}

func TestStaleListing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(Config{Creating: 2 * time.Second, Behavior: Behavior{StaleFor: 5 * time.Second}}, StatusPending, StatusAccepted)
		act(t, s, "receive", endpoint(0))
		act(t, s, "reject", endpoint(1))
		pass(5*time.Second - 1)
		got := list(t, s, "")
		assert.Check(t, got.statuses() == "pendingAcceptance, accepted" && truth(s) == "accepted, rejected", "listed %s, truly %s", got.statuses(), truth(s))
		assert.Check(t, len(list(t, s, "?status=rejected").Connections) == 0, "the filter knows more than the listing")
		pass(1)
		got = list(t, s, "")
		assert.Check(t, got.statuses() == "accepted, rejected", "listed %s", got.statuses())
		act(t, s, "receive", endpoint(1))
		s.SetStatus(testGateway, endpoint(1), StatusFailed)
		got = list(t, s, "")
		assert.Check(t, got.statuses() == "accepted, failed", "after the platform's change: listed %s", got.statuses())
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
		assert.Check(t, is.DeepEqual(list(t, s, "?id=ab").ids(), want), "%q", how)
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
				assert.Check(t, after.Status == StatusFailed && (after.UpdatedAt == before.UpdatedAt) == keeps,
					"keeps %v, creating %v: from %+v to %+v", keeps, creating, before, after)
			})
		}
	}
}

// TestBehaviors checks that under every named behavior a pending connection can be accepted and an accepted one
// rejected, and that each name is a choice of its own.
func TestBehaviors(t *testing.T) {
	all := Behaviors()
	assert.Check(t, all["friendly"] == (Behavior{}) && all["hostile"] == Hostile() && all["hostile-one"] == HostileOne(),
		"friendly, hostile or hostile-one is not what it is said to be")
	seen := map[Behavior]string{}
	for name, behavior := range all {
		other, again := seen[behavior]
		assert.Check(t, !again, "%s is the same as %s", name, other)
		seen[behavior] = name
		synctest.Test(t, func(t *testing.T) {
			s := seeded(Config{}, StatusPending)
			behavior.Blink = Blink{} // it is another matter when that works
			s.SetBehavior(behavior)
			for _, want := range []string{StatusAccepted, StatusRejected} {
				got := act(t, s, map[string]string{StatusAccepted: "receive", StatusRejected: "reject"}[want], endpoint(0))
				pass(takesItsTime)
				assert.Check(t, got.status == http.StatusOK && truth(s) == want, "%s: got %d, %s", name, got.status, truth(s))
			}
		})
	}
}

// A gateway that was made a moment ago is not there for the first calls.
func TestBlinksAtItsStart(t *testing.T) {
	s := seeded(Config{Behavior: Behaviors()["gone-at-start"]}, StatusPending)
	got := act(t, s, "receive", endpoint(0))
	assert.Check(t, got.status == http.StatusOK, "a POST: %d", got.status)
	for n, want := range []int{404, 404, 404, 404, 404, 404, 200, 200} {
		got := list(t, s, "")
		assert.Check(t, got.status == want && (want != 404 || got.Code == "APIC.7302"), "call %d: %d %s", n, got.status, got.Code)
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
		row++
		assert.Check(t, got.status == http.StatusNotFound && row <= 2 && truth(s) == before,
			"call %d: %d, %d in a row, %s before and %s after", n, got.status, row, before, truth(s))
	}
	assert.Check(t, calls[http.StatusOK] >= 20 && calls[http.StatusNotFound] >= 20, "answers: %v", calls)
	assert.Check(t, is.DeepEqual(slices.Sorted(maps.Keys(codes)), []string{"APIC.7302", "APIC.7314", "APIG.3030"}))
}

// One method alone, with one code.
func TestBlinksByMethod(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{Blink: Blink{OneIn: 1, Method: http.MethodPost, Code: "APIG.3030"}}}, StatusPending)
	for n, want := range []int{404, 404, 200} { // two in a row at most
		got := act(t, s, "receive", endpoint(0))
		assert.Check(t, got.status == want && (want != 404 || got.Code == "APIG.3030"), "POST %d: %d %s", n, got.status, got.Code)
		got = list(t, s, "")
		assert.Check(t, got.status == http.StatusOK, "a GET: %d", got.status)
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
					n := len(got.ids())
					assert.Check(t, n <= 3 && *got.Total == n, "listed %s", got.body)
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
			assert.Assert(t, len(order) == 5 && len(list(t, s, "").ids()) == 3, "met %v", met)
			for _, id := range order[:4] {
				assert.Check(t, slices.Equal(met[id], []string{StatusPending, StatusDeleting}), "%s was %v", id, met[id])
			}
			own, _ := s.Connection(testGateway, endpoint(0))
			_, there := s.Connection(testGateway, order[0])
			assert.Check(t, !there && own.Status == StatusAccepted, "the first is there: %t; the test's own is %s", there, own.Status)
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
				got := act(t, s, tc.then, endpoint(0))
				assert.Check(t, got.status == tc.status && got.Code == tc.code, "%d, %s", got.status, got.Code)
				pass(time.Minute/2 - 1)
				assert.Check(t, is.Equal(list(t, s, "").statuses(), tc.before), "too soon")
				pass(1)
				assert.Check(t, is.Equal(list(t, s, "").statuses(), tc.after))
				assert.Check(t, is.Equal(truth(s), tc.after))
				pass(time.Hour)
				assert.Check(t, truth(s) == tc.after, "in the end %s", truth(s))
			})
		})
	}
}

// TestLostDecisions loses every second decision.
func TestLostDecisions(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{LoseEvery: 2}}, StatusPending, StatusPending, StatusPending)
	got := act(t, s, "receive", endpoint(0), endpoint(1), endpoint(2))
	assert.Check(t, got.status == 200 && truth(s) == "accepted, pendingAcceptance, accepted", "%d, %s", got.status, truth(s))
	act(t, s, "receive", endpoint(1))
	assert.Check(t, truth(s) == "accepted, pendingAcceptance, accepted", truth(s))
	act(t, s, "receive", endpoint(1))
	assert.Check(t, truth(s) == "accepted, accepted, accepted", truth(s))
}
