// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Whatever the gateway does where its vendor leaves open what it does, a life from create to destroy ends in the truth: each
// behavior alone, and the most hostile combinations of them.
func TestConnection_behaviors(t *testing.T) {
	t.Parallel()
	// Where a rejection is final, the endpoint that was rejected can't be accepted again, and the error says so.
	impossible := map[string][]string{
		"rejected-ignored": {"Not settled in time", line(2, "rejected") + ", to accept, asked for", "a rejection may be final on this gateway: "},
		"rejected-refused": {"The gateway refuses to decide endpoints", line(2, "rejected") + ": HTTP 400, APIC.7211:", "(request ID ", "a rejection may be final on this gateway"},
	}
	for name, behavior := range mockapig.Behaviors() {
		if slices.Contains(otherSwitches, name) {
			continue
		}
		runInMemory(t, name, mockapig.Config{Creating: 300 * time.Millisecond, Behavior: behavior}, func(t *testing.T, m *mock, w *walker) {
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
			for want, behaviors := range seen {
				behaves := func(call mockapig.Call) bool { return behaved(call, strings.Fields(want)) }
				assert.Check(t, !slices.Contains(behaviors, name) || slices.ContainsFunc(l.Journal(), behaves), "the gateway never behaved so: %s", want)
			}
		})
	}
}

// otherSwitches are those that say nothing of connections.
var otherSwitches = []string{"add-existing-refused", "delete-missing-refused", "removed-rejects", "no-sts"}

// seen are the behaviors that have to be seen doing something, for the test to be worth something, by words of a call, as behaved
// has them.
var seen = map[string][]string{
	"400 APIC.7211":                      {"unknown-refused-400", "redecide-refused", "small-batch"},
	"404 EndPoint.2006":                  {"unknown-refused-404"},
	"400 EndPoint.2018":                  {"unknown-refused-404", "unknown-invalid-400"},
	"500 APIC.9007 EndPoint.2006":        {"unknown-refused-500", "unknown-refused-wrapped", "hostile", "hostile-one"},
	"500 APIC.9007 EndPoint.2018":        {"unknown-refused-500", "unknown-refused-wrapped"},
	"400 EndPoint.2013":                  {"unknown-invalid-400"},
	"400 APIC.7211 partly":               {"unknown-partial-400", "unknown-stops-400"},
	"404 EndPoint.2006 partly":           {"unknown-partial-404", "unknown-stops-404"},
	"500 APIC.9007 EndPoint.2006 partly": {"unknown-partial-500", "unknown-partial-wrapped", "unknown-stops-500", "unknown-stops-wrapped"},
	"400 EndPoint.2014":                  {"redecide-refused-400"},
	"500 APIC.9007 EndPoint.2014":        {"redecide-refused-500", "redecide-refused-wrapped", "hostile"},
	"409 APIC.7701":                      {"reject-creating-busy"},
	"400 EndPoint.2019":                  {"reject-creating-busy-400"},
	"500 APIC.9007 EndPoint.2019":        {"reject-creating-busy-500", "reject-creating-busy-wrapped", "hostile", "hostile-one"},
	"400 EndPoint.2031":                  {"one-by-400"},
	"alone":                              {"one-by-400", "one-by-500", "one-by-wrapped"},
	"500 APIC.9007 EndPoint.2031":        {"one-by-500", "one-by-wrapped", "ten-by-500", "hostile-one"},
	"filtered":                           {"id-prefix", "id-ignored"},
	"paged":                              {"newest-first", "hostile-one"},
	"404 APIC.7302":                      {"gone-at-start"},
	"404 APIG.3030":                      {"gone-at-random", "hostile-most"},
	"404 APIC.7314":                      {"gone-at-random"},
}

// behaved tells whether all of the words describe a call: its status, its code and what VPCEP
// said, and what came of its endpoints.
func behaved(call mockapig.Call, words []string) bool {
	decided := len(call.Decided)
	is := map[string]bool{
		fmt.Sprint(call.Status): true, call.Code: true, call.Cause: true, "partly": decided > 0 && decided < len(call.Endpoints),
		"alone": decided == 1 && len(call.Endpoints) == 1, "filtered": call.Filter.ID != "",
		"paged": call.Operation == mockapig.OpListConnections && call.Offset > 0,
	}
	return !slices.ContainsFunc(words, func(word string) bool { return !is[word] })
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

	// A console user accepts one at the same moment, and the first acceptance of another fails.
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
		assert.Assert(t, c.DomainID != otherDomain || c.Status == "accepted", "%s is %q, which no configuration names", c.ID, c.Status)
	}
}

// apply plans, lets something happen, and applies. It wants no error, or one that says all of this.
func (l life) apply(t *testing.T, config map[string]wanted, meanwhile func(), says []string) {
	t.Helper()
	changes, told := l.walker.plans(config)
	if len(told.errors) == 0 {
		if meanwhile != nil {
			meanwhile()
		}
		told = l.walker.applies(changes, -1)
	}
	assert.Assert(t, is.Len(told.errors, min(1, len(says))))
	expectWords(t, strings.Join(told.errors, ""), says)
}

// recorded are the statuses in the state.
func (l life) recorded() map[string]string {
	statuses := map[string]string{}
	for id, entry := range l.walker.objects["test"].current.state.(fields)["connections"].(fields) {
		statuses[id], _ = entry.(fields)["status"].(string)
	}
	return statuses
}

// drift is the apply after a console user has rejected three endpoints, of which one leaves right before it is to be accepted
// again. Where that makes another call necessary, another is being deleted right before it.
func (l life) drift(t *testing.T, adopted, rejected, removed, doomed, leaver string) {
	l.becomes("rejected", rejected, leaver, doomed)
	l.apply(t, l.config(adopted, rejected, removed, doomed, leaver), func() {
		l.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Endpoint: leaver, Alone: l.single, Do: func() {
			l.Disconnect(testInstance, leaver)
		}})
		l.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Endpoint: doomed, Do: func() {
			l.SetStatus(testInstance, doomed, "deleting")
		}})
	}, l.final)
	l.expectStatuses(t, "accepted", adopted)
	l.expectStatuses(t, "", leaver)
	if l.final == nil {
		l.expectStatuses(t, "accepted", rejected)
	} else {
		l.expectStatuses(t, "rejected", rejected)
	}
}

// kept are the endpoints of the last configuration. One that stays rejected has to be taken out.
func (l life) kept(adopted, rejected string) []string {
	if l.final == nil {
		return []string{adopted, rejected}
	}
	return []string{adopted}
}
