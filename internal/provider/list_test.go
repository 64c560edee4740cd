// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// listedGateway has seven connections of two accounts, in every status.
func listedGateway(t *testing.T) *mock {
	t.Helper()
	m := newMock(t, mockapig.Config{})
	for i, status := range []string{"accepted", "creating", "rejected", "pendingAcceptance", "failed", "deleting"} {
		m.ask(status, endpointID(i+1))
	}
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(7), DomainID: otherDomain, Status: "accepted", MarkerID: 77})
	return m
}

func query(arguments fields, filter fields) fields {
	config := fields{"instance_id": testInstance}
	maps.Copy(config, arguments)
	if filter != nil {
		config["filter"] = filter
	}
	return config
}

// A query finds what is decided and what its filter lets through, sorted by account, decision and endpoint, and nothing else.
func TestConnectionList(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 7)
	byAccount := fields{"group_by": "domain_id"}
	for name, tc := range map[string]struct {
		config fields
		want   [][]string // the endpoints of each result
		name   string     // of the first
	}{
		"all":         {query(nil, nil), [][]string{{ids[0]}, {ids[1]}, {ids[2]}, {ids[6]}}, ids[0] + " (status accepted, account " + partnerDomain + ")"},
		"by account":  {query(byAccount, nil), [][]string{ids[:2], {ids[2]}, {ids[6]}}, "2 accepted endpoints of account " + partnerDomain},
		"an account":  {query(nil, fields{"domain_ids": listOf(otherDomain)}), [][]string{{ids[6]}}, ids[6] + " (status accepted, account " + otherDomain + ")"},
		"with region": {query(fields{"region": testRegion, "project_id": testProject}, fields{"endpoints": listOf(ids[2])}), [][]string{{ids[2]}}, ids[2] + " (status rejected, account " + partnerDomain + ")"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := listedGateway(t)
			results, diags := newWire(t, m).list(tc.config, 100, false)
			expectNoDiagnostics(t, diags)
			assert.Assert(t, len(results) == len(tc.want), "%d results, want %d: %v", len(results), len(tc.want), results)
			for i, r := range results {
				expectValue(t, fmt.Sprintf("identity %d", i), any(identityOf(tc.want[i]...)), r.identity)
				expectValue(t, fmt.Sprintf("resource %d", i), nil, r.state)
			}
			expectValue(t, "the first name", tc.name, results[0].name)
			m.expectDecisions(t)
		})
	}
}

// Connections that the gateway does not say the account of are one group for each decision, which is named so.
func TestConnectionList_accountUnknown(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Times: -1, Body: fmt.Sprintf(
		`{"connections":[{"id":%q,"status":"accepted"},{"id":%q,"status":"creating"},{"id":%q,"status":"rejected"}],"size":3,"total":3}`, endpointID(1), endpointID(2), endpointID(3))})
	results, diags := newWire(t, m).list(query(fields{"group_by": "domain_id"}, nil), 100, true)
	expectNoDiagnostics(t, diags)
	want := []string{"2 accepted endpoints of unknown accounts", "1 rejected endpoint of an unknown account"}
	assert.Assert(t, len(results) == len(want), "%d results, want %d: %v", len(results), len(want), results)
	for i, r := range results {
		expectValue(t, fmt.Sprintf("name %d", i), want[i], r.name)
	}
}

// What a query includes is what an import by its identity and a read make of it,
// so that the configuration written from it plans nothing.
func TestConnectionList_include(t *testing.T) {
	t.Parallel()
	m := listedGateway(t)
	w := newWire(t, m)
	for _, groupBy := range []any{nil, "domain_id"} {
		results, diags := w.list(query(fields{"group_by": groupBy}, nil), 100, true)
		expectNoDiagnostics(t, diags)
		for _, r := range results {
			imported := w.ok(w.imports("", r.identity.(fields)))
			expectValue(t, r.name, imported.state, r.state)
			config := fields{}
			for name, value := range r.state.(fields) {
				if name != "connections" {
					config[name] = value
				}
			}
			w.unchanged(imported, config)
		}
	}
	m.expectDecisions(t)
}

// The limit is kept, and what it leaves out is told.
func TestConnectionList_limit(t *testing.T) {
	t.Parallel()
	w := newWire(t, listedGateway(t))
	results, diags := w.list(query(nil, nil), 3, false)
	expectWarning(t, diags, "More was found than is shown", "On the "+theGateway+" there are 4 results, and `limit` is 3.", "Raise it in the `list` block")
	assert.Check(t, len(results) == 3, "%d results, want 3", len(results))
	results, diags = w.list(query(nil, nil), 4, false)
	expectNoDiagnostics(t, diags)
	assert.Check(t, len(results) == 4, "%d results, want 4", len(results))
}

// What a query can't do, and what the message says.
func TestConnectionList_messages(t *testing.T) {
	t.Parallel()
	w := newWire(t, listedGateway(t))
	_, diags := w.list(query(nil, fields{"endpoints": listOf(endpointID(4))}), 100, false)
	expectWarning(t, diags, "No decided connection was found",
		"On the "+theGateway+", none of what the query asks for (connections: 1) is `accepted`, `creating` or `rejected`.", "declare it, and an apply decides.")
	_, diags = w.list(query(nil, fields{"domain_ids": listOf()}), 100, false)
	expectWarning(t, diags, "The "+theGateway+" lists no connection that the `filter` lets through", "Check them, or leave some out.")
	_, diags = w.list(query(nil, fields{"endpoints": listOf(endpointID(99))}), 100, false)
	expectWarning(t, diags, "lists no connection that the `filter` lets through")
	_, diags = newWire(t, newMock(t, mockapig.Config{})).list(query(nil, nil), 100, false)
	expectWarning(t, diags, "The "+theGateway+" lists no connections at all.", "Check `instance_id`")

	for name, tc := range map[string]struct {
		config fields
		want   []string
	}{
		"group_by":  {query(fields{"group_by": "status"}, nil), []string{`group_by value must be one of: ["domain_id"], got: "status"`}},
		"undecided": {query(nil, fields{"status": listOf("pendingAcceptance")}), []string{`filter.status[0] value must be one of: ["accepted" "creating" "rejected"]`}},
		"no ID":     {query(nil, fields{"domain_ids": listOf("a/b")}), []string{"Not the ID of an account", `element 0 is "a/b"`}},
		"elsewhere": {
			fields{"instance_id": "00000000000000000000000000000000"},
			[]string{"The connections can't be listed", "The gateway does not exist in this region and project", "HTTP 404, APIC.7302", "request ID"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := w.list(tc.config, 100, false)
			expectError(t, diags, tc.want...)
		})
	}
}

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
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.Permit(testInstance, tc.permitted...)
			w.resource = permissionsType
			results, diags := w.list(fields{"instance_id": testInstance, "exclude_domain_ids": listOf(ownerDomain)}, 100, true)
			expectNoDiagnostics(t, diags)
			assert.Assert(t, len(results) == len(tc.names), "%d results, want %d: %v", len(results), len(tc.names), results)
			for i, r := range results {
				expectValue(t, "the name", tc.names[i], r.name)
				expectValue(t, "the accounts", any(listOf(tc.accounts[i]...)), r.state.(fields)["domain_ids"])
				imported := w.ok(w.imports("", r.identity.(fields)))
				expectValue(t, r.name, imported.state, r.state)
			}
			assert.Check(t, is.Len(m.permissionCalls(), 0), "it changed something")
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
