// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

func (m *mock) failPermission(operation, account string, status int, code string) {
	m.Fail(mockapig.Fault{Operation: operation, Permission: "iam:domain::" + account, Times: -1, Status: status, Code: code, Message: "not now"})
}

func namesAccounts(accounts ...string) []string {
	lines := make([]string, len(accounts))
	for i, account := range accounts {
		lines[i] = "- " + account
	}
	return lines
}

// A create that fails half-way leaves no object, and takes nothing back; the
// next one adopts what was added.
func TestPermissions_createFails(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := accountIDs(1, 4)
	m.Permit(testInstance, ids[0])
	m.failPermission(mockapig.OpAddPermissions, ids[2], http.StatusBadRequest, "APIG.2011")
	c := newStage(t, m.permitting(ids))
	c.apply().expect(t, 1, "Error: The gateway refuses permissions", "On the "+theGateway+", these were asked for alone and refused: - "+ids[2]+" (to add): HTTP 400, APIG.2011: not now (request ID ",
		"These were changed, and stay so: - "+ids[1]+", added - "+ids[3]+", added The next apply looks first, and does what is left.")
	c.state(noState{})
	m.expectPermitted(t, ids[0], ids[1], ids[3])

	c.configure(m.permitting([]string{ids[0], ids[1], ids[3]}))
	m.ResetJournal()
	c.must("apply", "-auto-approve")
	if calls := m.permissionCalls(); len(calls) > 0 {
		t.Errorf("calls: %v", calls)
	}
	c.settled()
}

// An update that fails half-way records what there is: what could not be added
// is not in the state, what was not deleted is. Nothing is deleted before all is
// added: an account that leaves may be what lets the other in.
func TestPermissions_updateFails(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := accountIDs(1, 6)
	c := newStage(t, m.permitting(ids[:3]))
	c.must("apply", "-auto-approve")
	m.failPermission(mockapig.OpAddPermissions, ids[5], http.StatusBadRequest, "APIG.2011")
	m.failPermission(mockapig.OpDeletePermissions, ids[0], http.StatusBadRequest, "APIG.2011")
	c.configure(m.permitting(ids[2:]))
	c.apply().expect(t, 1, "Error: The gateway refuses permissions", ids[5]+" (to add): HTTP 400",
		"Nothing is deleted before all is added. These wait: - "+ids[0]+", to delete - "+ids[1]+", to delete",
		"These were changed, and stay so: - "+ids[3]+", added - "+ids[4]+", added The next apply")
	there := []string{ids[2], ids[3], ids[4], ids[0], ids[1]}
	c.state(permits(there, there)...)
	m.expectPermitted(t, there...)
	c.planned(entryChanges(ids[5:], ids[:2]))

	c.configure(m.permitting(ids[2:5]))
	c.apply().expect(t, 1, "Error: The gateway refuses permissions", ids[0]+" (to delete): HTTP 400", "These were changed, and stay so: - "+ids[1]+", deleted")
	there = []string{ids[2], ids[3], ids[4], ids[0]}
	c.state(permits(there, there)...)
	m.expectPermitted(t, there...)
}

// The entry of every account is not deleted while one of those that are to
// replace it can't be added: that would cut consumers off.
func TestPermissions_everybodyStays(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{Behavior: mockapig.Behaviors()["removed-rejects"]})
	m.ask("accepted", endpointID(1))
	c := newStage(t, m.permitting([]string{"*"}))
	c.must("apply", "-auto-approve")
	m.failPermission(mockapig.OpAddPermissions, partnerDomain, http.StatusBadRequest, "APIG.2011")
	c.configure(m.permitting([]string{partnerDomain}))
	c.apply().expect(t, 1, "The gateway refuses permissions", "These wait: - * (every account), to delete", "Nothing was changed.")
	m.expectPermitted(t, "*")
	m.expectStatuses(t, "accepted", endpointID(1))
	c.state(permits([]string{"*"}, []string{"*"})...)
}

// What a call did whose answer was lost is told, and nothing is said to be
// unchanged that may have changed.
func TestPermissions_answerLost(t *testing.T) {
	t.Parallel()
	ids := accountIDs(1, 51)
	for name, tc := range map[string]struct {
		times   int
		after   bool
		refused string
		want    []string
	}{
		"it worked, another is refused": {1, true, ids[50], []string{"The gateway refuses permissions", "These were changed, and stay so: - " + ids[0] + ", added - " + ids[1] + ", added"}},
		"it did not work":               {-1, false, "", []string{"The permissions can't be changed", "What was asked for may still take effect."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.Fail(mockapig.Fault{Operation: mockapig.OpAddPermissions, After: tc.after, Times: tc.times, Status: http.StatusInternalServerError, Code: "APIC.9000", Message: "lost"})
			if tc.refused != "" {
				m.failPermission(mockapig.OpAddPermissions, tc.refused, http.StatusBadRequest, "APIG.2011")
			}
			c := newStage(t, m.provider("max_retries = 0")+permissions("test", hclList(ids)))
			r := c.apply()
			r.expect(t, 1, tc.want...)
			if strings.Contains(r.output(), "Nothing was changed") {
				t.Errorf("something may have been changed:\n%s", r.output())
			}
		})
	}
}

// A deletion that fails keeps the resource, with what there is of it.
func TestPermissions_destroyFails(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := accountIDs(1, 2)
	c := newStage(t, m.permitting(ids))
	c.must("apply", "-auto-approve")
	m.failPermission(mockapig.OpDeletePermissions, ids[1], http.StatusBadRequest, "APIG.2011")
	c.run("destroy", "-auto-approve").expect(t, 1, "The gateway refuses permissions", ids[1]+" (to delete)", "- "+ids[0]+", deleted")
	c.state(permits(ids[1:], ids[1:])...)
	m.expectPermitted(t, ids[1])
}

// The owner's own entry stays whatever is asked for, and the message says what to do.
func TestPermissions_ownersOwn(t *testing.T) {
	t.Parallel()
	for name, want := range map[string][]string{
		"friendly":               {"Permissions not changed in time", "Where `delete` is just too short, raise it in the `timeouts` block", ownerDomain + ", to delete, asked for", "may be the gateway owner's own", "`terraform state rm`"},
		"delete-missing-refused": {"The gateway refuses permissions", ownerDomain + " (to delete): HTTP 400", "the gateway owner's own entry can't be deleted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{Behavior: mockapig.Behaviors()[name]})
			c := newStage(t, m.permitting([]string{ownerDomain}, "timeouts {\n    delete = \"1s\"\n  }"))
			c.must("apply", "-auto-approve")
			c.run("destroy", "-auto-approve").expect(t, 1, want...)
			m.expectPermitted(t)
		})
	}
}

// Import brings in what a create would have made.
func TestAccPermissions_import(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := accountIDs(1, 3)
	m.Permit(testInstance, append(ids, "*")...)
	config := m.permitting(ids)
	verify := func(id string) resource.TestStep {
		return resource.TestStep{
			Config: config, ResourceName: permissionsName, ImportState: true, ImportStateId: id,
			ImportStateVerify: true, ImportStateVerifyIdentifierAttribute: "instance_id",
		}
	}
	block := func(id string) resource.TestStep {
		return resource.TestStep{
			Config: config, ResourceName: permissionsName, ImportState: true, ImportStateId: id,
			ImportStateKind:  resource.ImportBlockWithID,
			ImportPlanChecks: resource.ImportPlanChecks{PreApply: before(plancheck.ExpectEmptyPlan())},
		}
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{Config: config},
			verify(importID(ids...)),
			verify(importScope + importID(ids...)),
			block(importID(ids[2], ids[0], ids[1])),
			block(importScope + importID(ids...)),
		},
	})
	m.expectPermitted(t, "*")
}

// Every message of the resource and the data source.
func TestAccPermissions_messages(t *testing.T) {
	t.Parallel()
	ids := accountIDs(1, 2)
	config := func(accounts ...string) func(*mock) string {
		return func(m *mock) string {
			return m.provider("max_retries = 0") + permissions("test", hclList(accounts), "timeouts {\n    create = \"1s\"\n    read = \"1s\"\n  }")
		}
	}
	data := func(m *mock) string {
		return m.provider("max_retries = 0") + fmt.Sprintf("\ndata \"apig_vpc_endpoint_permissions\" \"test\" {\n  instance_id = %q\n}\n", testInstance)
	}
	forbidding := func(operation string) func(*mock) {
		return func(m *mock) {
			m.Fail(mockapig.Fault{Operation: operation, Times: -1, Status: http.StatusForbidden, Code: "APIC.7106", Message: "No permissions"})
		}
	}
	gone := func(m *mock) { m.RemoveGateway(testInstance) }
	bare := func(m *mock) {
		m.AddGateway(mockapig.Gateway{ID: testInstance, ProjectID: testProject, NoEndpointService: true})
	}
	importing := func(id string, want ...string) messageCase {
		return messageCase{config: config(ids...), command: []string{"import", "-input=false", permissionsName, id}, want: append(want, "Error: ")}
	}
	const notAccount = "Not the ID of an account"
	const rule = "an account's ID is 32 hexadecimal digits, in lower case; `*` stands for every account"
	const malformed = "An import ID has the form INSTANCE_ID/DOMAIN_ID[,DOMAIN_ID…] or, for another region or project than the provider's, REGION/PROJECT_ID/INSTANCE_ID/DOMAIN_ID[,DOMAIN_ID…]"
	cases := map[string]messageCase{
		"no account ID":  {config: config("abc", strings.Repeat("A", 32), "iam:domain::"+ids[0]), want: []string{notAccount, "In domain_ids, " + rule, `- element 0 is "abc"`, `- element 1 is "AAAA`, `- element 2 is "iam:domain::`}},
		"nobody":         {config: config(), want: []string{"No account is named", "domain_ids is empty. Name the accounts that may ask, or `*` for every account, or remove the resource."}},
		"twice":          {config: config(ids[0], ids[1], ids[0]), want: []string{"Named twice", "domain_ids names each account once", "- " + ids[0]}},
		"everybody else": {config: config(ids[0], "*"), want: []string{"`*` beside other accounts", "Name `*` alone, or leave it out."}},
		"no gateway":     {config: config(ids...), prepare: gone, want: []string{"The permissions can't be changed", "The gateway does not exist in this region and project", "HTTP 404, APIC.7302", requestID}},
		"no service":     {config: config(ids...), prepare: bare, want: []string{"The permissions can't be looked up", "The gateway has no VPC endpoint service. That is made with the gateway", "APIC.7314", theGateway}},
		"may not list":   {config: config(ids...), prepare: forbidding(mockapig.OpListPermissions), want: []string{"The permissions can't be looked up", "`apig:instance:listVpcEndpointPermission`", theGateway}},
		"may not add": {
			config: config(ids...), prepare: forbidding(mockapig.OpAddPermissions),
			want: append(namesAccounts(ids[0]+", to add", ids[1]+", to add"), "The permissions can't be changed", "`apig:instance:batchAddVpcEndpointPermission` and `apig:instance:get`", "On the "+theGateway, "Nothing was changed.", "The next apply looks first"),
		},
		"may not delete": {
			config: config(ids...), then: forbidding(mockapig.OpDeletePermissions), command: []string{"destroy", "-auto-approve"},
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
		"data, forbidden":  {config: data, prepare: forbidding(mockapig.OpListPermissions), want: []string{"The permissions can't be listed", "`apig:instance:listVpcEndpointPermission`"}},
		"read, forbidden": {
			config: config(ids...), then: forbidding(mockapig.OpListPermissions), command: []string{"plan"},
			want: []string{"The permissions can't be read", "`apig:instance:listVpcEndpointPermission`", theGateway},
		},
		"import, form":        importing(testInstance, "Not an import ID", "has 0 slashes, and takes 1 or 3.", malformed),
		"import, account":     importing(importID(ids[0], "abc"), "Not an import ID", `has the part "abc", which is not the ID of an account: `+rule, malformed),
		"import, twice":       importing(importID(ids[0], ids[0]), "names the account "+ids[0]+" twice", malformed),
		"import, all, others": importing(importID("*", ids[0]), "Not an import ID", "names * beside others, which no configuration can", malformed),
		"import, all":         importing(importID("*"), "The gateway has no such permissions", theGateway+" does not list an entry for: - * (every account)", "an apply adds them"),
		"import, absent":      importing(importID(ids[0], ids[1]), "The gateway has no such permissions", theGateway+" does not list an entry for: - "+ids[0]+" - "+ids[1]+" Declare these in the configuration: an apply adds them."),
		"import, some absent": importing(importID(ids[0], ids[1]), "does not list an entry for: - "+ids[1]+" Import the others, and declare these in the configuration: an apply adds them."),
		"import, gateway":     importing("00000000000000000000000000000000/"+ids[0], "The permissions can't be imported", "The gateway does not exist in this region and project", "HTTP 404, APIC.7302"),
		"import, forbidden":   importing(importID(ids[0]), "The permissions can't be imported", "`apig:instance:listVpcEndpointPermission`"),
	}
	for name, tc := range cases {
		switch name {
		case "import, forbidden":
			tc.prepare = forbidding(mockapig.OpListPermissions)
		case "import, some absent":
			tc.prepare = func(m *mock) { m.Permit(testInstance, ids[0]) }
		}
		t.Run(name, tc.run)
	}
}
