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

// The world moves between the plan and the apply: an update decides what its
// plan showed, gives back as planned what it did not touch, and leaves the news
// to the next plan.
func TestConnection_movedUntouched(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 4)
	m.ask("pendingAcceptance", ids...)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:            m.connections("accepted", ids[:3]),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 3")},
			},
			{
				Config: m.connections("accepted", ids),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					updates(adds("accepted", ids[3])),
					beforeApply(func() {
						m.SetStatus(testInstance, ids[0], "rejected")
						m.SetStatus(testInstance, ids[1], "failed")
						m.Disconnect(testInstance, ids[2])
					}))},
				// The state is checked after the refresh of the plan that follows.
				ConfigStateChecks:  []statecheck.StateCheck{m.decided("receive 1")},
				ExpectNonEmptyPlan: true,
			},
			{
				Config: m.connections("accepted", ids),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					updates(decides("rejected", "accepted", ids[0]), decides("failed", "accepted", ids[1])))},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, map[string]string{ids[0]: "accepted", ids[1]: "accepted", ids[2]: "", ids[3]: "accepted"}),
					m.decided("receive 2"),
				},
			},
		},
	})
}

// What the plan decides may have been done by somebody else, or undone, or be
// void since its consumer left: none of it keeps the apply from succeeding.
func TestConnection_movedDecided(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 4)
	m.ask("pendingAcceptance", ids...)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:            m.connections("accepted", ids),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 4")},
			},
			{
				PreConfig: func() {
					for _, id := range ids[:3] {
						m.SetStatus(testInstance, id, "rejected")
					}
				},
				Config: m.connections("accepted", ids),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					updates(decides("rejected", "accepted", ids[:3]...)),
					beforeApply(func() {
						m.SetStatus(testInstance, ids[0], "accepted") // by a console user
						m.SetStatus(testInstance, ids[1], "pendingAcceptance")
						m.Disconnect(testInstance, ids[2])
					}))},
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 1")},
			},
			{
				Config:           m.connections("accepted", ids),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, map[string]string{ids[0]: "accepted", ids[1]: "accepted", ids[2]: "", ids[3]: "accepted"}),
					m.decided(),
				},
			},
			{
				// To be rejected, and gone, or rejected, or taken out and gone.
				Config: m.connections("rejected", ids[:3]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					updates(decides("accepted", "rejected", ids[:2]...), removes("accepted", ids[3]), map[string]string{"desired_status": "accepted -> rejected"}),
					beforeApply(func() {
						m.Disconnect(testInstance, ids[0])
						m.SetStatus(testInstance, ids[1], "rejected")
						m.Disconnect(testInstance, ids[3])
					}))},
				ConfigStateChecks: []statecheck.StateCheck{m.decided()},
			},
			{
				Config:           m.connections("rejected", ids[:3]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, map[string]string{ids[0]: "", ids[1]: "rejected", ids[2]: ""}),
				},
			},
		},
	})
	m.expectDecisions(t)
}

// An endpoint is checked once more right before it is accepted: when the plan
// was made, it may not have been there.
func TestConnection_movedAccount(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 4)
	m.ask("pendingAcceptance", ids[:2]...)
	narrow := `expected_domain_ids = ["` + partnerDomain + `"]`
	intrude := func(id string) func() {
		return func() { m.Connect(testInstance, mockapig.Connection{ID: id, DomainID: otherDomain}) }
	}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:            m.connections("accepted", ids[:1], narrow),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 1")},
			},
			{
				Config:           m.connections("accepted", ids[:3], narrow),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(beforeApply(intrude(ids[2])))},
				ExpectError:      message("Endpoints of accounts that are not expected", ids[2]+" (status pendingAcceptance, account "+otherDomain, "Nothing was decided."),
			},
			{
				PreConfig: func() {
					m.expectDecisions(t)
					m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Do: intrude(ids[3])})
				},
				Config:           m.connections("accepted", []string{ids[0], ids[1], ids[3]}, narrow),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(updates(adds("accepted", ids[1], ids[3])))},
				ExpectError: message("Endpoints of accounts that are not expected", ids[3]+" (status pendingAcceptance, account "+otherDomain,
					"They were not accepted.", "These were decided, and stay so:", ids[1]+" (status accepted"),
			},
			{
				Config: m.connections("accepted", ids[:2], narrow),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(updates(
					removes("pendingAcceptance", ids[3])))},
				ConfigStateChecks: []statecheck.StateCheck{recorded(resourceName, each("accepted", ids[:2]...)), m.decided("receive 1")},
			},
		},
	})
	m.expectStatuses(t, "pendingAcceptance", ids[2:]...)
}
