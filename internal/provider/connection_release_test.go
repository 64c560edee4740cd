// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
)

var here, elsewhere = apig.Gateway{Region: "r", ProjectID: "p", InstanceID: "here"}, apig.Gateway{Region: "r", ProjectID: "p", InstanceID: "elsewhere"}

func status(s apig.Status) entry { return entry{Status: types.StringValue(string(s))} }

// What leaves a resource's care is released, but for what is somebody else's, as
// far as the plan was about that gateway, and what is gone for good.
func TestReleaseCases(t *testing.T) {
	t.Parallel()
	c := care{holder: "me", release: releasePlan{
		Gateway: gatewayKey(here), Taken: []string{"taken"}, Shared: []string{"shared"}, Stay: []string{"stays", "not mine"},
	}}
	prior := map[string]entry{
		"accepted": status(apig.StatusAccepted), "waits": status(apig.StatusPendingAcceptance), "gone": {}, "never": {},
		"taken": status(apig.StatusAccepted), "shared": status(apig.StatusAccepted), "stays": status(apig.StatusAccepted),
	}
	endpoints := []string{"accepted", "waits", "gone", "never", "taken", "shared", "stays"}
	never := neverListed{"never": {}}
	release := func(id string, recorded apig.Status) *connection.Case {
		return &connection.Case{EndpointID: id, Goal: connection.Release, Known: id != "never", Recorded: recorded, Holder: "me"}
	}
	own := []*connection.Case{release("accepted", apig.StatusAccepted), release("waits", apig.StatusPendingAcceptance), release("never", connection.Absent)}
	others := []*connection.Case{release("taken", apig.StatusAccepted), release("shared", apig.StatusAccepted), release("stays", apig.StatusAccepted)}

	unexported := cmp.AllowUnexported(connection.Case{})
	if diff := cmp.Diff(own, c.releaseCases(here, endpoints, prior, never), unexported); diff != "" {
		t.Errorf("on the planned gateway (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(append(own, others...), c.releaseCases(elsewhere, endpoints, prior, never), unexported); diff != "" {
		t.Errorf("on another gateway (-want +got):\n%s", diff)
	}
}

// What a plan says of a release holds for its gateway, and not for a tainted
// object, of which it knows nothing.
func TestCareRejects(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		plan      releasePlan
		onDestroy string
		want      bool
	}{
		"planned to":             {releasePlan{Gateway: gatewayKey(here), Rejects: true}, onDestroyRetain, true},
		"planned not to":         {releasePlan{Gateway: gatewayKey(here)}, onDestroyReject, false},
		"planned elsewhere":      {releasePlan{Gateway: gatewayKey(elsewhere), Rejects: true}, onDestroyRetain, false},
		"not planned":            {releasePlan{}, onDestroyReject, true},
		"a creation was planned": {releasePlan{Gateway: gatewayKey(here), Blind: true}, onDestroyReject, true},
		"likewise, retained":     {releasePlan{Gateway: gatewayKey(here), Blind: true}, onDestroyRetain, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			state := &connectionModel{
				InstanceID: types.StringValue(here.InstanceID), Region: types.StringValue(here.Region), ProjectID: types.StringValue(here.ProjectID),
				OnDestroy: types.StringValue(test.onDestroy),
			}
			if got := (care{release: test.plan}).rejects(state); got != test.want {
				t.Errorf("rejects: %t", got)
			}
		})
	}
}

// A destroy that fails keeps what is not released, as it was seen, or as it was
// recorded where it was not looked at.
func TestUnreleased(t *testing.T) {
	t.Parallel()
	seen := apig.Connection{ID: "seen", Status: apig.StatusCreating, DomainID: "account"}
	cases := []*connection.Case{
		{EndpointID: "done", Step: connection.StepDone},
		{EndpointID: "seen", Step: connection.StepWait, Looked: true, Observed: seen},
		{EndpointID: "taken", Step: connection.StepTakenOver},
		{EndpointID: "not looked at", Step: connection.StepLook},
		{EndpointID: "gone", Step: connection.StepGone},
	}
	prior := map[string]entry{}
	for _, c := range cases {
		prior[c.EndpointID] = status(apig.StatusAccepted)
	}
	endpoints, entries := unreleased(cases, prior)
	if diff := cmp.Diff([]string{"seen", "not looked at"}, endpoints); diff != "" {
		t.Errorf("endpoints (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(map[string]entry{"seen": entryFrom(seen), "not looked at": status(apig.StatusAccepted)}, entries); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}
