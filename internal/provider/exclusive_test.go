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
	return about("resource", exclusiveType, name, arguments...)
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
	return entryChanges(exclusiveName, "undeclared", "status", each(how+" -> rejected", ids...))
}

// allowing has the partner's endpoints 1 to 6 in the six statuses, 7 and 8 of
// another account, accepted and pending, and an accepted one of the partner's, 9.
func allowing(m *mock) {
	allStatuses(m)
	m.SetStatus(testInstance, endpointID(7), "accepted")
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(8), DomainID: otherDomain})
	m.ask("accepted", endpointID(9))
}

// The first apply records what stands and rejects nothing; the next ones reject what their
// plans have named, by account and endpoint, until nothing undeclared stands.
func TestExclusive_life(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		allowing(m)
		config := func(arguments ...string) string { return m.provider() + exclusive("test", arguments...) }
		s.then(config(theEndpoints(endpointID(9), endpointID(99)), theAccounts(otherDomain)), unknownAt(exclusiveName, "undeclared"),
			warns("Connections that are not declared: "+endpointID(2)+" and 1 more: On the "+theGateway+", nothing declares these: "+
				line(2, "creating")+" "+line(3, "accepted")+" Creating the resource records them and rejects nothing."),
			m.decided(), undeclared(map[string]string{endpointID(2): "creating", endpointID(3): "accepted"}), unsettled)
		// In another order, and now endpoint 7 is of an account that may not. What comes after the plan is left to the next one.
		s.then(config(theEndpoints(endpointID(99), endpointID(9)), theAccounts(foreignAccount)),
			warns("Undeclared connections will be rejected: "+endpointID(2)+" and 2 more: Nothing declares these", endpointID(7)+" (status accepted, account "+otherDomain+")"),
			entryChanges(exclusiveName, "undeclared", "status", map[string]string{
				endpointID(2): "creating -> rejected", endpointID(3): "accepted -> rejected", endpointID(7): "absent -> rejected",
			}),
			func() { m.Connect(testInstance, mockapig.Connection{ID: endpointID(10), Status: "accepted"}) }, m.decided("reject 3"), unsettled)
		s.then(config(theEndpoints(endpointID(9)), theAccounts(foreignAccount)),
			rejects("accepted", endpointID(10)), m.decided("reject 1"), undeclared(each("rejected", endpointID(10))))
		s.then(config(theEndpoints(endpointID(9)), "reject_pending = true"), rejects("absent", endpointID(1), endpointID(8)), m.decided("reject 2"))
		m.SetStatus(testInstance, endpointID(3), "accepted") // which is declared again: nothing is accepted for that
		s.then(config(theEndpoints(endpointID(9), endpointID(3), endpointID(7))), m.decided(), undeclared(nil))
		s.destroys(m.decided())
		m.expectStatuses(t, "accepted", endpointID(3), endpointID(9))
		m.expectStatuses(t, "rejected", endpointID(1), endpointID(2), endpointID(4), endpointID(7), endpointID(8), endpointID(10))
		m.expectStatuses(t, "failed", endpointID(5))
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
		runOnStage(t, name, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
			m.ask("accepted", endpointID(1))
			s.then(m.provider()+exclusive("test", theAccounts(otherDomain)), unsettled)
			s.again(rejects("accepted", endpointID(1)), func() { tc.change(m) }, m.decided(tc.calls...))
			m.expectStatuses(t, tc.status, endpointID(1))
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
		runOnStage(t, name, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
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

// Whose a connection is may be left out of a listing. It may be of a trusted account, and is not rejected.
func TestExclusive_accountUnknown(t *testing.T) {
	warning := []string{
		"Connections of unknown accounts", "The " + theGateway + " does not say to which accounts these belong",
		"They are left alone: - " + endpointID(1) + " (status accepted, account unknown) Name those that may be accepted in `endpoints`.",
	}
	for _, when := range []string{"created", "there"} {
		runOnStage(t, when, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
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
	}
}

// What another resource of the configuration accepts can't be undeclared, whichever of the two is planned first.
func TestExclusive_conflicts(t *testing.T) {
	const summary = "Error: Accepted here, rejected there"
	conflict := func(n int) string {
		return "An apig_vpc_endpoint_connection of the same provider block accepts these endpoints of the " + theGateway + ", and its apig_vpc_endpoint_connections_exclusive would reject them: - " + endpointID(n) + " Name them in the latter's `endpoints`, or their accounts in its `domain_ids`, or don't accept them. " + destroyAllTheSame
	}
	accepting := func(arguments ...string) string {
		return block("test", "accepted", hclList(endpointIDs(1, 2)), arguments...)
	}
	for name, tc := range map[string]struct {
		config string
		want   []string
	}{
		"exclusive last":  {accepting() + exclusive("test", theEndpoints(endpointID(1)), after("test")), []string{summary, conflict(2)}},
		"exclusive first": {accepting("depends_on = ["+exclusiveName+"]") + exclusive("test", theEndpoints(endpointID(2))), []string{summary, conflict(1)}},
		"by account":      {accepting() + exclusive("test", theAccounts(otherDomain), theEndpoints(endpointID(1))), []string{summary, conflict(2)}},
		"declared":        {accepting() + exclusive("test", theEndpoints(endpointID(1)), theAccounts(partnerDomain)), nil},
		"rejected too":    {block("test", "rejected", hclList(endpointIDs(1, 2))) + exclusive("test", theAccounts(otherDomain)), nil},
		"not known":       {accepting() + exclusive("test", "endpoints = apig_vpc_endpoint_connection.test.endpoints"), nil},
		"two":             {exclusive("test", theAccounts(otherDomain)) + exclusive("more", theAccounts(partnerDomain)), []string{"Error: The gateway has an exclusive resource already", "of the same provider block is for the " + theGateway, "make one of them. " + destroyAllTheSame}},
	} {
		for _, when := range []string{"created", "there"} {
			runOnStage(t, name+", "+when, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
				m.ask("pendingAcceptance", endpointIDs(1, 2)...)
				if when == "there" {
					s.then(m.provider() + exclusive("test", theAccounts(partnerDomain)) + accepting())
				}
				s.configure(m.provider() + tc.config)
				s.plan().expect(t, min(len(tc.want), 1), tc.want...)
				s.must("destroy", "-refresh=false")
			})
		}
	}
}

// An endpoint that leaves the resource which accepts it, and so what is declared, is rejected once by the two of them, also where
// a repetition is refused. Both tell of it: of warnings with one summary, the CLI would show the first.
func TestExclusive_besideARelease(t *testing.T) {
	for _, name := range []string{"friendly", "redecide-refused", "redecide-refused-wrapped"} {
		runOnStage(t, name, mockapig.Config{Behavior: mockapig.Behaviors()[name]}, func(t *testing.T, m *mock, s *stage) {
			m.ask("pendingAcceptance", endpointIDs(1, 3)...)
			config := func(ids []string) string {
				return m.provider() + block("test", "accepted", hclList(ids)) + exclusive("test", "endpoints = apig_vpc_endpoint_connection.test.endpoints")
			}
			s.then(config(endpointIDs(1, 3)), m.decided("receive 3"))
			s.then(config(endpointIDs(2, 3)), warns("Connections will be rejected"), warns("Undeclared connections will be rejected"),
				rejects("absent", endpointID(1)), m.decided("reject 1"))
			m.expectStatuses(t, "rejected", endpointID(1))
		})
	}
}

// Every message of the resource.
func TestExclusive_messages(t *testing.T) {
	config := func(arguments ...string) func(*mock) string {
		return func(m *mock) string { return m.provider("max_retries = 0") + exclusive("test", arguments...) }
	}
	one := config(theAccounts(partnerDomain))
	importing := func(id string, want ...string) messageCase {
		return messageCase{config: one, command: []string{"import", exclusiveName, id}, want: append(want, "Error: ")}
	}
	forbid := func(m *mock) {
		m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Times: -1, Status: http.StatusForbidden, Code: "APIC.7106", Message: "No permissions"})
	}
	const malformed = "An import ID has the form INSTANCE_ID or, for another region or project than the provider's, REGION/PROJECT_ID/INSTANCE_ID"
	const nothing = "Neither `endpoints` nor `domain_ids` names anything, so that every connection of the gateway would be rejected."
	for name, tc := range map[string]messageCase{
		"nothing":    {config: config(), want: []string{"The exclusive resource declares nothing", nothing}},
		"empty":      {config: config(theEndpoints(), theAccounts()), want: []string{"The exclusive resource declares nothing", nothing}},
		"twice":      {config: config(theEndpoints(endpointID(1), endpointID(1))), want: []string{"Named twice", "- " + endpointID(1)}},
		"no ID":      {config: config(theAccounts("*", strings.Repeat("A", 32))), want: []string{"Not the ID of an account", "an account's ID is 32 hexadecimal digits, in lower case", `- element 0 is "*"`, `- element 1 is "AA`}},
		"no gateway": {config: one, prepare: func(m *mock) { m.RemoveGateway(testInstance) }, want: []string{"The connections can't be listed", "HTTP 404, APIC.7302", theGateway}},
		"no service": {config: one, prepare: func(m *mock) {
			m.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: testProject, NoEndpointService: true})
		}, want: []string{"The connections can't be listed", "The gateway has no VPC endpoint service", "APIC.7314"}},
		"letter case": {
			config: config(theEndpoints(strings.ToUpper(endpointID(1)))), prepare: func(m *mock) { m.ask("accepted", endpointID(1)) },
			then: func(*mock) {}, command: []string{"plan"}, succeeds: true,
			want: []string{"Undeclared connections will be rejected", line(1, "accepted"), "or its account in `domain_ids`. " + letterCase},
		},
		"letter case, new": {
			config: config(theEndpoints(strings.ToUpper(endpointID(1)))), prepare: func(m *mock) { m.ask("accepted", endpointID(1)) },
			succeeds: true, want: []string{"Connections that are not declared", letterCase},
		},
		"forbidden":       {config: one, prepare: forbid, want: []string{"The connections can't be listed", "`apig:instance:listVpcEndpoint`", requestID}},
		"read, forbidden": {config: one, then: forbid, command: []string{"plan"}, want: []string{"The connections can't be read", "`apig:instance:listVpcEndpoint`"}},
		"import, form":    importing("a/b", "Not an import ID", "has 1 slash, and takes 0 or 2.", malformed),
		"import, no ID":   importing("..", "Not an import ID", `has the part "..", which is no ID`, malformed),
		"import, gateway": importing("00000000000000000000000000000000", "The gateway can't be imported", "HTTP 404, APIC.7302"),
	} {
		t.Run(name, tc.run)
	}
}
