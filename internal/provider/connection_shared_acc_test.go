// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	changesHands = "Warning: Endpoints that change hands"
	leftToOther  = "Warning: Connections left to another resource"
	heldTwice    = "Error: Endpoints that two resources hold in the state"
)

// heldByGiver has two endpoints accepted, in the state of a resource that is
// called giver.
func heldByGiver(t *testing.T) (*mock, *cli) {
	t.Helper()
	return heldByGiverOn(t, mockapig.Config{})
}

func heldByGiverOn(t *testing.T, config mockapig.Config) (*mock, *cli) {
	t.Helper()
	m := newMock(t, config)
	m.ask("accepted", endpointIDs(1, 2)...)
	c := newQuickCLI(t, m.provider()+block("giver", "accepted", hclList(endpointIDs(1, 2))))
	c.must("apply", "-input=false", "-auto-approve")
	m.ResetJournal()
	return m, c
}

// imported is a resource called taker that an import puts into the state with
// the second endpoint, beside the giver that has it too.
func imported(arguments ...string) string {
	return fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address("taker"), testInstance+"/"+endpointID(2)) +
		block("taker", "accepted", hclList(endpointIDs(2, 2)), arguments...)
}

// The orders in which Terraform comes to one that gives an endpoint up and one
// that keeps it, as far as the configuration says.
var orders = map[string]struct{ giver, taker string }{
	"giver first":  {taker: "depends_on = [" + address("giver") + "]"},
	"taker first":  {giver: "depends_on = [" + address("taker") + "]"},
	"in any order": {},
}

// Two resources have an endpoint in the state. One gives it up, the other leaves
// it as it is, so that Terraform would not come to it in the apply by itself: the
// endpoint ends accepted all the same, in whatever order the two are read.
func TestAccConnection_sharedState(t *testing.T) {
	t.Parallel()
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, c := heldByGiver(t)
			c.configure(m.provider() + block("giver", "accepted", hclList(endpointIDs(1, 1)), order.giver) + imported(order.taker))
			r := c.apply()
			r.expect(t, 0, "1 imported", endpointID(2))
			switch name {
			case "giver first":
				r.expect(t, 0, changesHands, "2 changed")
				m.expectDecisions(t, "reject 1", "receive 1")
			case "taker first":
				r.expect(t, 0, leftToOther, line(2, "accepted"), "1 changed")
				m.expectDecisions(t)
			}
			m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)
			if r := c.plan("-refresh=false", "-detailed-exitcode"); r.code != 0 {
				t.Errorf("what was shared is not forgotten:\n%s", r.output())
			}
			c.settled()
		})
		t.Run(name+", retained", func(t *testing.T) {
			t.Parallel()
			m, c := heldByGiver(t)
			c.configure(m.provider() + block("giver", "accepted", hclList(endpointIDs(1, 1)), `on_destroy = "retain"`, order.giver) + imported(order.taker))
			r := c.apply()
			r.expect(t, 0, "1 imported")
			if strings.Contains(r.words(), "Warning") {
				t.Errorf("a warning although nothing is rejected:\n%s", r.output())
			}
			m.expectDecisions(t)
			c.settled()
		})
		t.Run(name+", not known", func(t *testing.T) {
			t.Parallel()
			m, c := heldByGiver(t)
			c.configure(m.provider() + known("giver", endpointIDs(1, 1)) + known("taker", endpointIDs(2, 2)) +
				block("giver", "accepted", "terraform_data.giver.output", order.giver) +
				strings.Replace(imported(order.taker), hclList(endpointIDs(2, 2)), "terraform_data.taker.output", 1))
			c.apply().expect(t, 0, "1 imported")
			m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)
			c.settled()
		})
	}
	t.Run("giver destroyed", func(t *testing.T) {
		t.Parallel()
		m, c := heldByGiver(t)
		c.configure(m.provider() + imported())
		c.apply().expect(t, 0, "1 imported", "1 destroyed")
		m.expectStatuses(t, "rejected", endpointID(1))
		m.expectStatuses(t, "accepted", endpointID(2))
		c.settled()
	})
}

// known is a list of IDs that an apply makes known.
func known(name string, ids []string) string {
	return fmt.Sprintf("resource \"terraform_data\" %q {\n  input = %s\n}\n", name, hclList(ids))
}

// What two resources have in the state and both give up is rejected once.
func TestAccConnection_sharedByNone(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]string{
		"updates":  block("giver", "accepted", hclList(endpointIDs(1, 1))) + block("taker", "accepted", hclList(endpointIDs(3, 3))),
		"destroys": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, c := heldByBoth(t)
			c.configure(m.provider() + after)
			c.apply().expect(t, 0, "Warning: Connections will be rejected", leftToOther)
			m.expectStatuses(t, "rejected", endpointID(2))
			if rejected := m.rejections(endpointID(2)); rejected != 1 {
				t.Errorf("rejected %d times", rejected)
			}
			c.settled()
		})
	}
}

// heldByBoth has a giver with the endpoints 1 and 2 in the state, and a taker
// with 2 and 3. It comes about by an import at the side.
func heldByBoth(t *testing.T) (*mock, *cli) {
	t.Helper()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 3)...)
	c := newQuickCLI(t, m.provider()+block("giver", "accepted", hclList(endpointIDs(1, 2)))+block("taker", "accepted", hclList(endpointIDs(2, 3))))
	c.must("apply", "-input=false", "-auto-approve", "-target="+address("giver"))
	c.must("import", "-input=false", address("taker"), testInstance+"/"+endpointID(2)+","+endpointID(3))
	m.ResetJournal()
	return m, c
}

// rejections counts the calls that rejected an endpoint.
func (m *mock) rejections(endpoint string) int {
	count := 0
	for _, call := range m.Journal() {
		if call.Action == "reject" && slices.Contains(call.Endpoints, endpoint) {
			count++
		}
	}
	return count
}

// Without reading, nobody knows of the other: the plan is refused, and a plan
// that reads is not.
func TestAccConnection_sharedUnread(t *testing.T) {
	t.Parallel()
	for name, order := range orders {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, c := heldByBoth(t)
			c.configure(m.provider() + block("giver", "accepted", hclList(endpointIDs(1, 1)), order.giver) + block("taker", "accepted", hclList(endpointIDs(2, 3)), order.taker))
			c.apply("-refresh=false").expect(t, 1, heldTwice, theGateway, "- "+endpointID(2), "Plan without `-refresh=false`")
			m.expectDecisions(t)
			c.apply().expect(t, 0)
			m.expectStatuses(t, "accepted", endpointIDs(1, 3)...)
			c.settled()
		})
	}
}

// What is recorded may be outdated: the giver's state has the endpoint rejected,
// which the taker has accepted since.
func TestAccConnection_sharedUnreadOutdated(t *testing.T) {
	t.Parallel()
	m, c := heldByGiver(t)
	m.SetStatus(testInstance, endpointID(2), "rejected")
	c.must("apply", "-input=false", "-auto-approve", "-refresh-only")
	c.configure(m.provider() + block("giver", "accepted", hclList(endpointIDs(1, 1))) + block("taker", "accepted", hclList(endpointIDs(2, 2))))
	c.must("apply", "-input=false", "-auto-approve", "-target="+address("taker"))
	m.ResetJournal()
	c.apply("-refresh=false").expect(t, 1, heldTwice, "- "+endpointID(2))
	c.apply().expect(t, 0)
	m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)
	c.settled()
}

// A move that fails half-way, with the endpoint in the taker's state already, is
// finished by the next apply.
func TestAccConnection_sharedHalfWay(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 3)...)
	giver := func(to int) string {
		return block("giver", "accepted", hclList(endpointIDs(1, to)), "depends_on = ["+address("taker")+"]")
	}
	taker := func(ids ...string) string {
		return block("taker", "accepted", hclList(ids), `wait_for_endpoints = "0s"`)
	}
	c := newQuickCLI(t, m.provider()+giver(2)+taker(endpointID(3)))
	c.must("apply", "-input=false", "-auto-approve")
	c.configure(m.provider() + giver(1) + taker(endpointID(2), endpointID(3), endpointID(9)))
	for range 2 {
		c.apply().expect(t, 1, "Error: Endpoints never appeared", endpointID(9), applyAgain)
		c.state(recorded(address("giver"), each("accepted", endpointIDs(1, 2)...)), recorded(address("taker"), each("accepted", endpointIDs(2, 3)...)))
	}

	c.configure(m.provider() + giver(1) + taker(endpointIDs(2, 3)...))
	c.apply().expect(t, 0, leftToOther, line(2, "accepted"), "0 added, 1 changed, 0 destroyed")
	m.expectDecisions(t)
	m.expectStatuses(t, "accepted", endpointIDs(1, 3)...)
	c.settled()
}

// Where a rejection is final, the one that accepts again says so.
func TestAccConnection_sharedFinal(t *testing.T) {
	t.Parallel()
	m, c := heldByGiverOn(t, mockapig.Config{Behavior: mockapig.Behavior{RejectedFinal: mockapig.FinalRefused}})
	first := orders["giver first"]
	c.configure(m.provider() + block("giver", "accepted", hclList(endpointIDs(1, 1))) + imported(first.taker))
	c.apply().expect(t, 1, changesHands, "for good where a rejection is final", "Error: The gateway refuses to decide endpoints", endpointID(2)+" (status rejected", "a rejection may be final on this gateway")
	c.state(recorded(address("taker"), each("rejected", endpointID(2))))
}

// Whatever the gateway does, a move that was half done ends accepted.
func TestAccConnection_sharedBehaviors(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"hostile", "hostile-one", "stale", "redecide-refused", "reject-creating-busy", "answer-old"} {
		behavior, ok := mockapig.Behaviors()[name]
		if !ok {
			t.Fatalf("there is no behavior %q", name)
		}
		for order, by := range orders {
			t.Run(name+", "+order, func(t *testing.T) {
				t.Parallel()
				m, c := heldByGiverOn(t, mockapig.Config{Behavior: behavior})
				c.configure(m.provider() + block("giver", "accepted", hclList(endpointIDs(1, 1)), by.giver) + imported(by.taker))
				c.apply().expect(t, 0, "1 imported")
				m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)
				c.settled()
			})
		}
	}
}

// An object that a replacement has left behind when it was cut off, and its
// successor, are two that have the same endpoints.
func TestAccConnection_sharedWithDeposed(t *testing.T) {
	t.Parallel()
	m, c := heldByGiver(t)
	c.depose(address("giver"))
	c.configure(m.provider() + block("giver", "accepted", hclList(endpointIDs(1, 2))))
	c.apply().expect(t, 0, "1 destroyed")
	m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)
	c.settled()
}

// depose puts beside a resource's object another one that is like it, as a
// replacement leaves it in the state that ends before it is destroyed.
func (c *cli) depose(resource string) {
	c.t.Helper()
	file := filepath.Join(c.dir, "terraform.tfstate")
	text, err := os.ReadFile(file)
	noError(c.t, err)
	var state map[string]any
	noError(c.t, json.Unmarshal(text, &state))
	for _, each := range state["resources"].([]any) {
		r := each.(map[string]any)
		if fmt.Sprint(r["type"], ".", r["name"]) != resource {
			continue
		}
		old := maps.Clone(r["instances"].([]any)[0].(map[string]any))
		old["deposed"] = "0badcafe"
		// A token of its own; values are encoded once more.
		private, err := json.Marshal(map[string][]byte{"holder": []byte(`"REPLACED"`)})
		noError(c.t, err)
		old["private"] = private
		r["instances"] = append(r["instances"].([]any), old)
	}
	text, err = json.Marshal(state)
	noError(c.t, err)
	noError(c.t, os.WriteFile(file, text, 0o600))
}
