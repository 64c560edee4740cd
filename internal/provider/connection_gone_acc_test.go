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

// A consumer who leaves breaks nothing: the endpoint's attributes become null,
// one warning tells of it, and neither that nor its removal makes a call.
func TestConnection_gone(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	accepted, rejected := endpointIDs(1, 3), endpointIDs(4, 6)
	m.ask("pendingAcceptance", endpointIDs(1, 6)...)
	config := func(accepts, rejects []string) string {
		return m.provider() +
			block("accepts", "accepted", hclList(accepts)) +
			block("rejects", "rejected", hclList(rejects), `depends_on = [`+address("accepts")+`]`)
	}
	heard := &listener{}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: heard.factories(),
		Steps: []resource.TestStep{
			{
				Config:            config(accepted, rejected),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 3", "reject 3")},
			},
			{
				PreConfig: func() {
					heard.expectNow(t)
					m.Disconnect(testInstance, accepted[0])
					m.SetStatus(testInstance, accepted[1], "deleting")
					m.Disconnect(testInstance, rejected[0])
					m.SetStatus(testInstance, rejected[1], "deleting")
				},
				Config: config(accepted, rejected),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectEmptyPlan(),
					heard.expect(
						message("no longer lists", accepted[0]+" (not listed", accepted[1]+" (status deleting", "remove them from `endpoints`"),
						message("no longer lists", rejected[0]+" (not listed", rejected[1]+" (status deleting", "remove them from `endpoints`"),
					),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(address("accepts"), map[string]string{accepted[0]: "", accepted[1]: "", accepted[2]: "accepted"}),
					recorded(address("rejects"), map[string]string{rejected[0]: "", rejected[1]: "", rejected[2]: "rejected"}),
					m.decided(),
				},
			},
			{
				// The endpoint that was being deleted is gone, and another one drifts.
				PreConfig: func() {
					m.Disconnect(testInstance, accepted[1])
					m.SetStatus(testInstance, accepted[2], "rejected")
					heard.take()
				},
				Config: config(accepted, rejected),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					expectChanges(address("accepts"), decides("rejected", "accepted", accepted[2])),
					plancheck.ExpectResourceAction(address("rejects"), plancheck.ResourceActionNoop),
					heard.expect(message(accepted[0], accepted[1]), message(rejected[0], rejected[1])),
				}},
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 1")},
			},
			{
				Config: config(accepted[2:], rejected[2:]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					expectChanges(address("accepts"), removes("", accepted[:2]...)),
					expectChanges(address("rejects"), removes("", rejected[:2]...)),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(address("accepts"), each("accepted", accepted[2])),
					recorded(address("rejects"), each("rejected", rejected[2])),
					m.decided(),
				},
			},
		},
	})
	m.expectDecisions(t, "reject 1")
}

// A consumer who leaves between the plan and the apply, or during the apply,
// does not break it either.
func TestConnection_goneWhileApplying(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 5)
	m.ask("pendingAcceptance", ids[:4]...)
	heard := &listener{}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: heard.factories(),
		Steps: []resource.TestStep{
			{
				// Of a create, one is found to be leaving, and one leaves after its decision.
				Config: m.connections("accepted", ids[:4]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{beforeApply(func() {
					m.SetStatus(testInstance, ids[0], "deleting")
					m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Do: func() { m.Disconnect(testInstance, ids[1]) }})
				})}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, map[string]string{ids[0]: "", ids[1]: "", ids[2]: "accepted", ids[3]: "accepted"}),
					m.decided("receive 3"),
				},
			},
			{
				PreConfig: func() {
					heard.take()
					m.SetStatus(testInstance, ids[2], "rejected")
					m.ask("pendingAcceptance", ids[4])
				},
				Config: m.connections("accepted", ids[2:]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					expectChanges(resourceName,
						decides("rejected", "accepted", ids[2]), adds("accepted", ids[4]), removes("", ids[:2]...)),
					beforeApply(func() {
						heard.take()
						m.Disconnect(testInstance, ids[2])
						m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Do: func() { m.Disconnect(testInstance, ids[4]) }})
					}),
				}},
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 1")},
				// What was planned stays in the state until the next plan.
			},
			{
				Config: m.connections("accepted", ids[2:]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectEmptyPlan(),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, map[string]string{ids[2]: "", ids[3]: "accepted", ids[4]: ""}),
					m.decided(),
				},
			},
		},
	})
	m.expectDecisions(t, "reject 1")
}

// When all consumers have left, a destroy has nothing to do.
func TestConnection_goneAll(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("pendingAcceptance", ids...)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:            m.connections("accepted", ids),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 3")},
			},
			{
				// One of them leaves so late that the destroy's plan does not know of it.
				PreConfig: func() {
					m.Disconnect(testInstance, ids[0])
					m.SetStatus(testInstance, ids[1], "deleting")
				},
				Config:  m.connections("accepted", ids),
				Destroy: true,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{beforeApply(func() {
					m.Disconnect(testInstance, ids[2])
				})}},
			},
		},
	})
	m.expectDecisions(t)
}
