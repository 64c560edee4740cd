// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// data is a block of the data source.
func data(name string, arguments ...string) string {
	return fmt.Sprintf(`
data "apig_vpc_endpoint_connections" %q {
  instance_id = %q
  %s
}
`, name, testInstance, strings.Join(arguments, "\n  "))
}

// dataWith is one with a filter.
func dataWith(name string, arguments ...string) string {
	return data(name, "filter = {\n    "+strings.Join(arguments, "\n    ")+"\n  }")
}

// leaving is the one of allStatuses that is being deleted.
var leaving = endpointID(6)

// lists is a state check of what a data source gives: these endpoints, sorted,
// without the one that is leaving, and something of each.
func lists(name string, ids ...string) all {
	address := "data.apig_vpc_endpoint_connections." + name
	endpoints, connections := []string{}, map[string]knownvalue.Check{}
	for _, id := range slices.Sorted(slices.Values(ids)) {
		if id != leaving {
			endpoints = append(endpoints, id)
		}
		connections[id] = knownvalue.ObjectPartial(map[string]knownvalue.Check{"status": knownvalue.NotNull(), "marker_id": knownvalue.NotNull()})
	}
	return all{
		statecheck.ExpectKnownValue(address, at("endpoints"), stringList(endpoints)),
		statecheck.ExpectKnownValue(address, at("connections"), knownvalue.MapExact(connections)),
	}
}

// allStatuses has the partner's endpoints 1 to 6 in the six statuses, and
// endpoint 7 of another account, which is pending.
func allStatuses(m *mock) {
	for i, status := range []string{"pendingAcceptance", "creating", "accepted", "rejected", "failed", "deleting"} {
		m.ask(status, endpointID(i+1))
	}
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(7), DomainID: otherDomain, MarkerID: 1 << 40})
}

// Every filter, alone and together, of what one listing found.
func TestAccConnections_filters(t *testing.T) {
	m := newListening(t, mockapig.Config{})
	allStatuses(m)
	config := m.provider()
	var checks []statecheck.StateCheck
	expect := func(name, block string, ids ...string) {
		config += block
		checks = append(checks, lists(name, ids...)...)
	}
	expect("all", data("all"), endpointIDs(1, 7)...)
	expect("none_set", data("none_set", "filter = {}"), endpointIDs(1, 7)...)
	for i, status := range []string{"pendingAcceptance", "creating", "accepted", "rejected", "failed", "deleting"} {
		ids := []string{endpointID(i + 1)}
		if i == 0 {
			ids = append(ids, endpointID(7))
		}
		expect(status, dataWith(status, fmt.Sprintf("status = [%q]", status)), ids...)
	}
	expect("two", dataWith("two", `status = ["accepted", "creating"]`), endpointIDs(2, 3)...)
	expect("account", dataWith("account", fmt.Sprintf("domain_ids = [%q]", otherDomain)), endpointID(7))
	expect("marker", dataWith("marker", fmt.Sprintf("marker_id = %d", 1<<40)), endpointID(7))
	expect("named", dataWith("named", "endpoints = toset("+hclList([]string{endpointID(5), endpointID(99), endpointID(2)})+")"), endpointID(2), endpointID(5))
	expect("both", dataWith("both", fmt.Sprintf("domain_ids = [%q, %q]", partnerDomain, strings.Repeat("4", 32)), `status = ["pendingAcceptance"]`), endpointID(1))
	expect("no_account", dataWith("no_account", "domain_ids = []"))
	expect("no_endpoint", dataWith("no_endpoint", "endpoints = []"))
	expect("no_status", dataWith("no_status", "status = []"))
	third, _ := m.Connection(testInstance, endpointID(3))
	checks = append(checks,
		statecheck.ExpectKnownValue("data.apig_vpc_endpoint_connections.all", at("connections", endpointID(3)), knownvalue.ObjectExact(map[string]knownvalue.Check{
			"status": knownvalue.StringExact("accepted"), "domain_id": knownvalue.StringExact(partnerDomain), "marker_id": knownvalue.Int64Exact(third.MarkerID),
			"created_at": knownvalue.StringExact(third.CreatedAt), "updated_at": knownvalue.StringExact(third.UpdatedAt),
		})),
		stateAt("data.apig_vpc_endpoint_connections.all", testRegion, "region"),
		stateAt("data.apig_vpc_endpoint_connections.all", testProject, "project_id"),
	)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:            config,
			ConfigPlanChecks:  before(empty),
			ConfigStateChecks: checks,
		}},
	})
	m.expectDecisions(t)
}

// One that depends on a resource is read after it, and shows what was decided.
func TestAccConnections_readDuringApply(t *testing.T) {
	m := newListening(t, mockapig.Config{Behavior: mockapig.Behaviors()["hostile-one"]})
	m.ask("pendingAcceptance", endpointIDs(1, 3)...)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config: m.connections("accepted", endpointIDs(1, 2)) + data("before") +
				data("after", `filter = { status = ["accepted"] }`, "depends_on = ["+resourceName+"]"),
			ConfigPlanChecks:  before(unknownAt("data.apig_vpc_endpoint_connections.after", "endpoints")),
			ConfigStateChecks: lists("after", endpointIDs(1, 2)...),
		}},
	})
}

// A gateway of more than a page, whatever the API leaves open about listings.
func TestConnections_pages(t *testing.T) {
	for _, name := range []string{"friendly", "hostile", "hostile-one", "omit-total", "newest-first", "id-prefix", "id-ignored"} {
		t.Run(name, func(t *testing.T) {
			onStage(t, mockapig.Config{Behavior: mockapig.Behaviors()[name]}, func(t *testing.T, m *mock, s *stage) {
				m.ask("accepted", endpointIDs(1001, 2201)...)
				s.configure(m.provider() + data("all") + dataWith("few", theEndpoints(endpointIDs(2100, 2101)...)))
				s.must("plan")
				s.state(append(lists("all", endpointIDs(1001, 2201)...), lists("few", endpointIDs(2100, 2101)...)...)...)
				if n := m.Count(mockapig.OpListConnections); n > 5 {
					t.Errorf("%d listings, want 5 at the most", n)
				}
			})
		})
	}
}

// A resource takes its endpoints from the data source: who is new is accepted,
// who has left is let go without a call. Both read one listing.
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
			if n := m.Count(mockapig.OpListConnections); n != 2 {
				t.Errorf("%d listings for one plan, want 2", n)
			}
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

// listWithoutAccount has every listing hold one accepted endpoint, and not say whose
// it is.
func (m *mock) listWithoutAccount(id string) {
	m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Times: -1, Body: fmt.Sprintf(
		`{"connections":[{"id":%q,"marker_id":1,"status":"accepted","created_at":"2021-05-07T14:20:14Z","updated_at":"2021-05-07T14:20:14Z"}]}`, id)})
}

// What is asked for by account is an error where it can't be told: a resource
// that is given an answer which lacks something would reject that.
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
		"no endpoint service": {config: listing(), prepare: func(m *mock) {
			m.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: testProject, NoEndpointService: true})
		}, want: []string{cantList, "The gateway has no VPC endpoint service. That is made with the gateway", "APIC.7314", requestID, theGateway}},
		"forbidden": {
			config: listing(), prepare: failing(fault(mockapig.OpListConnections, http.StatusForbidden, "APIC.7106", "No permissions")),
			want: []string{cantList, "`apig:instance:listVpcEndpoint` and `apig:instance:get`", "*APIG FullAccess*", requestID, theGateway},
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
