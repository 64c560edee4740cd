// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Two resources that hold one endpoint are refused when planning, whatever they
// decide, and nothing is decided.
func TestAccConnection_twoHolders(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]string{"same decision": "accepted", "opposite decisions": "rejected"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("pendingAcceptance", endpointIDs(1, 4)...)
			c := newQuickCLI(t, m.provider()+
				block("a", "accepted", hclList(endpointIDs(1, 3)))+block("b", second, hclList(endpointIDs(2, 4))))
			c.run("plan", "-input=false").expect(t, 1, "Error: Endpoints that another resource holds", "Another apig_vpc_endpoint_connection of the same provider block names these endpoints of the "+theGateway,
				"- "+endpointID(2)+" - "+endpointID(3), "Keep it in one of them.")
			m.expectDecisions(t)
		})
	}
}

// The resources of two gateways don't meet, and a replacement is not two.
func TestAccConnection_oneHolder(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("pendingAcceptance", endpointIDs(1, 2)...)
	lifecycle := "lifecycle {\n    create_before_destroy = true\n  }"
	c := newQuickCLI(t, m.provider()+block("a", "accepted", hclList(endpointIDs(1, 1)))+block("b", "accepted", hclList(endpointIDs(2, 2)), lifecycle))
	c.must("apply", "-input=false", "-auto-approve")
	m.expectDecisions(t, "receive 2")

	// The new one holds the endpoint before the old one goes, which leaves it alone.
	c.must("apply", "-input=false", "-auto-approve", "-replace="+address("b")).expect(t, 0, "1 added", "1 destroyed")
	m.expectDecisions(t, "receive 2")
	m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)

	// The old one goes first, and leaves the endpoint to the new one.
	c.must("apply", "-input=false", "-auto-approve", "-replace="+address("a")).expect(t, 0, "1 added", "1 destroyed")
	c.must("taint", address("a"))
	c.must("apply", "-input=false", "-auto-approve").expect(t, 0, "1 added", "1 destroyed")
	m.expectDecisions(t, "receive 2")
	m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)
	c.settled()
}

// Two resources have an endpoint in the state, and the one that gives it up
// would reject it: Terraform may not come to the other one in the apply, so that
// the plan is refused, in whatever order it is made.
func TestAccConnection_heldTwice(t *testing.T) {
	t.Parallel()
	refused := []string{
		"Error: Endpoints that two resources hold in the state", theGateway, "- " + endpointID(2),
		"set `on_destroy = \"retain\"` in it, in the same change", "`removed` block with `destroy = false`",
	}
	imported := fmt.Sprintf("import {\n  to = %s\n  id = %q\n}\n", address("taker"), testInstance+"/"+endpointID(2))
	taker := func(arguments ...string) string {
		return imported + block("taker", "accepted", hclList(endpointIDs(2, 2)), arguments...)
	}
	for name, order := range map[string]struct{ giver, taker string }{
		"giver first": {taker: "depends_on = [" + address("giver") + "]"},
		"taker first": {giver: "depends_on = [" + address("taker") + "]"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m, c := heldByGiver(t)
			giver := func(arguments ...string) string {
				return block("giver", "accepted", hclList(endpointIDs(1, 1)), append(arguments, order.giver)...)
			}
			c.configure(m.provider() + giver() + taker(order.taker))
			c.apply().expect(t, 1, refused...)
			m.expectDecisions(t)

			c.configure(m.provider() + giver(`on_destroy = "retain"`) + taker(order.taker))
			c.apply().expect(t, 0, "1 imported", "1 changed")
			m.expectDecisions(t)
			c.settled()
		})
	}
	t.Run("giver destroyed", func(t *testing.T) {
		t.Parallel()
		m, c := heldByGiver(t)
		c.configure(m.provider() + taker())
		c.apply().expect(t, 1, refused...)
		m.expectDecisions(t)

		c.configure(m.provider() + taker() + "removed {\n  from = " + address("giver") + "\n  lifecycle {\n    destroy = false\n  }\n}\n")
		c.apply().expect(t, 0, "1 imported")
		m.expectDecisions(t)
		c.settled()
	})
	t.Run("giver's endpoints not known", func(t *testing.T) {
		t.Parallel()
		m, c := heldByGiver(t)
		ids := "resource \"terraform_data\" \"ids\" {\n  input = " + hclList(endpointIDs(1, 1)) + "\n}\n"
		c.configure(m.provider() + ids + block("giver", "accepted", "terraform_data.ids.output") + taker())
		c.apply().expect(t, 1, refused...)
		m.expectDecisions(t)
	})
	t.Run("taker decides", func(t *testing.T) {
		t.Parallel()
		m, c := heldByGiver(t)
		m.ask("rejected", endpointID(3))
		c.configure(m.provider() + block("giver", "accepted", hclList(endpointIDs(1, 1))) +
			strings.Replace(taker(), hclList(endpointIDs(2, 2)), hclList(endpointIDs(2, 3)), 1))
		c.apply().expect(t, 1, refused...) // what it decides is another endpoint
		m.expectDecisions(t)
	})
}

// heldByGiver has two endpoints accepted, in the state of a resource that is
// called giver.
func heldByGiver(t *testing.T) (*mock, *cli) {
	t.Helper()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 2)...)
	c := newQuickCLI(t, m.provider()+block("giver", "accepted", hclList(endpointIDs(1, 2))))
	c.must("apply", "-input=false", "-auto-approve")
	return m, c
}

// A giver that fails half-way forgets what the taker has taken over: the next
// attempt does not reject it.
func TestAccConnection_takeoverHalfWay(t *testing.T) {
	t.Parallel()
	for name, after := range map[string]string{
		"update":  block("giver", "accepted", hclList(endpointIDs(1, 1)), "depends_on = ["+address("taker")+"]"),
		"destroy": "",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 4)...)
			c := newQuickCLI(t, m.provider("max_retries = 0")+block("giver", "accepted", hclList(endpointIDs(1, 3))))
			c.must("apply", "-input=false", "-auto-approve")
			m.Fail(refusing("reject", endpointID(3), 1, http.StatusForbidden, "APIC.7106"))

			c.configure(m.provider("max_retries = 0") + after + block("taker", "accepted", hclList(endpointIDs(2, 2))))
			c.apply().expect(t, 1, "HTTP 403, APIC.7106: not now", endpointID(3))
			m.expectStatuses(t, "accepted", endpointID(2))
			c.apply().expect(t, 0)
			m.expectStatuses(t, "accepted", endpointID(2))
			m.expectStatuses(t, "rejected", endpointID(3))
			c.settled()
		})
	}
}

// An endpoint that moves from one resource to another in one configuration ends
// as its new holder wants it, whichever of them Terraform comes to first.
func TestAccConnection_takeover(t *testing.T) {
	t.Parallel()
	giverFirst, takerFirst := "depends_on = ["+address("giver")+"]", "depends_on = ["+address("taker")+"]"
	for name, order := range map[string]struct{ giver, taker string }{
		"giver first":  {taker: giverFirst},
		"taker first":  {giver: takerFirst},
		"in any order": {},
	} {
		for what, after := range map[string]func() string{
			"update":  func() string { return block("giver", "accepted", hclList(endpointIDs(1, 1)), order.giver) },
			"destroy": func() string { return "" },
		} {
			if what == "destroy" && name != "in any order" {
				continue // what is not configured depends on nothing
			}
			for desired, want := range map[string]string{"accepted": "accepted", "rejected": "rejected"} {
				t.Run(name+", "+what+", "+desired, func(t *testing.T) {
					t.Parallel()
					m := newMock(t, mockapig.Config{})
					m.ask("pendingAcceptance", endpointIDs(1, 3)...)
					c := newQuickCLI(t, m.provider()+block("giver", "accepted", hclList(endpointIDs(1, 2)), order.giver)+
						block("taker", desired, hclList(endpointIDs(3, 3)), order.taker))
					c.must("apply", "-input=false", "-auto-approve")
					c.configure(m.provider() + after() + block("taker", desired, hclList(endpointIDs(2, 3)), order.taker))
					c.must("apply", "-input=false", "-auto-approve")
					m.expectStatuses(t, want, endpointID(2))
					c.settled()
					if rejected := slices.Contains(m.decisions(), "reject 1"); rejected && name == "taker first" && desired == "accepted" {
						t.Errorf("the consumer was cut off in between: %v", m.decisions())
					}
				})
			}
		}
	}
}

// A resource that changes its name without a moved block is a takeover too.
func TestAccConnection_renamed(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 20)...)
	c := newQuickCLI(t, m.provider()+block("old", "accepted", hclList(endpointIDs(1, 20))))
	c.must("apply", "-input=false", "-auto-approve")
	c.configure(m.provider() + block("new", "accepted", hclList(endpointIDs(1, 20))))
	c.must("apply", "-input=false", "-auto-approve")
	m.expectStatuses(t, "accepted", endpointIDs(1, 20)...)
	c.settled()
}
