// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// The first apply records and rejects nothing; the next ones reject what their
// plans have named, by account and endpoint, until nothing undeclared stands.
func TestAccExclusive_life(t *testing.T) {
	m := newListening(t, mockapig.Config{})
	allowing(m)
	config := func(arguments ...string) string { return m.provider() + exclusive("test", arguments...) }
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:             config(theEndpoints(endpointID(9), endpointID(99)), theAccounts(otherDomain)),
				ConfigPlanChecks:   before(unknownAt(exclusiveName, "undeclared")),
				ConfigStateChecks:  []statecheck.StateCheck{m.decided(), undeclared(map[string]string{endpointID(2): "creating", endpointID(3): "accepted"})},
				ExpectNonEmptyPlan: true,
			},
			{
				// In another order, and now endpoint 7 is of an account that may not. What comes
				// after the plan is left to the next one.
				Config: config(theEndpoints(endpointID(99), endpointID(9)), theAccounts(foreignAccount)),
				ConfigPlanChecks: before(
					entriesCheck{exclusiveName, "undeclared", "status", map[string]string{
						endpointID(2): "creating -> rejected", endpointID(3): "accepted -> rejected", endpointID(7): "absent -> rejected",
					}},
					beforeApply(func() { m.Connect(testInstance, mockapig.Connection{ID: endpointID(10), Status: "accepted"}) }),
				),
				ConfigStateChecks:  []statecheck.StateCheck{m.decided("reject 3")},
				ExpectNonEmptyPlan: true,
			},
			{
				Config:            config(theEndpoints(endpointID(9)), theAccounts(foreignAccount)),
				ConfigPlanChecks:  before(rejects("accepted", endpointID(10))),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("reject 1"), undeclared(each("rejected", endpointID(10)))},
			},
			{
				Config:            config(theEndpoints(endpointID(9)), "reject_pending = true"),
				ConfigPlanChecks:  before(rejects("absent", endpointID(1), endpointID(8))),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("reject 2")},
			},
			{
				// Declared again: nothing is accepted for that.
				PreConfig:         func() { m.SetStatus(testInstance, endpointID(3), "accepted") },
				Config:            config(theEndpoints(endpointID(9), endpointID(3), endpointID(7))),
				ConfigStateChecks: []statecheck.StateCheck{m.decided(), undeclared(nil)},
			},
		},
	})
	m.expectDecisions(t) // the destroy decides nothing
	m.expectStatuses(t, "accepted", endpointID(3), endpointID(9))
	m.expectStatuses(t, "rejected", endpointID(1), endpointID(2), endpointID(4), endpointID(7), endpointID(8), endpointID(10))
	m.expectStatuses(t, "failed", endpointID(5))
}
