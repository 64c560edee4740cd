// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// identityOf is the identity of a resource with the endpoints, which are sorted.
func identityOf(ids ...string) fields {
	return fields{"region": testRegion, "project_id": testProject, "instance_id": testInstance, "endpoints": listOf(ids...)}
}

func accepted(ids ...string) fields {
	return fields{"instance_id": testInstance, "desired_status": "accepted", "endpoints": listOf(ids...)}
}

// A resource has an identity from its creation on, with its endpoints sorted,
// and it changes with them.
func TestConnectionIdentity(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("pendingAcceptance", ids...)
	w := newWire(t, m)

	made := w.create(accepted(ids[1], ids[0]))
	expectValue(t, "the created identity", any(identityOf(ids[:2]...)), made.identity)

	read, diags := w.read(made)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the read identity", made.identity, read.identity)

	config := accepted(ids[2], ids[0], ids[1])
	planned, diags := w.plan(read, config)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the planned identity", any(identityOf(ids...)), planned.identity)
	updated, diags := w.apply(read, planned, config)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the updated identity", any(identityOf(ids...)), updated.identity)
}

// While an endpoint is unknown, the plan keeps the prior identity: Terraform
// takes no unknown one for an update. The apply sets the new one.
func TestConnectionIdentity_unknown(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids...)
	w := newWire(t, m)

	growing := accepted()
	growing["endpoints"] = []any{ids[0], unknown}
	planned, diags := w.plan(object{}, growing)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the identity planned for a creation", nil, planned.identity)

	made := w.create(accepted(ids[0]))
	planned, diags = w.plan(made, growing)
	expectNoDiagnostics(t, diags) // what the list names stays
	expectValue(t, "the identity planned for an update", made.identity, planned.identity)

	again, diags := w.plan(object{made.state, planned.identity, planned.private}, accepted(ids...))
	expectNoDiagnostics(t, diags)
	updated, diags := w.apply(made, again, accepted(ids...))
	expectNoDiagnostics(t, diags)
	expectValue(t, "the updated identity", any(identityOf(ids...)), updated.identity)
}

// An update that fails names what the state keeps.
func TestConnectionIdentity_failedUpdate(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids...)
	w := newWire(t, m)
	made := w.create(accepted(ids[0]))

	m.Fail(refusing("reject", "", -1, http.StatusForbidden, "APIC.7106"))
	planned, diags := w.plan(made, accepted(ids[1]))
	if len(diags) != 1 { // the warning of what will be rejected
		expectNoDiagnostics(t, diags)
	}
	failed, diags := w.apply(made, planned, accepted(ids[1]))
	if len(diags) == 0 {
		t.Error("no error")
	}
	expectValue(t, "the state's endpoints", any(listOf(ids[1], ids[0])), failed.state.(fields)["endpoints"])
	expectValue(t, "the identity", any(identityOf(ids...)), failed.identity)
}

// So does a destroy that fails.
func TestConnectionIdentity_failedDelete(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids...)
	w := newWire(t, m)
	made := w.create(accepted(ids...))

	m.Fail(refusing("reject", ids[1], -1, http.StatusBadRequest, "APIC.7211"))
	failed, diags := w.apply(made, object{identity: made.identity, private: made.private}, nil)
	expectError(t, diags, "The gateway refuses to decide endpoints")
	expectValue(t, "the state's endpoints", any(listOf(ids[1])), failed.state.(fields)["endpoints"])
	expectValue(t, "the identity", any(identityOf(ids[1])), failed.identity)
}

// A state from before there were identities gets one when it is read, and one
// whose gateway is gone leaves as before.
func TestConnectionIdentity_none(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids...)
	w := newWire(t, m)
	old := w.create(accepted(ids[1], ids[0]))
	old.identity = nil

	planned, diags := w.plan(old, accepted(ids[1], ids[0]))
	expectNoDiagnostics(t, diags)
	expectValue(t, "the plan", old.state, planned.state)
	read, diags := w.read(old)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the identity", any(identityOf(ids...)), read.identity)

	m.RemoveGateway(testInstance)
	gone, diags := w.read(old)
	if len(diags) != 1 || !strings.HasPrefix(diags[0].Summary, "The gateway is gone") {
		t.Errorf("diagnostics %v", diags)
	}
	expectValue(t, "the state", nil, gone.state)
}

// An import by identity brings in what one by ID does. Region and project may be
// left out, and the order of the endpoints does not matter.
func TestConnectionIdentity_import(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	w := newWire(t, m)
	byID, diags := w.imports(importScope+importID(ids...), nil)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the identity of an import by ID", any(identityOf(ids...)), byID.identity)

	for name, identity := range map[string]fields{
		"whole":       identityOf(ids...),
		"least":       {"instance_id": testInstance, "endpoints": listOf(ids...)},
		"other order": {"instance_id": testInstance, "region": testRegion, "endpoints": listOf(ids[1], ids[0])},
	} {
		got, diags := w.imports("", identity)
		expectNoDiagnostics(t, diags)
		expectValue(t, name+": the identity", byID.identity, got.identity)
		planned, diags := w.plan(got, accepted(ids[0], ids[1]))
		expectNoDiagnostics(t, diags)
		expectValue(t, name+": the plan", got.state, planned.state)
	}
	m.expectDecisions(t)
}

// Nothing can be imported while it is not known from where.
func TestConnectionIdentity_importUnknownProject(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointID(1))
	w := newWire(t, m)
	w.config["project_id"] = unknown
	identity := identityOf(endpointID(1))
	_, diags := w.imports("", identity)
	expectNoDiagnostics(t, diags)
	delete(identity, "project_id")
	_, diags = w.imports("", identity)
	expectError(t, diags, "Not known while planning", "project_id comes from the provider's configuration")
}

// What an identity can't be imported for, and what the message says.
func TestConnectionIdentity_importErrors(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("accepted", ids[0])
	m.ask("rejected", ids[1])
	w := newWire(t, m)
	named := func(ids ...string) fields { return fields{"instance_id": testInstance, "endpoints": listOf(ids...)} }
	const form = "An identity has `instance_id` and `endpoints`, one or more in any order"
	for name, tc := range map[string]struct {
		identity fields
		want     []string
	}{
		"none":       {named(), []string{"Not an identity", "The identity names no endpoint.", form}},
		"no ID":      {named("a b"), []string{"Not an identity", `The identity has the part "a b", which is no ID`, form}},
		"no gateway": {fields{"instance_id": "../x", "endpoints": listOf(ids[0])}, []string{"Not an identity", `has the part "../x", which is no ID`}},
		"twice":      {named(ids[0], ids[0]), []string{"Not an identity", "names the endpoint " + ids[0] + " twice", form}},
		"mixed":      {named(ids[:2]...), []string{"Endpoints of different decisions can't be imported together", line(1, "accepted"), line(2, "rejected")}},
		"absent":     {named(ids[2]), []string{"The gateway lists none of the endpoints", ids[2] + " (not listed)"}},
		"elsewhere": {
			fields{"instance_id": "00000000000000000000000000000000", "endpoints": listOf(ids[0])},
			[]string{"The endpoints can't be imported", "The gateway does not exist in this region and project", "HTTP 404, APIC.7302"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := w.imports("", tc.identity)
			expectError(t, diags, tc.want...)
		})
	}
}
