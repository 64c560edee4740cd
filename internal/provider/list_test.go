// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// listedGateway has seven connections of two accounts, in every status.
func listedGateway(t *testing.T) *mock {
	t.Helper()
	m := newMock(t, mockapig.Config{})
	allStatuses(m)
	m.becomes("accepted", endpointID(7))
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
		"all":         {query(nil, nil), [][]string{{ids[1]}, {ids[2]}, {ids[3]}, {ids[6]}}, ids[1] + " (status creating, account " + partnerDomain + ")"},
		"by account":  {query(byAccount, nil), [][]string{ids[1:3], {ids[3]}, {ids[6]}}, "2 accepted endpoints of account " + partnerDomain},
		"an account":  {query(nil, fields{"domain_ids": listOf(otherDomain)}), [][]string{{ids[6]}}, ids[6] + " (status accepted, account " + otherDomain + ")"},
		"with region": {query(fields{"region": testRegion, "project_id": testProject}, fields{"endpoints": listOf(ids[3])}), [][]string{{ids[3]}}, ids[3] + " (status rejected, account " + partnerDomain + ")"},
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

// What a query includes is what an import by its identity and a read make of it, so that its configuration plans nothing.
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
	_, diags := w.list(query(nil, fields{"endpoints": listOf(endpointID(1))}), 100, false)
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

// A query finds the accounts that may ask, but those that it leaves out. What it includes is what an import and a read make of it.
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

// data is a block of the data source.
func data(name string, arguments ...string) string {
	return about("data", connectionType+"s", name, arguments...)
}

// dataWith is one with a filter.
func dataWith(name string, arguments ...string) string {
	return data(name, "filter = {\n    "+strings.Join(arguments, "\n    ")+"\n  }")
}

// lists is a state check of what a data source gives: these endpoints, and something of each.
func lists(name string, ids ...string) all {
	address, connections := "data.apig_vpc_endpoint_connections."+name, map[string]knownvalue.Check{}
	for _, id := range ids {
		connections[id] = knownvalue.ObjectPartial(map[string]knownvalue.Check{"status": knownvalue.NotNull(), "marker_id": knownvalue.NotNull()})
	}
	return all{
		statecheck.ExpectKnownValue(address, at("endpoints"), stringList(ids)),
		statecheck.ExpectKnownValue(address, at("connections"), knownvalue.MapExact(connections)),
	}
}

// allStatuses has the partner's endpoints 1 to 6 in the six statuses, and endpoint 7 of another account, which is pending.
func allStatuses(m *mock) {
	for i, status := range []string{"pendingAcceptance", "creating", "accepted", "rejected", "failed", "deleting"} {
		m.ask(status, endpointID(i+1))
	}
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(7), DomainID: otherDomain, MarkerID: 1 << 40})
}

// What is listed of all connections, and of those that a filter lets through. What is being deleted is no endpoint to decide on.
func TestConnections_filter(t *testing.T) {
	t.Parallel()
	m, ids := newMock(t, mockapig.Config{}), endpointIDs(1, 7)
	allStatuses(m)
	w := newWire(t, m)
	third, _ := m.Connection(testInstance, ids[2])
	for name, tc := range map[string]struct {
		filter            any
		listed, endpoints []string
	}{
		"none":    {nil, ids, append(endpointIDs(1, 5), ids[6])},
		"status":  {fields{"status": listOf("accepted", "deleting")}, []string{ids[2], ids[5]}, ids[2:3]},
		"named":   {fields{"endpoints": listOf(ids[2], ids[5])}, []string{ids[2], ids[5]}, ids[2:3]},
		"nothing": {fields{"endpoints": listOf()}, nil, nil},
	} {
		read, diags := w.data("apig_vpc_endpoint_connections", fields{"instance_id": testInstance, "filter": tc.filter})
		expectNoDiagnostics(t, diags)
		connections := read["connections"].(fields)
		expectValue(t, name+": connections", listOf(tc.listed...), listOf(slices.Sorted(maps.Keys(connections))...))
		expectValue(t, name+": endpoints", any(listOf(tc.endpoints...)), read["endpoints"])
		expectValue(t, name+": where", []any{testRegion, testProject}, []any{read["region"], read["project_id"]})
		if name == "none" {
			expectValue(t, "one connection", any(fields{
				"status": "accepted", "domain_id": partnerDomain, "marker_id": third.MarkerID, "created_at": third.CreatedAt, "updated_at": third.UpdatedAt,
			}), connections[ids[2]])
		}
	}
}

// A resource takes its endpoints from the data source: who is new is accepted, who has left is let go without a call.
func TestConnections_feed(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.ask("pendingAcceptance", endpointIDs(1, 2)...)
		m.Connect(testInstance, mockapig.Connection{ID: endpointID(9), DomainID: otherDomain})
		s.then(m.provider()+dataWith("partner", theAccounts(partnerDomain))+
			block("test", "accepted", "data.apig_vpc_endpoint_connections.partner.endpoints", expecting(partnerDomain)),
			lists("partner", endpointIDs(1, 2)...), have("accepted", endpointIDs(1, 2)...), m.decided("receive 2"))
		m.Disconnect(testInstance, endpointID(1))
		m.ask("pendingAcceptance", endpointID(3))
		m.ResetJournal()
		s.again(updates(adds("accepted", endpointID(3)), removes("", endpointID(1))), func() {
			// One page, and the one that has left is asked for once more.
			assert.Check(t, is.Equal(m.Count(mockapig.OpListConnections), 2), "listings for one plan, want 2")
		}, lists("partner", endpointIDs(2, 3)...), have("accepted", endpointIDs(2, 3)...), m.decided("receive 1"))
		m.expectStatuses(t, "pendingAcceptance", endpointID(9))
	})
}

// A status that came to be after this version is told as it is.
func TestConnections_newStatus(t *testing.T) {
	onStage(t, mockapig.Config{}, func(_ *testing.T, m *mock, s *stage) {
		m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Times: -1, Body: fmt.Sprintf(
			`{"connections": [{"id": %q, "marker_id": 9, "domain_id": %q, "status": "frozen"}], "total": 1}`, endpointID(1), partnerDomain)})
		s.configure(m.provider() + data("all"))
		s.must("plan")
		s.state(stateAt("data.apig_vpc_endpoint_connections.all", "frozen", "connections", endpointID(1), "status"))
	})
}

// listWithoutAccount has every listing hold one accepted endpoint, and not say whose it is.
func (m *mock) listWithoutAccount(id string) {
	m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Times: -1, Body: fmt.Sprintf(
		`{"connections":[{"id":%q,"marker_id":1,"status":"accepted","created_at":"2021-05-07T14:20:14Z","updated_at":"2021-05-07T14:20:14Z"}]}`, id)})
}

// What is asked for by account is an error where it can't be told: a resource would reject what an answer lacks.
func TestConnections_accountUnknown(t *testing.T) {
	onStage(t, mockapig.Config{}, func(_ *testing.T, m *mock, s *stage) {
		m.listWithoutAccount(endpointID(1))
		s.fails(m.provider()+dataWith("test", theAccounts(partnerDomain)), "Error: The connections can't be listed",
			"the gateway does not say whose these are: - "+endpointID(1)+" (status accepted, account unknown)", "leave out `domain_ids` and name `endpoints`", theGateway)
		s.then(m.provider() + dataWith("test", theEndpoints(endpointID(1))))
		s.then(m.provider() + dataWith("test", theAccounts(partnerDomain), `status = ["creating"]`))
		s.then(m.provider() + dataWith("test", theAccounts()))
	})
}

// What goes wrong, and what the messages say.
func TestConnections_messages(t *testing.T) {
	listing := func(arguments ...string) func(*mock) string {
		return func(m *mock) string { return m.provider("max_retries = 0") + data("test", arguments...) }
	}
	filter := func(argument string) func(*mock) string { return listing("filter = { " + argument + " }") }
	const cantList = "The connections can't be listed"
	shifting := func(m *mock) {
		for range 3 {
			m.Fail(mockapig.Fault{Body: fmt.Sprintf(`{"connections": [{"id": %q, "status": "accepted"}], "total": 2}`, endpointID(1))})
			m.Fail(mockapig.Fault{Body: `{"connections": [], "total": 2}`})
		}
	}
	for name, tc := range map[string]messageCase{
		"no gateway": {
			config: listing(), prepare: func(m *mock) { m.RemoveGateway(testInstance) },
			want: []string{cantList, "Check `instance_id`, `region` and `project_id`", "HTTP 404, APIC.7302", requestID, theGateway},
		},
		"shifting": {
			config: listing(), prepare: shifting,
			want: []string{cantList, "What the gateway lists changes faster than it can be read", "Try again.", theGateway},
		},
		"status":   {config: filter(`status = ["pending"]`), want: []string{"filter.status[0]", `"pendingAcceptance" "creating" "accepted" "rejected" "failed" "deleting"`, `got: "pending"`}},
		"account":  {config: filter(`domain_ids = ["a b"]`), want: []string{"Not the ID of an account", `In filter.domain_ids, an account's ID is 32 hexadecimal digits, in lower case`, `- element 0 is "a b"`}},
		"endpoint": {config: filter(`endpoints = [null]`), want: []string{"Not the ID of an endpoint", "In filter.endpoints", "- element 0 is null"}},
		"no region": {config: func(m *mock) string {
			return strings.Replace(m.provider(), "region ", "# region", 1) + data("test")
		}, want: []string{"No region", "Neither this block nor the provider has a region"}},
		"not known": {config: func(m *mock) string {
			return derived("region", testRegion) + m.signed("region = terraform_data.region.output", fmt.Sprintf("project_id = %q", testProject)) + data("test")
		}, want: []string{"Not known while planning", "Set region here, or give the provider a value that is known when planning."}},
	} {
		tc.command = planning
		t.Run(name, tc.run)
	}
}
