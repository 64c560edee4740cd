// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Whoever set a timeout for reading too low gets out of it as the error says: without a
// refresh, an apply records the higher one, and makes no call for it.
func TestTimeouts_read(t *testing.T) {
	t.Parallel()
	for resource, config := range everyResource() {
		t.Run(resource, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("pendingAcceptance", endpointIDs(1, 2)...)
			w := newWire(t, m)
			w.resource = resource
			made := w.create(config)
			short, long := with(config, "timeouts", fields{"read": "1ns"}), with(config, "timeouts", fields{"read": "1h"})
			stuck := w.update(made, short)
			_, diags := w.read(stuck)
			expectError(t, diags, "The timeout of 1ns passed. Reading goes by the `timeouts` in the state. Where `read` is just too short, raise it in the `timeouts` block and apply with `-refresh=false`")
			m.ResetJournal()
			freed := w.update(stuck, long)
			if calls := m.Journal(); len(calls) > 0 {
				t.Errorf("recording a timeout made calls: %v", calls)
			}
			read, diags := w.read(freed)
			expectNoDiagnostics(t, diags)
			planned, diags := w.plan(read, long)
			expectNoDiagnostics(t, diags)
			expectValue(t, "the next plan", read.state, planned.state)
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
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("pendingAcceptance", endpointIDs(1, 2)...)
			w := newWire(t, m)
			w.resource = resource
			made := w.create(with(config, "timeouts", fields{"delete": "1ns"}))
			left, diags := w.apply(made, object{private: made.private}, nil)
			expectError(t, diags, "The timeout of 1ns passed. A destruction goes by the `timeouts` in the state. Where `delete` is just too short, raise it in the `timeouts` block and apply that first, then destroy.")
			freed := w.update(left, with(config, "timeouts", fields{"delete": "1h"}))
			gone, diags := w.apply(freed, object{private: freed.private}, nil)
			expectNoDiagnostics(t, diags)
			expectValue(t, "what is left", nil, gone.state)
		})
	}
}

// A data source has a timeout of its own, which is the configured one.
func TestTimeouts_dataSources(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	w := newWire(t, m)
	for _, name := range []string{"apig_vpc_endpoint_connections", "apig_vpc_endpoint_permissions"} {
		expectNoDiagnostics(t, w.readData(name, fields{"instance_id": testInstance}))
		expectNoDiagnostics(t, w.readData(name, fields{"instance_id": testInstance, "timeouts": fields{"read": "1h"}}))
		expectError(t, w.readData(name, fields{"instance_id": testInstance, "timeouts": fields{"read": "1ns"}}),
			"The timeout of 1ns passed. Where it is just too short, raise `read` in the `timeouts` block.")
		expectError(t, w.readData(name, fields{"instance_id": testInstance, "timeouts": fields{"read": "0s"}}), "Not a timeout", "It takes a duration above zero")
	}
}

// update plans and applies a change of what is there.
func (w *wire) update(prior object, config fields) object {
	w.t.Helper()
	planned, diags := w.plan(prior, config)
	expectNoDiagnostics(w.t, diags)
	made, diags := w.apply(prior, planned, config)
	expectNoDiagnostics(w.t, diags)
	return made
}

// readData validates and reads a data source.
func (w *wire) readData(name string, config fields) []*tfprotov6.Diagnostic {
	w.t.Helper()
	server, encoded := w.server(), w.encode(w.schemas.DataSourceSchemas[name].ValueType(), config)
	validated, err := server.ValidateDataResourceConfig(w.t.Context(), &tfprotov6.ValidateDataResourceConfigRequest{TypeName: name, Config: encoded})
	noError(w.t, err)
	if len(validated.Diagnostics) > 0 {
		return validated.Diagnostics
	}
	resp, err := server.ReadDataSource(w.t.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: name, Config: encoded})
	noError(w.t, err)
	return resp.Diagnostics
}
