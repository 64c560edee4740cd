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
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// move is a change of a configuration that moves things from one resource to another, with the ways of doing it.
type move struct {
	before, after string
	// ways are the ways out that the message names, by what it says of each.
	ways map[string]way
	// says is more of what the message says, and lacks what it does not.
	says  []string
	lacks string
}

// way does what a message says, and applies.
type way func(s *stage, provider string)

// changed applies configurations, one after the other.
func changed(configs ...string) way {
	return func(s *stage, provider string) {
		for _, config := range configs {
			s.then(provider + config)
		}
	}
}

func retainedFirst(before, after string) way {
	return func(s *stage, provider string) {
		s.configure(provider + before)
		s.must("apply").expect(s.t, 0, "0 added", "0 destroyed")
		s.then(provider + after)
	}
}

func forgotten(after, address string) way {
	return func(s *stage, provider string) {
		s.forget(address)
		s.then(provider + after)
	}
}

func movedBlock(from, to string) string { return stanza("moved", "from = "+from, "to = "+to) }

func removedBlock(from string) string {
	return stanza("removed", "from = "+from, "lifecycle {\n    destroy = false\n  }")
}

const (
	sayRetain = "in this same apply; take that out afterwards as you like:"
	sayMoved  = "What was only renamed needs a `moved` block"
	sayForget = "can be forgotten instead of destroyed, in this same apply:"
	sayFirst  = "apply `on_destroy = \"retain\"` to it, and then this one."
	sayRemove = "terraform state rm '"
)

// moves are all cases, with the giver's name before the taker's or after it.
func (x twin) moves(giver, taker string) map[string]move {
	one, two, three := hclList(x.ids[:1]), hclList(x.ids[1:2]), hclList(x.ids[2:3])
	all, rest, whole := hclList(x.ids[:2]), hclList(x.ids[1:3]), hclList(x.ids[:3])
	each := func(keys, argument string) string {
		return x.block("each", "[each.value]", "for_each = "+keys, argument)
	}
	oldKeys, newKeys := fmt.Sprintf("{ %s = %q, same = %q }", giver, x.ids[0], x.ids[1]), fmt.Sprintf("{ %s = %q, same = %q }", taker, x.ids[0], x.ids[1])
	counted := x.block("each", "["+all+"[count.index]]", "count = 2")
	unkeyed := each(fmt.Sprintf("{ x = %q, y = %q }", x.ids[0], x.ids[1]), "")
	return map[string]move{
		"one of several": {
			before: x.block(giver, all) + x.block(taker, three), after: x.block(giver, one) + x.block(taker, rest),
			says: []string{
				"- " + x.ids[1] + " ", `resource "` + x.kind + `" "GIVER" {`, "Of one that is replaced, `on_destroy` counts as the state has it",
				"What no resource takes, let go of in an apply of its own before.",
			},
			lacks: sayForget,
			ways: map[string]way{
				sayRetain: changed(x.block(giver, one, retain)+x.block(taker, rest), x.block(giver, one)+x.block(taker, rest)),
			},
		},
		"to a new one": {
			before: x.block(giver, all), after: x.block(giver, one) + x.block(taker, two), lacks: sayMoved,
			ways: map[string]way{sayRetain: changed(x.block(giver, one, retain) + x.block(taker, two))},
		},
		"renamed": {
			before: x.block(giver, all), after: x.block(taker, all), says: []string{"moved { from", "removed { from"}, lacks: sayRetain,
			ways: map[string]way{
				sayMoved:  changed(x.block(taker, all) + movedBlock(x.address(giver), x.address(taker))),
				sayForget: changed(x.block(taker, all) + removedBlock(x.address(giver))),
				sayFirst:  retainedFirst(x.block(giver, all, retain), x.block(taker, all)),
				sayRemove: forgotten(x.block(taker, all), x.address(giver)),
			},
		},
		"removed": {
			before: x.block(giver, all) + x.block(taker, three), after: x.block(taker, whole), lacks: sayMoved,
			ways: map[string]way{
				sayForget: changed(x.block(taker, whole) + removedBlock(x.address(giver))),
				sayFirst:  retainedFirst(x.block(giver, all, retain)+x.block(taker, three), x.block(taker, whole)),
				sayRemove: forgotten(x.block(taker, whole), x.address(giver)),
			},
		},
		"another key": {
			before: each(oldKeys, ""), after: each(newKeys, ""), lacks: sayRetain,
			ways: map[string]way{
				sayMoved:  changed(each(newKeys, "") + movedBlock(x.address("each")+`["`+giver+`"]`, x.address("each")+`["`+taker+`"]`)),
				sayFirst:  retainedFirst(each(oldKeys, retain), each(newKeys, "")),
				sayRemove: forgotten(each(newKeys, ""), x.address("each")+`["`+giver+`"]`),
			},
		},
		"count to for_each": {
			before: counted, after: unkeyed, lacks: sayRetain,
			ways: map[string]way{
				sayMoved: changed(unkeyed + movedBlock(x.address("each")+"[0]", x.address("each")+`["x"]`) + movedBlock(x.address("each")+"[1]", x.address("each")+`["y"]`)),
			},
		},
	}
}

// A move under "reject" is refused by the plan, in either order of names, with no call but listings; each way out that the
// message names does it in as many commands as that says, without an action call, and leaves nothing to plan.
func TestOwnership_moves(t *testing.T) {
	for _, x := range twins {
		for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} {
			for name, mv := range x.moves(names[0], names[1]) {
				for says, way := range mv.ways {
					runOnStage(t, fmt.Sprintf("%s/%s, %s to %s/%s", x.kind, name, names[0], names[1], says), mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
						m.ask("accepted", endpointIDs(1, 3)...)
						s.then(m.provider() + mv.before)
						m.ResetJournal()
						s.configure(m.provider() + mv.after)
						r := s.plan()
						r.expect(t, 1, append(mv.says, "Error: "+x.handover, says, theGateway, "to destroy all the same, do it with `-refresh=false`")...)
						assert.Check(t, !strings.Contains(r.words(), mv.lacks), "it says %q:\n%s", mv.lacks, r.output())
						n := strings.Count(r.output(), "Error: ")
						assert.Check(t, n == 1 || name != "one of several" && name != "renamed" && name != "removed",
							"%d errors, want one:\n%s", n, r.output())
						m.onlyLists(t)
						way(s, m.provider())
						m.onlyLists(t)
						m.expectStatuses(t, "accepted", endpointIDs(1, 3)...)
					})
				}
			}
		}
	}
}

// onlyLists fails the test if anything but listings was called.
func (m *mock) onlyLists(t *testing.T) {
	t.Helper()
	assert.Check(t, is.Len(append(m.decisions(), m.permissionCalls()...), 0))
}

const firstCreated = "lifecycle {\n    create_before_destroy = true\n  }"

// A replacement whose apply ends between the creation of the new and the destruction of the old object, since what depends on it
// fails, leaves an object behind that has the same endpoints. The next plan is refused, and `state rm` does what its message
// says.
func TestAccOwnership_leftBehind(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("accepted", ids...)
	dependent := func(command string) string {
		return fmt.Sprintf("resource \"terraform_data\" \"dependent\" {\n  triggers_replace = %q\n  depends_on = [%s]\n  %s\n  provisioner \"local-exec\" {\n    command = %q\n  }\n}\n", command, resourceName, firstCreated, command)
	}
	config := m.connections("accepted", ids, firstCreated)
	c := newQuickCLI(t, config+dependent("true"))
	c.must("apply", "-auto-approve")
	c.configure(config + dependent("false"))
	c.apply("-replace="+resourceName).expect(t, 1, "local-exec provisioner error")
	c.configure(config)
	c.plan().expect(t, 1, "Error: "+handover, "the one way that reaches an object which a replacement has left behind (a deposed one)", sayRemove)
	c.must("state", "rm", resourceName)
	c.must("apply", "-auto-approve")
	c.settled()
	m.onlyLists(t)
}

// What was managed with the vendor's provider is moved without a call, for_each and all, also without a refresh, and the plan
// after it is empty. What the vendor's resource never did, rejecting on destroy, can be kept so.
func TestAccConnection_moveIn(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("accepted", ids[:2]...)
	m.ask("rejected", ids[2])
	c := emptyCLI(t) // with a stand-in for the vendor's provider beside this one
	c.requires = "    huaweicloud = { source = \"huaweicloud/huaweicloud\" }\n"
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
