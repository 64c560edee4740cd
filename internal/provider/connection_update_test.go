// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"
	"time"

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

// halfWay is an update that fails, and what comes after it.
type halfWay struct {
	mock   mockapig.Config
	before []string      // endpoints of the state, all accepted
	fail   func(m *mock) // makes the update fail

	desired  string
	update   []string // endpoints of the configuration
	settings []string
	err      []string // what the error says
	calls    []string // that decided until it failed; nil for any
	endpoint []string // `endpoints` after it, where they are not the configuration's
	state    map[string]string

	mend   func(m *mock)       // may be nil
	plan   []map[string]string // the next plan's changes; nil for none
	finish []string            // the next apply's calls
}

// oneSecond is the time for an update that is to run out of it.
const oneSecond = "timeouts {\n    update = \"1s\"\n  }"

func (h halfWay) run(t *testing.T) {
	onStage(t, h.mock, func(t *testing.T, m *mock, s *stage) {
		m.ask("accepted", h.before...)
		provider := m.provider("max_retries = 0")
		s.then(provider + block("test", "accepted", hclList(h.before)))
		m.ResetJournal()
		h.fail(m)
		s.fails(provider+block("test", h.desired, hclList(h.update), h.settings...), append(h.err, testInstance)...)
		if h.calls != nil {
			s.state(m.decided(h.calls...))
		}
		m.ResetJournal()
		if h.endpoint == nil {
			h.endpoint = h.update
		}
		s.state(recorded(resourceName, h.state), holds(h.endpoint...))
		if h.mend != nil {
			h.mend(m)
		}
		next := empty
		if h.plan != nil {
			next = updates(h.plan...)
		}
		s.again(next, m.decided(h.finish...), holds(h.update...))
		m.expectStatuses(t, h.desired, h.update...)
	})
}

// An update that fails half-way records what really happened, rejects nothing
// on account of it, and the next apply does what is left.
func TestConnection_halfWay(t *testing.T) {
	ids := endpointIDs(1, 60)
	asking := func(m *mock) { m.ask("pendingAcceptance", ids[2:]...) }
	forbidden := func(endpoint string) mockapig.Fault {
		return refusing("", endpoint, 1, http.StatusForbidden, "APIC.7106")
	}
	for name, tc := range map[string]halfWay{
		"second batch forbidden": {
			before: ids[:2], desired: "accepted", update: ids,
			fail: func(m *mock) {
				asking(m)
				m.Fail(forbidden(ids[59]))
			},
			err: []string{
				"Error: Not all endpoints could be decided", "HTTP 403, APIC.7106: not now", "- request ID ",
				line(60, "pendingAcceptance") + ", to accept: HTTP 403, APIC.7106",
				"These were decided, and stay so:", line(3, "accepted"),
			},
			calls:  []string{"receive 50", "receive 8"},
			state:  merged(each("accepted", ids[:52]...), each("pendingAcceptance", ids[52:]...)),
			plan:   []map[string]string{decides("pendingAcceptance", "accepted", ids[52:]...)},
			finish: []string{"receive 8"},
		},
		"one refused": {
			before: ids[:2], desired: "accepted", update: ids[:6],
			fail: func(m *mock) {
				m.ask("pendingAcceptance", ids[2:6]...)
				m.Fail(refusing("receive", ids[3], 3, http.StatusBadRequest, "APIC.7211"))
			},
			err: []string{
				"Error: The gateway refuses to decide endpoints", "these were asked for alone and refused: " + line(4, "pendingAcceptance") + ": HTTP 400, APIC.7211: not now (request ID ",
				"best removed from `endpoints`", "These were decided, and stay so:", line(6, "accepted"),
			},
			calls:  []string{"receive 4", "receive 2", "receive 1", "receive 1", "receive 1", "receive 1"},
			state:  merged(each("accepted", ids[0], ids[1], ids[2], ids[4], ids[5]), each("pendingAcceptance", ids[3])),
			plan:   []map[string]string{decides("pendingAcceptance", "accepted", ids[3])},
			finish: []string{"receive 1"},
		},
		"timeout while creating": {
			mock:   mockapig.Config{Creating: time.Hour},
			before: ids[:2], desired: "accepted", update: ids[:4], settings: []string{oneSecond},
			fail: func(m *mock) { m.ask("pendingAcceptance", ids[2:4]...) },
			err: []string{
				"Error: Not settled in time", "The timeout of 1s passed. Where it is just too short, raise `update` in the `timeouts` block.",
				line(4, "creating") + ", to accept, asked for", "What was asked for may still take effect.", applyAgain,
			},
			calls: []string{"receive 2"},
			state: merged(each("accepted", ids[:2]...), each("creating", ids[2:4]...)),
			mend:  func(m *mock) { m.becomes("accepted", ids[2:4]...) },
		},
		"never appears": {
			before: ids[:2], desired: "accepted", update: ids[:4], settings: []string{`wait_for_endpoints = "0s"`},
			fail:     func(m *mock) { m.ask("pendingAcceptance", ids[2]) },
			err:      []string{"Error: Endpoints never appeared", "- " + ids[3] + " (not listed)", "These were decided, and stay so: - " + ids[2] + " (status accepted"},
			calls:    []string{"receive 1"},
			endpoint: ids[:3],
			state:    each("accepted", ids[:3]...),
			mend:     func(m *mock) { m.ask("pendingAcceptance", ids[3]) },
			plan:     []map[string]string{adds("accepted", ids[3])},
			finish:   []string{"receive 1"},
		},
		"removal forbidden": {
			before: ids[:4], desired: "accepted", update: ids[2:5],
			fail: func(m *mock) {
				m.ask("pendingAcceptance", ids[4])
				m.Fail(refusing("reject", "", 1, http.StatusForbidden, "APIC.7106"))
				m.Fail(mockapig.Fault{Action: "receive", Delay: time.Millisecond})
			},
			err:      []string{"HTTP 403, APIC.7106", line(1, "accepted") + ", to reject: HTTP 403, APIC.7106"},
			calls:    []string{"receive 1", "reject 2"},
			endpoint: []string{ids[2], ids[3], ids[4], ids[0], ids[1]},
			state:    each("accepted", ids[:5]...),
			plan:     []map[string]string{removes("accepted", ids[:2]...)},
			finish:   []string{"reject 2"},
		},
		"removal timed out": {
			mock:   mockapig.Config{Behavior: mockapig.Behavior{RejectCreatingBusy: true}},
			before: ids[:2], desired: "accepted", update: ids[1:2], settings: []string{oneSecond},
			fail: func(m *mock) { m.SetStatus(testInstance, ids[0], "creating") },
			err: []string{
				"Error: Not settled in time", "HTTP 409, APIC.7701", "raise `update` in the `timeouts` block",
				line(1, "creating") + ", to reject: HTTP 409, APIC.7701", "no endpoint's decision has changed.",
			},
			calls:    nil, // as many as fit into the time
			endpoint: ids[:2],
			state:    merged(each("accepted", ids[1]), each("creating", ids[0])),
			mend:     func(m *mock) { m.SetStatus(testInstance, ids[0], "accepted") },
			plan:     []map[string]string{removes("accepted", ids[0])},
			finish:   []string{"reject 1"},
		},
		"removal not confirmed": {
			// The call takes effect, its answer and all looks after it are lost.
			before: ids[:2], desired: "accepted", update: ids[1:2],
			fail: func(m *mock) {
				m.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Drop: true})
				m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Skip: 2, Status: http.StatusForbidden, Code: "APIC.7106", Message: "not now"})
			},
			err:      []string{"HTTP 403, APIC.7106", "- " + ids[0] + " (status accepted", "What was asked for may still take effect."},
			calls:    []string{"reject 1"},
			endpoint: ids[:2],
			state:    each("accepted", ids[:2]...),
			plan:     []map[string]string{removes("rejected", ids[0])},
		},
		"nothing looked at": {
			before: ids[:2], desired: "rejected", update: ids[1:2],
			fail: func(m *mock) {
				m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Skip: 1, Status: http.StatusForbidden, Code: "APIC.7106", Message: "not now"})
			},
			err:      []string{"HTTP 403, APIC.7106", "- " + ids[0] + " (to reject; not looked at)", "no endpoint's decision has changed."},
			calls:    []string{},
			endpoint: ids[:2],
			state:    each("accepted", ids[:2]...),
			plan:     []map[string]string{removes("accepted", ids[0]), decides("accepted", "rejected", ids[1])},
			finish:   []string{"reject 2"},
		},
	} {
		t.Run(name, tc.run)
	}
}
