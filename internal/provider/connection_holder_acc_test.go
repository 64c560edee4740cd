// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"slices"
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
