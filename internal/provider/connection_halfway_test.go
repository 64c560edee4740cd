// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

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
			fail: func(m *mock) { m.ask("pendingAcceptance", ids[2]) },
			err: []string{
				"Error: Endpoints never appeared", "- " + ids[3] + " (not listed)", "These were decided, and stay so: - " + ids[2] + " (status accepted",
			},
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
			err: []string{
				"HTTP 403, APIC.7106", line(1, "accepted") + ", to reject: HTTP 403, APIC.7106",
			},
			calls:    []string{"receive 1", "reject 2"},
			endpoint: []string{ids[2], ids[3], ids[4], ids[0], ids[1]},
			state:    each("accepted", ids[:5]...),
			plan:     []map[string]string{removes("accepted", ids[:2]...)},
			finish:   []string{"reject 2"},
		},
		"removal refused": {
			before: ids[:3], desired: "accepted", update: ids[2:3],
			fail: func(m *mock) { m.Fail(refusing("reject", ids[0], 2, http.StatusBadRequest, "APIC.7211")) },
			err: []string{
				"Error: The gateway refuses to decide endpoints", line(1, "accepted") + ": HTTP 400, APIC.7211",
				"These were decided, and stay so: - " + ids[1] + " (status rejected",
			},
			calls:    []string{"reject 2", "reject 1", "reject 1"},
			endpoint: []string{ids[2], ids[0]},
			state:    each("accepted", ids[2], ids[0]),
			plan:     []map[string]string{removes("accepted", ids[0])},
			finish:   []string{"reject 1"},
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
