// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package exclusive

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// Of every status, which connections are in effect or wait, and which are undeclared.
func TestUndeclared(t *testing.T) {
	t.Parallel()
	listed := map[string]endpoint.Connection{"new": {ID: "new", DomainID: "a", Status: "frozen"}}
	for _, status := range endpoint.Statuses() {
		for _, account := range []string{"a", "b"} {
			id := string(status) + " of " + account
			listed[id] = endpoint.Connection{ID: id, DomainID: account, Status: status}
		}
	}
	found := inEffectAmong(listed)
	want := []string{"accepted of a", "accepted of b", "creating of a", "creating of b", "pendingAcceptance of a", "pendingAcceptance of b"}
	if diff := cmp.Diff(want, slices.Sorted(maps.Keys(found))); diff != "" {
		t.Errorf("in effect (-want +got):\n%s", diff)
	}
	none := types.ListNull(types.StringType)
	for name, tc := range map[string]struct {
		config model
		want   []string
	}{
		"nothing is said": {model{Endpoints: none, DomainIDs: none, RejectPending: types.BoolValue(true)}, nil},
		"an account":      {model{Endpoints: none, DomainIDs: tfkit.StringList([]string{"a"})}, []string{"accepted of b", "creating of b"}},
		"an endpoint":     {model{Endpoints: tfkit.StringList([]string{"accepted of a"}), DomainIDs: none}, []string{"accepted of b", "creating of a", "creating of b"}},
		"both":            {model{Endpoints: tfkit.StringList([]string{"creating of b"}), DomainIDs: tfkit.StringList([]string{"a"})}, []string{"accepted of b"}},
		"pending too": {
			model{Endpoints: none, DomainIDs: tfkit.StringList([]string{"a"}), RejectPending: types.BoolValue(true)},
			[]string{"accepted of b", "creating of b", "pendingAcceptance of b"},
		},
	} {
		undeclared, _ := tc.config.judge(found)
		if diff := cmp.Diff(tc.want, slices.Sorted(maps.Keys(undeclared))); diff != "" {
			t.Errorf("%s: undeclared (-want +got):\n%s", name, diff)
		}
		for id, s := range undeclared.rejected() {
			if s.Status != endpoint.StatusRejected || s.DomainID != found[id].DomainID {
				t.Errorf("%s: %s becomes %+v", name, id, s)
			}
		}
	}
}

// A rejection that the state has already is none to make.
func TestToReject(t *testing.T) {
	t.Parallel()
	planned := inEffect{"c": {Status: "rejected"}, "b": {Status: "rejected"}, "a": {Status: "rejected"}, "e": {Status: notKnown}}
	prior := inEffect{"b": {Status: "rejected"}, "c": {Status: "accepted"}, "d": {Status: "accepted"}}
	if got := toReject(planned, prior); !slices.Equal(got, []string{"a", "c"}) {
		t.Errorf("to reject: %v", got)
	}
}
