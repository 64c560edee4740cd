// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// move is a change of a configuration that moves things from one resource to
// another, with the ways of doing it.
type move struct {
	before, after string
	// ways are the ways out that the message names, by what it says of each.
	ways map[string]func(c *cli, m *mock, provider string)
	// lacks is what the message does not say.
	lacks string
}

// The ways out, as commands.
func changed(config string) func(*cli, *mock, string) {
	return func(c *cli, _ *mock, provider string) {
		c.configure(provider + config)
		c.must("apply", "-auto-approve")
	}
}

func retainedFirst(before, after string) func(*cli, *mock, string) {
	return func(c *cli, _ *mock, provider string) {
		c.configure(provider + before)
		c.must("apply", "-auto-approve").expect(c.t, 0, "0 added", "0 destroyed")
		c.configure(provider + after)
		c.must("apply", "-auto-approve")
	}
}

func forgotten(after, address string) func(*cli, *mock, string) {
	return func(c *cli, _ *mock, provider string) {
		c.must("state", "rm", address)
		c.configure(provider + after)
		c.must("apply", "-auto-approve")
	}
}

func movedBlock(from, to string) string {
	return fmt.Sprintf("moved {\n  from = %s\n  to   = %s\n}\n", from, to)
}

func removedBlock(from string) string {
	return fmt.Sprintf("removed {\n  from = %s\n\n  lifecycle {\n    destroy = false\n  }\n}\n", from)
}

const (
	sayRetain = "in this same apply; take that out afterwards as you like:"
	sayMoved  = "What was only renamed needs a `moved` block"
	sayForget = "can be forgotten instead of destroyed, in this same apply:"
	sayFirst  = "apply `on_destroy = \"retain\"` to it, and then this one."
	sayRemove = "terraform state rm '"
)

// thing is what moves: endpoints of connections, or accounts of permissions.
type thing struct {
	kind    string // of the resource
	block   func(name, ids string, arguments ...string) string
	ids     []string
	list    func(ids ...string) string
	summary string
}

func things() []thing {
	return []thing{
		{connectionType, func(name, ids string, arguments ...string) string { return block(name, "accepted", ids, arguments...) }, endpointIDs(1, 3), func(ids ...string) string { return hclList(ids) }, handover},
		{permissionsType, permissions, accountIDs(1, 3), func(ids ...string) string { return hclList(ids) }, "Accounts change hands, and would lose their entries on the way"},
	}
}

func (x thing) address(name string) string { return x.kind + "." + name }

// moves are all cases, with the giver's name before the taker's or after it.
func (x thing) moves(giver, taker string) map[string]move {
	const retain = `on_destroy = "retain"`
	one, two, all := x.list(x.ids[0]), x.list(x.ids[1]), x.list(x.ids[:2]...)
	each := func(keys, argument string) string {
		return x.block("each", "[each.value]", "for_each = "+keys, argument)
	}
	inModule := func(name string) string { return fmt.Sprintf("module %q {\n  source = \"./part\"\n}\n", name) }
	oldKeys, newKeys := fmt.Sprintf("{ %s = %q, same = %q }", giver, x.ids[0], x.ids[1]), fmt.Sprintf("{ %s = %q, same = %q }", taker, x.ids[0], x.ids[1])
	counted := x.block("each", "["+all+"[count.index]]", "count = 2")
	unkeyed := each(fmt.Sprintf("{ x = %q, y = %q }", x.ids[0], x.ids[1]), "")
	return map[string]move{
		"one of several": {
			before: x.block(giver, all) + x.block(taker, x.list(x.ids[2])), after: x.block(giver, one) + x.block(taker, x.list(x.ids[1:]...)), lacks: sayForget,
			ways: map[string]func(*cli, *mock, string){sayRetain: changed(x.block(giver, one, retain) + x.block(taker, x.list(x.ids[1:]...)))},
		},
		"to a new one": {
			before: x.block(giver, all), after: x.block(giver, one) + x.block(taker, two), lacks: sayMoved,
			ways: map[string]func(*cli, *mock, string){sayRetain: changed(x.block(giver, one, retain) + x.block(taker, two))},
		},
		"renamed": {
			before: x.block(giver, all), after: x.block(taker, all), lacks: sayRetain,
			ways: map[string]func(*cli, *mock, string){
				sayMoved:  changed(x.block(taker, all) + movedBlock(x.address(giver), x.address(taker))),
				sayForget: changed(x.block(taker, all) + removedBlock(x.address(giver))),
				sayFirst:  retainedFirst(x.block(giver, all, retain), x.block(taker, all)),
				sayRemove: forgotten(x.block(taker, all), x.address(giver)),
			},
		},
		"removed": {
			before: x.block(giver, all) + x.block(taker, x.list(x.ids[2])), after: x.block(taker, x.list(x.ids...)), lacks: sayMoved,
			ways: map[string]func(*cli, *mock, string){
				sayForget: changed(x.block(taker, x.list(x.ids...)) + removedBlock(x.address(giver))),
				sayFirst:  retainedFirst(x.block(giver, all, retain)+x.block(taker, x.list(x.ids[2])), x.block(taker, x.list(x.ids...))),
				sayRemove: forgotten(x.block(taker, x.list(x.ids...)), x.address(giver)),
			},
		},
		"another key": {
			before: each(oldKeys, ""), after: each(newKeys, ""), lacks: sayRetain,
			ways: map[string]func(*cli, *mock, string){
				sayMoved:  changed(each(newKeys, "") + movedBlock(x.address("each")+`["`+giver+`"]`, x.address("each")+`["`+taker+`"]`)),
				sayFirst:  retainedFirst(each(oldKeys, retain), each(newKeys, "")),
				sayRemove: forgotten(each(newKeys, ""), x.address("each")+`["`+giver+`"]`),
			},
		},
		"count to for_each": {
			before: counted, after: unkeyed, lacks: sayRetain,
			ways: map[string]func(*cli, *mock, string){
				sayMoved: changed(unkeyed + movedBlock(x.address("each")+"[0]", x.address("each")+`["x"]`) + movedBlock(x.address("each")+"[1]", x.address("each")+`["y"]`)),
			},
		},
		"module renamed": {
			before: inModule(giver), after: inModule(taker), lacks: sayRetain,
			ways: map[string]func(*cli, *mock, string){
				sayMoved:  changed(inModule(taker) + movedBlock("module."+giver, "module."+taker)),
				sayForget: changed(inModule(taker) + removedBlock("module."+giver)),
				sayRemove: forgotten(inModule(taker), "module."+giver),
			},
		},
	}
}

// A move under "reject" is refused by the plan, in either order of names, and each
// time, with no call but listings; each way out that the message names does it in as
// many commands as that says, without an action call, and leaves nothing to plan.
func TestAccOwnership_moves(t *testing.T) {
	t.Parallel()
	for _, x := range things() {
		for _, names := range [][2]string{{"a", "b"}, {"b", "a"}} {
			for name, mv := range x.moves(names[0], names[1]) {
				for says, way := range mv.ways {
					t.Run(fmt.Sprintf("%s/%s, %s to %s/%s", x.kind, name, names[0], names[1], says), func(t *testing.T) {
						t.Parallel()
						m := newMock(t, mockapig.Config{})
						m.ask("accepted", endpointIDs(1, 3)...)
						c := newQuickCLI(t, m.provider())
						c.part(x.block("test", x.list(x.ids[:2]...)))
						start := func(config string) {
							c.configure(m.provider() + config)
							if strings.Contains(config, "module") {
								c.must("init")
							}
						}
						start(mv.before)
						c.must("apply", "-auto-approve")
						m.ResetJournal()
						start(mv.after)
						for range 2 { // of one process
							r := c.plan()
							r.expect(t, 1, "Error: "+x.summary, says, "to destroy all the same, do it with `-refresh=false`")
							if strings.Contains(r.words(), mv.lacks) {
								t.Errorf("it says %q:\n%s", mv.lacks, r.output())
							}
							if n := strings.Count(r.output(), "Error: "); n != 1 && (name == "one of several" || name == "renamed" || name == "removed") {
								t.Errorf("%d errors, want one:\n%s", n, r.output())
							}
						}
						c.onlyLists(m)
						way(c, m, m.provider())
						c.settled()
						c.onlyLists(m)
						m.expectStatuses(t, "accepted", endpointIDs(1, 3)...)
					})
				}
			}
		}
	}
}

// part writes a module that a configuration may call.
func (c *cli) part(config string) {
	c.t.Helper()
	directory := filepath.Join(c.dir, "part")
	noError(c.t, os.MkdirAll(directory, 0o700))
	noError(c.t, os.WriteFile(filepath.Join(directory, "main.tf"), []byte("terraform {\n  required_providers {\n    apig = { source = \"apig-terraform/apig\" }\n  }\n}\n"+config), 0o600))
}

// onlyLists fails the test if anything but listings was called.
func (c *cli) onlyLists(m *mock) {
	c.t.Helper()
	calls := append(m.decisions(), m.permissionCalls()...)
	if diff := cmp.Diff([]string{}, append([]string{}, calls...)); diff != "" {
		c.t.Errorf("calls (-want +got):\n%s", diff)
	}
}

// A replacement whose apply ends between the creation of the new and the destruction
// of the old object, since what depends on it fails, leaves an object behind that has
// the same endpoints. The next plan is refused, and `state rm` does what its message
// says.
func TestAccOwnership_leftBehind(t *testing.T) {
	t.Parallel()
	const first = "lifecycle {\n    create_before_destroy = true\n  }"
	for _, x := range things() {
		t.Run(x.kind, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 3)...)
			dependent := func(command string) string {
				return fmt.Sprintf("resource \"terraform_data\" \"dependent\" {\n  triggers_replace = %q\n  depends_on = [%s]\n  lifecycle {\n    create_before_destroy = true\n  }\n  provisioner \"local-exec\" {\n    command = %q\n  }\n}\n", command, x.address("test"), command)
			}
			c := newQuickCLI(t, m.provider()+x.block("test", x.list(x.ids...), first)+dependent("true"))
			c.must("apply", "-auto-approve")
			m.ResetJournal()
			c.configure(m.provider() + x.block("test", x.list(x.ids...), first) + dependent("false"))
			c.apply("-replace="+x.address("test")).expect(t, 1, "local-exec provisioner error")
			c.onlyLists(m)

			c.configure(m.provider() + x.block("test", x.list(x.ids...), first))
			c.plan().expect(t, 1, "Error: "+x.summary, "the one way that reaches an object which a replacement has left behind (a deposed one)", sayRemove)
			c.must("state", "rm", x.address("test"))
			c.must("apply", "-auto-approve")
			c.settled()
			c.onlyLists(m)
		})
	}
}

// What the state has of an ordinary resource is its attributes and one short token.
func TestAccOwnership_privateState(t *testing.T) {
	t.Parallel()
	for _, x := range things() {
		t.Run(x.kind, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 3)...)
			c := newQuickCLI(t, m.provider()+x.block("test", x.list(x.ids...)))
			c.must("apply", "-auto-approve")
			token := c.tokenOf(x.address("test"))
			c.configure(m.provider() + x.block("test", x.list(x.ids[:2]...)))
			c.must("apply", "-auto-approve")
			if again := c.tokenOf(x.address("test")); again != token {
				t.Errorf("the token was %q, and is %q", token, again)
			}
			c.must("apply", "-auto-approve", "-replace="+x.address("test"))
			if c.tokenOf(x.address("test")) == token {
				t.Error("the new object has the token of the old one")
			}
		})
	}
}

// tokenOf returns the token of a resource, and fails the test if that is not all that
// its private state has.
func (c *cli) tokenOf(address string) string {
	c.t.Helper()
	text, err := os.ReadFile(filepath.Join(c.dir, "terraform.tfstate"))
	noError(c.t, err)
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct{ Private []byte }
		}
	}
	noError(c.t, json.Unmarshal(text, &state))
	for _, r := range state.Resources {
		if r.Type+"."+r.Name != address {
			continue
		}
		var kept map[string][]byte
		noError(c.t, json.Unmarshal(r.Instances[0].Private, &kept))
		var token string
		if len(kept) != 1 || json.Unmarshal(kept["holder"], &token) != nil || len(token) != 10 {
			c.t.Errorf("private state %q", kept)
		}
		return token
	}
	c.t.Fatalf("%s is not in the state", address)
	return ""
}
