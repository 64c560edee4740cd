// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"time"

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
	ofPartner := fields{"domain_ids": listOf(partnerDomain)}
	config := func(endpoints any) map[string]wanted {
		return just(map[string]fields{"t": {
			"instance_id": testInstance, "desired_status": "accepted", "endpoints": endpoints, "wait_for_endpoints": "8s",
		}})
	}
	for name, test := range map[string]struct {
		before func(m *mock, w *walker) // the plan
		status string                   // of the one that leaves, when planned
		wants  func(w *walker) any      // the endpoints, as planned
		during func(m *mock, w *walker) // after the apply's run has begun
		leaves func(m *mock)            // when it does, before the apply
		says   string
		has    []any
	}{
		"leaving when planned": {
			status: "deleting",
			wants:  func(w *walker) any { return w.listedEndpoints(ofPartner) },
			has:    []any{stays},
		},
		"of the resource": {
			status: "pendingAcceptance",
			before: func(m *mock, w *walker) {
				w.run(config(listOf(stays, leaves)))
				m.SetStatus(testInstance, leaves, "rejected")
			},
			wants: func(*walker) any { return listOf(stays, leaves) },
			says:  "Consumers have left: " + leaves,
			has:   []any{stays, leaves},
		},
		"of the resource, and being deleted": {
			status: "pendingAcceptance",
			before: func(m *mock, w *walker) {
				w.run(config(listOf(stays, leaves)))
				m.SetStatus(testInstance, leaves, "rejected")
			},
			wants:  func(*walker) any { return listOf(stays, leaves) },
			leaves: func(m *mock) { m.SetStatus(testInstance, leaves, "deleting") },
			says:   "Consumers have left: " + leaves,
			has:    []any{stays, leaves},
		},
		"listed by a data source of the apply": {
			status: "pendingAcceptance",
			wants:  func(*walker) any { return listOf(stays, leaves) },
			leaves: func(*mock) {},
			during: func(m *mock, w *walker) {
				w.listedEndpoints(ofPartner)
				m.Disconnect(testInstance, leaves)
				passes(time.Minute)
			},
			says: "Consumers have left: " + leaves,
			has:  []any{stays, leaves},
		},
		"being deleted in the apply": {
			status: "pendingAcceptance",
			wants:  func(*walker) any { return listOf(stays, leaves) },
			leaves: func(m *mock) { m.SetStatus(testInstance, leaves, "deleting") },
			says:   "Consumers have left: " + leaves,
			has:    []any{stays, leaves},
		},
		"new to the resource, and being deleted": {
			status: "pendingAcceptance",
			before: func(_ *mock, w *walker) { w.run(config(listOf(stays))) },
			wants:  func(*walker) any { return listOf(stays, leaves) },
			leaves: func(m *mock) { m.SetStatus(testInstance, leaves, "deleting") },
			says:   "Consumers have left: " + leaves,
			has:    []any{stays, leaves},
		},
	} {
		for _, others := range []string{"friendly", "come-and-go", "newest-first", "hostile"} {
			t.Run(name+", "+others, func(t *testing.T) {
				inMemory(t, mockapig.Config{Behavior: mockapig.Behaviors()[others]}, func(t *testing.T, m *mock, w *walker) {
					m.ask("accepted", stays)
					m.ask(test.status, leaves)
					if test.before != nil {
						test.before(m, w)
					}
					w.walk()
					wanted := config(test.wants(w))
					changes, told := w.plans(wanted)
					for _, text := range told.errors {
						t.Fatal(text)
					}
					if test.leaves != nil {
						test.leaves(m)
					} else {
						m.Disconnect(testInstance, leaves)
					}
					passes(time.Minute)
					if test.during != nil {
						during := w.next
						w.next = func(n int) int {
							test.during(m, w)
							w.next = during
							return during(n)
						}
					}
					began := time.Now()
					told = w.applies(changes, -1)
					if len(told.errors) > 0 || test.says != "" && !told.warned(test.says) {
						t.Errorf("errors %q, warnings %q", told.errors, told.warnings)
					}
					if took := time.Since(began); test.during == nil && took > 5*time.Second {
						t.Errorf("the apply took %s", took)
					}
					state, _ := w.objects["t"].current.state.(fields)
					connections, _ := state["connections"].(fields)
					expectValue(t, "endpoints", any(test.has), state["endpoints"])
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
