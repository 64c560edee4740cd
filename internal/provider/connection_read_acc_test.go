// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A plan shows drift, a refresh-only apply records it, and neither acts.
func TestAccConnection_readNeverActs(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	c := newCLI(t, m.connections("accepted", ids, `on_destroy = "retain"`))
	c.apply().expect(t, 0, "1 added")
	m.SetStatus(testInstance, ids[0], "rejected")
	m.ResetJournal()

	c.plan("-detailed-exitcode").expect(t, 2,
		`~ status = "rejected" -> "accepted"`, "(1 unchanged element hidden)", "0 to add, 1 to change, 0 to destroy")
	c.apply("-refresh-only").expect(t, 0, `~ status = "accepted" -> "rejected"`, "0 added, 0 changed, 0 destroyed")
	c.plan("-refresh=false", "-detailed-exitcode").expect(t, 2, `~ status = "rejected" -> "accepted"`)
	m.expectDecisions(t)
	m.expectStatuses(t, "rejected", ids[0])
}

// One listing serves all reads of a gateway and walk.
func TestConnection_readShared(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 20)...)
	config := m.provider() + `
resource "apig_vpc_endpoint_connection" "test" {
  count          = 20
  instance_id    = "` + testInstance + `"
  desired_status = "accepted"
  endpoints      = [format("9fa04c5e-64ec-4106-a014-%012x", count.index + 1)]
  on_destroy     = "retain"
}
`
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig: m.ResetJournal,
				Config:    config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectEmptyPlan(),
					beforeApply(func() {
						if n := m.Count(mockapig.OpListConnections); n != 1 {
							t.Errorf("%d listings for one plan", n)
						}
					}),
				}},
			},
		},
	})
}

// A gateway that can't be read for any other reason is not gone: reading it fails,
// and the state stays.
func TestConnection_readFails(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	config := m.connections("accepted", ids, `on_destroy = "retain"`)
	answers := func(status int, code, message string) func() {
		return func() {
			m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Status: status, Code: code, Message: message})
		}
	}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config},
			{
				PreConfig:   answers(http.StatusNotFound, "APIG.9999", "Not found"),
				Config:      config,
				ExpectError: message("The endpoints can't be read", "What was asked for does not exist", "APIG.9999"),
			},
			{
				PreConfig:   answers(http.StatusPreconditionFailed, "APIG.3458", "Not supported"),
				Config:      config,
				ExpectError: message("The endpoints can't be read", "NLB-series", "APIG.3458"),
			},
			{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectEmptyPlan(),
				}},
				ConfigStateChecks: []statecheck.StateCheck{recorded(resourceName, each("accepted", ids...))},
			},
		},
	})
	m.expectDecisions(t)
}
