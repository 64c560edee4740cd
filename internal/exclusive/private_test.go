// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package exclusive

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// privateMap is private state in a test.
type privateMap map[string][]byte

func (p privateMap) GetKey(_ context.Context, key string) ([]byte, diag.Diagnostics) {
	return p[key], nil
}

func (p privateMap) SetKey(_ context.Context, key string, value []byte) diag.Diagnostics {
	if p[key] = value; value == nil {
		delete(p, key)
	}
	return nil
}

// What is in effect is kept as it was, whatever the IDs look like, in the same bytes each time, and in little more than its IDs.
func TestInEffectInPrivate(t *testing.T) {
	t.Parallel()
	many := inEffect{}
	for n := range 2000 {
		many[fmt.Sprintf("9fa04c5e-64ec-4106-a014-%012x", n)] = endpoint.Connection{Status: "pendingAcceptance", DomainID: "0123456789abcdef0123456789abcdef"}
	}
	for name, found := range map[string]inEffect{
		"none": {}, "many": many,
		"all": {
			"9fa04c5e-64ec-4106-a014-000000000001": {Status: "accepted", DomainID: "a"}, "9fa04c5e-64ec-4106-a014-000000000002": {Status: "pendingAcceptance", DomainID: "a"},
			"9FA04C5E-64ec-4106-a014-000000000003": {Status: "accepted", DomainID: "a"}, "9fa04c5e64ec4106a014000000000004": {Status: "accepted", DomainID: ""},
			"9fa0-4c5e-64ec-4106-a01400000000-0005": {Status: "creating", DomainID: "b"}, "an-id": {Status: "accepted", DomainID: "b"}, "abcd": {Status: "accepted", DomainID: "b"},
		},
	} {
		var diags diag.Diagnostics
		private := privateMap{}
		m, loaded := model{found: found}, model{}
		m.Save(t.Context(), private, &diags)
		loaded.Load(t.Context(), private, &diags)
		diff := cmp.Diff(found, loaded.found)
		assert.Check(t, diff == "" && !diags.HasError(), "%s (-want +got): %v\n%s", name, diags, diff)
		before := string(private[inEffectKey])
		assert.Check(t, len(found) < len(many) || len(before) <= len(many)*24, "%d connections take %d bytes", len(many), len(before))
		m.Save(t.Context(), private, &diags)
		assert.Check(t, string(private[inEffectKey]) == before && len(private) <= 1, "%s: saved as %s, and again as %s", name, before, private)
	}
}

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
	assert.Check(t, is.DeepEqual(want, slices.Sorted(maps.Keys(found))), "in effect")
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
		assert.Check(t, is.DeepEqual(tc.want, slices.Sorted(maps.Keys(undeclared))), "%s: undeclared", name)
		for id, s := range undeclared.rejected() {
			assert.Check(t, s.Status == endpoint.StatusRejected && s.DomainID == found[id].DomainID, "%s: %s becomes %+v", name, id, s)
		}
	}
}

// A rejection that the state has already is none to make.
func TestToReject(t *testing.T) {
	t.Parallel()
	planned := inEffect{"c": {Status: "rejected"}, "b": {Status: "rejected"}, "a": {Status: "rejected"}, "e": {Status: notKnown}}
	prior := inEffect{"b": {Status: "rejected"}, "c": {Status: "accepted"}, "d": {Status: "accepted"}}
	got := toReject(planned, prior)
	assert.Check(t, slices.Equal(got, []string{"a", "c"}), "to reject: %v", got)
}
