// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"slices"
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
	permissionsType = "apig_vpc_endpoint_permissions"
	permissionsName = permissionsType + ".test"
)

// accountID is the n-th test account's.
func accountID(n int) string { return fmt.Sprintf("acc0%028x", n) }

func accountIDs(from, to int) []string {
	var ids []string
	for n := from; n <= to; n++ {
		ids = append(ids, accountID(n))
	}
	return ids
}

// permissions is a block of the resource.
func permissions(name, accounts string, arguments ...string) string {
	return fmt.Sprintf(`
resource "apig_vpc_endpoint_permissions" %q {
  instance_id = %q
  domain_ids  = %s
  %s
}
`, name, testInstance, accounts, strings.Join(arguments, "\n  "))
}

// permitting is a configuration of the resource under test.
func (m *mock) permitting(accounts []string, arguments ...string) string {
	return m.provider() + permissions("test", hclList(accounts), arguments...)
}

// permitted are the accounts that may ask, in the order of their coming, but for
// the owner, who always may.
func (m *mock) permitted() []string {
	var accounts []string
	for _, p := range m.Permissions(testInstance)[1:] {
		accounts = append(accounts, strings.TrimPrefix(p.Permission, "iam:domain::"))
	}
	return accounts
}

func (m *mock) expectPermitted(t *testing.T, want ...string) {
	t.Helper()
	got := m.permitted()
	slices.Sort(got)
	if diff := cmp.Diff(slices.Sorted(slices.Values(want)), got); diff != "" {
		t.Errorf("permitted (-want +got):\n%s", diff)
	}
	if own := m.Permissions(testInstance)[0].Permission; own != "iam:domain::"+ownerDomain {
		t.Errorf("the owner's entry is %s", own)
	}
}

// permissionCalls are the calls that changed permissions, as "add 50" or "delete 1".
func (m *mock) permissionCalls() []string {
	calls := []string{}
	for _, call := range m.Journal() {
		switch call.Operation {
		case mockapig.OpAddPermissions:
			calls = append(calls, fmt.Sprintf("add %d", len(call.Permissions)))
		case mockapig.OpDeletePermissions:
			calls = append(calls, fmt.Sprintf("delete %d", len(call.Permissions)))
		}
	}
	return calls
}

// changed is a state check of the calls that changed permissions since the last
// such check.
func (m *mock) changed(want ...string) statecheck.StateCheck { return permissionCallsCheck{m, want} }

type permissionCallsCheck struct {
	*mock
	want []string
}

func (c permissionCallsCheck) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	if diff := cmp.Diff(append([]string{}, c.want...), c.permissionCalls()); diff != "" {
		resp.Error = fmt.Errorf("calls (-want +got):\n%s", diff)
	}
	c.ResetJournal()
}

// permits is a state check of `domain_ids`, in this order, and of entries for
// those of them that are there.
func permits(accounts, there []string) []statecheck.StateCheck {
	entries := map[string]knownvalue.Check{}
	for _, account := range there {
		entries[account] = knownvalue.ObjectExact(map[string]knownvalue.Check{"id": knownvalue.NotNull(), "created_at": knownvalue.NotNull()})
	}
	return []statecheck.StateCheck{
		statecheck.ExpectKnownValue(permissionsName, tfjsonpath.New("domain_ids"), stringList(accounts)),
		statecheck.ExpectKnownValue(permissionsName, tfjsonpath.New("permissions"), knownvalue.MapExact(entries)),
	}
}

// entryChanges is a plan check of which entries an update adds and removes.
func entryChanges(added, removed []string) plancheck.PlanCheck {
	changes := map[string]string{}
	for _, account := range added {
		changes[account] = "added"
	}
	for _, account := range removed {
		changes[account] = "removed"
	}
	return entryCheck{changes}
}

type entryCheck struct{ want map[string]string }

func (c entryCheck) CheckPlan(ctx context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	plancheck.ExpectResourceAction(permissionsName, plancheck.ResourceActionUpdate).CheckPlan(ctx, req, resp)
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != permissionsName || resp.Error != nil {
			continue
		}
		entries := func(value any) map[string]any {
			entries, _ := value.(map[string]any)["permissions"].(map[string]any)
			return entries
		}
		before, after, unknown := entries(change.Change.Before), entries(change.Change.After), entries(change.Change.AfterUnknown)
		got := map[string]string{}
		for account := range before {
			if _, stays := after[account]; !stays {
				got[account] = "removed"
			} else if !cmp.Equal(before[account], after[account]) {
				got[account] = "changed"
			}
		}
		for account := range unknown {
			if _, was := before[account]; !was {
				got[account] = "added"
			}
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			resp.Error = fmt.Errorf("changes of entries (-want +got):\n%s", diff)
		}
	}
}

// Entries that are there are adopted, drift shows entry by entry, and what the
// resource does not name is none of its business.
func TestAccPermissions_life(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids, foreign := accountIDs(1, 4), accountID(99)
	m.Permit(testInstance, foreign, ids[0])
	empty := resource.ConfigPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config: m.permitting(ids[:3]),
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					plancheck.ExpectUnknownValue(permissionsName, tfjsonpath.New("permissions").AtMapKey(ids[2]).AtMapKey("id")),
					plancheck.ExpectKnownValue(permissionsName, tfjsonpath.New("region"), knownvalue.StringExact(testRegion)),
					plancheck.ExpectKnownValue(permissionsName, tfjsonpath.New("project_id"), knownvalue.StringExact(testProject)),
				)},
				ConfigStateChecks: append(permits(ids[:3], ids[:3]), m.changed("add 2")),
			},
			{
				Config:            m.permitting([]string{ids[2], ids[0], ids[1]}, "timeouts {\n    update = \"1m\"\n  }"),
				ConfigStateChecks: append(permits(ids[:3], ids[:3]), m.changed()),
			},
			{
				PreConfig:         func() { m.Forbid(testInstance, ids[1], foreign) },
				Config:            m.permitting(ids[:3]),
				ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: before(entryChanges(ids[1:2], nil))},
				ConfigStateChecks: append(permits(ids[:3], ids[:3]), m.changed("add 1")),
			},
			{
				PreConfig:         func() { m.Permit(testInstance, foreign, "*") },
				Config:            m.permitting(ids[:3]),
				ConfigPlanChecks:  empty,
				ConfigStateChecks: []statecheck.StateCheck{m.changed()},
			},
			{
				PreConfig:         func() { m.Forbid(testInstance, ids[0]) }, // one that leaves, and is gone already
				Config:            m.permitting([]string{ids[3], ids[2]}),
				ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: before(entryChanges(ids[3:], ids[1:2]))},
				ConfigStateChecks: append(permits([]string{ids[3], ids[2]}, ids[2:]), m.changed("add 1", "delete 1")),
			},
		},
	})
	m.expectPermitted(t, foreign, "*")
}

// Every account may ask.
func TestPermissions_everybody(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: m.permitting(accountIDs(1, 1))},
			{
				Config:            m.permitting([]string{"*"}),
				ConfigPlanChecks:  resource.ConfigPlanChecks{PreApply: before(entryChanges([]string{"*"}, accountIDs(1, 1)))},
				ConfigStateChecks: permits([]string{"*"}, []string{"*"}),
			},
		},
	})
	m.expectPermitted(t)
}

// Whatever the API leaves open: 60 accounts, some of them there, come and go.
func TestPermissions_behavior(t *testing.T) {
	for _, name := range []string{"friendly", "hostile", "hostile-one", "hostile-most", "omit-total", "stale", "newest-first", "small-batch", "one-by-400", "one-by-500", "ten-by-500", "add-existing-refused", "delete-missing-refused", "removed-rejects"} {
		t.Run(name, func(t *testing.T) {
			m := newMock(t, mockapig.Config{Behavior: mockapig.Behaviors()[name]})
			m.Permit(testInstance, accountIDs(20, 29)...)
			raced := false
			race := func(f mockapig.Fault, do func(string, ...string), account string) {
				f.Do = func() { do(testInstance, account); raced = true }
				m.Fail(f)
			}
			play(t, resource.TestCase{
				ProtoV6ProviderFactories: factories,
				Steps: []resource.TestStep{
					{
						// Somebody adds one of them after it was looked for.
						PreConfig:         func() { race(mockapig.Fault{Operation: mockapig.OpAddPermissions}, m.Permit, accountID(7)) },
						Config:            m.permitting(accountIDs(1, 60)),
						ConfigStateChecks: permits(accountIDs(1, 60), accountIDs(1, 60)),
					},
					{
						PreConfig: func() {
							if !raced {
								t.Error("nothing came between")
							}
							race(mockapig.Fault{Operation: mockapig.OpDeletePermissions}, m.Forbid, accountID(55))
						},
						Config:            m.permitting(accountIDs(1, 5)),
						ConfigStateChecks: permits(accountIDs(1, 5), accountIDs(1, 5)),
					},
				},
			})
			m.expectPermitted(t)
			m.expectDecisions(t)
		})
	}
}

// Many resources with one account each cost one listing a plan.
func TestPermissions_many(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	c := newStage(t, m.provider()+permissions("test", "[each.key]", "for_each = toset("+hclList(accountIDs(1, 30))+")"))
	c.must("apply", "-auto-approve")
	m.expectPermitted(t, accountIDs(1, 30)...)
	m.ResetJournal()
	c.settled()
	if n := m.Count(mockapig.OpListPermissions); n != 1 {
		t.Errorf("%d listings for one plan, want 1", n)
	}
}

// Accounts that are not known before the apply.
func TestPermissions_unknown(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := accountIDs(1, 3)
	config := func(id string) string {
		return m.provider() + fmt.Sprintf("\nresource \"terraform_data\" \"account\" {\n  input = %q\n}\n", id) +
			permissions("test", fmt.Sprintf("[%q, terraform_data.account.output]", ids[0]))
	}
	unknown := resource.ConfigPlanChecks{PreApply: before(plancheck.ExpectUnknownValue(permissionsName, tfjsonpath.New("permissions")))}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config(ids[1]), ConfigPlanChecks: unknown, ConfigStateChecks: permits(ids[:2], ids[:2])},
			{Config: config(ids[2]), ConfigPlanChecks: unknown, ConfigStateChecks: permits([]string{ids[0], ids[2]}, []string{ids[0], ids[2]})},
		},
	})
	m.expectPermitted(t)
}

// A resource of another region, whose project is looked up. When its arguments
// change, the entries move.
func TestPermissions_scope(t *testing.T) {
	m := newMockOfTwo(t, otherProject)
	const another = "3b9c1d3e5f7041638597a0b1c2d3e4f5"
	m.AddGateway(mockapig.Gateway{ID: another, ProjectID: testProject})
	block := permissions("test", hclList(accountIDs(1, 2)), fmt.Sprintf("region = %q", otherRegion))
	moved := strings.NewReplacer(otherRegion, testRegion, testInstance, another).Replace(block)
	in := func(project string) statecheck.StateCheck {
		return statecheck.ExpectKnownValue(permissionsName, tfjsonpath.New("project_id"), knownvalue.StringExact(project))
	}
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: m.signed() + block, ConfigStateChecks: []statecheck.StateCheck{in(otherProject), m.changed("add 2")}},
			{
				// The provider's own region does not matter to what is there.
				Config:           m.signed(fmt.Sprintf("project_id = %q", testProject)) + block,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())},
			},
			{
				Config: m.signed() + moved,
				ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(
					plancheck.ExpectResourceAction(permissionsName, plancheck.ResourceActionReplace))},
				ConfigStateChecks: []statecheck.StateCheck{in(testProject), m.changed("delete 2", "add 2")},
			},
		},
	})
	m.expectPermitted(t)
	if left := m.Permissions(another); len(left) != 1 {
		t.Errorf("left are %v", left)
	}
}

// The data source lists all entries, the owner's own too.
func TestAccPermissions_data(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	m.Permit(testInstance, append(accountIDs(1, 600), "*")...)
	name := "data.apig_vpc_endpoint_permissions.all"
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:           m.provider() + fmt.Sprintf("\ndata \"apig_vpc_endpoint_permissions\" \"all\" {\n  instance_id = %q\n}\n", testInstance),
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(name, tfjsonpath.New("domain_ids"), stringList(append([]string{"*", ownerDomain}, accountIDs(1, 600)...))),
				statecheck.ExpectKnownValue(name, tfjsonpath.New("permissions").AtMapKey("*").AtMapKey("created_at"), knownvalue.NotNull()),
				statecheck.ExpectKnownValue(name, tfjsonpath.New("permissions").AtMapKey(ownerDomain), knownvalue.ObjectExact(map[string]knownvalue.Check{
					"id": knownvalue.StringExact(m.Permissions(testInstance)[0].ID), "created_at": knownvalue.StringExact("2021-05-07T14:20:14Z"),
				})),
			},
		}},
	})
}
