// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	vendorAddress = "registry.terraform.io/huaweicloud/huaweicloud"
	vendorType    = "huaweicloud_apig_endpoint_connection_management"
)

// vendorState is a state as the vendor's provider leaves it.
func vendorState(endpoint, action, status string, more ...string) string {
	state := fmt.Sprintf(`"id": %q, "instance_id": %q, "endpoint_id": %q, "action": %q, "status": %q, "region": %q`,
		endpoint, testInstance, endpoint, action, status, testRegion)
	for _, member := range more {
		state += ", " + member
	}
	return "{" + state + "}"
}

// A state that was moved is read, and matches its configuration: no call decides
// anything. TestMove_vendorState has states that the vendor's provider wrote; these
// are others that it may have written.
func TestConnectionMove(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 1)
	for name, tc := range map[string]struct {
		address, state, status string
		version                int64
	}{
		"other registry": {address: "registry.opentofu.org/huaweicloud/huaweicloud", state: vendorState(ids[0], "receive", "accepted"), status: "accepted"},
		"OpenTofu 1.11":  {address: "huaweicloud", state: vendorState(ids[0], "receive", "accepted"), status: "accepted"},
		"creating":       {address: vendorAddress, state: vendorState(ids[0], "", "creating"), status: "creating"},
		"later version":  {address: vendorAddress, state: vendorState(ids[0], "receive", "accepted", `"tags": {"a": 1}`), status: "accepted", version: 1},
		"as created": {
			address: vendorAddress, status: "accepted",
			state: fmt.Sprintf(`{"instance_id": %q, "endpoint_id": %q, "action": "receive", "status": null, "region": null}`, testInstance, ids[0]),
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask(tc.status, ids...)
			w := newWire(t, m)
			moved, diags := w.move(tc.address, vendorType, tc.version, tc.state)
			expectNoDiagnostics(t, diags)
			if calls := m.Journal(); len(calls) > 0 {
				t.Errorf("the move made calls: %v", calls)
			}
			read, diags := w.read(moved)
			expectNoDiagnostics(t, diags)
			expectValue(t, "the identity", any(identityOf(ids...)), read.identity)
			planned, diags := w.plan(read, accepted(ids...))
			expectNoDiagnostics(t, diags)
			expectValue(t, "the plan", read.state, planned.state)
			m.expectDecisions(t)
		})
	}
}

// Without a refresh, the moved state is planned and destroyed in the default
// project all the same, and never replaced.
func TestConnectionMove_unread(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 1)
	m.ask("accepted", ids...)
	w := newWire(t, m)
	moved, diags := w.move(vendorAddress, vendorType, 0, vendorState(ids[0], "receive", "accepted"))
	expectNoDiagnostics(t, diags)

	config := accepted(ids...)
	config["on_destroy"] = "retain"
	planned, diags := w.plan(moved, config) // which fails the test if it plans a replacement
	expectNoDiagnostics(t, diags)
	expectValue(t, "the identity", any(identityOf(ids...)), planned.identity)
	kept, diags := w.apply(moved, planned, config)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the project", any(testProject), kept.state.(fields)["project_id"])
	m.expectDecisions(t)

	_, diags = w.apply(moved, object{private: moved.private}, nil)
	expectNoDiagnostics(t, diags)
	m.expectDecisions(t, "reject 1")
}

// A moved state can't be read while the provider's project is unknown. Planned
// without a refresh, its project is unknown as well, which is no replacement.
func TestConnectionMove_unknownProject(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 1)
	m.ask("accepted", ids...)
	w := newWire(t, m)
	moved, diags := w.move(vendorAddress, vendorType, 0, vendorState(ids[0], "receive", "accepted"))
	expectNoDiagnostics(t, diags)
	w.config["project_id"] = unknown

	_, diags = w.read(moved)
	expectError(t, diags, "Not known while planning", "project_id comes from the provider's configuration, where it is known only after an apply.")
	planned, diags := w.plan(moved, accepted(ids...))
	expectNoDiagnostics(t, diags)
	expectValue(t, "the project", any(unknown), planned.state.(fields)["project_id"])
}

// The vendor's provider may have found its endpoint undecided: then the plan
// shows the decision, and makes it.
func TestConnectionMove_undecided(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 1)
	m.ask("pendingAcceptance", ids...)
	w := newWire(t, m)
	moved, diags := w.move(vendorAddress, vendorType, 0, vendorState(ids[0], "", "pendingAcceptance"))
	expectNoDiagnostics(t, diags)
	read, diags := w.read(moved)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the decision", nil, read.state.(fields)["desired_status"])
	planned, diags := w.plan(read, accepted(ids...))
	expectNoDiagnostics(t, diags)
	_, diags = w.apply(read, planned, accepted(ids...))
	expectNoDiagnostics(t, diags)
	m.expectDecisions(t, "receive 1")
}

// What can't be moved, and what the message says to do instead.
func TestConnectionMove_errors(t *testing.T) {
	t.Parallel()
	w := newWire(t, newMock(t, mockapig.Config{}))
	const instead = "forget the other resource with a `removed` block that has `destroy = false`."
	id := endpointID(1)
	for name, tc := range map[string]struct {
		address, kind, state string
		want                 []string
	}{
		"another type": {
			vendorAddress, "huaweicloud_apig_instance", `{"id": "x"}`,
			[]string{
				"Unsupported source of a move", "takes over the state of huaweicloud_apig_endpoint_connection_management of the provider huaweicloud/huaweicloud",
				"and not that of huaweicloud_apig_instance of the provider " + vendorAddress, "Import the endpoints instead", instead,
			},
		},
		"another provider": {
			"registry.terraform.io/somebody/huaweicloud", vendorType, vendorState(id, "receive", "accepted"),
			[]string{"Unsupported source of a move", "of the provider registry.terraform.io/somebody/huaweicloud", instead},
		},
		"no JSON": {
			vendorAddress, vendorType, `[1]`,
			[]string{"The state to move from can't be read", "The state of " + vendorType + ", of schema version 7, is not as expected: json:", instead},
		},
		"nothing":   {vendorAddress, vendorType, ``, []string{"of schema version 7, is not in JSON.", instead}},
		"no ID":     {vendorAddress, vendorType, vendorState("", "receive", "accepted"), []string{`has the endpoint_id "", which is no ID`, instead}},
		"no action": {vendorAddress, vendorType, vendorState(id, "forward", "accepted"), []string{`has the action "forward", which is neither receive nor reject.`, instead}},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := w.move(tc.address, tc.kind, 7, tc.state)
			expectError(t, diags, tc.want...)
		})
	}
}
