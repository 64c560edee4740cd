// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Whose a connection is may be left out of a listing. It may be of a trusted
// account, and is not rejected.
func TestGuard_accountUnknown(t *testing.T) {
	t.Parallel()
	warning := []string{
		"Warning: Connections of unknown accounts", "The " + theGateway + " does not say to which accounts these belong",
		"They are left alone: - " + endpointID(1) + " (status accepted, account unknown) Name those that may be accepted in `endpoints`.",
	}
	for _, when := range []string{"created", "there"} {
		t.Run(when, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointID(1))
			c := newStage(t, m.provider()+guard("test", theAccounts(partnerDomain)))
			if when == "there" {
				c.must("apply", "-auto-approve")
			}
			m.listWithoutAccount(endpointID(1))
			c.plan().expect(t, 0, warning...)
			c.must("apply", "-auto-approve")
			c.state(undeclared(nil))
			c.settled()
			m.expectDecisions(t)
			// With an acceptance of it, there is no contradiction.
			c.configure(m.provider() + guard("test", theAccounts(partnerDomain)) + block("test", "accepted", hclList(endpointIDs(1, 1))))
			c.plan().expect(t, 0, warning...)
			// Where no account is trusted, whose it is does not matter.
			c.configure(m.provider() + guard("test", theEndpoints(endpointID(2))))
			c.planned(rejects(map[string]string{endpointID(1): "+ rejected"}))
		})
	}
}

// An unknown value is refused only where something might be rejected for it.
func TestGuard_unknownAndNothingToReject(t *testing.T) {
	t.Parallel()
	for name, arguments := range map[string]func(string) string{
		"an endpoint beside": func(value string) string { return fmt.Sprintf("endpoints = [%q, %s]", endpointID(1), value) },
		"an account beside":  func(value string) string { return fmt.Sprintf("domain_ids = [%q, %s]", partnerDomain, value) },
		"all endpoints":      func(value string) string { return theAccounts(partnerDomain) + "\n  endpoints = [" + value + "]" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointID(1))
			config := func(id string) string {
				return m.provider() + derived("value", id) + guard("test", arguments("terraform_data.value.output"))
			}
			c := newStage(t, config(otherDomain))
			c.must("apply", "-auto-approve")
			c.configure(config(ownerDomain))
			c.must("apply", "-auto-approve")
			c.settled()
			c.state(undeclared(nil))
			m.expectDecisions(t)

			// Now something stands that the unknown value may name or not.
			m.Connect(testInstance, mockapig.Connection{ID: endpointID(2), DomainID: foreignAccount, Status: "accepted"})
			c.configure(config(otherDomain))
			c.plan().expect(t, 1, "Error: What may be accepted is not known yet", "which of these would be rejected on the "+theGateway+": - "+endpointID(2)+" (status accepted, account "+foreignAccount+")",
				"apply what they depend on first, with `-target`. "+destroyAllTheSame)
			c.run("destroy", "-auto-approve").expect(t, 1, "What may be accepted is not known yet")
			c.run("destroy", "-auto-approve", "-refresh=false").expect(t, 0)
		})
	}
}

// Whether those that wait are rejected is not known: then they may be.
func TestGuard_unknownWhetherPending(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("pendingAcceptance", endpointID(1))
	config := func(value string) string {
		return m.provider() + derived("value", value) + guard("test", theAccounts(otherDomain), "reject_pending = terraform_data.value.output == \"yes\"")
	}
	c := newStage(t, config("no"))
	c.must("apply", "-auto-approve")
	c.configure(config("never"))
	c.plan().expect(t, 1, "What may be accepted is not known yet", "- "+endpointID(1)+" (status pendingAcceptance")
	m.Disconnect(testInstance, endpointID(1))
	c.must("apply", "-auto-approve")
	c.settled()
}

// foreignAccount is named nowhere.
const foreignAccount = "acc00000000000000000000000000099"

// destroyAllTheSame ends the errors of a plan that a destroy makes first.
const destroyAllTheSame = "A destroy plans like this first: to destroy all the same, do it with `-refresh=false`."
