// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/compare"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// alters is one change of a plan.
func alters(name, how string) map[string]string { return map[string]string{name: how} }

// expecting is an argument.
func expecting(accounts ...string) string { return "expected_domain_ids = " + hclList(accounts) }

// A decision is changed in place, there and back. What stays is known in the plan.
func TestConnection_updateFlip(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 3)
		m.ask("pendingAcceptance", ids...)
		marker, creation := statecheck.CompareValue(compare.ValuesSame()), statecheck.CompareValue(compare.ValuesSame())
		step := func(desired, call string, plan ...any) {
			s.then(m.connections(desired, ids), append(plan, have(desired, ids...), m.decided(call),
				marker.AddStateValue(resourceName, at("connections", ids[0], "marker_id")),
				creation.AddStateValue(resourceName, at("connections", ids[0], "created_at")))...)
		}
		flip := func(from, to string) []any {
			return []any{
				updates(decides(from, to, ids...), alters("desired_status", from+" -> "+to)),
				knownAt(resourceName, partnerDomain, "connections", ids[0], "domain_id"), unknownAt(resourceName, "connections", ids[0], "updated_at"),
			}
		}
		step("accepted", "receive 3")
		step("rejected", "reject 3", flip("accepted", "rejected")...)
		step("accepted", "receive 3", flip("rejected", "accepted")...)
		s.destroys(m.decided("reject 3"))
	})
}

// Endpoints are added and taken out in one update. `endpoints` means a set: neither a
// reorder nor what stays makes a call, a set may be assigned, and the state keeps its order.
func TestConnection_updateEndpoints(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 6)
		m.ask("pendingAcceptance", ids...)
		reversed := []string{ids[2], ids[1], ids[0]}
		s.then(m.connections("accepted", ids[:3]), m.decided("receive 3"))
		s.then(m.connections("accepted", reversed), empty, holds(ids[:3]...))
		s.then(m.provider()+block("test", "accepted", "toset("+hclList(reversed)+")"), empty, holds(ids[:3]...), m.decided())
		s.then(m.connections("accepted", append([]string{ids[3]}, reversed...)), updates(adds("accepted", ids[3])),
			have("accepted", ids[:4]...), holds(ids[3], ids[2], ids[1], ids[0]), m.decided("receive 1"))
		s.then(m.connections("accepted", ids[1:]), updates(removes("accepted", ids[0]), adds("accepted", ids[4:]...)),
			have("accepted", ids[1:]...), holds(ids[1:]...), m.decided("receive 2", "reject 1"))
		m.expectStatuses(t, "rejected", ids[0])
		// A resource that rejects has no part in what is taken out of it.
		s.then(m.connections("rejected", ids[1:3]),
			updates(removes("accepted", ids[3:]...), decides("accepted", "rejected", ids[1:3]...), alters("desired_status", "accepted -> rejected")),
			have("rejected", ids[1:3]...), m.decided("reject 5"))
		s.then(m.connections("rejected", ids[1:2]), updates(removes("rejected", ids[2])), m.decided())
		s.destroys(m.decided())
	})
}

// What is taken out while `on_destroy` is "retain" stays as it is, and the planned `on_destroy` counts, not the one before.
func TestConnection_updateRetain(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 4)
		m.ask("pendingAcceptance", ids...)
		s.then(m.connections("accepted", ids), m.decided("receive 4"))
		s.then(m.connections("accepted", ids[1:], retain), updates(removes("accepted", ids[0]), alters("on_destroy", "reject -> retain")), m.decided())
		s.then(m.connections("accepted", ids[2:]), m.decided("reject 1"))
		s.destroys()
		m.expectStatuses(t, "accepted", ids[0])
		m.expectStatuses(t, "rejected", ids[1:]...)
	})
}

// Settings of the resource itself change without a call that decides, and
// without a word about the connections. A destroy that retains warns of nothing.
func TestConnection_updateSettings(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 3)
		m.ask("pendingAcceptance", ids...)
		s.then(m.connections("accepted", ids), m.decided("receive 3"))
		settings := []string{}
		for _, setting := range []struct{ argument, name, change string }{
			{expecting(otherDomain, partnerDomain), "expected_domain_ids", "null -> [" + otherDomain + " " + partnerDomain + "]"},
			{retain, "on_destroy", "reject -> retain"},
			{`wait_for_endpoints = "1s"`, "wait_for_endpoints", "3m -> 1s"},
			{"timeouts {\n    create = \"1m\"\n  }", "timeouts.create", "absent -> 1m"},
		} {
			settings = append(settings, setting.argument)
			s.then(m.connections("accepted", ids, settings...), updates(alters(setting.name, setting.change)), have("accepted", ids...), m.decided())
		}
		settings[0] = expecting(partnerDomain, otherDomain)
		s.then(m.connections("accepted", ids, settings...), empty)
		s.destroys(warns(), m.decided())
		m.expectStatuses(t, "accepted", ids...)
	})
}

// An endpoint of an account that is not expected is an error of the plan, and nothing is decided: when it is new, when it is
// added, and when its account is expected no longer. To reject is always possible.
func TestConnection_updateExpected(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 3)
		m.ask("pendingAcceptance", ids[:2]...)
		m.Connect(testInstance, mockapig.Connection{ID: ids[2], DomainID: otherDomain})
		refused := func(config, status, domain string, ids ...string) {
			t.Helper()
			s.fails(config, "Error: Endpoints of accounts that are not expected", "On the "+theGateway+", these are to be accepted, or are already", ids[0]+" (status "+status+", account "+domain+")", ids[len(ids)-1],
				"Nothing was decided.", "add them to `expected_domain_ids`")
			m.expectDecisions(t)
		}
		partner := expecting(partnerDomain)
		refused(m.connections("accepted", ids, partner), "pendingAcceptance", otherDomain, ids[2])
		s.then(m.connections("accepted", ids[:2], partner), have("accepted", ids[:2]...), m.decided("receive 2"))
		refused(m.connections("accepted", ids, partner), "pendingAcceptance", otherDomain, ids[2])
		refused(m.connections("accepted", ids[:2], expecting(otherDomain)), "accepted", partnerDomain, ids[:2]...)
		// To expect more accounts, in any order, makes no call.
		both := "[" + otherDomain + " " + partnerDomain + "]"
		s.then(m.connections("accepted", ids[:2], expecting(otherDomain, partnerDomain)),
			updates(alters("expected_domain_ids", "["+partnerDomain+"] -> "+both)), m.decided())
		s.then(m.connections("accepted", ids[:2], expecting(partnerDomain, otherDomain)), empty)
		s.then(m.connections("rejected", ids, partner), updates(decides("accepted", "rejected", ids[:2]...), adds("?", ids[2]),
			alters("desired_status", "accepted -> rejected"), alters("expected_domain_ids", both+" -> ["+partnerDomain+"]")),
			have("rejected", ids...), m.decided("reject 3"))
		refused(m.connections("accepted", ids, partner), "rejected", otherDomain, ids[2])
		s.then(m.connections("accepted", ids[:2], partner), m.decided("receive 2"))
	})
}

// An endpoint is checked once more right before it is accepted: when the plan was made, it may not have been there.
func TestConnection_movedAccount(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 4)
		m.ask("pendingAcceptance", ids[:2]...)
		partner := expecting(partnerDomain)
		intrude := func(id string) { m.Connect(testInstance, mockapig.Connection{ID: id, DomainID: otherDomain}) }
		s.then(m.connections("accepted", ids[:1], partner), m.decided("receive 1"))
		s.configure(m.connections("accepted", ids[:3], partner))
		s.planned()
		intrude(ids[2])
		s.applySaved().expect(t, 1, "Endpoints of accounts that are not expected", ids[2]+" (status pendingAcceptance, account "+otherDomain, "Nothing was decided.")
		m.expectDecisions(t)
		m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Do: func() { intrude(ids[3]) }})
		s.configure(m.connections("accepted", []string{ids[0], ids[1], ids[3]}, partner))
		s.planned(updates(adds("accepted", ids[1], ids[3])))
		s.applySaved().expect(t, 1, "Endpoints of accounts that are not expected", ids[3]+" (status pendingAcceptance, account "+otherDomain,
			"They were not accepted.", "These were decided, and stay so: "+line(2, "accepted"))
		s.then(m.connections("accepted", ids[:2], partner), updates(removes("pendingAcceptance", ids[3])), have("accepted", ids[:2]...), m.decided("receive 1"))
		m.expectStatuses(t, "pendingAcceptance", ids[2:]...)
	})
}

// The world moves between the plan and the apply: an update decides what its plan showed, gives back as planned what it did not
// touch, and leaves the news to the next plan.
func TestConnection_movedUntouched(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 4)
		m.ask("pendingAcceptance", ids...)
		s.then(m.connections("accepted", ids[:3]), m.decided("receive 3"))
		s.then(m.connections("accepted", ids), updates(adds("accepted", ids[3])), func() {
			m.SetStatus(testInstance, ids[0], "rejected")
			m.SetStatus(testInstance, ids[1], "failed")
			m.Disconnect(testInstance, ids[2])
		}, have("accepted", ids...), m.decided("receive 1"), unsettled)
		s.again(updates(decides("rejected", "accepted", ids[0]), decides("failed", "accepted", ids[1])),
			recorded(resourceName, map[string]string{ids[0]: "accepted", ids[1]: "accepted", ids[2]: "", ids[3]: "accepted"}), m.decided("receive 2"))
	})
}

// What the plan decides may have been done by somebody else, or undone, or be
// void since its consumer left: none of it keeps the apply from succeeding.
func TestConnection_movedDecided(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 4)
		m.ask("pendingAcceptance", ids...)
		s.then(m.connections("accepted", ids), m.decided("receive 4"))
		m.becomes("rejected", ids[:3]...)
		s.again(updates(decides("rejected", "accepted", ids[:3]...)), func() {
			m.SetStatus(testInstance, ids[0], "accepted") // by a console user
			m.SetStatus(testInstance, ids[1], "pendingAcceptance")
			m.Disconnect(testInstance, ids[2])
		}, m.decided("receive 1"))
		s.again(empty, recorded(resourceName, map[string]string{ids[0]: "accepted", ids[1]: "accepted", ids[2]: "", ids[3]: "accepted"}), m.decided())
		// To be rejected, and gone, or rejected, or taken out and gone.
		s.then(m.connections("rejected", ids[:3]),
			updates(decides("accepted", "rejected", ids[:2]...), removes("accepted", ids[3]), alters("desired_status", "accepted -> rejected")),
			func() {
				m.Disconnect(testInstance, ids[0])
				m.SetStatus(testInstance, ids[1], "rejected")
				m.Disconnect(testInstance, ids[3])
			}, m.decided())
		s.again(empty, recorded(resourceName, map[string]string{ids[0]: "", ids[1]: "rejected", ids[2]: ""}))
		s.destroys(m.decided())
	})
}
