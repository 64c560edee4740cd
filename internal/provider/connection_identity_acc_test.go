// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// identified is a state check of the identity. The endpoints are sorted.
func identified(ids ...string) statecheck.StateCheck {
	endpoints := make([]knownvalue.Check, len(ids))
	for i, id := range ids {
		endpoints[i] = knownvalue.StringExact(id)
	}
	return statecheck.ExpectIdentity(resourceName, map[string]knownvalue.Check{
		"region":      knownvalue.StringExact(testRegion),
		"project_id":  knownvalue.StringExact(testProject),
		"instance_id": knownvalue.StringExact(testInstance),
		"endpoints":   knownvalue.ListExact(endpoints),
	})
}

// The identity follows the endpoints, and an import block by it brings in what
// the configuration has.
func TestAccConnection_identity_terraform1_12(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("accepted", ids...)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{
				Config:            m.connections("accepted", []string{ids[1], ids[0]}),
				ConfigStateChecks: []statecheck.StateCheck{identified(ids[:2]...), m.decided()},
			},
			{
				ResourceName: resourceName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())},
			},
			{
				// A new endpoint that is not known before the apply.
				Config: m.connections("accepted", ids[:2]) + "resource \"terraform_data\" \"endpoint\" {\n  input = \"" + ids[2] + "\"\n}\n",
			},
			{
				Config: m.provider() + `
resource "terraform_data" "endpoint" {
  input            = "` + ids[2] + `"
  triggers_replace = "now"
}
` + block("test", "accepted", `["`+ids[1]+`", terraform_data.endpoint.output, "`+ids[0]+`"]`),
				ConfigStateChecks: []statecheck.StateCheck{identified(ids...), m.decided()},
			},
		},
	})
}

// A state that a CLI without identities wrote gets its identity from the first
// plan on.
func TestAccConnection_identityLater_terraform1_12(t *testing.T) {
	t.Parallel()
	skipBelow(t, tfversion.Version1_12_0)
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	c := newQuickCLI(t, m.connections("accepted", ids))
	c.must("apply", "-input=false", "-auto-approve")
	c.forgetIdentities()
	c.settled()
	c.must("apply", "-input=false", "-auto-approve", "-refresh-only")
	c.state(identified(ids...))
}

// forgetIdentities makes the state one of a CLI that knows no identities.
func (c *cli) forgetIdentities() {
	c.t.Helper()
	file := filepath.Join(c.dir, "terraform.tfstate")
	text, err := os.ReadFile(file)
	noError(c.t, err)
	var state map[string]any
	noError(c.t, json.Unmarshal(text, &state))
	for _, r := range state["resources"].([]any) {
		for _, instance := range r.(map[string]any)["instances"].([]any) {
			delete(instance.(map[string]any), "identity")
			delete(instance.(map[string]any), "identity_schema_version")
		}
	}
	text, err = json.Marshal(state)
	noError(c.t, err)
	noError(c.t, os.WriteFile(file, text, 0o600))
}
