// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package endpoint_test

import (
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// unheardOf is a status that the API may have one day.
const unheardOf apig.Status = "suspended"

// allStatuses are all that can be observed.
func allStatuses() []apig.Status {
	return append(apig.Statuses(), endpoint.Absent, unheardOf)
}

func TestJudge(t *testing.T) {
	t.Parallel()
	const (
		settled   = endpoint.Settled
		onItsWay  = endpoint.OnItsWay
		undecided = endpoint.Undecided
		gone      = endpoint.Gone
	)
	table := map[apig.Status]struct{ accept, reject, release endpoint.Verdict }{
		endpoint.Absent:              {gone, gone, gone},
		apig.StatusPendingAcceptance: {undecided, undecided, settled},
		apig.StatusCreating:          {onItsWay, undecided, undecided},
		apig.StatusAccepted:          {settled, undecided, undecided},
		apig.StatusRejected:          {undecided, settled, settled},
		apig.StatusFailed:            {undecided, undecided, settled},
		apig.StatusDeleting:          {gone, gone, gone},
		unheardOf:                    {onItsWay, onItsWay, onItsWay},
	}
	for _, status := range allStatuses() {
		want, ok := table[status]
		if !ok {
			t.Errorf("status %q is not in the table", status)
			continue
		}
		for goal, want := range map[endpoint.Goal]endpoint.Verdict{
			endpoint.Accept: want.accept, endpoint.Reject: want.reject, endpoint.Release: want.release,
		} {
			if got := endpoint.Judge(goal, status); got != want {
				t.Errorf("goal %d, status %q: verdict %d, want %d", goal, status, got, want)
			}
		}
	}
}

func TestDrifted(t *testing.T) {
	t.Parallel()
	drifts := map[endpoint.Decision][]apig.Status{
		endpoint.Accepted: {apig.StatusPendingAcceptance, apig.StatusRejected, apig.StatusFailed},
		endpoint.Rejected: {apig.StatusPendingAcceptance, apig.StatusCreating, apig.StatusAccepted, apig.StatusFailed},
	}
	for desired, statuses := range drifts {
		drifted := map[apig.Status]bool{}
		for _, status := range statuses {
			drifted[status] = true
		}
		for _, status := range allStatuses() {
			if got := endpoint.Drifted(desired, status); got != drifted[status] {
				t.Errorf("%s, observed %q: drifted is %t", desired, status, got)
			}
		}
	}
}

func TestDecided(t *testing.T) {
	t.Parallel()
	want := map[apig.Status]endpoint.Decision{
		apig.StatusAccepted: endpoint.Accepted, apig.StatusCreating: endpoint.Accepted, apig.StatusRejected: endpoint.Rejected,
	}
	for _, status := range allStatuses() {
		got, ok := endpoint.Decided(status)
		if got != want[status] || ok != (want[status] != "") {
			t.Errorf("status %q: %q, %t", status, got, ok)
		}
	}
}

func TestGoals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		goal   endpoint.Goal
		action apig.Action
		text   string
	}{
		{endpoint.Accepted.Goal(), apig.ActionReceive, "accept"},
		{endpoint.Rejected.Goal(), apig.ActionReject, "reject"},
		{endpoint.Release, apig.ActionReject, "reject"},
	} {
		if test.goal.Action() != test.action || test.goal.String() != test.text {
			t.Errorf("goal %d: %q by %q, want %q by %q", test.goal, test.goal, test.goal.Action(), test.text, test.action)
		}
	}
	if endpoint.Accepted.Goal() != endpoint.Accept || endpoint.Rejected.Goal() != endpoint.Reject {
		t.Error("a decision leads to another goal")
	}
	// The decisions are compared with statuses.
	if string(endpoint.Accepted) != string(apig.StatusAccepted) || string(endpoint.Rejected) != string(apig.StatusRejected) {
		t.Error("a decision is not spelled like its status")
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	for step, want := range map[endpoint.Step]struct{ open, reached bool }{
		endpoint.StepLook:              {open: true},
		endpoint.StepDone:              {reached: true},
		endpoint.StepGone:              {reached: true},
		endpoint.StepCall:              {open: true},
		endpoint.StepWait:              {open: true},
		endpoint.StepAwaitListing:      {open: true},
		endpoint.StepFailed:            {},
		endpoint.StepRefused:           {},
		endpoint.StepUnexpectedAccount: {},
	} {
		if step.Open() != want.open || step.Reached() != want.reached {
			t.Errorf("step %d: open %t, reached %t, want %+v", step, step.Open(), step.Reached(), want)
		}
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	for _, status := range allStatuses() {
		if got := endpoint.Waits(status); got != (status == apig.StatusPendingAcceptance) {
			t.Errorf("%q: %t", status, got)
		}
	}
}
