// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"regexp"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Whatever the gateway does where its vendor leaves open what it does, a life
// from create to destroy ends in the truth: each behavior alone, and the most
// hostile combinations of them.
func TestAccConnection_behaviors(t *testing.T) {
	t.Parallel()
	// Where a rejection is final, the endpoint that was rejected can't be accepted
	// again, and the error says so.
	impossible := map[string]*regexp.Regexp{
		"rejected-ignored": message("Not settled in time", endpointID(2)+" (status rejected", "a rejection may be final on this gateway"),
		"rejected-refused": message("The gateway refuses to decide endpoints", endpointID(2)+" (status rejected", "APIC.7211", "request ID"),
	}
	for name, behavior := range mockapig.Behaviors() {
		if slices.Contains(otherSwitches, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := life{mock: newMock(t, mockapig.Config{Creating: 300 * time.Millisecond, Behavior: behavior}), final: impossible[name], single: behavior.MaxBatch == 1}
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

	"id-prefix":    {"filtered": filtered},
	"id-ignored":   {"filtered": filtered},
	"newest-first": {"paged": paged},
	"hostile":      {"unknown": failedFor("EndPoint.2006"), "creating": failedFor("EndPoint.2019"), "decided already": failedFor("EndPoint.2014")},
	"hostile-one":  {"unknown": failedFor("EndPoint.2006"), "creating": failedFor("EndPoint.2019"), "too many": failedFor("EndPoint.2031"), "paged": paged},
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
	more  []string       // endpoints beyond the usual five
	final *regexp.Regexp // the error where a rejection is final
	// single says that a call which names more than one endpoint decides nothing.
	single bool
}

// crowd has another account be connected by these endpoints.
func (l life) crowd(from, to int) {
	for _, id := range endpointIDs(from, to) {
		l.Connect(testInstance, mockapig.Connection{ID: id, DomainID: otherDomain, Status: "accepted"})
	}
}

func (l life) config(ids ...string) string {
	update := "30s"
	if l.final != nil {
		update = "3s"
	}
	return l.provider("max_retries = 1") + block("test", "accepted", hclList(append(ids, l.more...)),
		`timeouts {
    create = "30s"
    update = "`+update+`"
    delete = "30s"
  }`)
}

func (l life) run(t *testing.T) {
	adopted, rejected, removed, doomed, leaver := endpointID(1), endpointID(2), endpointID(3), endpointID(4), endpointID(5)
	l.ask("accepted", adopted)
	l.ask("pendingAcceptance", append([]string{rejected, removed, doomed, leaver}, l.more...)...)
	l.FailAcceptance(testInstance, removed, 1)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				// A console user accepts one at the same moment, and the first acceptance
				// of another fails.
				Config: l.config(adopted, rejected, removed, doomed, leaver),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{beforeApply(func() {
					l.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Endpoint: rejected, Do: func() {
						l.SetStatus(testInstance, rejected, "accepted")
					}})
				})}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", append([]string{adopted, rejected, removed, doomed, leaver}, l.more...)...)),
				},
			},
			l.drift(t, adopted, rejected, removed, doomed, leaver),
			{
				// One is taken out that just then is `creating` once more.
				PreConfig: func() {
					l.checkDrift(t, adopted, rejected, leaver)
					l.SetStatus(testInstance, doomed, "deleting")
				},
				Config: l.config(l.kept(adopted, rejected)...),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{beforeApply(func() {
					l.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Do: func() {
						l.SetStatus(testInstance, removed, "creating")
					}})
				})}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", append(l.kept(adopted, rejected), l.more...)...)),
				},
			},
		},
	})
	l.expectStatuses(t, "rejected", append([]string{adopted, rejected, removed}, l.more...)...)
	l.expectStatuses(t, "", leaver)
	l.expectStatuses(t, "deleting", doomed)
	for _, c := range l.Connections(testInstance) {
		if c.DomainID == otherDomain && c.Status != "accepted" {
			t.Fatalf("%s is %q, which no configuration names", c.ID, c.Status)
		}
	}
}

// drift is the step in which a console user has rejected three endpoints, of
// which one leaves right before it is to be accepted again. Where that makes
// another call necessary, another is being deleted right before it.
func (l life) drift(t *testing.T, adopted, rejected, removed, doomed, leaver string) resource.TestStep {
	return resource.TestStep{
		PreConfig: func() {
			l.expectStatuses(t, "accepted", adopted, rejected, removed, doomed, leaver)
			l.SetStatus(testInstance, rejected, "rejected")
			l.SetStatus(testInstance, leaver, "rejected")
			l.SetStatus(testInstance, doomed, "rejected")
		},
		Config: l.config(adopted, rejected, removed, doomed, leaver),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			expectChanges(resourceName, decides("rejected", "accepted", rejected, doomed, leaver)),
			beforeApply(func() {
				l.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Endpoint: leaver, Alone: l.single, Do: func() {
					l.Disconnect(testInstance, leaver)
				}})
				l.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Endpoint: doomed, Do: func() {
					l.SetStatus(testInstance, doomed, "deleting")
				}})
			}),
		}},
		ExpectError: l.final,
	}
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
