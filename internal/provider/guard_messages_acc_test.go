// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Every message of the guard.
func TestGuard_messages(t *testing.T) {
	t.Parallel()
	config := func(arguments ...string) func(*mock) string {
		return func(m *mock) string { return m.provider("max_retries = 0") + guard("test", arguments...) }
	}
	one := config(theAccounts(partnerDomain))
	importing := func(id string, want ...string) messageCase {
		return messageCase{config: one, command: []string{"import", "-input=false", guardName, id}, want: append(want, "Error: ")}
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
