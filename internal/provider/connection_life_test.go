// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// bothWays has one resource that accepts, and one that rejects after it.
func (m *mock) bothWays(accepts, rejects []string) string {
	return m.provider() + block("accepts", "accepted", hclList(accepts)) + block("rejects", "rejected", hclList(rejects), after("accepts"))
}

// A plan shows the endpoints that an apply would decide, and nothing else.
func TestConnection_planChanges(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		accepted, rejected := endpointIDs(1, 6), endpointIDs(7, 11)
		m.ask("accepted", accepted[:5]...)
		m.ask("rejected", rejected[:4]...)
		s.then(m.bothWays(accepted[:5], rejected[:4]))
		// Of each: one drifts, one has left, one is taken out, one is added. One
		// that is accepted on the side is news, but nothing to decide.
		m.SetStatus(testInstance, accepted[0], "rejected")
		m.Disconnect(testInstance, accepted[1])
		m.SetStatus(testInstance, accepted[3], "creating")
		m.ask("pendingAcceptance", accepted[5], rejected[4])
		m.SetStatus(testInstance, rejected[0], "accepted")
		m.Disconnect(testInstance, rejected[1])
		s.then(m.bothWays(
			[]string{accepted[5], accepted[0], accepted[1], accepted[3], accepted[4]},
			[]string{rejected[4], rejected[0], rejected[1], rejected[3]}),
			expectChanges(address("accepts"), decides("rejected", "accepted", accepted[0]), removes("accepted", accepted[2]), adds("accepted", accepted[5])),
			expectChanges(address("rejects"), decides("accepted", "rejected", rejected[0]), removes("rejected", rejected[2]), adds("?", rejected[4])),
			warns("Consumers have left", accepted[1]), warns("Consumers have left", rejected[1]),
			warns("Connections will be rejected", accepted[2]+" (status accepted, account "+partnerDomain+")", `on_destroy = "retain"`),
			recorded(address("accepts"), map[string]string{
				accepted[0]: "accepted", accepted[1]: "", accepted[3]: "creating", accepted[4]: "accepted", accepted[5]: "accepted",
			}),
			recorded(address("rejects"), map[string]string{rejected[0]: "rejected", rejected[1]: "", rejected[3]: "rejected", rejected[4]: "rejected"}),
			m.decided("reject 1", "receive 2", "reject 2"))
		m.expectStatuses(t, "rejected", accepted[2])
	})
}

// Where an endpoint is made by the same apply, `connections` is unknown as a
// whole, and known again afterwards. What is named twice is found out by then.
func TestConnection_planUnknownEndpoints(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 3)
		m.ask("pendingAcceptance", ids...)
		config := func(made string) string {
			return m.provider() + derived("consumer", made) + block("test", "accepted", `["`+ids[0]+`", terraform_data.consumer.output]`)
		}
		s.fails(config(ids[0]), "Named twice", ids[0])
		m.expectDecisions(t)
		s.then(config(ids[1]), unknownAt(resourceName, "connections"), have("accepted", ids[:2]...), m.decided("receive 2"))
		s.then(config(ids[2]), plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate), unknownAt(resourceName, "connections"),
			have("accepted", ids[0], ids[2]), m.decided("reject 1", "receive 1"))
	})
}

// A gateway that can't be read for any other reason is not gone: reading it fails, and the state stays.
func TestConnection_readFails(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 2)
		m.ask("accepted", ids...)
		s.then(m.connections("accepted", ids))
		m.Fail(fault(mockapig.OpListConnections, 404, "APIG.9999", "Not found"))
		s.plan().expect(t, 1, "The endpoints can't be read", "What was asked for does not exist", "APIG.9999")
		m.Fail(fault(mockapig.OpListConnections, 412, "APIG.3458", "Not supported"))
		s.plan().expect(t, 1, "The endpoints can't be read", "NLB-series", "APIG.3458")
		s.again(empty, have("accepted", ids...), m.decided())
	})
}

// A consumer who leaves breaks nothing: the endpoint's attributes become null,
// one warning tells of it, and neither that nor its removal makes a call.
func TestConnection_gone(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		accepted, rejected := endpointIDs(1, 3), endpointIDs(4, 6)
		m.ask("pendingAcceptance", endpointIDs(1, 6)...)
		s.then(m.bothWays(accepted, rejected), warns(), m.decided("receive 3", "reject 3"))
		for _, ids := range [][]string{accepted, rejected} {
			m.Disconnect(testInstance, ids[0])
			m.SetStatus(testInstance, ids[1], "deleting")
		}
		s.again(empty,
			warns("Consumers have left", theGateway+" no longer lists these endpoints", accepted[0]+" (not listed; it was accepted, of account "+partnerDomain+")",
				accepted[1]+" (status deleting", "remove them from `endpoints`"),
			warns("no longer lists", rejected[0]+" (not listed", rejected[1]+" (status deleting", "remove them from `endpoints`"),
			recorded(address("accepts"), map[string]string{accepted[0]: "", accepted[1]: "", accepted[2]: "accepted"}),
			recorded(address("rejects"), map[string]string{rejected[0]: "", rejected[1]: "", rejected[2]: "rejected"}), m.decided())
		// The endpoint that was being deleted is gone, and another one drifts.
		m.Disconnect(testInstance, accepted[1])
		m.SetStatus(testInstance, accepted[2], "rejected")
		s.again(expectChanges(address("accepts"), decides("rejected", "accepted", accepted[2])),
			plancheck.ExpectResourceAction(address("rejects"), plancheck.ResourceActionNoop),
			warns(accepted[0], accepted[1]), warns(rejected[0], rejected[1]), m.decided("receive 1"))
		s.then(m.bothWays(accepted[2:], rejected[2:]),
			expectChanges(address("accepts"), removes("", accepted[:2]...)), expectChanges(address("rejects"), removes("", rejected[:2]...)),
			recorded(address("accepts"), each("accepted", accepted[2])), recorded(address("rejects"), each("rejected", rejected[2])), m.decided())
	})
}

// A consumer who leaves between the plan and the apply, or during the apply, does not break it either.
func TestConnection_goneWhileApplying(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 5)
		m.ask("pendingAcceptance", ids[:4]...)
		// Of a create, one is found to be leaving, and one leaves after its decision.
		s.then(m.connections("accepted", ids[:4]), func() {
			m.SetStatus(testInstance, ids[0], "deleting")
			m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Do: func() { m.Disconnect(testInstance, ids[1]) }})
		}, recorded(resourceName, map[string]string{ids[0]: "", ids[1]: "", ids[2]: "accepted", ids[3]: "accepted"}), m.decided("receive 3"))
		m.SetStatus(testInstance, ids[2], "rejected")
		m.ask("pendingAcceptance", ids[4])
		s.then(m.connections("accepted", ids[2:]), updates(decides("rejected", "accepted", ids[2]), adds("accepted", ids[4]), removes("", ids[:2]...)), func() {
			m.Disconnect(testInstance, ids[2])
			m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Do: func() { m.Disconnect(testInstance, ids[4]) }})
		}, m.decided("receive 1")) // what was planned stays in the state until the next plan
		s.again(empty, recorded(resourceName, map[string]string{ids[2]: "", ids[3]: "accepted", ids[4]: ""}), m.decided())
	})
}

// creates is a plan check of the resource under test.
var creates = plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionCreate)

// after is a `depends_on`.
func after(name string) string { return "depends_on = [" + address(name) + "]" }

// What is decided already, or on its way, is adopted without a call. The rejecting resource rejects a pending endpoint too, and
// one that isn't there is as desired. A destroy rejects what is accepted, adopted or not.
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
		runOnStage(t, wait, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
			ids := endpointIDs(1, 3)
			m.ask("pendingAcceptance", ids[:2]...)
			s.fails(m.connections("accepted", ids, "wait_for_endpoints = \""+wait+"\""), "Warning: Endpoints that the gateway does not list yet",
				"Error: Endpoints never appeared", theGateway+" does not list these endpoints", "`wait_for_endpoints` ("+wait+")", ids[2]+" (not listed)",
				"Compare the IDs with what the consumers say", "These were decided, and stay so: "+line(1, "accepted")+" "+line(2, "accepted"), applyAgain)
			m.expectDecisions(t, "receive 2")
			m.ResetJournal()
			s.then(m.connections("accepted", ids[:2]), creates, have("accepted", ids[:2]...), m.decided())
		})
	}
}

// A `failed` connection gets one more call, and the connection that stays so is an error.
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

// A destroy rejects each endpoint that is accepted or about to be, whoever decided it, and nothing else. Its plan says which.
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
			" To leave them as they are, apply `on_destroy = \"retain\"` first."), warns("Consumers have left"), m.decided("reject 2"), noState)
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

// Each resource that would reject something is heard: of warnings with the same summary, a CLI shows one.
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

// A destroy that fails half-way keeps the resource with what is not rejected yet, and the second one does what is left.
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
			m.decided("reject 3"), noState)
		m.expectStatuses(t, "rejected", ids...)
	})
}

// Another gateway is another resource: the old one's endpoints are released, the new one's decided.
func TestConnection_replace(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.AddGateway(mockapig.Gateway{ID: otherInstance, ProjectID: testProject})
		ids := endpointIDs(1, 4)
		m.ask("pendingAcceptance", ids[:2]...)
		for _, id := range ids[2:] {
			m.Connect(otherInstance, mockapig.Connection{ID: id, DomainID: partnerDomain})
		}
		s.then(m.connections("accepted", ids[:2]), m.decided("receive 2"))
		s.then(strings.Replace(m.connections("accepted", ids[2:]), testInstance, otherInstance, 1),
			plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionDestroyBeforeCreate),
			warns("Connections will be rejected", theGateway, line(1, "accepted"), line(2, "accepted")),
			have("accepted", ids[2:]...), m.decided("reject 2", "receive 2"))
		s.destroys(m.decided("reject 2"))
		m.expectStatuses(t, "rejected", ids[:2]...)
	})
}
