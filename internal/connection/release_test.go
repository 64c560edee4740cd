// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

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

// What leaves a resource's care is released, but for what another one holds, and
// what is gone for good.
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
	if diff := cmp.Diff(want, items, cmpopts.IgnoreFields(settle.Item{}, "Held"), cmpopts.IgnoreUnexported(settle.Item{})); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]string{"held"}, spared); diff != "" {
		t.Errorf("spared (-want +got):\n%s", diff)
	}
	for _, c := range items {
		if c.Held() {
			t.Errorf("%s is held", c.EndpointID)
		}
	}
}

// A destroy that fails keeps what is not released, as it was seen, or as it was
// recorded where it was not looked at.
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
	if diff := cmp.Diff([]string{"seen", "not looked at"}, c.plan.IDs()); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]observed{"seen": fromAPI(seen), "not looked at": status(endpoint.StatusAccepted)}, c.plan.recorded()); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}
