// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// The main job: a hundred pending endpoints, an empty plan, a destroy that rejects them; in
// few calls where the API is friendly.
func TestAccConnection_accept(t *testing.T) {
	for name, decisions := range map[string][]string{"friendly": {"receive 50", "receive 50", "reject 50", "reject 50"}, "hostile-one": nil} {
		t.Run(name, func(t *testing.T) {
			m := newListening(t, mockapig.Config{Latency: 5 * time.Millisecond, Creating: 500 * time.Millisecond, Behavior: mockapig.Behaviors()[name]})
			ids := endpointIDs(1, 100)
			m.ask("pendingAcceptance", ids...)
			resource.ParallelTest(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{{
					Config:            m.connections("accepted", ids),
					ConfigPlanChecks:  before(creates, unknownAt(resourceName, "connections", ids[99], "status")),
					ConfigStateChecks: []statecheck.StateCheck{have("accepted", ids...)},
				}},
			})
			if decisions != nil {
				m.expectDecisions(t, decisions...)
			}
			m.expectStatuses(t, "rejected", ids...)
		})
	}
}

// Which of the statuses that the gateway may list are drift, and which are not.
func TestAccConnection_drift(t *testing.T) {
	m := newListening(t, mockapig.Config{Creating: time.Hour})
	cases := []struct {
		observed string // "" for an endpoint that has vanished
		drift    map[string]bool
		recorded string // by a plan
	}{
		{"pendingAcceptance", map[string]bool{"accepted": true, "rejected": true}, "pendingAcceptance"},
		{"creating", map[string]bool{"accepted": false, "rejected": true}, "creating"},
		{"accepted", map[string]bool{"accepted": false, "rejected": true}, "accepted"},
		{"rejected", map[string]bool{"accepted": true, "rejected": false}, "rejected"},
		{"failed", map[string]bool{"accepted": true, "rejected": true}, "failed"},
		{"deleting", map[string]bool{"accepted": false, "rejected": false}, ""},
		{"", map[string]bool{"accepted": false, "rejected": false}, ""},
	}
	n := len(cases)
	ids := map[string][]string{"accepted": endpointIDs(1, n), "rejected": endpointIDs(n+1, 2*n)}
	changes, wants := map[string]map[string]string{}, map[string]map[string]string{}
	for desired, endpoints := range ids {
		m.ask(desired, endpoints...)
		changes[desired], wants[desired] = map[string]string{}, map[string]string{}
		for i, c := range cases {
			if wants[desired][endpoints[i]] = c.recorded; c.drift[desired] {
				maps.Copy(changes[desired], decides(c.observed, desired, endpoints[i]))
				wants[desired][endpoints[i]] = desired
			}
		}
	}
	drift := func() {
		for _, endpoints := range ids {
			for i, c := range cases {
				if c.observed == "" {
					m.Disconnect(testInstance, endpoints[i])
				} else {
					m.SetStatus(testInstance, endpoints[i], c.observed)
				}
			}
		}
		m.ResetJournal()
	}
	// What is accepted anew is `creating` for good, unless the platform gets on.
	m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Action: "receive", After: true, Do: func() {
		for _, id := range slices.Sorted(maps.Keys(wants["accepted"])) {
			if wants["accepted"][id] == "accepted" {
				m.SetStatus(testInstance, id, "accepted")
			}
		}
	}})
	config := m.provider() +
		block("accepts", "accepted", hclList(ids["accepted"]), retain) +
		block("rejects", "rejected", hclList(ids["rejected"]), retain, after("accepts"))
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config},
			{PreConfig: drift, RefreshState: true, ExpectNonEmptyPlan: true},
			{
				Config: config,
				ConfigPlanChecks: before(
					expectChanges(address("accepts"), changes["accepted"]), expectChanges(address("rejects"), changes["rejected"]),
					beforeApply(func() { m.expectDecisions(t) })),
				ConfigStateChecks: []statecheck.StateCheck{recorded(address("accepts"), wants["accepted"]), recorded(address("rejects"), wants["rejected"]), m.decided("receive 3", "reject 4")},
			},
		},
	})
	m.expectDecisions(t)
}

// An import by either form of the ID brings in what a create would have made, whether it is
// a command or a block.
func TestAccConnection_import(t *testing.T) {
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("accepted", ids...)
	config := m.connections("accepted", ids)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config},
			{
				Config: config, ResourceName: resourceName, ImportState: true, ImportStateId: importID(ids...),
				ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "instance_id",
			},
			{
				Config: config, ResourceName: resourceName, ImportState: true, ImportStateId: importScope + importID(ids[2], ids[0], ids[1]),
				ImportStateKind: resource.ImportBlockWithID, ImportPlanChecks: imported,
			},
		},
	})
	m.expectDecisions(t, "reject 3")
}

// The identity follows the endpoints, and an import block by it brings in what
// the configuration has.
func TestAccConnection_identity_terraform1_12(t *testing.T) {
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("accepted", ids...)
	identified := func(ids ...string) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectIdentity(resourceName, inGateway("endpoints", ids...)), m.decided()}
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{Config: m.connections("accepted", []string{ids[1], ids[0]}) + derived("endpoint", ids[1]), ConfigStateChecks: identified(ids[:2]...)},
			{
				ResourceName: resourceName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity, ImportPlanChecks: imported,
			},
			{
				// A new endpoint that is not known before the apply.
				Config:            m.provider() + derived("endpoint", ids[2]) + block("test", "accepted", `["`+ids[1]+`", terraform_data.endpoint.output, "`+ids[0]+`"]`),
				ConfigStateChecks: identified(ids...),
			},
		},
	})
}

// A plan shows drift, a refresh-only apply records it, and neither acts.
func TestAccConnection_readNeverActs(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	c := newCLI(t, m.connections("accepted", ids, retain))
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
