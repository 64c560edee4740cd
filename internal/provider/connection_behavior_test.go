// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Whatever the gateway does where its vendor leaves open what it does, a life
// from create to destroy ends in the truth: each behavior alone, and the most
// hostile combinations of them.
func TestConnection_behaviors(t *testing.T) {
	t.Parallel()
	// Where a rejection is final, the endpoint that was rejected can't be accepted
	// again, and the error says so.
	impossible := map[string][]string{
		"rejected-ignored": {"Not settled in time", endpointID(2) + " (status rejected", "a rejection may be final on this gateway"},
		"rejected-refused": {"The gateway refuses to decide endpoints", endpointID(2) + " (status rejected", "APIC.7211", "request ID"},
	}
	for name, behavior := range mockapig.Behaviors() {
		if slices.Contains(otherSwitches, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inMemory(t, mockapig.Config{Creating: 300 * time.Millisecond, Behavior: behavior}, func(t *testing.T, m *mock, w *walker) {
				l := life{mock: m, walker: w, final: impossible[name], single: behavior.MaxBatch == 1}
				if behavior.MaxBatch > 0 {
					l.more = endpointIDs(11, 10+max(behavior.MaxBatch, 10))
				}
				switch {
				case behavior.NewestFirst:
					// So many endpoints that all pages are cheaper than asking for each, and
					// others that come between the pages and shift those that follow.
					l.more = endpointIDs(11, 40)
					next := 1700
					l.crowd(1001, next)
					l.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Times: 20, Do: func() { next++; l.crowd(next, next) }})
				case behavior.IDFilter != "":
					// So many others that asking for each of a few endpoints is cheaper than all pages.
					l.crowd(1001, 2600)
				}
				l.run(t)
				journal := l.Journal()
				for what, saw := range seen[name] {
					if !slices.ContainsFunc(journal, saw) {
						t.Errorf("the gateway never behaved so: %s", what)
					}
				}
			})
		})
	}
}

// otherSwitches are those that say nothing of connections.
var otherSwitches = []string{"add-existing-refused", "delete-missing-refused", "removed-rejects", "no-sts"}

// sights are what a behavior has to be seen doing, for the test to be worth something.
type sights map[string]func(mockapig.Call) bool

// seen has those of each behavior.
var seen = map[string]sights{
	"unknown-refused-400":     {"refused": refusedWith(http.StatusBadRequest, "APIC.7211")},
	"unknown-refused-404":     {"unknown": refusedWith(http.StatusNotFound, "EndPoint.2006"), "deleting": refusedWith(http.StatusBadRequest, "EndPoint.2018")},
	"unknown-refused-500":     {"unknown": failedFor("EndPoint.2006"), "deleting": failedFor("EndPoint.2018")},
	"unknown-refused-wrapped": {"unknown": failedFor("EndPoint.2006"), "deleting": failedFor("EndPoint.2018")},
	"unknown-invalid-400":     {"unknown": refusedWith(http.StatusBadRequest, "EndPoint.2013"), "deleting": refusedWith(http.StatusBadRequest, "EndPoint.2018")},
	"unknown-partial-400":     {"in part": inPart(refusedWith(http.StatusBadRequest, "APIC.7211"))},
	"unknown-partial-404":     {"in part": inPart(refusedWith(http.StatusNotFound, "EndPoint.2006"))},
	"unknown-partial-500":     {"in part": inPart(failedFor("EndPoint.2006"))},
	"unknown-partial-wrapped": {"in part": inPart(failedFor("EndPoint.2006"))},
	"unknown-stops-400":       {"in part": inPart(refusedWith(http.StatusBadRequest, "APIC.7211"))},
	"unknown-stops-404":       {"in part": inPart(refusedWith(http.StatusNotFound, "EndPoint.2006"))},
	"unknown-stops-500":       {"in part": inPart(failedFor("EndPoint.2006"))},
	"unknown-stops-wrapped":   {"in part": inPart(failedFor("EndPoint.2006"))},

	"redecide-refused":             {"refused": refusedWith(http.StatusBadRequest, "APIC.7211")},
	"redecide-refused-400":         {"decided already": refusedWith(http.StatusBadRequest, "EndPoint.2014")},
	"redecide-refused-500":         {"decided already": failedFor("EndPoint.2014")},
	"redecide-refused-wrapped":     {"decided already": failedFor("EndPoint.2014")},
	"reject-creating-busy":         {"creating": refusedWith(http.StatusConflict, "APIC.7701")},
	"reject-creating-busy-400":     {"creating": refusedWith(http.StatusBadRequest, "EndPoint.2019")},
	"reject-creating-busy-500":     {"creating": failedFor("EndPoint.2019")},
	"reject-creating-busy-wrapped": {"creating": failedFor("EndPoint.2019")},

	"small-batch":    {"too many": refusedWith(http.StatusBadRequest, "APIC.7211")},
	"one-by-400":     {"too many": refusedWith(http.StatusBadRequest, "EndPoint.2031"), "one": decidedAlone},
	"one-by-500":     {"too many": failedFor("EndPoint.2031"), "one": decidedAlone},
	"one-by-wrapped": {"too many": failedFor("EndPoint.2031"), "one": decidedAlone},
	"ten-by-500":     {"too many": failedFor("EndPoint.2031")},

	"id-prefix":      {"filtered": filtered},
	"id-ignored":     {"filtered": filtered},
	"newest-first":   {"paged": paged},
	"gone-at-start":  {"absent": refusedWith(http.StatusNotFound, "APIC.7302")},
	"gone-at-random": {"absent": refusedWith(http.StatusNotFound, "APIG.3030"), "no service": refusedWith(http.StatusNotFound, "APIC.7314")},
	"hostile-most":   {"absent": refusedWith(http.StatusNotFound, "APIG.3030")},
	"hostile":        {"unknown": failedFor("EndPoint.2006"), "creating": failedFor("EndPoint.2019"), "decided already": failedFor("EndPoint.2014")},
	"hostile-one":    {"unknown": failedFor("EndPoint.2006"), "creating": failedFor("EndPoint.2019"), "too many": failedFor("EndPoint.2031"), "paged": paged},
}

func refusedWith(status int, code string) func(mockapig.Call) bool {
	return func(call mockapig.Call) bool { return call.Status == status && call.Code == code }
}

// failedFor is a server error that VPCEP's refusal became.
func failedFor(cause string) func(mockapig.Call) bool {
	return func(call mockapig.Call) bool {
		return call.Status == http.StatusInternalServerError && call.Code == "APIC.9007" && call.Cause == cause
	}
}

// inPart is a call that was refused, but decided some of its endpoints.
func inPart(refused func(mockapig.Call) bool) func(mockapig.Call) bool {
	return func(call mockapig.Call) bool {
		return refused(call) && len(call.Decided) > 0 && len(call.Decided) < len(call.Endpoints)
	}
}

func decidedAlone(call mockapig.Call) bool { return len(call.Endpoints) == 1 && len(call.Decided) == 1 }

func filtered(call mockapig.Call) bool { return call.Filter.ID != "" }

func paged(call mockapig.Call) bool {
	return call.Operation == mockapig.OpListConnections && call.Offset > 0
}

// life is one resource's, from create to destroy.
type life struct {
	*mock
	walker *walker
	more   []string // endpoints beyond the usual five
	final  []string // what the error says where a rejection is final
	// single says that a call which names more than one endpoint decides nothing.
	single bool
}

// crowd has another account be connected by these endpoints.
func (l life) crowd(from, to int) {
	for _, id := range endpointIDs(from, to) {
		l.Connect(testInstance, mockapig.Connection{ID: id, DomainID: otherDomain, Status: "accepted"})
	}
}

func (l life) config(ids ...string) map[string]wanted {
	return just(map[string]fields{"test": accepted(append(ids, l.more...)...)})
}

func (l life) run(t *testing.T) {
	adopted, rejected, removed, doomed, leaver := endpointID(1), endpointID(2), endpointID(3), endpointID(4), endpointID(5)
	l.ask("accepted", adopted)
	l.ask("pendingAcceptance", append([]string{rejected, removed, doomed, leaver}, l.more...)...)
	l.FailAcceptance(testInstance, removed, 1)
	l.walker.wire.config["max_retries"] = int64(1)

	// A console user accepts one at the same moment, and the first acceptance of
	// another fails.
	config := l.config(adopted, rejected, removed, doomed, leaver)
	l.apply(t, config, func() {
		l.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Endpoint: rejected, Do: func() {
			l.SetStatus(testInstance, rejected, "accepted")
		}})
	}, nil)
	l.expectStatuses(t, "accepted", append([]string{adopted, rejected, removed, doomed, leaver}, l.more...)...)
	l.walker.settledIn(config)

	l.drift(t, adopted, rejected, removed, doomed, leaver)

	// One is taken out that just then is `creating` once more.
	l.SetStatus(testInstance, doomed, "deleting")
	config = l.config(l.kept(adopted, rejected)...)
	l.apply(t, config, func() {
		l.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Do: func() {
			l.SetStatus(testInstance, removed, "creating")
		}})
	}, nil)
	expectValue(t, "statuses", each("accepted", append(l.kept(adopted, rejected), l.more...)...), l.recorded())
	l.walker.settledIn(config)

	l.apply(t, map[string]wanted{}, nil, nil)
	l.expectStatuses(t, "rejected", append([]string{adopted, rejected, removed}, l.more...)...)
	l.expectStatuses(t, "", leaver)
	l.expectStatuses(t, "deleting", doomed)
	for _, c := range l.Connections(testInstance) {
		if c.DomainID == otherDomain && c.Status != "accepted" {
			t.Fatalf("%s is %q, which no configuration names", c.ID, c.Status)
		}
	}
}

// apply plans, lets something happen, and applies. It wants no error, or one
// that says all of this.
func (l life) apply(t *testing.T, config map[string]wanted, meanwhile func(), says []string) {
	t.Helper()
	changes, told := l.walker.plans(config)
	if len(told.errors) == 0 {
		if meanwhile != nil {
			meanwhile()
		}
		told = l.walker.applies(changes, -1)
	}
	if got := len(told.errors); got != min(1, len(says)) {
		t.Fatalf("%d errors: %q", got, told.errors)
	}
	for _, phrase := range says {
		if words := strings.Join(strings.Fields(told.errors[0]), " "); !strings.Contains(words, phrase) {
			t.Errorf("nothing says %q:\n%s", phrase, words)
		}
	}
}

// recorded are the statuses in the state.
func (l life) recorded() map[string]string {
	statuses := map[string]string{}
	for id, entry := range l.walker.objects["test"].current.state.(fields)["connections"].(fields) {
		statuses[id], _ = entry.(fields)["status"].(string)
	}
	return statuses
}

// drift is the apply after a console user has rejected three endpoints, of
// which one leaves right before it is to be accepted again. Where that makes
// another call necessary, another is being deleted right before it.
func (l life) drift(t *testing.T, adopted, rejected, removed, doomed, leaver string) {
	for _, id := range []string{rejected, leaver, doomed} {
		l.SetStatus(testInstance, id, "rejected")
	}
	l.apply(t, l.config(adopted, rejected, removed, doomed, leaver), func() {
		l.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Endpoint: leaver, Alone: l.single, Do: func() {
			l.Disconnect(testInstance, leaver)
		}})
		l.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Endpoint: doomed, Do: func() {
			l.SetStatus(testInstance, doomed, "deleting")
		}})
	}, l.final)
	l.checkDrift(t, adopted, rejected, leaver)
}

// checkDrift checks what became of drift.
func (l life) checkDrift(t *testing.T, adopted, rejected, leaver string) {
	l.expectStatuses(t, "accepted", adopted)
	l.expectStatuses(t, "", leaver)
	if l.final == nil {
		l.expectStatuses(t, "accepted", rejected)
	} else {
		l.expectStatuses(t, "rejected", rejected)
	}
}

// kept are the endpoints of the last configuration. One that stays rejected has
// to be taken out.
func (l life) kept(adopted, rejected string) []string {
	if l.final == nil {
		return []string{adopted, rejected}
	}
	return []string{adopted}
}
