// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Entries that are there are adopted, drift shows entry by entry, what the resource does
// not name is none of its business, and an import brings in what a create would have made.
func TestAccPermissions_life(t *testing.T) {
	m := newListening(t, mockapig.Config{})
	ids, foreign := accountIDs(1, 4), accountID(99)
	m.Permit(testInstance, foreign, ids[0])
	last := m.permitting([]string{ids[3], ids[2]})
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: m.permitting(ids[:3]),
				ConfigPlanChecks: before(unknownAt(permissionsName, "permissions", ids[2], "id"),
					knownAt(permissionsName, testRegion, "region"), knownAt(permissionsName, testProject, "project_id")),
				ConfigStateChecks: append(permits(ids[:3]...), m.changed("add 2")),
			},
			{
				PreConfig: func() {
					m.Forbid(testInstance, ids[1], foreign)
					m.Permit(testInstance, foreign, "*")
				},
				Config:            m.permitting([]string{ids[2], ids[0], ids[1]}),
				ConfigPlanChecks:  before(entryChanges(ids[1:2], nil)),
				ConfigStateChecks: append(permits(ids[:3]...), m.changed("add 1")),
			},
			{
				PreConfig:         func() { m.Forbid(testInstance, ids[0]) }, // one that leaves, and is gone already
				Config:            last,
				ConfigPlanChecks:  before(entryChanges(ids[3:], ids[1:2])),
				ConfigStateChecks: append(permits(ids[3], ids[2]), m.changed("add 1", "delete 1")),
			},
			{
				Config: last, ResourceName: permissionsName, ImportState: true, ImportStateId: importScope + importID(ids[3], ids[2]),
				ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "instance_id",
			},
			{
				Config: last, ResourceName: permissionsName, ImportState: true, ImportStateId: importID(ids[2], ids[3]),
				ImportStateKind: resource.ImportBlockWithID, ImportPlanChecks: imported,
			},
		},
	})
	m.expectPermitted(t, foreign, "*")
}

// inGateway is what every identity has, and a list.
func inGateway(list string, ids ...string) map[string]knownvalue.Check {
	identity := map[string]knownvalue.Check{
		"region": knownvalue.StringExact(testRegion), "project_id": knownvalue.StringExact(testProject), "instance_id": knownvalue.StringExact(testInstance),
	}
	if list != "" {
		identity[list] = stringList(ids)
	}
	return identity
}

// The data source lists all entries, the owner's own too.
func TestPermissions_data(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.Permit(testInstance, append(accountIDs(1, 600), "*")...)
	read, diags := newWire(t, m).data("apig_vpc_endpoint_permissions", fields{"instance_id": testInstance})
	expectNoDiagnostics(t, diags)
	expectValue(t, "the accounts", any(listOf(append([]string{"*", ownerDomain}, accountIDs(1, 600)...)...)), read["domain_ids"])
	expectValue(t, "the owner's entry", any(fields{"id": m.Permissions(testInstance)[0].ID, "created_at": "2021-05-07T14:20:14Z"}),
		read["permissions"].(fields)[ownerDomain])
}
