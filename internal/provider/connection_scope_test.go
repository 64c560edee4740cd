// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	otherRegion  = "test-2"
	otherProject = "9f1c8b7a6d5e4f30a2b1c0d9e8f7a6b5"
)

// hasTwo adds another region, whose project or the first one's has the gateway.
func (m *mock) hasTwo(gatewayIn string) {
	m.AddProject(mockapig.Project{ID: otherProject, Name: otherRegion, DomainID: ownerDomain})
	m.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: gatewayIn})
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

func inRegion(region string) string   { return fmt.Sprintf("region = %q", region) }
func inProject(project string) string { return fmt.Sprintf("project_id = %q", project) }

// scope is a state check.
func scope(region, project string) all {
	return all{stateAt(resourceName, region, "region"), stateAt(resourceName, project, "project_id")}
}

// derived makes a value that is known after the apply only.
func derived(name, value string) string {
	return fmt.Sprintf("\nresource \"terraform_data\" %q {\n  input = %q\n}\n", name, value)
}

// What the provider does not know yet, a create plans as unknown; an existing
// resource keeps what its state says.
func TestConnection_scopeUnknown(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.hasTwo(testProject)
		ids := endpointIDs(1, 2)
		m.ask("accepted", ids...)
		// The provider's default changes in the second step, and is unknown until then.
		config := func(project string) string {
			return derived("region", testRegion) + derived("project", project) +
				m.signed("region = terraform_data.region.output", "project_id = terraform_data.project.output") +
				block("test", "accepted", hclList(ids))
		}
		s.then(config(testProject), unknownAt(resourceName, "region"), unknownAt(resourceName, "project_id"), func() {
			calls := m.Journal()
			assert.Check(t, len(calls) <= 0, "%d calls for a gateway that is not known yet", len(calls))
		}, scope(testRegion, testProject))
		s.then(config(otherProject), plancheck.ExpectResourceAction("terraform_data.project", plancheck.ResourceActionUpdate),
			plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionNoop), scope(testRegion, testProject), have("accepted", ids...), m.decided())
		s.destroys(m.decided("reject 2"))
	})
}

// When the provider's own region or project changes, an existing resource stays
// where it is. An address for the new region only can't be its.
func TestConnection_scopeChanges(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.hasTwo(testProject)
		ids := endpointIDs(1, 2)
		m.ask("accepted", ids...)
		resources := block("test", "accepted", hclList(ids), retain)
		s.then(m.signed(inRegion(testRegion))+resources, scope(testRegion, testProject)) // whose project is looked up
		s.then(m.signed(inRegion(testRegion), inProject(otherProject))+resources, empty, scope(testRegion, testProject))
		s.then(m.signed()+resources, empty)
		s.fails(m.signed(inRegion(otherRegion))+resources, "The endpoints can't be read", "endpoints.apig", otherRegion, testRegion)
		// Its own arguments do move it.
		m.ResetJournal()
		s.then(m.signed()+block("test", "accepted", hclList(ids), retain, inRegion(otherRegion), inProject(testProject)),
			plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionReplace), scope(otherRegion, testProject), m.decided())
	})
}

// In another region than the provider's, the project is that region's own, which
// is looked up in IAM once for all resources.
func TestConnection_scopeOtherRegion(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.hasTwo(otherProject)
		ids := endpointIDs(1, 2)
		m.ask("accepted", ids...)
		resources := block("test", "accepted", hclList(ids[:1]), inRegion(otherRegion), retain) + block("more", "accepted", hclList(ids[1:]), inRegion(otherRegion), retain)
		lookups := func(want int) func() {
			return func() {
				t.Helper()
				n := 0
				for _, call := range m.Journal() {
					if call.Operation == mockapig.OpListProjects && strings.Contains("&"+call.Query+"&", "&name="+otherRegion+"&") {
						n++
					}
				}
				assert.Check(t, n == want, "%d lookups of the other region's project, want %d", n, want)
				m.ResetJournal()
			}
		}
		// The provider's own project does not count there. That the address of
		// its region does not either, is said.
		s.fails(m.signed(inRegion(testRegion), inProject(testProject))+resources, "endpoints.apig", testRegion, otherRegion, "alias")
		lookups(1)()
		s.then(m.signed()+resources, knownAt(resourceName, otherProject, "project_id"), lookups(1), scope(otherRegion, otherProject))
		m.ResetJournal()
		s.again(empty, lookups(0)) // the state has it
	})
}
