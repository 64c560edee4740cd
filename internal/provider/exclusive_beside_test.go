// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// What another resource of the configuration accepts can't be undeclared,
// whichever of the two is planned first.
func TestExclusive_conflicts(t *testing.T) {
	const summary = "Error: Accepted here, rejected there"
	conflict := func(n int) string {
		return "An apig_vpc_endpoint_connection of the same provider block accepts these endpoints of the " + theGateway + ", and its apig_vpc_endpoint_connections_exclusive would reject them: - " + endpointID(n) + " Name them in the latter's `endpoints`, or their accounts in its `domain_ids`, or don't accept them. " + destroyAllTheSame
	}
	accepting := func(arguments ...string) string {
		return block("test", "accepted", hclList(endpointIDs(1, 2)), arguments...)
	}
	for name, tc := range map[string]struct {
		config string
		want   []string
	}{
		"exclusive last":  {accepting() + exclusive("test", theEndpoints(endpointID(1)), after("test")), []string{summary, conflict(2)}},
		"exclusive first": {accepting("depends_on = ["+exclusiveName+"]") + exclusive("test", theEndpoints(endpointID(2))), []string{summary, conflict(1)}},
		"by account":      {accepting() + exclusive("test", theAccounts(otherDomain), theEndpoints(endpointID(1))), []string{summary, conflict(2)}},
		"declared":        {accepting() + exclusive("test", theEndpoints(endpointID(1)), theAccounts(partnerDomain)), nil},
		"rejected too":    {block("test", "rejected", hclList(endpointIDs(1, 2))) + exclusive("test", theAccounts(otherDomain)), nil},
		"not known":       {accepting() + exclusive("test", "endpoints = apig_vpc_endpoint_connection.test.endpoints"), nil},
		"two":             {exclusive("test", theAccounts(otherDomain)) + exclusive("more", theAccounts(partnerDomain)), []string{"Error: The gateway has an exclusive resource already", "of the same provider block is for the " + theGateway, "make one of them. " + destroyAllTheSame}},
	} {
		for _, when := range []string{"created", "there"} {
			t.Run(name+", "+when, func(t *testing.T) {
				onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
					m.ask("pendingAcceptance", endpointIDs(1, 2)...)
					if when == "there" {
						s.then(m.provider() + exclusive("test", theAccounts(partnerDomain)) + accepting())
					}
					s.configure(m.provider() + tc.config)
					s.plan().expect(t, min(len(tc.want), 1), tc.want...)
					s.must("destroy", "-refresh=false")
				})
			})
		}
	}
}

// An endpoint that leaves the resource which accepts it, and so what is declared, is
// rejected once by the two of them, also where a repetition is refused. Both tell of it: of
// warnings with one summary, the CLI would show the first.
func TestExclusive_besideARelease(t *testing.T) {
	for _, name := range []string{"friendly", "redecide-refused", "redecide-refused-wrapped"} {
		t.Run(name, func(t *testing.T) {
			onStage(t, mockapig.Config{Behavior: mockapig.Behaviors()[name]}, func(t *testing.T, m *mock, s *stage) {
				m.ask("pendingAcceptance", endpointIDs(1, 3)...)
				config := func(ids []string) string {
					return m.provider() + block("test", "accepted", hclList(ids)) + exclusive("test", "endpoints = apig_vpc_endpoint_connection.test.endpoints")
				}
				s.then(config(endpointIDs(1, 3)), m.decided("receive 3"))
				s.then(config(endpointIDs(2, 3)), warns("Connections will be rejected"), warns("Undeclared connections will be rejected"),
					rejects("absent", endpointID(1)), m.decided("reject 1"))
				m.expectStatuses(t, "rejected", endpointID(1))
			})
		})
	}
}

// A gateway of pages is listed once a plan, for all resources and data sources.
func TestExclusive_shares(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.ask("accepted", endpointIDs(1, 1100)...)
		s.then(m.provider() + exclusive("test", theAccounts(partnerDomain)) + block("test", "accepted", hclList(endpointIDs(1, 20)), retain) + data("all"))
		m.ResetJournal()
		s.settled()
		if n := m.Count(mockapig.OpListConnections); n > 4 {
			t.Errorf("%d listings for one plan, want 4 at the most", n)
		}
	})
}

// Every message of the resource.
func TestExclusive_messages(t *testing.T) {
	config := func(arguments ...string) func(*mock) string {
		return func(m *mock) string { return m.provider("max_retries = 0") + exclusive("test", arguments...) }
	}
	one := config(theAccounts(partnerDomain))
	importing := func(id string, want ...string) messageCase {
		return messageCase{config: one, command: []string{"import", exclusiveName, id}, want: append(want, "Error: ")}
	}
	forbid := func(m *mock) {
		m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Times: -1, Status: http.StatusForbidden, Code: "APIC.7106", Message: "No permissions"})
	}
	const malformed = "An import ID has the form INSTANCE_ID or, for another region or project than the provider's, REGION/PROJECT_ID/INSTANCE_ID"
	const nothing = "Neither `endpoints` nor `domain_ids` names anything, so that every connection of the gateway would be rejected."
	for name, tc := range map[string]messageCase{
		"nothing":    {config: config(), want: []string{"The exclusive resource declares nothing", nothing}},
		"empty":      {config: config(theEndpoints(), theAccounts()), want: []string{"The exclusive resource declares nothing", nothing}},
		"twice":      {config: config(theEndpoints(endpointID(1), endpointID(1))), want: []string{"Named twice", "- " + endpointID(1)}},
		"no ID":      {config: config(theAccounts("*", strings.Repeat("A", 32))), want: []string{"Not the ID of an account", "an account's ID is 32 hexadecimal digits, in lower case", `- element 0 is "*"`, `- element 1 is "AA`}},
		"no gateway": {config: one, prepare: func(m *mock) { m.RemoveGateway(testInstance) }, want: []string{"The connections can't be listed", "HTTP 404, APIC.7302", theGateway}},
		"no service": {config: one, prepare: func(m *mock) {
			m.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: testProject, NoEndpointService: true})
		}, want: []string{"The connections can't be listed", "The gateway has no VPC endpoint service", "APIC.7314"}},
		"letter case": {
			config: config(theEndpoints(strings.ToUpper(endpointID(1)))), prepare: func(m *mock) { m.ask("accepted", endpointID(1)) },
			then: func(*mock) {}, command: []string{"plan"}, succeeds: true,
			want: []string{"Undeclared connections will be rejected", line(1, "accepted"), "or its account in `domain_ids`. " + letterCase},
		},
		"letter case, new": {
			config: config(theEndpoints(strings.ToUpper(endpointID(1)))), prepare: func(m *mock) { m.ask("accepted", endpointID(1)) },
			succeeds: true, want: []string{"Connections that are not declared", letterCase},
		},
		"forbidden":       {config: one, prepare: forbid, want: []string{"The connections can't be listed", "`apig:instance:listVpcEndpoint`", requestID}},
		"read, forbidden": {config: one, then: forbid, command: []string{"plan"}, want: []string{"The connections can't be read", "`apig:instance:listVpcEndpoint`"}},
		"import, form":    importing("a/b", "Not an import ID", "has 1 slash, and takes 0 or 2.", malformed),
		"import, no ID":   importing("..", "Not an import ID", `has the part "..", which is no ID`, malformed),
		"import, gateway": importing("00000000000000000000000000000000", "The gateway can't be imported", "HTTP 404, APIC.7302"),
	} {
		t.Run(name, tc.run)
	}
}
