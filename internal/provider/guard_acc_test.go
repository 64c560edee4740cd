// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	guardType = "apig_vpc_endpoint_connections_exclusive"
	guardName = guardType + ".test"
)

// guard is a block of the resource.
func guard(name string, arguments ...string) string {
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
	return statecheck.ExpectKnownValue(guardName, tfjsonpath.New("undeclared"), knownvalue.MapExact(entries))
}

// rejects is a plan check for an update that changes these of `undeclared` and
// nothing else of it, by endpoint: "old -> new", "+ new" or "- old".
func rejects(want map[string]string) plancheck.PlanCheck { return rejectsCheck{want} }

type rejectsCheck struct{ want map[string]string }

func (c rejectsCheck) CheckPlan(ctx context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	plancheck.ExpectResourceAction(guardName, plancheck.ResourceActionUpdate).CheckPlan(ctx, req, resp)
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != guardName || resp.Error != nil {
			continue
		}
		status := func(value any, id string) string {
			entries, _ := value.(map[string]any)["undeclared"].(map[string]any)
			entry, _ := entries[id].(map[string]any)
			text, _ := entry["status"].(string)
			return text
		}
		got := map[string]string{}
		for n := range 12 {
			id := endpointID(n)
			switch old, planned := status(change.Change.Before, id), status(change.Change.After, id); {
			case old == planned:
			case old == "":
				got[id] = "+ " + planned
			case planned == "":
				got[id] = "- " + old
			default:
				got[id] = old + " -> " + planned
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			resp.Error = fmt.Errorf("changes of undeclared (-want +got):\n%s", diff)
		}
	}
}

// guarded has the partner's endpoints 1 to 6 in the six statuses, 7 and 8 of
// another account, accepted and pending, and an accepted one of the partner's, 9.
func guarded(m *mock) {
	allStatuses(m)
	m.SetStatus(testInstance, endpointID(7), "accepted")
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(8), DomainID: otherDomain})
	m.ask("accepted", endpointID(9))
}

func stands(n int, status, account string) string {
	return fmt.Sprintf("- %s \\(status %s, account %s\\)", endpointID(n), status, account)
}

// The first apply records and rejects nothing; the next ones reject what their
// plans have named, by account and endpoint, until nothing undeclared stands.
func TestAccGuard_life(t *testing.T) {
	var l listener
	m := newMock(t, mockapig.Config{})
	guarded(m)
	config := func(arguments ...string) string { return m.provider() + guard("test", arguments...) }
	first := regexp.MustCompile(`(?s)^Connections that are not declared: ` + endpointID(2) + ` and 1 more: On the gateway .* nothing declares these:\n  ` + stands(2, "creating", partnerDomain) + `\n  ` +
		stands(3, "accepted", partnerDomain) + `\n\nCreating the resource records them and rejects nothing\.`)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: l.factories(),
		Steps: []resource.TestStep{
			{
				Config: config(theEndpoints(endpointID(9), endpointID(99)), theAccounts(otherDomain)),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					plancheck.ExpectUnknownValue(guardName, tfjsonpath.New("undeclared")), l.expect(first))},
				ConfigStateChecks:  []statecheck.StateCheck{m.decided(), undeclared(map[string]string{endpointID(2): "creating", endpointID(3): "accepted"})},
				ExpectNonEmptyPlan: true,
			},
			{
				PreConfig: func() { l.take() },
				// In another order, and now endpoint 7 is of an account that may not.
				Config: config(theEndpoints(endpointID(99), endpointID(9)), theAccounts(strings.Repeat("4", 32))),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					rejects(map[string]string{endpointID(2): "creating -> rejected", endpointID(3): "accepted -> rejected", endpointID(7): "+ rejected"}),
					l.expect(regexp.MustCompile(`(?s)^Undeclared connections will be rejected: `+endpointID(2)+` and 2 more: Nothing declares these.*`+stands(7, "accepted", otherDomain))),
					// What comes after the plan is left to the next one.
					beforeApply(func() { m.Connect(testInstance, mockapig.Connection{ID: endpointID(10), Status: "accepted"}) }),
				)},
				ConfigStateChecks:  []statecheck.StateCheck{m.decided("reject 3")},
				ExpectNonEmptyPlan: true,
			},
			{
				Config:            config(theEndpoints(endpointID(9)), theAccounts(strings.Repeat("4", 32))),
				ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: before(rejects(map[string]string{endpointID(10): "accepted -> rejected"}))},
				ConfigStateChecks: []statecheck.StateCheck{m.decided("reject 1"), undeclared(map[string]string{endpointID(10): "rejected"})},
			},
			{
				Config:            config(theEndpoints(endpointID(9)), theAccounts(strings.Repeat("4", 32))),
				ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())},
				ConfigStateChecks: []statecheck.StateCheck{m.decided(), undeclared(nil)},
			},
			{
				Config: config(theEndpoints(endpointID(9)), "reject_pending = true"),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					rejects(map[string]string{endpointID(1): "+ rejected", endpointID(8): "+ rejected"}))},
				ConfigStateChecks: []statecheck.StateCheck{m.decided("reject 2")},
			},
			{
				// Declared again: nothing is accepted for that.
				PreConfig:         func() { m.SetStatus(testInstance, endpointID(3), "accepted") },
				Config:            config(theEndpoints(endpointID(9), endpointID(3), endpointID(7))),
				ConfigStateChecks: []statecheck.StateCheck{m.decided(), undeclared(nil)},
			},
		},
	})
	m.expectDecisions(t) // the destroy decides nothing
	m.expectStatuses(t, "accepted", endpointID(3), endpointID(9))
	m.expectStatuses(t, "rejected", endpointID(1), endpointID(2), endpointID(4), endpointID(7), endpointID(8), endpointID(10))
	m.expectStatuses(t, "failed", endpointID(5))
}

// What the plan has named and what somebody has changed since.
func TestGuard_betweenPlanAndApply(t *testing.T) {
	t.Parallel()
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
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointID(1))
			c := newStage(t, m.provider()+guard("test", theAccounts(otherDomain)))
			c.must("apply", "-auto-approve")
			c.planned(rejects(map[string]string{endpointID(1): "accepted -> rejected"}))
			tc.change(m)
			c.applySaved().expect(t, 0)
			m.expectDecisions(t, tc.calls...)
			m.expectStatuses(t, tc.status, endpointID(1))
			c.settled()
		})
	}
}

// Whatever the API leaves open.
func TestGuard_behavior(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"friendly", "hostile", "hostile-one", "hostile-most", "omit-total", "stale", "newest-first", "small-batch", "one-by-400", "one-by-500",
		"reject-creating-busy", "reject-creating-busy-400", "reject-creating-busy-wrapped", "redecide-refused", "redecide-refused-wrapped",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			behavior := mockapig.Behaviors()[name]
			behavior.PassingFor = 0 // what comes and goes is for the guard to reject, and no plan would be empty
			m := newMock(t, mockapig.Config{Creating: 1, Behavior: behavior})
			m.ask("accepted", endpointIDs(101, 160)...)
			m.ask("creating", endpointID(1))
			m.ask("pendingAcceptance", endpointID(2))
			c := newStage(t, m.provider()+guard("test", theEndpoints(endpointIDs(101, 102)...), "reject_pending = true"))
			c.must("apply", "-auto-approve")
			m.expectDecisions(t)
			c.must("apply", "-auto-approve")
			c.settled()
			m.expectStatuses(t, "accepted", endpointIDs(101, 102)...)
			m.expectStatuses(t, "rejected", append(endpointIDs(103, 160), endpointIDs(1, 2)...)...)
		})
	}
}

// A rejection that fails records what still stands, and the next apply goes on.
func TestGuard_fails(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 4)...)
	c := newStage(t, m.provider()+guard("test", theEndpoints(endpointID(4))))
	c.must("apply", "-auto-approve")
	m.Fail(refusing("reject", endpointID(2), 3, http.StatusBadRequest, "APIC.7211"))
	c.apply().expect(t, 1, "Error: The gateway refuses to decide endpoints", endpointID(2)+" (status accepted, account "+partnerDomain+"): HTTP 400",
		"If the endpoint is to stay accepted, name it in `endpoints`; otherwise apply again", "These were decided, and stay so: "+line(1, "rejected")+" "+line(3, "rejected"), applyAgain)
	c.state(undeclared(map[string]string{endpointID(2): "accepted"}))
	m.ResetJournal()
	c.must("apply", "-auto-approve")
	m.expectDecisions(t, "reject 1")
	c.settled()
}

// A guard that is there can't be planned while it is not known what may stand; a
// new one can, as it rejects nothing.
func TestGuard_unknown(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 2)...)
	config := func(id string) string {
		return m.provider() + derived("endpoint", id) + guard("test", "endpoints = [terraform_data.endpoint.output]")
	}
	c := newStage(t, config(endpointID(1)))
	c.must("apply", "-auto-approve")
	c.state(undeclared(map[string]string{endpointID(2): "accepted"}))
	c.configure(config(endpointID(2)))
	c.plan().expect(t, 1, "Error: What may be accepted is not known yet", "apply what they depend on first, with `-target`")
	c.must("apply", "-auto-approve", "-target=terraform_data.endpoint")
	c.must("apply", "-auto-approve")
	m.expectStatuses(t, "rejected", endpointID(1))
	m.expectStatuses(t, "accepted", endpointID(2))
}

// An import brings in the gateway; what its configuration declares is an update
// without a call, what it does not is named by the first plan.
func TestGuard_import(t *testing.T) {
	t.Parallel()
	for _, id := range []string{testInstance, importScope + testInstance} {
		t.Run(id, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			guarded(m)
			c := newStage(t, m.provider()+guard("test", theAccounts(partnerDomain)))
			c.must("import", "-input=false", guardName, id)
			c.state(undeclared(nil))
			c.planned(rejects(map[string]string{endpointID(7): "+ rejected"}))
			c.applySaved().expect(t, 0)
			m.expectDecisions(t, "reject 1")
			c.settled()
		})
	}
}
