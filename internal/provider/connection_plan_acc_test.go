// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// An endpoint of an account that is not expected is an error of the plan, and
// nothing is decided: when it is new, when it is added, and when its account is
// expected no longer.
func TestConnection_planUnexpectedAccount(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("pendingAcceptance", ids[:2]...)
	m.Connect(testInstance, mockapig.Connection{ID: ids[2], DomainID: otherDomain})
	partner := `expected_domain_ids = ["` + partnerDomain + `"]`
	refused := message("Endpoints of accounts that are not expected", ids[2]+" (status pendingAcceptance, account "+otherDomain+")",
		"Nothing was decided", "expected_domain_ids")
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:      m.connections("accepted", ids, partner),
				PlanOnly:    true,
				ExpectError: refused,
			},
			{
				PreConfig: func() { m.expectDecisions(t) },
				Config:    m.connections("accepted", ids[:2], partner),
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", ids[:2]...)),
					m.decided("receive 2"),
				},
			},
			{
				Config:      m.connections("accepted", ids, partner),
				PlanOnly:    true,
				ExpectError: refused,
			},
			{
				Config:   m.connections("accepted", ids[:2], `expected_domain_ids = ["`+otherDomain+`"]`),
				PlanOnly: true,
				ExpectError: message("Endpoints of accounts that are not expected",
					ids[0]+" (status accepted, account "+partnerDomain+")", ids[1]),
			},
			{
				// To expect more accounts, in any order, or any account, makes no call.
				PreConfig: func() { m.expectDecisions(t) },
				Config:    m.connections("accepted", ids[:2], `expected_domain_ids = ["`+otherDomain+`", "`+partnerDomain+`"]`),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					expectChanges(resourceName, map[string]string{
						"expected_domain_ids": "[" + partnerDomain + "] -> [" + otherDomain + " " + partnerDomain + "]",
					}),
				}},
				ConfigStateChecks: []statecheck.StateCheck{m.decided()},
			},
			{
				Config: m.connections("accepted", ids[:2], `expected_domain_ids = ["`+partnerDomain+`", "`+otherDomain+`"]`),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectEmptyPlan(),
				}},
			},
			{
				// A flip to rejected works whoever is expected.
				Config: m.connections("rejected", ids, partner),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					expectChanges(resourceName, decides("accepted", "rejected", ids[:2]...), adds("?", ids[2]), map[string]string{
						"desired_status":      "accepted -> rejected",
						"expected_domain_ids": "[" + otherDomain + " " + partnerDomain + "] -> [" + partnerDomain + "]",
					}),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("rejected", ids...)),
					m.decided("reject 3"),
				},
			},
		},
	})
}

// `endpoints` means a set: a reorder plans nothing, a set may be assigned, and
// the state keeps the order that it has.
func TestConnection_planOrder(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 4)
	m.ask("accepted", ids...)
	backwards := slices.Clone(ids)
	slices.Reverse(backwards)
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: m.connections("accepted", backwards)},
			{Config: m.connections("accepted", ids), ConfigPlanChecks: empty},
			{
				Config:           m.provider() + block("test", "accepted", "toset("+hclList(ids)+")"),
				ConfigPlanChecks: empty,
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(resourceName, tfjsonpath.New("endpoints"), stringList(backwards)),
				},
			},
			{
				Config: m.provider() + block("test", "accepted", "toset("+hclList(ids[1:])+")", `on_destroy = "retain"`),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					expectChanges(resourceName, removes("accepted", ids[0]), map[string]string{"on_destroy": "reject -> retain"}),
				}},
			},
		},
	})
	m.expectDecisions(t)
}

func stringList(values []string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(values))
	for i, value := range values {
		checks[i] = knownvalue.StringExact(value)
	}
	return knownvalue.ListExact(checks)
}

// What can't be is refused before anything is asked of the API.
func TestConnection_planInvalid(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:      m.connections("accepted", []string{ids[0], ids[1], ids[0]}),
				ExpectError: message("Named twice", ids[0]),
			},
			{
				Config:      m.connections("accepted", nil),
				ExpectError: message("No endpoint is named", "endpoints is empty"),
			},
			{
				Config:      m.connections("pending", ids),
				ExpectError: message("desired_status", "accepted", "rejected"),
			},
			{
				Config:      m.connections("accepted", []string{"a/b", "..", ids[0] + " "}),
				ExpectError: message("Not the ID of an endpoint", `"a/b"`, `".."`, `"`+ids[0]+` "`),
			},
			{
				// The same endpoint twice is found out too where it was not known at first.
				Config: m.provider() + `
resource "terraform_data" "consumer" {
  input = "` + ids[0] + `"
}
` + block("test", "accepted", `["`+ids[0]+`", terraform_data.consumer.output]`),
				ExpectError: message("Named twice", ids[0]),
			},
		},
	})
	if calls := m.Journal(); len(calls) > 1 {
		t.Errorf("%d calls, where at most the one known endpoint was to be looked up", len(calls))
	}
	m.expectDecisions(t)
}

// A plan shows the endpoints that an apply would decide, and nothing else.
func TestConnection_planChanges(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	accepted, rejected := endpointIDs(1, 6), endpointIDs(7, 11)
	m.ask("accepted", accepted[:5]...)
	m.ask("rejected", rejected[:4]...)
	config := func(accepts, rejects []string) string {
		return m.provider() +
			block("accepts", "accepted", hclList(accepts)) +
			block("rejects", "rejected", hclList(rejects), `depends_on = [`+address("accepts")+`]`)
	}
	heard := &listener{}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: heard.factories(),
		Steps: []resource.TestStep{
			{Config: config(accepted[:5], rejected[:4])},
			{
				// Of each: one drifts, one has left, one is taken out, one is added. One
				// that is accepted on the side is news, but nothing to decide.
				PreConfig: func() {
					heard.take()
					m.SetStatus(testInstance, accepted[0], "rejected")
					m.Disconnect(testInstance, accepted[1])
					m.SetStatus(testInstance, accepted[3], "creating")
					m.ask("pendingAcceptance", accepted[5], rejected[4])
					m.SetStatus(testInstance, rejected[0], "accepted")
					m.Disconnect(testInstance, rejected[1])
				},
				Config: config(
					[]string{accepted[5], accepted[0], accepted[1], accepted[3], accepted[4]},
					[]string{rejected[4], rejected[0], rejected[1], rejected[3]}),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					expectChanges(address("accepts"),
						decides("rejected", "accepted", accepted[0]), removes("accepted", accepted[2]), adds("accepted", accepted[5])),
					expectChanges(address("rejects"),
						decides("accepted", "rejected", rejected[0]), removes("rejected", rejected[2]), adds("?", rejected[4])),
					heard.expect(
						message("Consumers have left", accepted[1]), message("Consumers have left", rejected[1]),
						message("Connections will be rejected", accepted[2]+" (status accepted, account "+partnerDomain+")", `on_destroy = "retain"`),
					),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(address("accepts"), map[string]string{
						accepted[0]: "accepted", accepted[1]: "", accepted[3]: "creating", accepted[4]: "accepted", accepted[5]: "accepted",
					}),
					recorded(address("rejects"), map[string]string{
						rejected[0]: "rejected", rejected[1]: "", rejected[3]: "rejected", rejected[4]: "rejected",
					}),
					m.decided("reject 1", "receive 2", "reject 2"),
				},
			},
		},
	})
	m.expectStatuses(t, "rejected", accepted[2])
}

// Where an endpoint is made by the same apply, `connections` is unknown as a
// whole, and known again afterwards.
func TestConnection_planUnknownEndpoints(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("pendingAcceptance", ids...)
	config := func(made string) string {
		return m.provider() + `
resource "terraform_data" "consumer" {
  input = "` + made + `"
}
` + block("test", "accepted", `["`+ids[0]+`", terraform_data.consumer.output]`)
	}
	unknown := plancheck.ExpectUnknownValue(resourceName, tfjsonpath.New("connections"))
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:           config(ids[1]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{unknown}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", ids[:2]...)),
					m.decided("receive 2"),
				},
			},
			{
				Config: config(ids[2]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate), unknown,
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", ids[0], ids[2])),
					m.decided("reject 1", "receive 1"),
				},
			},
		},
	})
}
