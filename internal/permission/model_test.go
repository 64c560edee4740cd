// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

func permissionsOf(accounts, there string) *model {
	listed := map[string]apig.Permission{}
	for _, account := range there {
		listed[string(account)] = apig.Permission{ID: "of " + string(account), CreatedAt: "then"}
	}
	m := &model{}
	var names []string
	for _, account := range accounts {
		names = append(names, string(account))
	}
	m.setEntries(names, fromAPI(listed))
	return m
}

func TestPlannedEntries(t *testing.T) {
	t.Parallel()
	state := permissionsOf("abc", "ac")
	planned := plannedEntries([]string{"d", "c", "b"}, state.recorded(), nil)
	want := map[string]entry{"d": unknownEntry, "b": unknownEntry, "c": {types.StringValue("of c"), types.StringValue("then")}}
	assert.Check(t, is.DeepEqual(want, planned))
	add := toAdd(planned)
	assert.Check(t, slices.Equal(add, []string{"b", "d"}), "to add: %v", add)
	got := fulfilled(planned, map[string]entry{
		"b": {types.StringValue("new"), types.StringNull()}, "c": {types.StringValue("other"), types.StringNull()}, "d": {types.StringValue("new"), types.StringNull()},
	})
	assert.Check(t, got["c"] == want["c"] && got["b"].ID.ValueString() == "new", "what was known has changed, or what was not is not: %v", got)
}

// The state was a, b, c (c is gone); the plan was to keep a, give up b and c, and add d and e.
func TestRecordFailure(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct{ listed, accounts, there string }{
		"nothing done":  {"ab", "ab", "ab"},
		"one added":     {"abe", "aeb", "aeb"},
		"all but one":   {"ade", "ade", "ade"},
		"one was taken": {"bd", "adb", "db"},
		"not looked at": {"-", "ab", "ab"},
	} {
		state, plan := permissionsOf("abc", "ab"), permissionsOf("ade", "")
		change := &change{plan: plan, state: state}
		change.Add, change.Remove = []string{"d", "e"}, []string{"b", "c"}
		if tc.listed != "-" {
			change.Listed = map[string]apig.Permission{}
			for _, account := range tc.listed {
				change.Listed[string(account)] = apig.Permission{ID: "of " + string(account), CreatedAt: "then"}
			}
		}
		change.Record(true)
		want := permissionsOf(tc.accounts, tc.there)
		assert.Check(t, plan.DomainIDs.Equal(want.DomainIDs) && plan.Permissions.Equal(want.Permissions),
			"%s: recorded %s and %s", name, plan.DomainIDs, plan.Permissions)
	}
}

// What is taken of a state that is moved are accounts, each once.
func FuzzMovedState(f *testing.F) {
	for _, seed := range []string{
		`{"region":"r","instance_id":"i","whitelists":["iam:domain::0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a"]}`, `{"instance_id":"i","whitelists":["iam:domain::*"]}`,
		`{"instance_id":"i","whitelists":["iam:domain::*","iam:domain::*"]}`, `{"instance_id":"i","whitelists":["x"]}`, `{"instance_id":"i"}`, `{"instance_id":"\u0000"}`, `null`, `{`, "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, state []byte) {
		attributes, err := whitelistAttributes(state)
		if err != nil {
			assert.Check(t, !strings.ContainsFunc(err.Error(), unicode.IsControl), "error %q", err)
			return
		}
		accounts, _ := attributes["domain_ids"].([]string)
		assert.Check(t, len(accounts) != 0 && len(slices.Compact(slices.Sorted(slices.Values(accounts)))) == len(accounts),
			"%q gives the accounts %q", state, accounts)
		for _, account := range accounts {
			assert.Check(t, tfkit.EntryPattern.MatchString(account), "%q is taken for an account", account)
		}
	})
}
