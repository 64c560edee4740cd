// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// creates is a plan check of the resource under test.
var creates = plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionCreate)

// after is a `depends_on`.
func after(name string) string { return "depends_on = [" + address(name) + "]" }

// What is decided already, or on its way, is adopted without a call. The
// rejecting resource rejects a pending endpoint too, and one that isn't there
// is as desired. A destroy rejects what is accepted, adopted or not.
func TestConnection_createAdopts(t *testing.T) {
	onStage(t, mockapig.Config{Creating: 100 * time.Millisecond}, func(t *testing.T, m *mock, s *stage) {
		accepts, rejects := endpointIDs(1, 4), endpointIDs(5, 9)
		m.ask("accepted", accepts[0], rejects[1])
		m.ask("creating", accepts[1], rejects[2])
		m.ask("pendingAcceptance", accepts[2], rejects[3])
		m.ask("rejected", accepts[3], rejects[0])
		s.then(m.provider()+
			block("done", "accepted", hclList(accepts[:2]))+
			block("accepts", "accepted", hclList(accepts[2:]), after("done"))+
			block("rejects", "rejected", hclList(rejects), after("accepts")),
			unknownAt(address("accepts"), "connections", accepts[2], "status"), unknownAt(address("rejects"), "connections", rejects[4], "status"),
			warns("does not list", rejects[4], "They count as rejected"),
			recorded(address("done"), each("accepted", accepts[:2]...)),
			recorded(address("accepts"), each("accepted", accepts[2:]...)),
			recorded(address("rejects"), merged(each("rejected", rejects[:4]...), each("", rejects[4]))),
			m.decided("receive 2", "reject 3"))
		s.destroys(m.decided("reject 2", "reject 2"))
		m.expectStatuses(t, "rejected", accepts...)
	})
}

// Endpoints that the gateway does not list yet are warned of by the plan, and
// waited for after all that are there have been decided.
func TestConnection_createLate(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 4)
		m.ask("pendingAcceptance", ids[:2]...)
		s.then(m.connections("accepted", ids),
			warns("does not list:", ids[2], ids[3], "An apply waits for them, up to `wait_for_endpoints` (3m)"),
			func() { // They come only once the first two are decided and looked at again.
				m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Do: func() {
					m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Skip: 1, Do: func() { m.ask("pendingAcceptance", ids[2:]...) }})
				}})
			},
			have("accepted", ids...), m.decided("receive 2", "receive 2"))
	})
}

// An endpoint that never appears fails the apply, which leaves no object, whether it waits
// or not: with the endpoint taken out, the next adopts what the first decided.
func TestConnection_createNeverAppears(t *testing.T) {
	for _, wait := range []string{"600ms", "0s"} {
		t.Run(wait, func(t *testing.T) {
			onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
				ids := endpointIDs(1, 3)
				m.ask("pendingAcceptance", ids[:2]...)
				s.fails(m.connections("accepted", ids, "wait_for_endpoints = \""+wait+"\""), "Warning: Endpoints that the gateway does not list yet",
					"Error: Endpoints never appeared", theGateway+" does not list these endpoints", "`wait_for_endpoints` ("+wait+")", ids[2]+" (not listed)",
					"Compare the IDs with what the consumers say", "These were decided, and stay so: "+line(1, "accepted")+" "+line(2, "accepted"), applyAgain)
				m.expectDecisions(t, "receive 2")
				m.ResetJournal()
				s.then(m.connections("accepted", ids[:2]), creates, have("accepted", ids[:2]...), m.decided())
			})
		})
	}
}

// A `failed` connection gets one more call, and the connection that stays so is
// an error.
func TestConnection_createFailed(t *testing.T) {
	onStage(t, mockapig.Config{Creating: 1100 * time.Millisecond}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 3)
		m.ask("failed", ids[0])
		m.ask("pendingAcceptance", ids[1:]...)
		m.FailAcceptance(testInstance, ids[1], 1)
		m.FailAcceptance(testInstance, ids[2], 2)
		s.fails(m.connections("accepted", ids), "Error: Connections stay failed", "On the "+theGateway+", these are `failed`, and were so again after one more call: "+line(3, "failed"),
			"Apply again to have it tried once more", "ask the consumer to delete the endpoint", applyAgain, "These were decided, and stay so: "+line(1, "accepted")+" "+line(2, "accepted"))
		m.expectDecisions(t, "receive 3", "receive 2")
		m.ResetJournal()
		s.again(have("accepted", ids...), m.decided("receive 1"))
	})
}
