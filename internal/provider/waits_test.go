// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// listedEndpoints are the endpoints that the data source gives of the partner's.
func (w *wire) listedEndpoints(filter fields) any {
	w.t.Helper()
	read, diags := w.data("apig_vpc_endpoint_connections", fields{"instance_id": testInstance, "filter": filter})
	expectNoDiagnostics(w.t, diags)
	return read["endpoints"]
}

// A consumer who leaves never stops an apply, nor makes it wait. What its endpoint has is null, and the next plan plans nothing.
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
			runInMemory(t, name+", "+others, mockapig.Config{Behavior: mockapig.Behaviors()[others]}, func(t *testing.T, m *mock, w *walker) {
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
				assert.Assert(t, is.Len(told.errors, 0))
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
		}
	}
}

func expectStatus(t *testing.T, connection, want any) {
	t.Helper()
	of, _ := connection.(fields)
	expectValue(t, "status", want, of["status"])
}

// Whoever set a timeout for reading too low gets out of it as the error says: without a
// refresh, an apply records the higher one, and makes no call for it. Likewise one for destroying: the object stays in the state,
// and goes with a higher one.
func TestTimeouts_resources(t *testing.T) {
	t.Parallel()
	for resource, config := range everyResource() {
		runInMemory(t, resource, mockapig.Config{Latency: time.Millisecond}, func(t *testing.T, m *mock, w *walker) {
			m.ask("pendingAcceptance", endpointIDs(1, 2)...)
			w.resource = resource
			made := w.create(config)
			short, long := with(config, "timeouts", fields{"read": "1ns"}), with(config, "timeouts", fields{"read": "1h"})
			stuck := w.update(made, short)
			_, diags := w.read(stuck)
			expectError(t, diags, "The timeout of 1ns passed. Reading goes by the `timeouts` in the state. Where `read` is just too short, raise it in the `timeouts` block and apply with `-refresh=false`")
			m.ResetJournal()
			freed := w.update(stuck, long)
			assert.Check(t, is.Len(m.Journal(), 0), "recording a timeout made calls")
			read := w.ok(w.read(freed))
			w.unchanged(read, long)
			if resource == exclusiveType {
				return // whose destruction makes no call
			}
			stuck = w.update(read, with(config, "timeouts", fields{"delete": "1ns"}))
			left, diags := w.apply(stuck, object{private: stuck.private}, nil)
			expectError(t, diags, "The timeout of 1ns passed. A destruction goes by the `timeouts` in the state. Where `delete` is just too short, raise it in the `timeouts` block and apply that first, then destroy.")
			freed = w.update(left, with(config, "timeouts", fields{"delete": "1h"}))
			expectValue(t, "what is left", nil, w.ok(w.apply(freed, object{private: freed.private}, nil)).state)
		})
	}
}

// A data source has a timeout of its own, which is the configured one.
func TestTimeouts_dataSources(t *testing.T) {
	inMemory(t, mockapig.Config{Latency: time.Millisecond}, func(t *testing.T, m *mock, w *walker) {
		for _, name := range []string{"apig_vpc_endpoint_connections", permissionsType} {
			reads := func(timeout string) []*tfprotov6.Diagnostic {
				_, diags := w.data(name, fields{"instance_id": testInstance, "timeouts": fields{"read": timeout}})
				return diags
			}
			expectNoDiagnostics(t, reads("1h"))
			expectError(t, reads("1ns"), "The timeout of 1ns passed. Where it is just too short, raise `read` in the `timeouts` block.")
			expectError(t, reads("0s"), "Not a timeout", "It takes a duration above zero")
		}
	})
}

// Many resources whose endpoints never come are told of soon, and why.
func TestWait_inVain(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, _ *mock, w *walker) {
		config := map[string]wanted{}
		for n := range 100 {
			config[fmt.Sprintf("r%02d", n)] = wanted{config: with(accepted(endpointID(n)), "wait_for_endpoints", "6s")}
		}
		w.atOnce = 10
		changes, told := w.plans(config)
		assert.Assert(t, is.Len(told.errors, 0))
		began := time.Now()
		told = w.applies(changes, -1)
		took := time.Since(began)
		assert.Check(t, len(told.errors) == 100 && took <= 18*time.Second, "%d errors after %s", len(told.errors), took)
		for want, atLeast := range map[string]int{
			"did not begin to within `wait_for_endpoints` (6s), counted from when nothing else was left to do":         10,
			"did not begin to within 600ms. That is shorter than `wait_for_endpoints` (6s), since this run has waited": 80,
		} {
			says := 0
			for _, text := range told.errors {
				if strings.Contains(text, want) {
					says++
				}
			}
			assert.Check(t, says >= atLeast, "%d say %q, want %d at least:\n%s", says, want, atLeast, told.errors[len(told.errors)-1])
		}
	})
}
