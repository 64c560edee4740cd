// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// listedEndpoints are the endpoints that the data source gives of the partner's.
func (w *wire) listedEndpoints(filter fields) any {
	w.t.Helper()
	read, diags := w.data("apig_vpc_endpoint_connections", fields{"instance_id": testInstance, "filter": filter})
	expectNoDiagnostics(w.t, diags)
	return read["endpoints"]
}

// A consumer who leaves never stops an apply, nor makes it wait, whatever of it was
// seen when. What its endpoint has is null, and the next plan plans nothing for it.
func TestLeft(t *testing.T) {
	t.Parallel()
	stays, leaves := endpointID(1), endpointID(2)
	both := []string{stays, leaves}
	ofPartner := fields{"domain_ids": listOf(partnerDomain)}
	config := func(endpoints any) map[string]wanted {
		return just(map[string]fields{"t": {
			"instance_id": testInstance, "desired_status": "accepted", "endpoints": endpoints, "wait_for_endpoints": "8s",
		}})
	}
	for name, test := range map[string]struct {
		had     []string // of the resource before; nil where it is new
		listed  bool     // the plan takes what a data source gives when it is being deleted already
		deleted bool     // it is being deleted in the apply, and not gone
		during  bool     // it goes once a data source of the apply has listed it
	}{
		"leaving when planned":                   {listed: true},
		"of the resource":                        {had: both},
		"of the resource, and being deleted":     {had: both, deleted: true},
		"listed by a data source of the apply":   {during: true},
		"being deleted in the apply":             {deleted: true},
		"new to the resource, and being deleted": {had: both[:1], deleted: true},
	} {
		for _, others := range []string{"friendly", "come-and-go", "newest-first", "hostile"} {
			t.Run(name+", "+others, func(t *testing.T) {
				inMemory(t, mockapig.Config{Behavior: mockapig.Behaviors()[others]}, func(t *testing.T, m *mock, w *walker) {
					m.ask("accepted", stays)
					m.ask(map[bool]string{true: "deleting", false: "pendingAcceptance"}[test.listed], leaves)
					if test.had != nil {
						w.run(config(listOf(test.had...)))
					}
					if len(test.had) == len(both) {
						m.SetStatus(testInstance, leaves, "rejected")
					}
					w.walk()
					has, says := any(listOf(both...)), "Consumers have left: "+leaves
					if test.listed {
						has, says = w.listedEndpoints(ofPartner), ""
						expectValue(t, "what is listed", any(listOf(stays)), has)
					}
					wanted := config(has)
					changes, told := w.plans(wanted)
					for _, text := range told.errors {
						t.Fatal(text)
					}
					if test.deleted {
						m.SetStatus(testInstance, leaves, "deleting")
					} else if !test.during {
						m.Disconnect(testInstance, leaves)
					}
					passes(time.Minute)
					if next := w.next; test.during {
						w.next = func(n int) int {
							w.listedEndpoints(ofPartner)
							m.Disconnect(testInstance, leaves)
							passes(time.Minute)
							w.next = next
							return next(n)
						}
					}
					began := time.Now()
					told = w.applies(changes, -1)
					assert.Check(t, len(told.errors) <= 0 && (says == "" || told.warned(says)), "errors %q, warnings %q", told.errors, told.warnings)
					took := time.Since(began)
					assert.Check(t, test.during || took <= 5*time.Second, "the apply took %s", took)
					state, _ := w.objects["t"].current.state.(fields)
					connections, _ := state["connections"].(fields)
					expectValue(t, "endpoints", has, state["endpoints"])
					expectStatus(t, connections[stays], "accepted")
					m.expectStatuses(t, "accepted", stays)
					w.settledIn(wanted)
					if _, named := connections[leaves]; named {
						read, _ := w.read(w.objects["t"].current)
						connections, _ = read.state.(fields)["connections"].(fields)
						expectStatus(t, connections[leaves], nil)
					}
				})
			})
		}
	}
}

func expectStatus(t *testing.T, connection, want any) {
	t.Helper()
	of, _ := connection.(fields)
	expectValue(t, "status", want, of["status"])
}

// What the data source gives for a resource has nothing that is being deleted; what it
// tells of the gateway does.
func TestLeft_dataSource(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		m.ask("accepted", endpointID(1))
		m.ask("deleting", endpointID(2))
		for what, filter := range map[string]fields{
			"all":      nil,
			"account":  {"domain_ids": listOf(partnerDomain)},
			"endpoint": {"endpoints": listOf(endpointID(1), endpointID(2))},
		} {
			read, diags := w.data("apig_vpc_endpoint_connections", fields{"instance_id": testInstance, "filter": filter})
			expectNoDiagnostics(t, diags)
			expectValue(t, what, any(listOf(endpointID(1))), read["endpoints"])
			connections, _ := read["connections"].(fields)
			expectStatus(t, connections[endpointID(2)], "deleting")
		}
	})
}
