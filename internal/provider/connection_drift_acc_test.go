// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Which of the statuses that the gateway may list are drift, and which are not.
func TestAccConnection_drift(t *testing.T) {
	m := newMock(t, mockapig.Config{Creating: time.Hour})
	cases := []struct {
		observed string // "" for an endpoint that has vanished
		drift    map[string]bool
		recorded string // by a plan
	}{
		{"pendingAcceptance", map[string]bool{"accepted": true, "rejected": true}, "pendingAcceptance"},
		{"creating", map[string]bool{"accepted": false, "rejected": true}, "creating"},
		{"accepted", map[string]bool{"accepted": false, "rejected": true}, "accepted"},
		{"rejected", map[string]bool{"accepted": true, "rejected": false}, "rejected"},
		{"failed", map[string]bool{"accepted": true, "rejected": true}, "failed"},
		{"deleting", map[string]bool{"accepted": false, "rejected": false}, ""},
		{"", map[string]bool{"accepted": false, "rejected": false}, ""},
	}
	n := len(cases)
	ids := map[string][]string{"accepted": endpointIDs(1, n), "rejected": endpointIDs(n+1, 2*n)}
	changes, before := map[string]map[string]string{}, map[string]map[string]string{}
	for desired, endpoints := range ids {
		m.ask(desired, endpoints...)
		changes[desired], before[desired] = map[string]string{}, map[string]string{}
		for i, c := range cases {
			before[desired][endpoints[i]] = c.recorded
			if c.drift[desired] {
				maps.Copy(changes[desired], decides(c.observed, desired, endpoints[i]))
			}
		}
	}
	after := map[string]map[string]string{}
	for desired, endpoints := range ids {
		after[desired] = maps.Clone(before[desired])
		for i, c := range cases {
			if c.drift[desired] {
				after[desired][endpoints[i]] = desired
			}
		}
	}
	drift := func() {
		for _, endpoints := range ids {
			for i, c := range cases {
				if c.observed == "" {
					m.Disconnect(testInstance, endpoints[i])
				} else {
					m.SetStatus(testInstance, endpoints[i], c.observed)
				}
			}
		}
		m.ResetJournal()
	}
	// What is accepted anew is `creating` for good, unless the platform gets on.
	m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Action: "receive", After: true, Do: func() {
		for _, id := range slices.Sorted(maps.Keys(after["accepted"])) {
			if after["accepted"][id] == "accepted" {
				m.SetStatus(testInstance, id, "accepted")
			}
		}
	}})
	config := m.provider() +
		block("accepts", "accepted", hclList(ids["accepted"]), `on_destroy = "retain"`) +
		block("rejects", "rejected", hclList(ids["rejected"]), `on_destroy = "retain"`, `depends_on = [`+address("accepts")+`]`)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig:          drift,
				RefreshState:       true,
				ExpectNonEmptyPlan: true,
			},
			{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					expectChanges(address("accepts"), changes["accepted"]),
					expectChanges(address("rejects"), changes["rejected"]),
					beforeApply(func() { m.expectDecisions(t) }),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(address("accepts"), after["accepted"]),
					recorded(address("rejects"), after["rejected"]),
					m.decided("receive 3", "reject 4"),
				},
			},
		},
	})
	m.expectDecisions(t)
}
