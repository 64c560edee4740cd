// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A destroy rejects each endpoint that is accepted or about to be, whoever
// decided it, and nothing else. Its plan says which.
func TestConnection_destroy(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	statuses := []string{"accepted", "creating", "pendingAcceptance", "failed", "rejected", "deleting", "accepted"}
	ids := endpointIDs(1, len(statuses))
	m.ask("accepted", ids...)
	c := newStage(t, m.connections("accepted", ids))
	c.must("apply", "-input=false", "-auto-approve")
	m.expectDecisions(t) // all of them were adopted
	for i, status := range statuses {
		m.SetStatus(testInstance, ids[i], status)
	}
	m.Disconnect(testInstance, ids[6])

	r := c.must("plan", "-input=false", "-destroy", "-out=saved.tfplan")
	r.expect(t, 0, "Warning: Connections will be rejected", "an apply rejects them on the "+theGateway+": "+line(1, "accepted")+" "+line(2, "creating")+
		" To leave them as they are, apply `on_destroy = \"retain\"` first.")
	c.applySaved().expect(t, 0, "1 destroyed")
	m.expectDecisions(t, "reject 2")
	c.state(noState{})
	for i, want := range []string{"rejected", "rejected", "pendingAcceptance", "failed", "rejected", "deleting", ""} {
		m.expectStatuses(t, want, ids[i])
	}
}

// Each resource that would reject something is heard: of warnings with the same
// summary, a CLI shows one.
func TestConnection_warningsBeside(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 5)...)
	c := newStage(t, m.provider()+block("a", "accepted", hclList(endpointIDs(1, 2)))+block("b", "accepted", hclList(endpointIDs(3, 5))))
	c.must("apply", "-input=false", "-auto-approve")
	c.configure(m.provider() + block("a", "accepted", hclList(endpointIDs(1, 1))) + block("b", "accepted", hclList(endpointIDs(3, 3))))
	c.plan().expect(t, 0, "Warning: Connections will be rejected: "+endpointID(2), line(2, "accepted"),
		"Warning: Connections will be rejected: "+endpointID(4)+" and 1 more", line(4, "accepted")+" "+line(5, "accepted"))
}

// A resource that rejects rejects at its destruction as well what somebody else
// accepted in the meantime.
func TestConnection_destroyRejecting(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("pendingAcceptance", ids[:2]...)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:            m.connections("rejected", ids),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("reject 2")},
			},
			{
				PreConfig: func() {
					m.SetStatus(testInstance, ids[0], "accepted")
					m.ask("accepted", ids[2]) // which had never come until then
				},
				Config:  m.connections("rejected", ids),
				Destroy: true,
			},
		},
	})
	m.expectDecisions(t, "reject 2")
	m.expectStatuses(t, "rejected", ids...)
}

// With `on_destroy` set to "retain" a destroy makes no call, and warns of none.
func TestConnection_destroyRetain(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids...)
	heard := &listener{}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: heard.factories(),
		Steps: []resource.TestStep{{
			Config:            m.connections("accepted", ids, `on_destroy = "retain"`),
			ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 2")},
		}},
	})
	m.expectDecisions(t)
	m.expectStatuses(t, "accepted", ids...)
	heard.expectNow(t)
}

// A destroy that fails half-way keeps the resource with what is not rejected
// yet, and the second one does what is left.
func TestConnection_destroyHalfWay(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 53)
	m.ask("accepted", ids...)
	c := newStage(t, m.provider("max_retries = 0")+block("test", "accepted", hclList(ids)))
	c.must("apply", "-input=false", "-auto-approve")
	m.Fail(refusing("reject", ids[52], 1, http.StatusForbidden, "APIC.7106"))

	destroy := []string{"destroy", "-input=false", "-auto-approve"}
	c.run(destroy...).expect(t, 1,
		"HTTP 403, APIC.7106: not now", "On the "+theGateway+", these are not settled:", line(51, "accepted")+", to reject: HTTP 403, APIC.7106",
		"These were decided, and stay so: "+line(1, "rejected"), applyAgain)
	m.expectTogether(t, "reject 50", "reject 3")
	c.state(recorded(resourceName, each("accepted", ids[50:]...)), holds(ids[50:]...))

	// Kept, the resource accepts again what it is to accept.
	c.planned(updates(adds("accepted", ids[:50]...)))

	m.ResetJournal()
	c.run(destroy...).expect(t, 0, "1 destroyed", line(51, "accepted")+" "+line(52, "accepted")+" "+line(53, "accepted")+" To leave them")
	m.expectDecisions(t, "reject 3")
	c.state(noState{})
	m.expectStatuses(t, "rejected", ids...)
}

// Another gateway is another resource: the old one's endpoints are released,
// the new one's decided.
func TestConnection_replace(t *testing.T) {
	const another = "3b9c1d3e5f7041638597a0b1c2d3e4f6"
	m := newMock(t, mockapig.Config{})
	m.AddGateway(mockapig.Gateway{ID: another, ProjectID: testProject})
	ids := endpointIDs(1, 4)
	m.ask("pendingAcceptance", ids[:2]...)
	for _, id := range ids[2:] {
		m.Connect(another, mockapig.Connection{ID: id, DomainID: partnerDomain})
	}
	moved := m.provider() + `
resource "apig_vpc_endpoint_connection" "test" {
  instance_id    = "` + another + `"
  desired_status = "accepted"
  endpoints      = ` + hclList(ids[2:]) + `
}
`
	heard := &listener{}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: heard.factories(),
		Steps: []resource.TestStep{
			{
				Config:            m.connections("accepted", ids[:2]),
				ConfigStateChecks: []statecheck.StateCheck{m.decided("receive 2")},
			},
			{
				PreConfig: func() { heard.take() },
				Config:    moved,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionDestroyBeforeCreate),
					heard.expect(message("Connections will be rejected", theGateway, ids[0]+" (status accepted", ids[1]+" (status accepted")))},
				ConfigStateChecks: []statecheck.StateCheck{
					recorded(resourceName, each("accepted", ids[2:]...)), m.decided("reject 2", "receive 2"),
				},
			},
			{
				Config:           moved,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())},
			},
		},
	})
	m.expectStatuses(t, "rejected", ids[:2]...)
	for _, id := range ids[2:] {
		if connection, _ := m.Connection(another, id); connection.Status != "rejected" {
			t.Errorf("%s is %q in the end", id, connection.Status)
		}
	}
}
