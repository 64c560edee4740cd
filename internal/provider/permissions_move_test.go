// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const vendorWhitelist = "huaweicloud_apig_endpoint_whitelist"

// whitelistState is a state as the vendor's provider leaves it.
func whitelistState(accounts ...string) string {
	entries := make([]string, len(accounts))
	for i, account := range accounts {
		entries[i] = fmt.Sprintf(`"iam:domain::%s"`, account)
	}
	return fmt.Sprintf(`{"id": %q, "instance_id": %q, "region": %q, "whitelists": [%s]}`, testInstance, testInstance, testRegion, strings.Join(entries, ", "))
}

// The entry of every account is moved like any other: TestMove_vendorState has those.
func TestPermissionsMove_everyAccount(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.Permit(testInstance, "*")
	w := newWire(t, m)
	w.resource = permissionsType
	moved, diags := w.move(vendorAddress, vendorWhitelist, 0, whitelistState("*"))
	expectNoDiagnostics(t, diags)
	read, diags := w.read(moved)
	expectNoDiagnostics(t, diags)
	planned, diags := w.plan(read, fields{"instance_id": testInstance, "domain_ids": listOf("*")})
	expectNoDiagnostics(t, diags)
	expectValue(t, "the plan", read.state, planned.state)
}

// Without a refresh, what was moved is planned and destroyed in the default project all the same, and never replaced.
func TestPermissionsMove_unread(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.Permit(testInstance, partnerDomain)
	w := newWire(t, m)
	w.resource = permissionsType
	moved, diags := w.move(vendorAddress, vendorWhitelist, 0, whitelistState(partnerDomain))
	expectNoDiagnostics(t, diags)
	config := fields{"instance_id": testInstance, "domain_ids": listOf(partnerDomain)}
	planned, diags := w.plan(moved, config) // which fails the test if it plans a replacement
	expectNoDiagnostics(t, diags)
	kept, diags := w.apply(moved, planned, config)
	expectNoDiagnostics(t, diags)
	expectValue(t, "the project", any(testProject), kept.state.(fields)["project_id"])
	m.expectPermitted(t, partnerDomain)

	gone, diags := w.plan(moved, nil)
	expectNoDiagnostics(t, diags)
	_, diags = w.apply(moved, gone, nil)
	expectNoDiagnostics(t, diags)
	m.expectPermitted(t)
}

// What can't be moved, and what the message says to do instead.
func TestPermissionsMove_errors(t *testing.T) {
	t.Parallel()
	w := newWire(t, newMock(t, mockapig.Config{}))
	w.resource = permissionsType
	const instead = "forget the other resource with a `removed` block that has `destroy = false`."
	for name, tc := range map[string]struct {
		kind, state string
		want        []string
	}{
		"another type": {vendorType, `{}`, []string{
			"Unsupported source of a move", "An apig_vpc_endpoint_permissions takes over the state of huaweicloud_apig_endpoint_whitelist of the provider huaweicloud/huaweicloud",
			"Import the accounts instead", instead,
		}},
		"no JSON":    {vendorWhitelist, `[1]`, []string{"The state to move from can't be read", "is not as expected: json:", instead}},
		"no gateway": {vendorWhitelist, `{"whitelists": ["iam:domain::*"]}`, []string{`has the instance_id "", which is no ID`, instead}},
		"no entries": {vendorWhitelist, whitelistState(), []string{"has no whitelists.", instead}},
		"other entries": {vendorWhitelist, whitelistState("x"), []string{
			`has the entry "iam:domain::x" in whitelists, which is none of an account (iam:domain::ACCOUNT).`, instead,
		}},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := w.move(vendorAddress, tc.kind, 0, tc.state)
			expectError(t, diags, tc.want...)
		})
	}
}
