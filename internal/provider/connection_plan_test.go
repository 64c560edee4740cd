// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A plan shows the endpoints that an apply would decide, and nothing else.
func TestConnection_planChanges(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		accepted, rejected := endpointIDs(1, 6), endpointIDs(7, 11)
		m.ask("accepted", accepted[:5]...)
		m.ask("rejected", rejected[:4]...)
		config := func(accepts, rejects []string) string {
			return m.provider() + block("accepts", "accepted", hclList(accepts)) + block("rejects", "rejected", hclList(rejects), after("accepts"))
		}
		s.then(config(accepted[:5], rejected[:4]))
		// Of each: one drifts, one has left, one is taken out, one is added. One
		// that is accepted on the side is news, but nothing to decide.
		m.SetStatus(testInstance, accepted[0], "rejected")
		m.Disconnect(testInstance, accepted[1])
		m.SetStatus(testInstance, accepted[3], "creating")
		m.ask("pendingAcceptance", accepted[5], rejected[4])
		m.SetStatus(testInstance, rejected[0], "accepted")
		m.Disconnect(testInstance, rejected[1])
		s.then(config(
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

// A gateway that can't be read for any other reason is not gone: reading it fails,
// and the state stays.
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
		config := func(accepts, rejects []string) string {
			return m.provider() + block("accepts", "accepted", hclList(accepts)) + block("rejects", "rejected", hclList(rejects), after("accepts"))
		}
		s.then(config(accepted, rejected), warns(), m.decided("receive 3", "reject 3"))
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
		s.then(config(accepted[2:], rejected[2:]),
			expectChanges(address("accepts"), removes("", accepted[:2]...)), expectChanges(address("rejects"), removes("", rejected[:2]...)),
			recorded(address("accepts"), each("accepted", accepted[2])), recorded(address("rejects"), each("rejected", rejected[2])), m.decided())
	})
}

// A consumer who leaves between the plan and the apply, or during the apply,
// does not break it either.
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
