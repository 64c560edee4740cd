// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

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

// What a CLI does with the ways out that a message names: a rename takes a `moved` block,
// what is in a module that is renamed can be taken out of the state.
func TestAccOwnership_moves(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 2)
	part := func(name string) string { return fmt.Sprintf("module %q {\n  source = \"./part\"\n}\n", name) }
	for name, tc := range map[string]struct {
		before, after, says, way string
		remove                   string
	}{
		"renamed":        {block("a", "accepted", hclList(ids)), block("b", "accepted", hclList(ids)), sayMoved, movedBlock(address("a"), address("b")), ""},
		"module renamed": {part("a"), part("b"), sayRemove, "", "module.a"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newListening(t, mockapig.Config{})
			m.ask("accepted", ids...)
			c := newQuickCLI(t, m.provider()+tc.before)
			directory := filepath.Join(c.dir, "part")
			assert.NilError(t, os.MkdirAll(directory, 0o700))
			assert.NilError(t, os.WriteFile(filepath.Join(directory, "main.tf"), []byte(requirements(c.requires)+block("test", "accepted", hclList(ids))), 0o600))
			init := func() {
				if tc.remove != "" {
					c.must("init")
				}
			}
			init()
			c.must("apply", "-auto-approve")
			c.configure(m.provider() + tc.after)
			init()
			c.plan().expect(t, 1, "Error: "+handover, tc.says, "to destroy all the same, do it with `-refresh=false`")
			if tc.remove != "" {
				c.must("state", "rm", tc.remove)
			}
			c.configure(m.provider() + tc.after + tc.way)
			c.must("apply", "-auto-approve")
			c.settled()
			m.onlyLists(t)
		})
	}
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
