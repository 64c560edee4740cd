// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// What is as desired is decided again where the opposite may take effect, and nothing else is: its status is planned as it is.
func TestPlanEntryUnseen(t *testing.T) {
	t.Parallel()
	for status, want := range map[endpoint.Status]bool{endpoint.StatusAccepted: true, endpoint.StatusCreating: true, endpoint.StatusRejected: true, endpoint.Absent: false} {
		for _, opposed := range []bool{false, true} {
			prior := fromAPI(endpoint.Connection{ID: "e", Status: status, UpdatedAt: "t0"})
			got := planEntry(endpoint.Accepted, prior, false, false, opposed)
			assert.Check(t, got.UpdatedAt.IsUnknown() == (want && opposed || status == endpoint.StatusRejected), "%q, opposed %t: %+v", status, opposed, got)
			assert.Check(t, status == endpoint.StatusRejected || got.Status.Equal(prior.Status), "%q, opposed %t: status %s", status, opposed, got.Status)
		}
	}
}

func status(s endpoint.Status) observed { return observed{Status: types.StringValue(string(s))} }

// stateOf has these endpoints, all of them accepted.
func stateOf(ids ...string) *model {
	m, entries := &model{}, map[string]observed{}
	for _, id := range ids {
		entries[id] = status(endpoint.StatusAccepted)
	}
	m.setEntries(ids, entries)
	return m
}

// What leaves a resource's care is released, but for what another one holds, and what is gone for good.
func TestReleaseItems(t *testing.T) {
	t.Parallel()
	entries := map[string]observed{
		"accepted": status(endpoint.StatusAccepted), "waits": status(endpoint.StatusPendingAcceptance), "gone": {}, "never": {}, "held": status(endpoint.StatusAccepted),
	}
	release := func(id string, recorded endpoint.Status) *settle.Item {
		return &settle.Item{EndpointID: id, Goal: endpoint.Release, EverListed: id != "never", Recorded: recorded}
	}
	want := []*settle.Item{release("accepted", endpoint.StatusAccepted), release("waits", endpoint.StatusPendingAcceptance), release("never", endpoint.Absent)}

	state := stateOf("accepted", "waits", "gone", "never", "held")
	state.setEntries(state.IDs(), entries)
	state.awaits = awaited{"never": {}}
	items, spared := releaseItems(state.IDs(), state, func(id string) bool { return id == "held" })
	assert.Check(t, is.DeepEqual(want, items, cmpopts.IgnoreFields(settle.Item{}, "Held"), cmpopts.IgnoreUnexported(settle.Item{})))
	assert.Check(t, is.DeepEqual([]string{"held"}, spared), "spared")
	for _, c := range items {
		assert.Check(t, !c.Held(), "%s is held", c.EndpointID)
	}
}

// A destroy that fails keeps what is not released, as it was seen, or as it was recorded where it was not looked at.
func TestUnreleased(t *testing.T) {
	t.Parallel()
	seen := endpoint.Connection{ID: "seen", Status: endpoint.StatusCreating, DomainID: "account"}
	state := stateOf("done", "seen", "spared", "not looked at", "gone")
	c := &change{plan: state.Only(nil), state: state, leave: []*settle.Item{
		{EndpointID: "done", Phase: settle.Done},
		{EndpointID: "seen", Phase: settle.Waiting, Looked: true, Observed: seen},
		{EndpointID: "spared", Phase: settle.Spared},
		{EndpointID: "not looked at", Phase: settle.ToLook},
		{EndpointID: "gone", Phase: settle.Gone},
	}}
	c.Record(true)
	assert.Check(t, is.DeepEqual([]string{"seen", "not looked at"}, c.plan.IDs()), "endpoints")
	assert.Check(t, is.DeepEqual(map[string]observed{"seen": fromAPI(seen), "not looked at": status(endpoint.StatusAccepted)}, c.plan.recorded()), "entries")
}

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
		assert.Check(t, is.DeepEqual(tc.want, slices.Sorted(maps.Keys(tc.filter.pick(listed)))), name)
	}
}

// What is taken of a state that is moved is an endpoint of a gateway, by IDs, and a decision that there is.
func FuzzMovedState(f *testing.F) {
	for _, seed := range []string{
		`{"region":"r","instance_id":"i","endpoint_id":"e","action":"receive","status":"accepted","timeouts":{"create":"1m","update":null}}`,
		`{"instance_id":"i","endpoint_id":"e","action":"reject"}`, `{"instance_id":"i","endpoint_id":"e","status":"rejected"}`, `{"instance_id":"../x","endpoint_id":"e"}`,
		`{"instance_id":1}`, `{"instance_id":"i","endpoint_id":"e","action":"x\n"}`, `null`, `[]`, `{`, "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, state []byte) {
		moved, err := readMovedState(state)
		if err != nil {
			assert.Check(t, !strings.ContainsFunc(err.Error(), unicode.IsControl), "error %q", err)
			return
		}
		assert.Check(t, tfkit.IDPattern.MatchString(moved.InstanceID) && tfkit.IDPattern.MatchString(moved.EndpointID),
			"%q and %q are taken for IDs", moved.InstanceID, moved.EndpointID)
		decision := moved.decision()
		assert.Check(t, decision == "" || decision == "accepted" || decision == "rejected", "decision %q", decision)
		encoded, err := json.Marshal(moved)
		assert.NilError(t, err)
		again, err := readMovedState(encoded)
		assert.Check(t, err == nil && again.decision() == moved.decision() && len(moved.attributes()) == len(again.attributes()),
			"%q is read as %+v, and that as %+v, %v", state, moved, again, err)
	})
}
