// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

func permissionsIdentity(accounts ...string) fields {
	return fields{"region": testRegion, "project_id": testProject, "instance_id": testInstance, "domain_ids": listOf(accounts...)}
}

func permissionsConfig(accounts ...any) fields {
	return fields{"instance_id": testInstance, "domain_ids": accounts}
}

// The identity follows the accounts, sorted, and keeps the prior ones while one
// is unknown.
func TestPermissionsIdentity(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := accountIDs(1, 3)
	w := newWire(t, m)
	w.resource = permissionsType

	made := w.create(permissionsConfig(ids[1], ids[0]))
	expectValue(t, "the created identity", any(permissionsIdentity(ids[:2]...)), made.identity)
	old := made
	old.identity = nil
	read, diags := w.read(old)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the read identity", made.identity, read.identity)

	planned, diags := w.plan(read, permissionsConfig(ids[0], unknown))
	expectWarning(t, diags, "Entries may be deleted: "+ids[1])
	expectValue(t, "the identity planned with an unknown account", made.identity, planned.identity)
	planned, diags = w.plan(read, permissionsConfig(ids[2], ids[0]))
	expectNoDiagnostics(t, diags)
	want := any(permissionsIdentity(ids[0], ids[2]))
	expectValue(t, "the planned identity", want, planned.identity)
	updated, diags := w.apply(read, planned, permissionsConfig(ids[2], ids[0]))
	expectNoDiagnostics(t, diags)
	expectValue(t, "the updated identity", want, updated.identity)
	m.expectPermitted(t, ids[0], ids[2])
}

// An import by identity brings in what one by ID does.
func TestPermissionsIdentity_import(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := accountIDs(1, 2)
	m.Permit(testInstance, ids...)
	w := newWire(t, m)
	w.resource = permissionsType
	byID, diags := w.imports(importScope+importID(ids...), nil)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the identity of an import by ID", any(permissionsIdentity(ids...)), byID.identity)
	for name, identity := range map[string]fields{
		"whole":       permissionsIdentity(ids...),
		"least":       {"instance_id": testInstance, "domain_ids": listOf(ids...)},
		"other order": {"instance_id": testInstance, "region": testRegion, "domain_ids": listOf(ids[1], ids[0])},
	} {
		got, diags := w.imports("", identity)
		expectNoDiagnostics(t, diags)
		expectValue(t, name+": the identity", byID.identity, got.identity)
		planned, diags := w.plan(got, permissionsConfig(ids[0], ids[1]))
		expectNoDiagnostics(t, diags)
		expectValue(t, name+": the plan", got.state, planned.state)
	}
	for name, tc := range map[string]struct {
		identity fields
		want     string
	}{
		"none":       {fields{"instance_id": testInstance, "domain_ids": listOf()}, "The identity names no account."},
		"no account": {fields{"instance_id": testInstance, "domain_ids": listOf("abc")}, `The identity has the part "abc", which is not the ID of an account`},
		"absent":     {fields{"instance_id": testInstance, "domain_ids": listOf("*")}, "does not list an entry for: - * (every account)"},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := w.imports("", tc.identity)
			expectError(t, diags, tc.want)
		})
	}
}
