// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// What was managed with the vendor's provider is moved without a call, for_each and all, also without a refresh, and the plan
// after it is empty. What the vendor's resource never did, rejecting on destroy, can be kept so.
func TestAccConnection_moveIn(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("accepted", ids[:2]...)
	m.ask("rejected", ids[2])
	c := newMovingCLI(t, m)
	c.configure(m.provider() + vendorBlock("partners", "receive", ids[:2]...) + vendorBlock("strangers", "reject", ids[2]))
	c.must("apply", "-auto-approve")

	moves := movedBlock(vendorType+".partners", address("partners")) + movedBlock(vendorType+".strangers", address("strangers"))
	c.configure(m.provider() + moves + eachBlock("partners", "accepted", retain, ids[:2]...) + eachBlock("strangers", "rejected", "", ids[2]))
	c.plan("-refresh=false").expect(t, 0, "(moved from "+vendorType, "0 to add, 3 to change, 0 to destroy")
	retains := alters("on_destroy", "reject -> retain")
	c.planned(
		expectChanges(fmt.Sprintf("%s[%q]", address("partners"), ids[0]), retains),
		expectChanges(fmt.Sprintf("%s[%q]", address("partners"), ids[1]), retains),
		plancheck.ExpectResourceAction(fmt.Sprintf("%s[%q]", address("strangers"), ids[2]), plancheck.ResourceActionNoop),
	)
	c.applySaved().expect(t, 0, "0 added, 2 changed, 0 destroyed")
	c.state(recorded(fmt.Sprintf("%s[%q]", address("strangers"), ids[2]), each("rejected", ids[2])))
	c.settled()
	c.must("destroy", "-auto-approve")
	m.expectDecisions(t)
}

// newMovingCLI has a stand-in for the vendor's provider beside this one.
func newMovingCLI(t *testing.T, m *mock) *cli {
	t.Helper()
	c := emptyCLI(t)
	c.beside(map[string]func() (tfprotov6.ProviderServer, error){
		"apig-terraform/apig": factories["apig"],
		"huaweicloud/huaweicloud": providerserver.NewProtocol6WithError(&platform{{
			name: "apig_endpoint_connection_management", required: []string{"instance_id", "endpoint_id", "action"}, // which finds its endpoint decided
			computed: func(argument func(string) string) map[string]string {
				id := argument("endpoint_id")
				return map[string]string{"id": id, "region": testRegion, "status": m.status(id)}
			},
		}}),
	})
	c.requires = "    huaweicloud = { source = \"huaweicloud/huaweicloud\" }\n"
	return c
}

func vendorBlock(name, action string, ids ...string) string {
	return about("resource", vendorType, name, "for_each = toset("+hclList(ids)+")", "endpoint_id = each.key", fmt.Sprintf("action = %q", action))
}

func eachBlock(name, desired, argument string, ids ...string) string {
	return block(name, desired, "[each.key]", "for_each = toset("+hclList(ids)+")", argument)
}

// What a CLI makes of it: a `moved` block, and `count` where there was none, together with another address of the provider.
func TestAccMove_betweenAddresses(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids...)
	c := emptyCLI(t)
	c.beside(map[string]func() (tfprotov6.ProviderServer, error){"ns-one/apig": factories["apig"], "ns-two/apig": factories["apig"]})
	from := func(namespace, config string) {
		requirement := fmt.Sprintf("terraform {\n  required_providers {\n    apig = { source = \"%s/apig\" }\n  }\n}\n", namespace)
		assert.NilError(t, os.WriteFile(c.dir+"/main.tf", []byte(requirement+m.provider()+config), 0o600))
	}
	all := func(name string, arguments ...string) string {
		return block(name, "accepted", hclList(ids), arguments...) + permissions(name, hclList(accountIDs(1, 2)), arguments...) +
			exclusive(name, append(arguments, theEndpoints(ids...))...)
	}
	from("ns-one", all("old"))
	c.apply().expect(t, 0)
	m.ResetJournal()
	moves := ""
	for resource := range everyResource() {
		moves += movedBlock(resource+".old", resource+".new")
	}
	from("ns-two", all("new")+moves)
	c.plan().expect(t, 0, "has moved to", "0 to add, 0 to change, 0 to destroy")
	from("ns-two", all("old", "count = 1"))
	c.plan().expect(t, 0, "has moved to", "0 to add, 0 to change, 0 to destroy")
	c.apply().expect(t, 0, "0 added, 0 changed, 0 destroyed")
	c.settled()
	m.expectDecisions(t)
	state, err := os.ReadFile(c.dir + "/terraform.tfstate")
	assert.Check(t, err == nil && !strings.Contains(string(state), "ns-one"), "the state still has the old address: %v\n%s", err, state)
}
