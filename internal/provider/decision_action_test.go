// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const decisionType = "apig_vpc_endpoint_connection_decision"

func decide(decision string, arguments fields) fields {
	config := fields{"instance_id": testInstance, "decision": decision}
	maps.Copy(config, arguments)
	return config
}

// decisionGateway has four connections of the partner and one of another account.
func decisionGateway(t *testing.T) *mock {
	t.Helper()
	m := newMock(t, mockapig.Config{})
	for i, status := range []string{"accepted", "pendingAcceptance", "rejected", "deleting"} {
		m.ask(status, endpointID(i+1))
	}
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(5), DomainID: otherDomain, Status: "accepted"})
	return m
}

// An action decides what needs it, in one call, and tells of each endpoint.
func TestDecisionAction(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 5)
	was := func(n int, status, before string) string {
		return fmt.Sprintf("%s (status %s, account %s), was %s", ids[n], status, partnerDomain, before)
	}
	already := func(n int, status string) string {
		return fmt.Sprintf("%s (status %s, account %s) already", ids[n], status, partnerDomain)
	}
	left := []string{ids[3] + " (status deleting, account " + partnerDomain + "): its consumer has left"}
	rejects := []string{was(0, "rejected", "accepted"), was(1, "rejected", "pendingAcceptance"), already(2, "rejected")}
	for name, tc := range map[string]struct {
		config   fields
		first    string   // of the progress, after the gateway
		progress []string // the lines after the first, sorted
		calls    []string
	}{
		"reject endpoints":   {decide("rejected", fields{"endpoints": listOf(ids[1], ids[0], ids[2])}), "1 rejected already, 2 to be", rejects, []string{"reject 2"}},
		"reject an account":  {decide("rejected", fields{"domain_ids": listOf(partnerDomain)}), "1 rejected already, 2 to be", rejects, []string{"reject 2"}},
		"reject what leaves": {decide("rejected", fields{"endpoints": listOf(ids[3])}), "1 rejected already, 0 to be", left, nil},
		"accept, if of the account": {
			decide("accepted", fields{"endpoints": listOf(ids[1], ids[2]), "domain_ids": listOf(partnerDomain), "region": testRegion, "project_id": testProject}),
			"0 accepted already, 2 to be",
			[]string{was(1, "accepted", "pendingAcceptance"), was(2, "accepted", "rejected")},
			[]string{"receive 2"},
		},
		"nothing left to do": {decide("accepted", fields{"endpoints": listOf(ids[0])}), "1 accepted already, 0 to be", []string{already(0, "accepted")}, nil},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := decisionGateway(t)
			progress, diags := newWire(t, m).invoke(decisionType, tc.config)
			expectNoDiagnostics(t, diags)
			assert.Assert(t, len(progress) != 0, "no progress")
			expectValue(t, "the first line", "on the "+theGateway+": "+tc.first, progress[0])
			expectValue(t, "the others", tc.progress, slices.Sorted(slices.Values(progress[1:])))
			m.expectDecisions(t, tc.calls...)
			m.expectStatuses(t, "accepted", ids[4])
		})
	}
}

// What is not there does not keep the rest from being decided, and is an error all the same.
func TestDecisionAction_missing(t *testing.T) {
	t.Parallel()
	m := decisionGateway(t)
	ids := endpointIDs(1, 6)
	_, diags := newWire(t, m).invoke(decisionType, decide("rejected", fields{"endpoints": listOf(ids[5], ids[0], ids[3])}))
	expectError(t, diags, "Some connections were not found", "The "+theGateway+" does not list these, or is deleting them:",
		ids[5]+" (not listed)", "What it does list was decided", "Check the IDs")
	m.expectStatuses(t, "rejected", ids[0])

	_, diags = newWire(t, m).invoke(decisionType, decide("rejected", fields{"endpoints": listOf(ids[0], strings.ToUpper(ids[1]))}))
	expectError(t, diags, "Some connections were not found", strings.ToUpper(ids[1])+" (not listed)", letterCase)
	m.expectStatuses(t, "pendingAcceptance", ids[1])

	_, diags = newWire(t, m).invoke(decisionType, decide("accepted", fields{"endpoints": listOf(ids[4], ids[3])}))
	expectError(t, diags, "Some connections were not found", ids[3]+" (status deleting, account "+partnerDomain+")")

	_, diags = newWire(t, m).invoke(decisionType, decide("rejected", fields{"domain_ids": listOf(partnerDomain, ownerDomain)}))
	expectError(t, diags, "Some connections were not found", "account "+ownerDomain+" (no connection to decide)")
	m.expectStatuses(t, "rejected", ids[1])
}

// What can't be attributed does not keep an account from being cut off, and is an error only where it matters.
func TestDecisionAction_unattributed(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 3)
	list := func(statuses ...string) mockapig.Fault {
		account, body := fmt.Sprintf(`"domain_id":%q,`, partnerDomain), []string{}
		for i, status := range statuses {
			body = append(body, fmt.Sprintf(`{"id":%q,%s"marker_id":1,"status":%q,"created_at":"2021-05-07T14:20:14Z","updated_at":"2021-05-07T14:20:14Z"}`, ids[i], account, status))
			account = ""
		}
		return mockapig.Fault{Operation: mockapig.OpListConnections, Body: `{"connections":[` + strings.Join(body, ",") + `]}`}
	}
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", ids...)
	m.Fail(list("accepted", "rejected", "deleting"))
	_, diags := newWire(t, m).invoke(decisionType, decide("rejected", fields{"domain_ids": listOf(partnerDomain)}))
	expectNoDiagnostics(t, diags)
	m.expectDecisions(t, "reject 1")
	m.expectStatuses(t, "rejected", ids[0])

	for status, calls := range map[string][]string{"pendingAcceptance": {"receive 1"}, "deleting": nil} {
		m.ResetJournal()
		m.SetStatus(testInstance, ids[0], "rejected")
		m.Fail(list(status, "creating", "rejected"))
		_, diags = newWire(t, m).invoke(decisionType, decide("accepted", fields{"domain_ids": listOf(partnerDomain)}))
		last := len(diags) - 1
		want := 1 - len(calls)
		assert.Assert(t, last == want, "%d diagnostics, want %d", last+1, want+1)
		expectError(t, diags[last:], "Connections of unknown accounts", "does not say whose these are", "- "+ids[2]+" (status rejected, account unknown)", "name them in `endpoints` and leave out `domain_ids`")
		m.expectDecisions(t, calls...)
	}
}

// What an action can't do, and what the message says. Nothing is decided then.
func TestDecisionAction_errors(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 6)
	none := decide("rejected", fields{"endpoints": listOf(ids[5])})
	for name, tc := range map[string]struct {
		config  fields
		prepare func(*mock)
		want    []string
	}{
		"no endpoint matches": {none, nil, []string{
			"Nothing to decide", "The " + theGateway + " does not list any connection that this action asks for, or is deleting it: - " + ids[5] + " (not listed)",
			"Nothing was decided. Check the IDs, `instance_id`, `region` and `project_id`.",
		}},
		"letter case":        {decide("rejected", fields{"endpoints": listOf(strings.ToUpper(ids[0]))}), nil, []string{"Nothing to decide", letterCase}},
		"no account matches": {decide("rejected", fields{"domain_ids": listOf(ownerDomain)}), nil, []string{"Nothing to decide", "account " + ownerDomain + " (no connection to decide)"}},
		"another account": {
			decide("accepted", fields{"endpoints": listOf(ids[1], ids[4]), "domain_ids": listOf(partnerDomain)}), nil,
			[]string{"Endpoints of other accounts", "belong to accounts that `domain_ids` does not name, or it is not known whose they are: - " + ids[4] + " (status accepted, account " + otherDomain + ")", "Nothing was decided."},
		},
		"nothing named":   {decide("rejected", nil), nil, []string{"At least one of these attributes must be configured: [endpoints,domain_ids]"}},
		"an empty list":   {decide("rejected", fields{"endpoints": listOf()}), nil, []string{"No endpoint is named", "leave the argument out to decide by account"}},
		"no decision":     {decide("receive", fields{"endpoints": listOf(ids[0])}), nil, []string{`decision value must be one of: ["accepted" "rejected"], got: "receive"`}},
		"named twice":     {decide("rejected", fields{"endpoints": listOf(ids[0], ids[0])}), nil, []string{"Named twice", ids[0]}},
		"no timeout":      {decide("rejected", fields{"endpoints": listOf(ids[0]), "timeout": "0s"}), nil, []string{"Not a duration", `timeout is "0s". It takes a duration above zero`}},
		"gateway is gone": {none, func(m *mock) { m.RemoveGateway(testInstance) }, []string{"The connections can't be listed", "The gateway does not exist", "HTTP 404, APIC.7302", "request ID"}},
		"not allowed": {
			decide("rejected", fields{"endpoints": listOf(ids[0])}),
			func(m *mock) {
				m.Fail(fault(mockapig.OpAcceptOrReject, http.StatusForbidden, "APIC.7106", "No permissions"))
			},
			[]string{
				"Not all endpoints could be decided", "`apig:instance:acceptOrRejectVpcEndpointConnection`", "HTTP 403, APIC.7106",
				"these are not settled: - " + ids[0] + " (status accepted", "no endpoint's decision has changed.", "Invoke the action again: it looks first, and does what is left.",
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := decisionGateway(t)
			if tc.prepare != nil {
				tc.prepare(m)
			}
			_, diags := newWire(t, m).invoke(decisionType, tc.config)
			expectError(t, diags, tc.want...)
			if tc.prepare == nil {
				m.expectStatuses(t, "accepted", ids[0], ids[4])
			}
		})
	}
}

// The timeout is the argument's.
func TestDecisionAction_timeout(t *testing.T) {
	t.Parallel()
	m := decisionGateway(t)
	m.Fail(fault(mockapig.OpListConnections, http.StatusTooManyRequests, "APIGW.0308", "policy user over ratelimit"))
	_, diags := newWire(t, m).invoke(decisionType, decide("rejected", fields{"endpoints": listOf(endpointID(1)), "timeout": "10ms"}))
	expectError(t, diags, "The connections can't be listed", "The timeout of 10ms passed. Where it is just too short, raise `timeout`.")
}
