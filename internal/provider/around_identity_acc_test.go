// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// inGateway is what every identity has, and more.
func inGateway(more map[string]knownvalue.Check) map[string]knownvalue.Check {
	identity := map[string]knownvalue.Check{
		"region": knownvalue.StringExact(testRegion), "project_id": knownvalue.StringExact(testProject), "instance_id": knownvalue.StringExact(testInstance),
	}
	maps.Copy(identity, more)
	return identity
}

// The identity of permissions follows the accounts, and imports them.
func TestAccPermissions_identity_terraform1_12(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := accountIDs(1, 3)
	identified := func(accounts ...string) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectIdentity(permissionsName, inGateway(map[string]knownvalue.Check{"domain_ids": stringList(accounts)}))}
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{Config: m.permitting([]string{ids[1], ids[0]}), ConfigStateChecks: identified(ids[:2]...)},
			{
				ResourceName: permissionsName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity,
				ImportPlanChecks: resource.ImportPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())},
			},
			{Config: m.permitting([]string{ids[2], ids[0]}), ConfigStateChecks: identified(ids[0], ids[2])},
		},
	})
}

// A guard is named by its gateway. What an import is to reject, its plan names.
func TestAccGuard_identity_terraform1_12(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	guarded(m)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{{
			Config: m.provider() + guard("test", theAccounts(partnerDomain)) +
				fmt.Sprintf("\nimport {\n  to = %s\n  identity = { instance_id = %q }\n}\n", guardName, testInstance),
			ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: before(rejects(map[string]string{endpointID(7): "+ rejected"}))},
			ConfigStateChecks: []statecheck.StateCheck{statecheck.ExpectIdentity(guardName, inGateway(nil)), m.decided("reject 1")},
		}},
	})
	m.expectDecisions(t)
}
