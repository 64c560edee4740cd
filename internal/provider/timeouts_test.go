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

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Whoever set a timeout for reading too low gets out of it as the error says: without a
// refresh, an apply records the higher one, and makes no call for it.
func TestTimeouts_read(t *testing.T) {
	t.Parallel()
	for resource, config := range everyResource() {
		t.Run(resource, func(t *testing.T) {
			inMemory(t, mockapig.Config{Latency: time.Millisecond}, func(t *testing.T, m *mock, w *walker) {
				m.ask("pendingAcceptance", endpointIDs(1, 2)...)
				w.resource = resource
				made := w.create(config)
				short, long := with(config, "timeouts", fields{"read": "1ns"}), with(config, "timeouts", fields{"read": "1h"})
				stuck := w.update(made, short)
				_, diags := w.read(stuck)
				expectError(t, diags, "The timeout of 1ns passed. Reading goes by the `timeouts` in the state. Where `read` is just too short, raise it in the `timeouts` block and apply with `-refresh=false`")
				m.ResetJournal()
				freed := w.update(stuck, long)
				calls := m.Journal()
				assert.Check(t, len(calls) <= 0, "recording a timeout made calls: %v", calls)
				read := w.ok(w.read(freed))
				w.unchanged(read, long)
			})
		})
	}
}

// Likewise one for destroying: the object stays in the state, and goes with a higher one.
func TestTimeouts_delete(t *testing.T) {
	t.Parallel()
	for resource, config := range everyResource() {
		if resource == "apig_vpc_endpoint_connections_exclusive" {
			continue // whose destruction makes no call
		}
		t.Run(resource, func(t *testing.T) {
			inMemory(t, mockapig.Config{Latency: time.Millisecond}, func(t *testing.T, m *mock, w *walker) {
				m.ask("pendingAcceptance", endpointIDs(1, 2)...)
				w.resource = resource
				made := w.create(with(config, "timeouts", fields{"delete": "1ns"}))
				left, diags := w.apply(made, object{private: made.private}, nil)
				expectError(t, diags, "The timeout of 1ns passed. A destruction goes by the `timeouts` in the state. Where `delete` is just too short, raise it in the `timeouts` block and apply that first, then destroy.")
				freed := w.update(left, with(config, "timeouts", fields{"delete": "1h"}))
				gone := w.ok(w.apply(freed, object{private: freed.private}, nil))
				expectValue(t, "what is left", nil, gone.state)
			})
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

// waitingFor is a resource that waits for an endpoint.
func waitingFor(wait string, ids ...string) fields {
	return with(accepted(ids...), "wait_for_endpoints", wait)
}

// Many resources whose endpoints never come are told of soon, and why.
func TestWait_inVain(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, _ *mock, w *walker) {
		config := map[string]wanted{}
		for n := range 100 {
			config[fmt.Sprintf("r%02d", n)] = wanted{config: waitingFor("6s", endpointID(n))}
		}
		w.atOnce = 10
		changes, told := w.plans(config)
		if len(told.errors) > 0 {
			t.Fatal(told.errors[0])
		}
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
			if says < atLeast {
				t.Errorf("%d say %q, want %d at least:\n%s", says, want, atLeast, told.errors[len(told.errors)-1])
			}
		}
	})
}
