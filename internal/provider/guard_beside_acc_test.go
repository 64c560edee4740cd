// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// What another resource of the configuration accepts can't be undeclared,
// whichever of the two is planned first.
func TestGuard_conflicts(t *testing.T) {
	t.Parallel()
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
		"guard last":   {accepting() + guard("test", theEndpoints(endpointID(1)), "depends_on = [apig_vpc_endpoint_connection.test]"), []string{summary, conflict(2)}},
		"guard first":  {accepting("depends_on = ["+guardName+"]") + guard("test", theEndpoints(endpointID(2))), []string{summary, conflict(1)}},
		"by account":   {accepting() + guard("test", theAccounts(otherDomain), theEndpoints(endpointID(1))), []string{summary, conflict(2)}},
		"declared":     {accepting() + guard("test", theEndpoints(endpointID(1)), theAccounts(partnerDomain)), nil},
		"rejected too": {block("test", "rejected", hclList(endpointIDs(1, 2))) + guard("test", theAccounts(otherDomain)), nil},
		"not known":    {accepting() + guard("test", "endpoints = apig_vpc_endpoint_connection.test.endpoints"), nil},
		"two guards":   {guard("test", theAccounts(otherDomain)) + guard("more", theAccounts(partnerDomain)), []string{"Error: The gateway has an exclusive resource already", "of the same provider block is for the " + theGateway, "make one of them. " + destroyAllTheSame}},
	} {
		for _, when := range []string{"created", "there"} {
			t.Run(name+", "+when, func(t *testing.T) {
				t.Parallel()
				m := newMock(t, mockapig.Config{})
				m.ask("pendingAcceptance", endpointIDs(1, 2)...)
				c := newStage(t, m.provider())
				if when == "there" {
					c.configure(m.provider() + guard("test", theAccounts(partnerDomain)) + block("test", "accepted", hclList(endpointIDs(1, 2))))
					c.must("apply", "-auto-approve")
				}
				c.configure(m.provider() + tc.config)
				code := 0
				if tc.want != nil {
					code = 1
				}
				c.plan().expect(t, code, tc.want...)
				if when == "there" {
					c.must("destroy", "-auto-approve", "-refresh=false")
				}
			})
		}
	}
}

// An endpoint that leaves the resource which accepts it, and so what the guard
// declares, is rejected once by the two of them, also where a repetition is refused.
func TestGuard_besideARelease(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"friendly", "redecide-refused", "redecide-refused-wrapped"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{Behavior: mockapig.Behaviors()[name]})
			m.ask("pendingAcceptance", endpointIDs(1, 3)...)
			config := func(ids []string) string {
				return m.provider() + block("test", "accepted", hclList(ids)) + guard("test", "endpoints = apig_vpc_endpoint_connection.test.endpoints")
			}
			c := newStage(t, config(endpointIDs(1, 3)))
			c.must("apply", "-auto-approve")
			c.configure(config(endpointIDs(2, 3)))
			// Both tell of it: of warnings with one summary, the CLI would show the first.
			c.plan().expect(t, 0, "Warning: Connections will be rejected", "Warning: Undeclared connections will be rejected")
			c.planned(rejects(map[string]string{endpointID(1): "+ rejected"}))
			c.applySaved().expect(t, 0)
			c.settled()
			m.expectStatuses(t, "rejected", endpointID(1))
			m.expectStatuses(t, "accepted", endpointIDs(2, 3)...)
			m.expectDecisions(t, "receive 3", "reject 1")
		})
	}
}

// A gateway of pages is listed once a plan, for the guard, the resources and the
// data sources.
func TestAccGuard_shares(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 1100)...)
	c := newQuickCLI(t, m.provider()+guard("test", theAccounts(partnerDomain))+block("test", "accepted", hclList(endpointIDs(1, 20)), `on_destroy = "retain"`)+data("all"))
	c.must("apply", "-auto-approve")
	m.ResetJournal()
	c.settled()
	if n := m.Count(mockapig.OpListConnections); n > 4 {
		t.Errorf("%d listings for one plan, want 4 at the most", n)
	}
}
