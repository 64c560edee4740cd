// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A decision is changed in place, there and back. What stays is known in the
// plan.
func TestConnection_updateFlip(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("pendingAcceptance", ids...)
	sameMarker := statecheck.CompareValue(compare.ValuesSame())
	sameCreation := statecheck.CompareValue(compare.ValuesSame())
	step := func(desired, call string, plan ...plancheck.PlanCheck) resource.TestStep {
		return resource.TestStep{
			Config:           m.connections(desired, ids),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: plan},
			ConfigStateChecks: []statecheck.StateCheck{
				recorded(resourceName, each(desired, ids...)),
				sameMarker.AddStateValue(resourceName, attributeOf(ids[0], "marker_id")),
				sameCreation.AddStateValue(resourceName, attributeOf(ids[0], "created_at")),
				m.decided(call),
			},
		}
	}
	flip := func(from, to string) []plancheck.PlanCheck {
		return before(
			updates(decides(from, to, ids...), map[string]string{"desired_status": from + " -> " + to}),
			plancheck.ExpectKnownValue(resourceName, attributeOf(ids[0], "domain_id"), knownvalue.StringExact(partnerDomain)),
			plancheck.ExpectUnknownValue(resourceName, attributeOf(ids[0], "updated_at")))
	}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			step("accepted", "receive 3"),
			step("rejected", "reject 3", flip("accepted", "rejected")...),
			step("accepted", "receive 3", flip("rejected", "accepted")...),
		},
	})
	m.expectDecisions(t, "reject 3")
}

// Endpoints are added and taken out in one update. Neither a reorder nor what
// stays makes a call.
func TestConnection_updateEndpoints(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 6)
	m.ask("pendingAcceptance", ids...)
	reversed := []string{ids[2], ids[1], ids[0]}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:            m.connections("accepted", ids[:3]),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 3")},
			},
			{
				Config:            m.connections("accepted", reversed),
				ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())},
				ConfigStateChecks: []statecheck.StateCheck{holds(ids[:3]...), m.decided()},
			},
			{
				Config:           m.connections("accepted", append([]string{ids[3]}, reversed...)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(updates(adds("accepted", ids[3])))},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", ids[:4]...)), holds(ids[3], ids[2], ids[1], ids[0]), m.decided("receive 1"),
				},
			},
			{
				Config: m.connections("accepted", ids[1:]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					updates(removes("accepted", ids[0]), adds("accepted", ids[4:]...)))},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", ids[1:]...)), holds(ids[1:]...), m.decided("receive 2", "reject 1"),
				},
			},
			{
				// A resource that rejects has no part in what is taken out of it.
				PreConfig: func() { m.expectStatuses(t, "rejected", ids[0]) },
				Config:    m.connections("rejected", ids[1:3]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					updates(removes("accepted", ids[3:]...), decides("accepted", "rejected", ids[1:3]...),
						map[string]string{"desired_status": "accepted -> rejected"}))},
				ConfigStateChecks: []statecheck.StateCheck{recorded(resourceName, each("rejected", ids[1:3]...)), m.decided("reject 5")},
			},
			{
				Config:            m.connections("rejected", ids[1:2]),
				ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: before(updates(removes("rejected", ids[2])))},
				ConfigStateChecks: []statecheck.StateCheck{m.decided()},
			},
		},
	})
	m.expectDecisions(t)
}

// What is taken out while `on_destroy` is "retain" stays as it is, and the
// planned `on_destroy` counts, not the one before.
func TestConnection_updateRetain(t *testing.T) {
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
				Config: m.connections("accepted", ids[1:], `on_destroy = "retain"`),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					updates(removes("accepted", ids[0]), map[string]string{"on_destroy": "reject -> retain"}))},
				ConfigStateChecks: []statecheck.StateCheck{m.decided()},
			},
			{
				Config:            m.connections("accepted", ids[2:]),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("reject 1")},
			},
		},
	})
	m.expectStatuses(t, "accepted", ids[0])
	m.expectStatuses(t, "rejected", ids[1:]...)
}

// Settings of the resource itself change without a call that decides, and
// without a word about the connections.
func TestConnection_updateSettings(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("pendingAcceptance", ids...)
	change := func(plan plancheck.PlanCheck, arguments ...string) resource.TestStep {
		return resource.TestStep{
			Config:            m.connections("accepted", ids, arguments...),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: before(plan)},
			ConfigStateChecks: []statecheck.StateCheck{recorded(resourceName, each("accepted", ids...)), m.decided()},
		}
	}
	to := func(name, change string) plancheck.PlanCheck { return updates(map[string]string{name: change}) }
	const (
		expected = `expected_domain_ids = ["` + otherDomain + `", "` + partnerDomain + `"]`
		swapped  = `expected_domain_ids = ["` + partnerDomain + `", "` + otherDomain + `"]`
		retain   = `on_destroy = "retain"`
		wait     = `wait_for_endpoints = "1s"`
		timeouts = "timeouts {\n    create = \"1m\"\n  }"
	)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:            m.connections("accepted", ids),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 3")},
			},
			change(to("expected_domain_ids", "null -> ["+otherDomain+" "+partnerDomain+"]"), expected),
			change(to("on_destroy", "reject -> retain"), expected, retain),
			change(to("wait_for_endpoints", "3m -> 1s"), expected, retain, wait),
			change(to("timeouts.create", "absent -> 1m"), expected, retain, wait, timeouts),
			change(plancheck.ExpectEmptyPlan(), swapped, retain, wait, timeouts),
		},
	})
	m.expectDecisions(t)
	m.expectStatuses(t, "accepted", ids...)
}

// `expected_domain_ids` is checked for what is accepted already as well, when
// planning; to reject is always possible.
func TestConnection_updateExpected(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids[0])
	m.Connect(testInstance, mockapig.Connection{ID: ids[1], DomainID: otherDomain})
	narrow := `expected_domain_ids = ["` + partnerDomain + `"]`
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:            m.connections("accepted", ids),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 2")},
			},
			{
				Config: m.connections("accepted", ids, narrow),
				ExpectError: message("Endpoints of accounts that are not expected", testInstance,
					ids[1]+" (status accepted, account "+otherDomain+")", "Nothing was decided."),
			},
			{
				PreConfig: func() { m.expectDecisions(t) },
				Config:    m.connections("rejected", ids, narrow),
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("rejected", ids...)), m.decided("reject 2"),
				},
			},
			{
				Config:      m.connections("accepted", ids, narrow),
				ExpectError: message("Endpoints of accounts that are not expected", ids[1]+" (status rejected, account "+otherDomain+")"),
			},
			{
				Config:            m.connections("accepted", ids[:1], narrow),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 1")},
			},
		},
	})
	m.expectStatuses(t, "rejected", ids...)
}
