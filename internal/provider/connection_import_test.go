// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// importScope is what an import ID may begin with.
const importScope = testRegion + "/" + testProject + "/"

func importID(ids ...string) string { return testInstance + "/" + strings.Join(ids, ",") }

// What was imported matches its configuration: the plan is empty. What only a
// configuration can tell makes an update without a call.
func TestConnection_importThenPlan(t *testing.T) {
	ids := endpointIDs(1, 2)
	for name, tc := range map[string]struct {
		statuses, desired string
		arguments         []string
		changes           []map[string]string
	}{
		"accepted": {statuses: "accepted accepted", desired: "accepted"},
		"creating": {statuses: "creating accepted", desired: "accepted"},
		"rejected": {statuses: "rejected rejected", desired: "rejected"},
		"settings": {
			statuses: "accepted accepted", desired: "accepted",
			arguments: []string{expecting(partnerDomain), retain, `wait_for_endpoints = "1m"`, "timeouts {\n    create = \"1m\"\n  }"},
			changes: []map[string]string{
				alters("expected_domain_ids", "null -> ["+partnerDomain+"]"), alters("on_destroy", "reject -> retain"),
				alters("wait_for_endpoints", "3m -> 1m"), alters("timeouts.create", "absent -> 1m"),
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
				statuses := strings.Fields(tc.statuses)
				m.ask(statuses[0], ids[0])
				m.ask(statuses[1], ids[1])
				s.configure(m.connections(tc.desired, []string{ids[1], ids[0]}, tc.arguments...))
				s.must("import", resourceName, importID(ids...))
				plan := empty
				if tc.changes != nil {
					plan = updates(tc.changes...)
				}
				s.again(plan, recorded(resourceName, map[string]string{ids[0]: statuses[0], ids[1]: statuses[1]}), scope(testRegion, testProject), m.decided())
			})
		})
	}
}

// Endpoints whose consumers have left are brought in beside others, with the
// warning that they would have had.
func TestConnection_importGone(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 3)
		m.ask("accepted", ids[0])
		m.ask("deleting", ids[1])
		s.configure(m.connections("accepted", ids))
		s.must("import", resourceName, importID(ids...)).expect(t, 0,
			"Warning: Consumers have left", "- "+ids[1]+" (status deleting", "- "+ids[2]+" (not listed)")
		s.state(recorded(resourceName, map[string]string{ids[0]: "accepted", ids[1]: "", ids[2]: ""}), holds(ids...))
		s.again(empty, m.decided())
	})
}

// What can't be imported, and what the message says to do instead.
func TestConnection_importErrors(t *testing.T) {
	ids := endpointIDs(1, 3)
	const malformed = "An import ID has the form INSTANCE_ID/ENDPOINT_ID[,ENDPOINT_ID…] or, for another region or project than the provider's, REGION/PROJECT_ID/INSTANCE_ID/ENDPOINT_ID[,ENDPOINT_ID…]"
	in := func(statuses ...string) func(*mock) {
		return func(m *mock) {
			for i, status := range statuses {
				m.ask(status, ids[i])
			}
		}
	}
	importing := func(id string, want ...string) messageCase {
		return messageCase{command: []string{"import", resourceName, id}, want: append(want, "Error: ")}
	}
	cases := map[string]messageCase{
		"undecided": importing(importID(ids...), "Endpoints without a decision can't be imported",
			"On the "+theGateway+", these are not decided: "+line(1, "pendingAcceptance")+" "+line(2, "failed")+" Import the others, and declare these in a configuration: an apply decides them."),
		"none decided": importing(importID(ids[:2]...), "Endpoints without a decision can't be imported",
			"these are not decided: "+line(1, "pendingAcceptance")+" "+line(2, "failed")+" Declare these in a configuration: an apply decides them."),
		"mixed": importing(importID(ids...), "Endpoints of different decisions can't be imported together",
			"these are accepted: "+line(1, "accepted")+" "+line(2, "creating"), "these are rejected: "+line(3, "rejected"), "Import them into two resources."),
		"absent": importing(importID(ids[:2]...), "The gateway lists none of the endpoints",
			theGateway+" does not list: "+line(1, "deleting")+" - "+ids[1]+" (not listed)", "there is nothing to import"),
		"letter case": importing(importID(strings.ToUpper(ids[0])), "there is nothing to import. "+letterCase),
		"no gateway":  importing(importID(ids[0]), "The endpoints can't be imported", "The gateway does not exist", "HTTP 404, APIC.7302", requestID, theGateway),
		"forbidden":   importing(importID(ids[0]), "The endpoints can't be imported", "`apig:instance:listVpcEndpoint`", requestID, theGateway),
		"one part":    importing(testInstance, "Not an import ID", `The ID "`+testInstance+`" has 0 slashes, and takes 1 or 3.`, malformed),
		"another region": importing("elsewhere-1/"+testProject+"/"+importID(ids[0]), "The endpoints can't be imported",
			"endpoints.apig is the address of the API in its own region, "+testRegion),
		"another project": importing(testRegion+"/"+strings.Repeat("0", 32)+"/"+importID(ids[0]), "The endpoints can't be imported", "HTTP 403", requestID),
	}
	prepare := map[string]func(*mock){
		"undecided":    in("pendingAcceptance", "failed", "accepted"),
		"none decided": in("pendingAcceptance", "failed"),
		"mixed":        in("accepted", "creating", "rejected"),
		"absent":       in("deleting"),
		"no gateway":   func(m *mock) { m.RemoveGateway(testInstance) },
		"forbidden":    failing(fault(mockapig.OpListConnections, http.StatusForbidden, "APIC.7106", "No permissions")),
	}
	for name, tc := range cases {
		tc.prepare, tc.config = prepare[name], accepting(3)
		t.Run(name, tc.run)
	}
}
