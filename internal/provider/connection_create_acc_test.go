// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// What is decided already, or on its way, is adopted without a call. The
// rejecting resource rejects a pending endpoint too, and one that isn't there
// is as desired. A destroy rejects what is accepted, adopted or not.
func TestConnection_createAdopts(t *testing.T) {
	m := newMock(t, mockapig.Config{Creating: 100 * time.Millisecond})
	accepts, rejects := endpointIDs(1, 4), endpointIDs(5, 9)
	m.ask("accepted", accepts[0], rejects[1])
	m.ask("creating", accepts[1], rejects[2])
	m.ask("pendingAcceptance", accepts[2], rejects[3])
	m.ask("rejected", accepts[3], rejects[0])
	heard := &listener{}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: heard.factories(),
		Steps: []resource.TestStep{{
			Config: m.provider() +
				block("done", "accepted", hclList(accepts[:2])) +
				block("accepts", "accepted", hclList(accepts[2:]), `depends_on = [`+address("done")+`]`) +
				block("rejects", "rejected", hclList(rejects), `depends_on = [`+address("accepts")+`]`),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownValue(address("accepts"), attributeOf(accepts[2], "status")),
				plancheck.ExpectUnknownValue(address("rejects"), attributeOf(rejects[4], "status")),
				heard.expect(message("does not list", rejects[4], "They count as rejected")),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				recorded(address("done"), each("accepted", accepts[:2]...)),
				recorded(address("accepts"), each("accepted", accepts[2:]...)),
				recorded(address("rejects"), map[string]string{
					rejects[0]: "rejected", rejects[1]: "rejected", rejects[2]: "rejected", rejects[3]: "rejected", rejects[4]: "",
				}),
				m.decided("receive 2", "reject 3"),
			},
		}},
	})
	m.expectDecisions(t, "reject 2", "reject 2")
	m.expectStatuses(t, "rejected", accepts...)
}

// Fifty fit into one call, and the 51st needs another.
func TestConnection_createBatches(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	m.ask("pendingAcceptance", endpointIDs(1, 101)...)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: m.provider() +
				block("fifty", "accepted", hclList(endpointIDs(1, 50))) +
				block("more", "accepted", hclList(endpointIDs(51, 101)), `on_destroy = "retain"`, `depends_on = [`+address("fifty")+`]`),
		}},
	})
	sizes := map[int]int{}
	for _, call := range m.Journal() {
		sizes[len(call.Endpoints)]++
	}
	// The two of 51 travel at the same time, in either order.
	if sizes[50] != 3 || sizes[1] != 1 || len(m.decisions()) != 4 {
		t.Errorf("decisions: %v", m.decisions())
	}
	m.expectStatuses(t, "rejected", endpointIDs(1, 50)...)
	m.expectStatuses(t, "accepted", endpointIDs(51, 101)...)
}

// Endpoints that the gateway does not list yet are warned of by the plan, and
// waited for after all that are there have been decided.
func TestConnection_createLate(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 4)
	m.ask("pendingAcceptance", ids[:2]...)
	heard := &listener{}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: heard.factories(),
		Steps: []resource.TestStep{{
			Config: m.connections("accepted", ids),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				heard.expect(message("does not list:", ids[2], ids[3], "An apply waits for them, up to `wait_for_endpoints` (3m)")),
				beforeApply(func() {
					// They come only once the first two are decided and looked at again.
					m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Do: func() {
						m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Skip: 1, Do: func() {
							m.ask("pendingAcceptance", ids[2:]...)
						}})
					}})
				}),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				recorded(resourceName, each("accepted", ids...)),
				m.decided("receive 2", "receive 2"),
			},
		}},
	})
	m.expectDecisions(t, "reject 4")
}

// An endpoint that never appears fails the apply, which leaves no object: with
// the endpoint taken out, the next adopts what the first decided.
func TestConnection_createNeverAppears(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("pendingAcceptance", ids[:2]...)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: m.connections("accepted", ids, `wait_for_endpoints = "600ms"`),
				ExpectError: message("Endpoints never appeared", "did not begin to within `wait_for_endpoints` (600ms)",
					ids[2]+" (not listed)", "These were decided, and stay so:", ids[0]+" (status accepted"),
			},
			{
				PreConfig: func() {
					m.expectDecisions(t, "receive 2")
					m.expectStatuses(t, "accepted", ids[:2]...)
					m.ResetJournal()
				},
				Config: m.connections("accepted", ids[:2]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionCreate),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", ids[:2]...)),
					m.decided(),
				},
			},
		},
	})
}

// A `failed` connection gets one more call, and the connection that stays so is
// an error.
func TestConnection_createFailed(t *testing.T) {
	m := newMock(t, mockapig.Config{Creating: 600 * time.Millisecond}) // long enough to be seen
	ids := endpointIDs(1, 3)
	m.ask("failed", ids[0])
	m.ask("pendingAcceptance", ids[1:]...)
	m.FailAcceptance(testInstance, ids[1], 1)
	m.FailAcceptance(testInstance, ids[2], 2)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: m.connections("accepted", ids),
				ExpectError: message("Connections stay failed", "were so again after one more call", ids[2]+" (status failed",
					"These were decided, and stay so:", ids[0]+" (status accepted", ids[1]+" (status accepted"),
			},
			{
				PreConfig: func() {
					m.expectDecisions(t, "receive 3", "receive 2")
					m.ResetJournal()
				},
				Config: m.connections("accepted", ids),
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", ids...)),
					m.decided("receive 1"),
				},
			},
		},
	})
}

// A create that fails half-way leaves no object and rejects nothing. It says
// what was decided and what was not, and the next apply finishes.
func TestConnection_createHalfWay(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 52)
	m.ask("pendingAcceptance", ids...)
	m.Fail(mockapig.Fault{
		Operation: mockapig.OpAcceptOrReject, Endpoint: ids[51], Status: http.StatusForbidden,
		Code: "APIC.7106", Message: "No permission",
	})
	config := m.connections("accepted", ids)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ExpectError: message("Not all endpoints could be decided", "apig:instance:acceptOrRejectVpcEndpointConnection",
					"APIC.7106", "these are not settled:", ids[50]+" (status pendingAcceptance", "These were decided, and stay so:", ids[0]+" (status accepted"),
			},
			{
				PreConfig: func() {
					m.expectStatuses(t, "accepted", ids[:50]...)
					m.expectStatuses(t, "pendingAcceptance", ids[50:]...)
					m.ResetJournal()
				},
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionCreate),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", ids...)),
					m.decided("receive 2"),
				},
			},
		},
	})
}
