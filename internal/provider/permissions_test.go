// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

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
	return about("resource", permissionsType, name, append([]string{"domain_ids = " + accounts}, arguments...)...)
}

// permitting is a configuration of the resource under test.
func (m *mock) permitting(accounts []string, arguments ...string) string {
	return m.provider() + permissions("test", hclList(accounts), arguments...)
}

// expectPermitted wants entries for just these accounts, and for the owner, who always may ask.
func (m *mock) expectPermitted(t *testing.T, want ...string) {
	t.Helper()
	got := []string{}
	for _, p := range m.Permissions(testInstance) {
		got = append(got, accountOf(p.Permission))
	}
	assert.Check(t, is.DeepEqual(slices.Sorted(slices.Values(append(want, ownerDomain))), slices.Sorted(slices.Values(got))), "permitted")
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

// changed is a state check of the calls that changed permissions since the last such check.
func (m *mock) changed(want ...string) statecheck.StateCheck {
	return stateCheck(func(*tfjson.State) error {
		defer m.ResetJournal()
		return unlike("calls", append([]string{}, want...), m.permissionCalls())
	})
}

// permits is a state check of `domain_ids`, in this order, and of their entries.
func permits(accounts ...string) all {
	entries := map[string]knownvalue.Check{}
	for _, account := range accounts {
		entries[account] = knownvalue.ObjectExact(map[string]knownvalue.Check{"id": knownvalue.NotNull(), "created_at": knownvalue.NotNull()})
	}
	return all{
		statecheck.ExpectKnownValue(permissionsName, at("domain_ids"), stringList(accounts)),
		statecheck.ExpectKnownValue(permissionsName, at("permissions"), knownvalue.MapExact(entries)),
	}
}

// entriesChange is a plan check of which entries an update adds and removes.
func entriesChange(added, removed []string) plancheck.PlanCheck {
	return entryChanges(permissionsName, "permissions", "id", merged(each("?", added...), each("removed", removed...)))
}

func (m *mock) failPermission(operation, account string, status int, code string) {
	m.Fail(mockapig.Fault{Operation: operation, Permission: "iam:domain::" + account, Times: -1, Status: status, Code: code, Message: "not now"})
}

// Entries that are there are adopted, drift shows entry by entry, others stay, and an import brings in what a create would have made.
func TestPermissions_life(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids, foreign := accountIDs(1, 4), accountID(99)
		m.Permit(testInstance, foreign, ids[0])
		s.then(m.permitting(ids[:3]), unknownAt(permissionsName, "permissions", ids[2], "id"), knownAt(permissionsName, testRegion, "region"),
			knownAt(permissionsName, testProject, "project_id"), permits(ids[:3]...), m.changed("add 2"))
		m.Forbid(testInstance, ids[1], foreign)
		m.Permit(testInstance, foreign, "*")
		s.then(m.permitting([]string{ids[2], ids[0], ids[1]}), entriesChange(ids[1:2], nil), permits(ids[:3]...), m.changed("add 1"))
		m.Forbid(testInstance, ids[0]) // one that leaves, and is gone already
		s.then(m.permitting([]string{ids[3], ids[2]}), entriesChange(ids[3:], ids[1:2]), permits(ids[3], ids[2]), m.changed("add 1", "delete 1"))
		for _, id := range []string{importScope + importID(ids[3], ids[2]), importID(ids[2], ids[3])} {
			s.forget(permissionsName)
			s.must("import", permissionsName, id)
			s.again(empty, m.changed())
		}
		m.Forbid(testInstance, "*")
		s.then(m.permitting([]string{"*"}), entriesChange([]string{"*"}, ids[2:]), permits("*"))
		s.destroys()
		m.expectPermitted(t, foreign)
	})
}

// Whatever the API leaves open: 60 accounts, some of them there, come and go.
func TestPermissions_behavior(t *testing.T) {
	for _, name := range []string{"friendly", "hostile", "hostile-one", "hostile-most", "omit-total", "stale", "newest-first", "small-batch", "one-by-400", "one-by-500", "ten-by-500", "add-existing-refused", "delete-missing-refused", "removed-rejects"} {
		runOnStage(t, name, mockapig.Config{Behavior: mockapig.Behaviors()[name]}, func(t *testing.T, m *mock, s *stage) {
			m.Permit(testInstance, accountIDs(20, 29)...)
			raced := 0
			race := func(operation string, do func(string, ...string), account string) {
				m.Fail(mockapig.Fault{Operation: operation, Do: func() { do(testInstance, account); raced++ }})
			}
			race(mockapig.OpAddPermissions, m.Permit, accountID(7)) // after it was looked for
			s.then(m.permitting(accountIDs(1, 60)), permits(accountIDs(1, 60)...))
			race(mockapig.OpDeletePermissions, m.Forbid, accountID(55))
			s.then(m.permitting(accountIDs(1, 5)), permits(accountIDs(1, 5)...))
			s.destroys()
			m.expectPermitted(t)
			m.expectDecisions(t)
			assert.Check(t, raced == 2, "nothing came between")
		})
	}
}

// Accounts that are not known before the apply.
func TestPermissions_unknown(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := accountIDs(1, 3)
		for _, id := range ids[1:] {
			s.then(m.provider()+derived("account", id)+permissions("test", fmt.Sprintf("[%q, terraform_data.account.output]", ids[0])),
				unknownAt(permissionsName, "permissions"), permits(ids[0], id))
		}
		s.destroys()
		m.expectPermitted(t)
	})
}

// A resource of another region, whose project is looked up. When its arguments change, the entries move.
func TestPermissions_scope(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		m.hasTwo(otherProject)
		m.AddGateway(mockapig.Gateway{ID: otherInstance, ProjectID: testProject})
		block := permissions("test", hclList(accountIDs(1, 2)), inRegion(otherRegion))
		moved := strings.NewReplacer(otherRegion, testRegion, testInstance, otherInstance).Replace(block)
		s.then(m.signed()+block, stateAt(permissionsName, otherProject, "project_id"), m.changed("add 2"))
		s.then(m.signed(inProject(testProject))+block, empty) // the provider's own does not matter to what is there
		s.then(m.signed()+moved, plancheck.ExpectResourceAction(permissionsName, plancheck.ResourceActionReplace),
			stateAt(permissionsName, testProject, "project_id"), m.changed("delete 2", "add 2"))
		s.destroys(m.changed("delete 2"))
		m.expectPermitted(t)
	})
}

// A create that fails half-way leaves no object, and takes nothing back; the next one adopts what was added.
func TestPermissions_createFails(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := accountIDs(1, 4)
		m.Permit(testInstance, ids[0])
		m.failPermission(mockapig.OpAddPermissions, ids[2], http.StatusBadRequest, "APIG.2011")
		s.fails(m.permitting(ids), "Error: The gateway refuses permissions", "On the "+theGateway+", these were asked for alone and refused: - "+ids[2]+" (to add): HTTP 400, APIG.2011: not now (request ID ",
			"These were changed, and stay so: - "+ids[1]+", added - "+ids[3]+", added The next apply looks first, and does what is left.")
		s.state(noState)
		m.expectPermitted(t, ids[0], ids[1], ids[3])
		m.ResetJournal()
		s.then(m.permitting([]string{ids[0], ids[1], ids[3]}), m.changed())
	})
}

// An update that fails half-way records what there is: what could not be added is not in the state, what was not deleted is.
// Nothing is deleted before all is added: an account that leaves may be what lets the other in. So it is with a deletion.
func TestPermissions_updateFails(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := accountIDs(1, 6)
		s.then(m.permitting(ids[:3]))
		m.failPermission(mockapig.OpAddPermissions, ids[5], http.StatusBadRequest, "APIG.2011")
		m.failPermission(mockapig.OpDeletePermissions, ids[0], http.StatusBadRequest, "APIG.2011")
		left := func(there ...string) {
			t.Helper()
			s.state(permits(there...))
			m.expectPermitted(t, there...)
		}
		s.fails(m.permitting(ids[1:3]), "Error: The gateway refuses permissions", ids[0]+" (to delete): HTTP 400")
		left(ids[0], ids[1], ids[2]) // as it was written before, so that this plans nothing
		s.fails(m.permitting(ids[2:]), "Error: The gateway refuses permissions", ids[5]+" (to add): HTTP 400",
			"Nothing is deleted before all is added. These wait: - "+ids[0]+", to delete - "+ids[1]+", to delete",
			"These were changed, and stay so: - "+ids[3]+", added - "+ids[4]+", added The next apply")
		left(ids[2], ids[3], ids[4], ids[0], ids[1])
		s.planned(entriesChange(ids[5:], ids[:2]))
		s.fails(m.permitting(ids[2:5]), "Error: The gateway refuses permissions", ids[0]+" (to delete): HTTP 400", "These were changed, and stay so: - "+ids[1]+", deleted")
		left(ids[2], ids[3], ids[4], ids[0])
		s.run("destroy").expect(t, 1, "The gateway refuses permissions", ids[0]+" (to delete)", "- "+ids[2]+", deleted")
		left(ids[0])
	})
}

// The owner's own entry stays whatever is asked for, and the message says what to do.
func TestPermissions_ownersOwn(t *testing.T) {
	for name, want := range map[string][]string{
		"friendly":               {"Permissions not changed in time", "Where `delete` is just too short, raise it in the `timeouts` block", ownerDomain + ", to delete, asked for", "may be the gateway owner's own", "`terraform state rm`"},
		"delete-missing-refused": {"The gateway refuses permissions", ownerDomain + " (to delete): HTTP 400", "the gateway owner's own entry can't be deleted"},
	} {
		runOnStage(t, name, mockapig.Config{Behavior: mockapig.Behaviors()[name]}, func(t *testing.T, m *mock, s *stage) {
			s.then(m.permitting([]string{ownerDomain}, "timeouts {\n    delete = \"1s\"\n  }"))
			s.run("destroy").expect(t, 1, want...)
			m.expectPermitted(t)
		})
	}
}

// Every message of the resource and the data source.
func TestPermissions_messages(t *testing.T) {
	ids := accountIDs(1, 2)
	config := func(accounts ...string) func(*mock) string {
		return func(m *mock) string {
			return m.provider("max_retries = 0") + permissions("test", hclList(accounts), "timeouts {\n    create = \"1s\"\n    read = \"1s\"\n  }")
		}
	}
	data := func(m *mock) string { return m.provider("max_retries = 0") + about("data", permissionsType, "test") }
	forbidding := func(operation string) func(*mock) {
		return func(m *mock) {
			m.Fail(mockapig.Fault{Operation: operation, Times: -1, Status: http.StatusForbidden, Code: "APIC.7106", Message: "No permissions"})
		}
	}
	gone := func(m *mock) { m.RemoveGateway(testInstance) }
	importing := func(id string, want ...string) messageCase {
		return messageCase{config: config(ids...), command: []string{"import", permissionsName, id}, want: append(want, "Error: ")}
	}
	const notAccount = "Not the ID of an account"
	const rule = "an account's ID is 32 hexadecimal digits, in lower case; `*` stands for every account"
	const malformed = "An import ID has the form INSTANCE_ID/DOMAIN_ID[,DOMAIN_ID…] or, for another region or project than the provider's, REGION/PROJECT_ID/INSTANCE_ID/DOMAIN_ID[,DOMAIN_ID…]"
	for name, tc := range map[string]messageCase{
		"no account ID":  {config: config("abc", strings.Repeat("A", 32), "iam:domain::"+ids[0]), want: []string{notAccount, "In domain_ids, " + rule, `- element 0 is "abc"`, `- element 1 is "AAAA`, `- element 2 is "iam:domain::`}},
		"nobody":         {config: config(), want: []string{"No account is named", "domain_ids is empty. Name the accounts that may ask, or `*` for every account, or remove the resource."}},
		"twice":          {config: config(ids[0], ids[1], ids[0]), want: []string{"Named twice", "domain_ids names each account once", "- " + ids[0]}},
		"everybody else": {config: config(ids[0], "*"), want: []string{"`*` beside other accounts", "Name `*` alone, or leave it out."}},
		"no gateway":     {config: config(ids...), prepare: gone, want: []string{"The permissions can't be changed", "The gateway does not exist in this region and project", "HTTP 404, APIC.7302", requestID}},
		"may not list":   {config: config(ids...), prepare: forbidding(mockapig.OpListPermissions), want: []string{"The permissions can't be looked up", "`apig:instance:listVpcEndpointPermission`", theGateway}},
		"may not add": {
			config: config(ids...), prepare: forbidding(mockapig.OpAddPermissions),
			want: []string{"- " + ids[0] + ", to add", "- " + ids[1] + ", to add", "The permissions can't be changed", "`apig:instance:batchAddVpcEndpointPermission` and `apig:instance:get`", "On the " + theGateway, "Nothing was changed.", "The next apply looks first"},
		},
		"may not delete": {
			config: config(ids...), then: forbidding(mockapig.OpDeletePermissions), command: []string{"destroy"},
			want: []string{"`apig:instance:batchDeleteVpcEndpointPermission`", ids[0] + ", to delete", "Nothing was changed."},
		},
		"in time": {
			config: config(ids[0]), mock: mockapig.Config{Behavior: mockapig.Behavior{StaleFor: 1 << 40}},
			want: []string{"Permissions not changed in time", "raise `create` in the `timeouts` block", ids[0] + ", to add, asked for", "What was asked for may still take effect."},
		},
		"throttled": {
			config: config(ids[0]), prepare: failing(fault(mockapig.OpAddPermissions, http.StatusTooManyRequests, "APIGW.0308", "limit:1,time:1 hour")),
			want: []string{"Permissions not changed in time", "The API takes fewer calls than were needed", ids[0] + ", to add", "Nothing was changed."},
		},
		"data, no gateway": {config: data, prepare: gone, want: []string{"The permissions can't be listed", "The gateway does not exist", theGateway}},
		"read, forbidden": {
			config: config(ids...), then: forbidding(mockapig.OpListPermissions), command: []string{"plan"},
			want: []string{"The permissions can't be read", "`apig:instance:listVpcEndpointPermission`", theGateway},
		},
		"import, form":    importing(testInstance, "Not an import ID", "has 0 slashes, and takes 1 or 3.", malformed),
		"import, account": importing(importID(ids[0], "abc"), "Not an import ID", `has the part "abc", which is not the ID of an account: `+rule, malformed),
		"import, all":     importing(importID("*"), "The gateway has no such permissions", theGateway+" does not list an entry for: - * (every account)", "an apply adds them"),
		"import, absent":  importing(importID(ids[0], ids[1]), "The gateway has no such permissions", theGateway+" does not list an entry for: - "+ids[0]+" - "+ids[1]+" Declare these in the configuration: an apply adds them."),
		"import, some absent": importing(importID(ids[0], ids[1]), "does not list an entry for: - "+ids[1]+
			" Import the others, and declare these in the configuration: an apply adds them.").on(func(m *mock) { m.Permit(testInstance, ids[0]) }),
		"import, gateway": importing("00000000000000000000000000000000/"+ids[0], "The permissions can't be imported", "The gateway does not exist in this region and project", "HTTP 404, APIC.7302"),
		"import, forbidden": importing(importID(ids[0]), "The permissions can't be imported",
			"`apig:instance:listVpcEndpointPermission`").on(forbidding(mockapig.OpListPermissions)),
	} {
		t.Run(name, tc.run)
	}
}

// The data source lists all entries, the owner's own too.
func TestPermissions_data(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.Permit(testInstance, append(accountIDs(1, 600), "*")...)
	read, diags := newWire(t, m).data("apig_vpc_endpoint_permissions", fields{"instance_id": testInstance})
	expectNoDiagnostics(t, diags)
	expectValue(t, "the accounts", any(listOf(append([]string{"*", ownerDomain}, accountIDs(1, 600)...)...)), read["domain_ids"])
	expectValue(t, "the owner's entry", any(fields{"id": m.Permissions(testInstance)[0].ID, "created_at": "2021-05-07T14:20:14Z"}),
		read["permissions"].(fields)[ownerDomain])
}
