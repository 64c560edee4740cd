// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// The clock of `wait_for_endpoints` starts once for a gateway and run: when one
// resource has waited for long enough, another does not begin anew.
func TestAccConnection_waitClock(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	config := m.provider() +
		block("first", "accepted", hclList(ids[:1])) +
		block("second", "accepted", hclList(ids[1:]), `wait_for_endpoints = "300ms"`, `depends_on = [`+address("first")+`]`)
	var listings int
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{beforeApply(func() {
					// The first resource looks four times before its endpoint comes, which
					// makes three waits, of which the first two alone are longer than 300 ms.
					m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Skip: 4, Do: func() { m.ask("pendingAcceptance", ids[0]) }})
					m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Do: func() { m.ResetJournal() }})
				})}},
				ExpectError: message("Endpoints never appeared", "did not begin to within `wait_for_endpoints` (300ms)", ids[1]),
			},
			{
				PreConfig: func() {
					listings = m.Count(mockapig.OpListConnections)
					m.expectStatuses(t, "accepted", ids[0])
					m.ask("pendingAcceptance", ids[1])
					m.ResetJournal()
				},
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(address("first"), plancheck.ResourceActionNoop),
					plancheck.ExpectResourceAction(address("second"), plancheck.ResourceActionCreate),
				}},
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 1")},
			},
		},
	})
	// One saw the first endpoint settled. The second resource needed at most one
	// more to plan and one to find out that it has no time left.
	if listings > 3 {
		t.Errorf("%d listings since the first endpoint was accepted: the second resource waited too", listings)
	}
}

// "0s" does not wait at all. Those that are there are decided all the same.
func TestAccConnection_waitNot(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("pendingAcceptance", ids[:2]...)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:      m.connections("accepted", ids, `wait_for_endpoints = "0s"`),
				ExpectError: message("Endpoints never appeared", ids[2], "These were decided, and stay so:", ids[0], ids[1]),
			},
			{
				PreConfig:   func() { m.expectDecisions(t, "receive 2") },
				Config:      m.connections("accepted", ids[:2], `wait_for_endpoints = "soon"`),
				ExpectError: message("Not a duration", `wait_for_endpoints is "soon"`),
			},
		},
	})
}
