// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// What becomes of endpoints.
func TestConnection_messageEndpoints(t *testing.T) {
	patient := func(config func(*mock) string) func(*mock) string {
		return func(m *mock) string { return strings.ReplaceAll(config(m), `"1s"`, `"20s"`) }
	}
	cases := map[string]messageCase{
		"never appears": {
			config:  accepting(2),
			prepare: asked("pendingAcceptance", 1),
			want: []string{
				"Warning: Endpoints that the gateway does not list yet", "Error: Endpoints never appeared", theGateway + " does not list these endpoints",
				"`wait_for_endpoints` (0s)", "- " + endpointID(2) + " (not listed)", "Compare the IDs with what the consumers say",
				"These were decided, and stay so: " + line(1, "accepted"), applyAgain,
			},
			not: []string{letterCase},
		},
		"another letter case": {
			config: func(m *mock) string {
				return m.provider() + block("test", "accepted", hclList([]string{strings.ToUpper(endpointID(1))}), limits)
			},
			prepare: asked("pendingAcceptance", 1),
			want: []string{
				"Check the IDs if this is a surprise. " + letterCase, "or raise `wait_for_endpoints`. " + letterCase, applyAgain,
			},
		},
		"consumer left": {
			config:   accepting(2),
			prepare:  asked("accepted", 2),
			then:     func(m *mock) { m.Disconnect(testInstance, endpointID(2)) },
			succeeds: true,
			want: []string{
				"Warning: Consumers have left", theGateway + " no longer lists these endpoints",
				"- " + endpointID(2) + " (not listed; it was accepted, of account " + partnerDomain + ")", "remove them from `endpoints`",
			},
		},
		"other account": {
			config:  accepting(2, `expected_domain_ids = ["`+otherDomain+`"]`),
			prepare: asked("pendingAcceptance", 2),
			want: []string{
				"Error: Endpoints of accounts that are not expected", "On the " + theGateway + ", these are to be accepted, or are already",
				line(1, "pendingAcceptance"), line(2, "pendingAcceptance"), "Nothing was decided.", "add them to `expected_domain_ids`",
			},
		},
		"failed": {
			config: patient(accepting(2)),
			prepare: func(m *mock) {
				asked("pendingAcceptance", 2)(m)
				m.FailAcceptance(testInstance, endpointID(1), -1)
			},
			// More than a second, so that updated_at tells the second failure from
			// the first even where no look falls into the time in between.
			mock: mockapig.Config{Creating: 1100 * time.Millisecond},
			want: []string{
				"Error: Connections stay failed", "On the " + theGateway + ", these are `failed`, and were so again after one more call: " + line(1, "failed"),
				"Apply again to have it tried once more", "ask the consumer to delete the endpoint",
				"These were decided, and stay so: " + line(2, "accepted"), applyAgain,
			},
		},
		"creating": {
			config:  accepting(2),
			prepare: asked("pendingAcceptance", 2),
			mock:    mockapig.Config{Creating: time.Hour},
			want: []string{
				"Error: Not settled in time", "The timeout of 1s passed. Where it is just too short, raise `create` in the `timeouts` block.",
				"On the " + theGateway + ", these are not settled:", line(1, "creating") + ", to accept, asked for", line(2, "creating"),
				"What was asked for may still take effect.", applyAgain,
			},
		},
		"final rejection, ignored": {
			config:  accepting(1),
			prepare: asked("rejected", 1),
			mock:    mockapig.Config{Behavior: mockapig.Behavior{RejectedFinal: mockapig.FinalIgnored}},
			want: []string{
				"Error: Not settled in time", line(1, "rejected") + ", to accept, asked for", "a rejection may be final on this gateway",
				"the consumer then has to delete the endpoint and make a new one", applyAgain,
			},
		},
		"final rejection, refused": {
			config:  accepting(1),
			prepare: asked("rejected", 1),
			mock:    mockapig.Config{Behavior: mockapig.Behavior{RejectedFinal: mockapig.FinalRefused}},
			want: []string{
				"Error: The gateway refuses to decide endpoints", line(1, "rejected") + ": HTTP 400, APIC.7211:", "(request ID ",
				"a rejection may be final on this gateway", "no endpoint's decision has changed.", applyAgain,
			},
		},
		"refused": {
			config: accepting(2),
			prepare: failing(mockapig.Fault{
				Operation: mockapig.OpAcceptOrReject, Endpoint: endpointID(1), Status: http.StatusBadRequest, Code: "APIC.7211", Message: "Invalid parameter",
			}),
			want: []string{
				"On the " + theGateway + ", these were asked for alone and refused: " + line(1, "pendingAcceptance") + ": HTTP 400, APIC.7211: Invalid parameter (request ID ",
				"best removed from `endpoints`", "These were decided, and stay so: " + line(2, "accepted"), applyAgain,
			},
		},
		"a server that takes fewer": {
			config:   patient(accepting(51)),
			prepare:  asked("pendingAcceptance", 51),
			mock:     mockapig.Config{Behavior: mockapig.Behavior{MaxBatch: 20}},
			succeeds: true,
			want:     []string{"Apply complete! Resources: 1 added"},
		},
	}
	for name, tc := range cases {
		t.Run(name, tc.run)
	}
}
