// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

func textList(values ...string) types.List {
	elements := make([]attr.Value, len(values))
	for i, value := range values {
		elements[i] = types.StringValue(value)
	}
	return types.ListValueMust(types.StringType, elements)
}

func TestConnectionFilter(t *testing.T) {
	t.Parallel()
	listed := map[string]endpoint.Connection{
		"a": {ID: "a", DomainID: "one", Status: endpoint.StatusAccepted, MarkerID: 1},
		"b": {ID: "b", DomainID: "one", Status: endpoint.StatusCreating, MarkerID: 2},
		"c": {ID: "c", DomainID: "two", Status: endpoint.StatusDeleting, MarkerID: 3},
		"d": {ID: "d", DomainID: "", Status: "frozen", MarkerID: 0},
	}
	none := types.ListNull(types.StringType)
	for name, tc := range map[string]struct {
		filter *filter
		want   []string
	}{
		"none":            {nil, []string{"a", "b", "c", "d"}},
		"nothing set":     {&filter{Status: none, Endpoints: none, DomainIDs: none}, []string{"a", "b", "c", "d"}},
		"status":          {&filter{Status: textList("creating", "deleting"), Endpoints: none, DomainIDs: none}, []string{"b", "c"}},
		"no status":       {&filter{Status: textList(), Endpoints: none, DomainIDs: none}, nil},
		"account":         {&filter{Status: none, Endpoints: none, DomainIDs: textList("one")}, []string{"a", "b"}},
		"no account":      {&filter{Status: none, Endpoints: none, DomainIDs: textList()}, nil},
		"endpoints":       {&filter{Status: none, Endpoints: textList("d", "a", "z"), DomainIDs: none}, []string{"a", "d"}},
		"no endpoints":    {&filter{Status: none, Endpoints: textList(), DomainIDs: none}, nil},
		"marker":          {&filter{Status: none, Endpoints: none, DomainIDs: none, MarkerID: types.Int64Value(3)}, []string{"c"}},
		"marker 0":        {&filter{Status: none, Endpoints: none, DomainIDs: none, MarkerID: types.Int64Value(0)}, []string{"d"}},
		"all of it":       {&filter{Status: textList("accepted"), Endpoints: textList("a", "b"), DomainIDs: textList("one"), MarkerID: types.Int64Value(1)}, []string{"a"}},
		"a contradiction": {&filter{Status: textList("accepted"), Endpoints: textList("b"), DomainIDs: none}, nil},
	} {
		if diff := cmp.Diff(tc.want, slices.Sorted(maps.Keys(tc.filter.pick(listed)))); diff != "" {
			t.Errorf("%s (-want +got):\n%s", name, diff)
		}
	}
}
