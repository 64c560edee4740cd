// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// The main job: a hundred pending endpoints, two calls, an empty plan, a
// destroy that rejects them.
func TestAccConnection_accept(t *testing.T) {
	m := newMock(t, mockapig.Config{Latency: 5 * time.Millisecond, Creating: 500 * time.Millisecond})
	ids := endpointIDs(1, 100)
	m.ask("pendingAcceptance", ids...)
	config := m.connections("accepted", ids)
	resource.Test(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionCreate),
					plancheck.ExpectUnknownValue(resourceName, attributeOf(ids[99], "status")),
				}},
				ConfigStateChecks: []statecheck.StateCheck{
					statecheck.ExpectKnownValue(resourceName, tfjsonpath.New("connections"), knownvalue.MapSizeExact(100)),
					statecheck.ExpectKnownValue(resourceName,
						tfjsonpath.New("connections").AtMapKey(ids[99]).AtMapKey("status"), knownvalue.StringExact("accepted")),
				},
			},
			{
				Config: config,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
					plancheck.ExpectEmptyPlan(),
				}},
			},
		},
	})
	if diff := cmp.Diff([]string{"receive 50", "receive 50", "reject 50", "reject 50"}, m.decisions()); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
	for _, id := range ids {
		if status := m.status(id); status != "rejected" {
			t.Errorf("%s is %q after the destroy", id, status)
		}
	}
}
