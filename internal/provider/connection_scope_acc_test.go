// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	otherRegion  = "test-2"
	otherProject = "9f1c8b7a6d5e4f30a2b1c0d9e8f7a6b5"
)

// newMockOfTwo is newMock with another region, whose project has the gateway.
func newMockOfTwo(t *testing.T, gatewayIn string) *mock {
	t.Helper()
	m := newMock(t, mockapig.Config{})
	m.AddProject(mockapig.Project{ID: otherProject, Name: otherRegion, DomainID: ownerDomain})
	m.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: gatewayIn})
	return m
}

// signed is a provider block with an access key, which gets at every project.
func (m *mock) signed(arguments ...string) string {
	return fmt.Sprintf(`
provider "apig" {
  access_key = "OWNERACCESSKEY"
  secret_key = "secret-secret-key"
  endpoints  = { apig = %q, iam = %q }
  %s
}
`, m.url, m.url, strings.Join(arguments, "\n  "))
}

func scope(region, project string) []statecheck.StateCheck {
	return []statecheck.StateCheck{
		statecheck.ExpectKnownValue(resourceName, tfjsonpath.New("region"), knownvalue.StringExact(region)),
		statecheck.ExpectKnownValue(resourceName, tfjsonpath.New("project_id"), knownvalue.StringExact(project)),
	}
}

// derived makes a value that is known after the apply only.
func derived(name, value string) string {
	return fmt.Sprintf("\nresource \"terraform_data\" %q {\n  input = %q\n}\n", name, value)
}

// What the provider does not know yet, a create plans as unknown; an existing
// resource keeps what its state says.
func TestConnection_scopeUnknown(t *testing.T) {
	m := newMockOfTwo(t, testProject)
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	// The provider's default changes in the second step, and is unknown until then.
	config := func(region, project string) string {
		return derived("region", region) + derived("project", project) +
			m.signed("region = terraform_data.region.output", "project_id = terraform_data.project.output") +
			block("test", "accepted", hclList(ids))
	}
	sameRegion, sameProject := statecheck.CompareValue(compare.ValuesSame()), statecheck.CompareValue(compare.ValuesSame())
	same := func(more ...statecheck.StateCheck) []statecheck.StateCheck {
		return append(more,
			sameRegion.AddStateValue(resourceName, tfjsonpath.New("region")),
			sameProject.AddStateValue(resourceName, tfjsonpath.New("project_id")))
	}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: config(testRegion, testProject),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectUnknownValue(resourceName, tfjsonpath.New("region")),
					plancheck.ExpectUnknownValue(resourceName, tfjsonpath.New("project_id")),
					beforeApply(func() {
						if calls := m.Journal(); len(calls) > 0 {
							t.Errorf("%d calls for a gateway that is not known yet", len(calls))
						}
					}),
				}},
				ConfigStateChecks: same(scope(testRegion, testProject)...),
			},
			{
				Config: config(testRegion, otherProject),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction("terraform_data.project", plancheck.ResourceActionUpdate),
					plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionNoop),
				}},
				ConfigStateChecks: same(recorded(resourceName, each("accepted", ids...)), m.decided()),
			},
		},
	})
	m.expectDecisions(t, "reject 2")
}

// When the provider's own region or project changes, an existing resource stays
// where it is. An address for the new region only can't be its.
func TestConnection_scopeChanges(t *testing.T) {
	m := newMockOfTwo(t, testProject)
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	resources := block("test", "accepted", hclList(ids), `on_destroy = "retain"`)
	empty := resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				// The region's project is looked up, since none is given.
				Config:            m.signed(`region = "`+testRegion+`"`) + resources,
				ConfigStateChecks: scope(testRegion, testProject),
			},
			{
				Config:            m.signed(`region = "`+testRegion+`"`, `project_id = "`+otherProject+`"`) + resources,
				ConfigPlanChecks:  empty,
				ConfigStateChecks: scope(testRegion, testProject),
			},
			{
				Config:           m.signed() + resources,
				ConfigPlanChecks: empty,
			},
			{
				Config:      m.signed(`region = "`+otherRegion+`"`) + resources,
				ExpectError: message("The endpoints can't be read", "endpoints.apig", otherRegion, testRegion),
			},
			{
				// Its own arguments do move it.
				PreConfig: m.ResetJournal,
				Config: m.signed() +
					block("test", "accepted", hclList(ids), `on_destroy = "retain"`, `region = "`+otherRegion+`"`, `project_id = "`+testProject+`"`),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionReplace),
				}},
				ConfigStateChecks: append(scope(otherRegion, testProject), m.decided()),
			},
		},
	})
	m.expectDecisions(t)
}

// In another region than the provider's, the project is that region's own, which
// is looked up in IAM once for all resources.
func TestConnection_scopeOtherRegion(t *testing.T) {
	m := newMockOfTwo(t, otherProject)
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	inOtherRegion := `region = "` + otherRegion + `"`
	resources := block("test", "accepted", hclList(ids[:1]), inOtherRegion, `on_destroy = "retain"`) +
		block("more", "accepted", hclList(ids[1:]), inOtherRegion, `on_destroy = "retain"`)
	lookups := func() int {
		n := 0
		for _, call := range m.Journal() {
			if call.Operation == mockapig.OpListProjects && strings.Contains("&"+call.Query+"&", "&name="+otherRegion+"&") {
				n++
			}
		}
		return n
	}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				// The provider's own project does not count there. That the address of
				// its region does not either, is said.
				Config:      m.signed(`region = "`+testRegion+`"`, `project_id = "`+testProject+`"`) + resources,
				PlanOnly:    true,
				ExpectError: message("endpoints.apig", testRegion, otherRegion, "alias"),
			},
			{
				PreConfig: func() {
					if n := lookups(); n != 1 {
						t.Errorf("%d lookups of the other region's project", n)
					}
					m.ResetJournal()
				},
				Config: m.signed() + resources,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectKnownValue(resourceName, tfjsonpath.New("project_id"), knownvalue.StringExact(otherProject)),
					beforeApply(func() {
						if n := lookups(); n != 1 {
							t.Errorf("%d lookups for the plan of two resources", n)
						}
						m.ResetJournal()
					}),
				}},
				ConfigStateChecks: scope(otherRegion, otherProject),
			},
			{
				// The state has it: it is not looked up again.
				PreConfig: m.ResetJournal,
				Config:    m.signed() + resources,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectEmptyPlan(),
					beforeApply(func() {
						if n := m.Count(mockapig.OpListProjects); n != 0 {
							t.Errorf("%d lookups for an existing resource", n)
						}
					}),
				}},
			},
		},
	})
}

// Where neither has a region, or IAM has no such project, the error says what to
// set.
func TestConnection_scopeMissing(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 1)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:      m.signed() + block("test", "accepted", hclList(ids)),
				PlanOnly:    true,
				ExpectError: message("No region", "Set region", "HW_REGION_NAME"),
			},
			{
				Config:      m.signed() + block("test", "accepted", hclList(ids), `region = "test-9"`),
				PlanOnly:    true,
				ExpectError: message("The project can't be looked up", "test-9", "project_id"),
			},
		},
	})
	m.expectDecisions(t)
}
