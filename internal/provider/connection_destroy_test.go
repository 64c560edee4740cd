// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A destroy rejects each endpoint that is accepted or about to be, whoever
// decided it, and nothing else. Its plan says which.
func TestConnection_destroy(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		statuses := []string{"accepted", "creating", "pendingAcceptance", "failed", "rejected", "deleting", "accepted"}
		ids := endpointIDs(1, len(statuses))
		m.ask("accepted", ids...)
		s.then(m.connections("accepted", ids), m.decided()) // all of them were adopted
		for i, status := range statuses {
			m.SetStatus(testInstance, ids[i], status)
		}
		m.Disconnect(testInstance, ids[6])
		s.destroys(warns("Connections will be rejected", "an apply rejects them on the "+theGateway+": "+line(1, "accepted")+" "+line(2, "creating")+
			" To leave them as they are, apply `on_destroy = \"retain\"` first."), warns("Consumers have left"), m.decided("reject 2"), noState{})
		for i, want := range []string{"rejected", "rejected", "pendingAcceptance", "failed", "rejected", "deleting", ""} {
			m.expectStatuses(t, want, ids[i])
		}
	})
}

// Consumers who leave so late that the destroy's plan does not know of it leave it nothing
// to do. A resource that rejects rejects as well what somebody else accepted meanwhile.
func TestConnection_destroyMeanwhile(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 5)
		m.ask("pendingAcceptance", ids[:4]...)
		s.then(m.provider()+block("a", "accepted", hclList(ids[:3]))+block("r", "rejected", hclList(ids[3:])), m.decided("receive 3", "reject 1"))
		m.Disconnect(testInstance, ids[0])
		m.SetStatus(testInstance, ids[1], "deleting")
		m.SetStatus(testInstance, ids[3], "accepted")
		m.ask("accepted", ids[4]) // which had never come until then
		s.destroys(func() { m.Disconnect(testInstance, ids[2]) }, m.decided("reject 2"))
		m.expectStatuses(t, "rejected", ids[3:]...)
	})
}

// Each resource that would reject something is heard: of warnings with the same
// summary, a CLI shows one.
func TestConnection_warningsBeside(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.ask("accepted", endpointIDs(1, 5)...)
		config := func(n, o int) string {
			return m.provider() + block("a", "accepted", hclList(endpointIDs(1, n))) + block("b", "accepted", hclList(endpointIDs(3, o)))
		}
		s.then(config(2, 5))
		s.then(config(1, 3), warns("Connections will be rejected: "+endpointID(2), line(2, "accepted")),
			warns("Connections will be rejected: "+endpointID(4)+" and 1 more", line(4, "accepted")+" "+line(5, "accepted")))
	})
}

// A destroy that fails half-way keeps the resource with what is not rejected
// yet, and the second one does what is left.
func TestConnection_destroyHalfWay(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 53)
		m.ask("accepted", ids...)
		s.then(m.provider("max_retries = 0") + block("test", "accepted", hclList(ids)))
		m.Fail(refusing("reject", ids[52], 1, http.StatusForbidden, "APIC.7106"))
		s.run("destroy").expect(t, 1,
			"HTTP 403, APIC.7106: not now", "On the "+theGateway+", these are not settled:", line(51, "accepted")+", to reject: HTTP 403, APIC.7106",
			"These were decided, and stay so: "+line(1, "rejected"), applyAgain)
		s.state(have("accepted", ids[50:]...), holds(ids[50:]...), m.decided("reject 50", "reject 3"))
		// Kept, the resource accepts again what it is to accept.
		s.planned(updates(adds("accepted", ids[:50]...)))
		s.destroys(warns("Connections will be rejected", line(51, "accepted")+" "+line(52, "accepted")+" "+line(53, "accepted")+" To leave them"),
			m.decided("reject 3"), noState{})
		m.expectStatuses(t, "rejected", ids...)
	})
}

// Another gateway is another resource: the old one's endpoints are released,
// the new one's decided.
func TestConnection_replace(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		const another = "3b9c1d3e5f7041638597a0b1c2d3e4f6"
		m.AddGateway(mockapig.Gateway{ID: another, ProjectID: testProject})
		ids := endpointIDs(1, 4)
		m.ask("pendingAcceptance", ids[:2]...)
		for _, id := range ids[2:] {
			m.Connect(another, mockapig.Connection{ID: id, DomainID: partnerDomain})
		}
		s.then(m.connections("accepted", ids[:2]), m.decided("receive 2"))
		s.then(strings.Replace(m.connections("accepted", ids[2:]), testInstance, another, 1),
			plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionDestroyBeforeCreate),
			warns("Connections will be rejected", theGateway, line(1, "accepted"), line(2, "accepted")),
			have("accepted", ids[2:]...), m.decided("reject 2", "receive 2"))
		s.destroys(m.decided("reject 2"))
		m.expectStatuses(t, "rejected", ids[:2]...)
	})
}
