// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A query finds the accounts that may ask, but those that it leaves out. What it includes is what an import by its identity and
// a read make of it, so that the configuration written from it plans nothing.
func TestPermissionsList(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		permitted []string
		names     []string
		accounts  [][]string
	}{
		"two accounts":      {[]string{otherDomain, partnerDomain}, []string{"2 accounts"}, [][]string{{partnerDomain, otherDomain}}},
		"one account":       {[]string{otherDomain}, []string{"account " + otherDomain}, [][]string{{otherDomain}}},
		"every account too": {[]string{"*", otherDomain}, []string{"* (every account)", "account " + otherDomain}, [][]string{{"*"}, {otherDomain}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.Permit(testInstance, tc.permitted...)
			w := newWire(t, m)
			w.resource = permissionsType
			results, diags := w.list(fields{"instance_id": testInstance, "exclude_domain_ids": listOf(ownerDomain)}, 100, true)
			expectNoDiagnostics(t, diags)
			if len(results) != len(tc.names) {
				t.Fatalf("%d results, want %d: %v", len(results), len(tc.names), results)
			}
			for i, r := range results {
				expectValue(t, "the name", tc.names[i], r.name)
				expectValue(t, "the accounts", any(listOf(tc.accounts[i]...)), r.state.(fields)["domain_ids"])
				imported, diags := w.imports("", r.identity.(fields))
				expectNoDiagnostics(t, diags)
				expectValue(t, r.name, imported.state, r.state)
			}
			if calls := m.permissionCalls(); len(calls) > 0 {
				t.Errorf("it changed something: %v", calls)
			}
		})
	}
}

// What a query can't do, and what the message says.
func TestPermissionsList_messages(t *testing.T) {
	t.Parallel()
	w := newWire(t, newMock(t, mockapig.Config{}))
	w.resource = permissionsType
	_, diags := w.list(fields{"instance_id": testInstance, "exclude_domain_ids": listOf(ownerDomain)}, 100, false)
	expectWarning(t, diags, "No permission was found", "The "+theGateway+" has no entry besides those of `exclude_domain_ids`.")
	_, diags = w.list(fields{"instance_id": "00000000000000000000000000000000"}, 100, false)
	expectError(t, diags, "The permissions can't be listed", "HTTP 404, APIC.7302")
	_, diags = w.list(fields{"instance_id": testInstance, "exclude_domain_ids": listOf("x")}, 100, false)
	expectError(t, diags, "Not the ID of an account")
}
