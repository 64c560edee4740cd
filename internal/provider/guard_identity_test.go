// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A guard is named by its gateway, also where it is imported by that.
func TestGuardIdentity(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 2)...)
	w := newWire(t, m)
	w.resource = guardType
	config := fields{"instance_id": testInstance, "endpoints": listOf(endpointIDs(1, 2)...)}
	identity := any(fields{"region": testRegion, "project_id": testProject, "instance_id": testInstance})

	made := w.create(config)
	expectValue(t, "the created identity", identity, made.identity)
	old := made
	old.identity = nil
	read, diags := w.read(old)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the read identity", identity, read.identity)
	planned, diags := w.plan(read, fields{"instance_id": testInstance, "endpoints": listOf(endpointID(1))})
	if len(diags) != 1 { // what will be rejected
		expectNoDiagnostics(t, diags)
	}
	expectValue(t, "the planned identity", identity, planned.identity)

	// A replacement is planned with the prior identity first, as an update is.
	const another = "3b9c1d3e5f7041638597a0b1c2d3e4f6"
	m.AddGateway(mockapig.Gateway{ID: another, ProjectID: testProject})
	w.replaces = true
	planned, diags = w.plan(read, fields{"instance_id": another, "endpoints": listOf(endpointID(1))})
	expectNoDiagnostics(t, diags)
	expectValue(t, "the identity of the replacement", any(fields{"region": testRegion, "project_id": testProject, "instance_id": another}), planned.identity)
	w.replaces = false

	for name, given := range map[string]fields{"whole": identity.(fields), "least": {"instance_id": testInstance}} {
		got, diags := w.imports("", given)
		expectNoDiagnostics(t, diags)
		expectValue(t, name+": the identity", identity, got.identity)
	}
	_, diags = w.imports("", fields{"instance_id": "a/b"})
	expectError(t, diags, `The identity has the part "a/b", which is no ID`, "An identity has `instance_id`")
}
