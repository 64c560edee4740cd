// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	exclusiveType = "apig_vpc_endpoint_connections_exclusive"
	exclusiveName = exclusiveType + ".test"
	// foreignAccount is named nowhere.
	foreignAccount = "acc00000000000000000000000000099"
	// destroyAllTheSame ends the errors of a plan that a destroy makes first.
	destroyAllTheSame = "A destroy plans like this first: to destroy all the same, do it with `-refresh=false`."
)

// exclusive is a block of the resource.
func exclusive(name string, arguments ...string) string {
	return fmt.Sprintf(`
resource "apig_vpc_endpoint_connections_exclusive" %q {
  instance_id = %q
  %s
}
`, name, testInstance, strings.Join(arguments, "\n  "))
}

func theEndpoints(ids ...string) string { return "endpoints = " + hclList(ids) }

func theAccounts(ids ...string) string { return "domain_ids = " + hclList(ids) }

// undeclared is a state check of exactly these, with their statuses.
func undeclared(statuses map[string]string) statecheck.StateCheck {
	entries := map[string]knownvalue.Check{}
	for id, status := range statuses {
		entries[id] = knownvalue.ObjectExact(map[string]knownvalue.Check{"status": knownvalue.StringExact(status), "domain_id": knownvalue.NotNull()})
	}
	return statecheck.ExpectKnownValue(exclusiveName, at("undeclared"), knownvalue.MapExact(entries))
}

// rejects is a plan check for an update that changes the status of these of `undeclared`.
func rejects(how string, ids ...string) plancheck.PlanCheck {
	return entriesCheck{exclusiveName, "undeclared", "status", each(how+" -> rejected", ids...)}
}

// allowing has the partner's endpoints 1 to 6 in the six statuses, 7 and 8 of
// another account, accepted and pending, and an accepted one of the partner's, 9.
func allowing(m *mock) {
	allStatuses(m)
	m.SetStatus(testInstance, endpointID(7), "accepted")
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(8), DomainID: otherDomain})
	m.ask("accepted", endpointID(9))
}

// Creating records what stands and rejects nothing; each plan names what its apply rejects.
func TestExclusive_warnings(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		allowing(m)
		s.then(m.provider()+exclusive("test", theEndpoints(endpointID(9)), theAccounts(otherDomain)),
			warns("Connections that are not declared: "+endpointID(2)+" and 1 more: On the "+theGateway+", nothing declares these: "+
				line(2, "creating")+" "+line(3, "accepted")+" Creating the resource records them and rejects nothing."), m.decided(), unsettled)
		s.then(m.provider()+exclusive("test", theEndpoints(endpointID(9)), theAccounts(foreignAccount)),
			warns("Undeclared connections will be rejected: "+endpointID(2)+" and 2 more: Nothing declares these", endpointID(7)+" (status accepted, account "+otherDomain+")"),
			m.decided("reject 3"))
	})
}

// What the plan has named and what somebody has changed since.
func TestExclusive_betweenPlanAndApply(t *testing.T) {
	for name, tc := range map[string]struct {
		change func(*mock)
		calls  []string
		status string
	}{
		"rejected":     {func(m *mock) { m.SetStatus(testInstance, endpointID(1), "rejected") }, nil, "rejected"},
		"has left":     {func(m *mock) { m.Disconnect(testInstance, endpointID(1)) }, nil, ""},
		"asks again":   {func(m *mock) { m.SetStatus(testInstance, endpointID(1), "pendingAcceptance") }, nil, "pendingAcceptance"},
		"is accepting": {func(m *mock) { m.SetStatus(testInstance, endpointID(1), "creating") }, []string{"reject 1"}, "rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
				m.ask("accepted", endpointID(1))
				s.then(m.provider()+exclusive("test", theAccounts(otherDomain)), unsettled)
				s.again(rejects("accepted", endpointID(1)), func() { tc.change(m) }, m.decided(tc.calls...))
				m.expectStatuses(t, tc.status, endpointID(1))
			})
		})
	}
}

// Whatever the API leaves open.
func TestExclusive_behavior(t *testing.T) {
	for _, name := range []string{
		"friendly", "hostile", "hostile-one", "hostile-most", "omit-total", "stale", "newest-first", "small-batch", "one-by-400", "one-by-500",
		"reject-creating-busy", "reject-creating-busy-400", "reject-creating-busy-wrapped", "redecide-refused", "redecide-refused-wrapped",
	} {
		t.Run(name, func(t *testing.T) {
			behavior := mockapig.Behaviors()[name]
			behavior.PassingFor = 0 // what comes and goes is to be rejected, and no plan would be empty
			onStage(t, mockapig.Config{Creating: 1, Behavior: behavior}, func(t *testing.T, m *mock, s *stage) {
				m.ask("accepted", endpointIDs(101, 160)...)
				m.ask("creating", endpointID(1))
				m.ask("pendingAcceptance", endpointID(2))
				s.then(m.provider()+exclusive("test", theEndpoints(endpointIDs(101, 102)...), "reject_pending = true"), m.decided(), unsettled)
				s.again()
				m.expectStatuses(t, "accepted", endpointIDs(101, 102)...)
				m.expectStatuses(t, "rejected", append(endpointIDs(103, 160), endpointIDs(1, 2)...)...)
			})
		})
	}
}

// A rejection that fails records what still stands, and the next apply goes on.
func TestExclusive_fails(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.ask("accepted", endpointIDs(1, 4)...)
		s.then(m.provider()+exclusive("test", theEndpoints(endpointID(4))), unsettled)
		m.Fail(refusing("reject", endpointID(2), 3, http.StatusBadRequest, "APIC.7211"))
		s.apply().expect(t, 1, "Error: The gateway refuses to decide endpoints", endpointID(2)+" (status accepted, account "+partnerDomain+"): HTTP 400",
			"If the endpoint is to stay accepted, name it in `endpoints`; otherwise apply again", "These were decided, and stay so: "+line(1, "rejected")+" "+line(3, "rejected"), applyAgain)
		s.state(undeclared(each("accepted", endpointID(2))))
		m.ResetJournal()
		s.again(m.decided("reject 1"))
	})
}

// An unknown value is refused only where something might be rejected for it.
func TestExclusive_unknownAndNothingToReject(t *testing.T) {
	for name, arguments := range map[string]func(string) string{
		"an endpoint beside": func(value string) string { return fmt.Sprintf("endpoints = [%q, %s]", endpointID(1), value) },
		"an account beside":  func(value string) string { return fmt.Sprintf("domain_ids = [%q, %s]", partnerDomain, value) },
		"all endpoints":      func(value string) string { return theAccounts(partnerDomain) + "\n  endpoints = [" + value + "]" },
	} {
		t.Run(name, func(t *testing.T) {
			onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
				m.ask("accepted", endpointID(1))
				config := func(id string) string {
					return m.provider() + derived("value", id) + exclusive("test", arguments("terraform_data.value.output"))
				}
				s.then(config(otherDomain))
				s.then(config(ownerDomain), undeclared(nil), m.decided())
				// Now something stands that the unknown value may name or not.
				m.Connect(testInstance, mockapig.Connection{ID: endpointID(2), DomainID: foreignAccount, Status: "accepted"})
				s.fails(config(otherDomain), "Error: What may be accepted is not known yet", "which of these would be rejected on the "+theGateway+": - "+endpointID(2)+" (status accepted, account "+foreignAccount+")",
					"apply what they depend on first, with `-target`. "+destroyAllTheSame)
				s.run("destroy").expect(t, 1, "What may be accepted is not known yet")
				s.must("destroy", "-refresh=false")
			})
		})
	}
}

// Whether those that wait are rejected is not known: then they may be.
func TestExclusive_unknownWhetherPending(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.ask("pendingAcceptance", endpointID(1))
		config := func(value string) string {
			return m.provider() + derived("value", value) + exclusive("test", theAccounts(otherDomain), "reject_pending = terraform_data.value.output == \"yes\"")
		}
		s.then(config("no"))
		s.fails(config("never"), "What may be accepted is not known yet", line(1, "pendingAcceptance"))
		m.Disconnect(testInstance, endpointID(1))
		s.again()
	})
}

// Whose a connection is may be left out of a listing. It may be of a trusted
// account, and is not rejected.
func TestExclusive_accountUnknown(t *testing.T) {
	warning := []string{
		"Connections of unknown accounts", "The " + theGateway + " does not say to which accounts these belong",
		"They are left alone: - " + endpointID(1) + " (status accepted, account unknown) Name those that may be accepted in `endpoints`.",
	}
	for _, when := range []string{"created", "there"} {
		t.Run(when, func(t *testing.T) {
			onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
				m.ask("accepted", endpointID(1))
				config := m.provider() + exclusive("test", theAccounts(partnerDomain))
				if when == "there" {
					s.then(config)
				}
				m.listWithoutAccount(endpointID(1))
				s.then(config, warns(warning...), undeclared(nil), m.decided())
				// With an acceptance of it, there is no contradiction.
				s.configure(config + block("test", "accepted", hclList(endpointIDs(1, 1))))
				s.plan().expect(t, 0, warning...)
				// Where no account is trusted, whose it is does not matter.
				s.configure(m.provider() + exclusive("test", theEndpoints(endpointID(2))))
				s.planned(rejects("absent", endpointID(1)))
			})
		})
	}
}
