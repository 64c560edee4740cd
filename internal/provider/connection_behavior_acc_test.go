// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
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
// hostile combination of them.
func TestAccConnection_behaviors(t *testing.T) {
	t.Parallel()
	// Where a rejection is final, the endpoint that was rejected can't be accepted
	// again, and the error says so.
	impossible := map[string]*regexp.Regexp{
		"rejected-ignored": message("Not settled in time", endpointID(2)+" (status rejected", "a rejection may be final on this gateway"),
		"rejected-refused": message("The gateway refuses to decide endpoints", endpointID(2)+" (status rejected", "APIC.7211", "request ID"),
	}
	// What the others have to be seen doing, for the test to be worth something.
	seen := map[string]func(mockapig.Call) bool{
		"unknown-refused-400":  refusedWith("APIC.7211"),
		"unknown-refused-404":  refusedWith("APIC.7314"),
		"unknown-refused-500":  refusedWith("APIC.9007"),
		"unknown-partial-400":  refusedWith("APIC.7211"),
		"unknown-partial-404":  refusedWith("APIC.7314"),
		"unknown-partial-500":  refusedWith("APIC.9007"),
		"redecide-refused":     refusedWith("APIC.7211"),
		"reject-creating-busy": refusedWith("APIC.7701"),
		"small-batch":          refusedWith("APIC.7211"),
		"id-prefix":            filtered,
		"id-ignored":           filtered,
	}
	for name, behavior := range mockapig.Behaviors() {
		if slices.Contains(permissionSwitches, name) {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			l := life{mock: newMock(t, mockapig.Config{Creating: 300 * time.Millisecond, Behavior: behavior}), final: impossible[name]}
			if behavior.MaxBatch > 0 {
				l.more = endpointIDs(5, 4+behavior.MaxBatch)
			}
			if behavior.IDFilter != "" {
				// So many others that asking for each of a few endpoints is cheaper than all pages.
				for _, id := range endpointIDs(1001, 2600) {
					l.Connect(testInstance, mockapig.Connection{ID: id, DomainID: otherDomain, Status: "accepted"})
				}
			}
			l.run(t)
			if saw := seen[name]; saw != nil && !slices.ContainsFunc(l.Journal(), saw) {
				t.Error("the gateway never behaved so")
			}
		})
	}
}

// permissionSwitches are those that say nothing of connections.
var permissionSwitches = []string{"add-existing-refused", "delete-missing-refused", "removed-rejects"}

func refusedWith(code string) func(mockapig.Call) bool {
	return func(call mockapig.Call) bool { return call.Code == code }
}

func filtered(call mockapig.Call) bool { return call.Filter.ID != "" }

// life is one resource's, from create to destroy.
type life struct {
	*mock
	more  []string       // endpoints beyond the usual four
	final *regexp.Regexp // the error where a rejection is final
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
	adopted, rejected, removed, leaver := endpointID(1), endpointID(2), endpointID(3), endpointID(4)
	l.ask("accepted", adopted)
	l.ask("pendingAcceptance", append([]string{rejected, removed, leaver}, l.more...)...)
	l.FailAcceptance(testInstance, removed, 1)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				// A console user accepts one at the same moment, and the first acceptance
				// of another fails.
				Config: l.config(adopted, rejected, removed, leaver),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{beforeApply(func() {
					l.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Endpoint: rejected, Do: func() {
						l.SetStatus(testInstance, rejected, "accepted")
					}})
				})}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", append([]string{adopted, rejected, removed, leaver}, l.more...)...)),
				},
			},
			l.drift(t, adopted, rejected, removed, leaver),
			{
				// One is taken out that just then is `creating` once more.
				PreConfig: func() { l.checkDrift(t, adopted, rejected, leaver) },
				Config:    l.config(l.kept(adopted, rejected)...),
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
	for _, c := range l.Connections(testInstance) {
		if c.DomainID == otherDomain && c.Status != "accepted" {
			t.Fatalf("%s is %q, which no configuration names", c.ID, c.Status)
		}
	}
}

// drift is the step in which a console user has rejected two endpoints, of which
// one leaves right before it is to be accepted again.
func (l life) drift(t *testing.T, adopted, rejected, removed, leaver string) resource.TestStep {
	return resource.TestStep{
		PreConfig: func() {
			l.expectStatuses(t, "accepted", adopted, rejected, removed, leaver)
			l.SetStatus(testInstance, rejected, "rejected")
			l.SetStatus(testInstance, leaver, "rejected")
		},
		Config: l.config(adopted, rejected, removed, leaver),
		ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
			expectChanges(resourceName, decides("rejected", "accepted", rejected, leaver)),
			beforeApply(func() {
				l.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Endpoint: leaver, Do: func() {
					l.Disconnect(testInstance, leaver)
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
