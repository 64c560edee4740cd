// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package endpoint_test

import (
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// unheardOf is a status that the API may have one day.
const unheardOf endpoint.Status = "suspended"

// allStatuses are all that can be observed.
func allStatuses() []endpoint.Status {
	return append(endpoint.Statuses(), endpoint.Absent, unheardOf)
}

func TestJudge(t *testing.T) {
	t.Parallel()
	const (
		settled   = endpoint.Settled
		onItsWay  = endpoint.OnItsWay
		undecided = endpoint.Undecided
		gone      = endpoint.Gone
	)
	table := map[endpoint.Status]struct{ accept, reject, release endpoint.Verdict }{
		endpoint.Absent:                  {gone, gone, gone},
		endpoint.StatusPendingAcceptance: {undecided, undecided, settled},
		endpoint.StatusCreating:          {onItsWay, undecided, undecided},
		endpoint.StatusAccepted:          {settled, undecided, undecided},
		endpoint.StatusRejected:          {undecided, settled, settled},
		endpoint.StatusFailed:            {undecided, undecided, settled},
		endpoint.StatusDeleting:          {gone, gone, gone},
		unheardOf:                        {onItsWay, onItsWay, onItsWay},
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
	drifts := map[endpoint.Decision][]endpoint.Status{
		endpoint.Accepted: {endpoint.StatusPendingAcceptance, endpoint.StatusRejected, endpoint.StatusFailed},
		endpoint.Rejected: {endpoint.StatusPendingAcceptance, endpoint.StatusCreating, endpoint.StatusAccepted, endpoint.StatusFailed},
	}
	for desired, statuses := range drifts {
		drifted := map[endpoint.Status]bool{}
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
	want := map[endpoint.Status]endpoint.Decision{
		endpoint.StatusAccepted: endpoint.Accepted, endpoint.StatusCreating: endpoint.Accepted, endpoint.StatusRejected: endpoint.Rejected,
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
		action endpoint.Decision
		text   string
	}{
		{endpoint.Accepted.Goal(), endpoint.Accepted, "accept"},
		{endpoint.Rejected.Goal(), endpoint.Rejected, "reject"},
		{endpoint.Release, endpoint.Rejected, "reject"},
	} {
		if test.goal.Decision() != test.action || test.goal.String() != test.text {
			t.Errorf("goal %d: %q by %q, want %q by %q", test.goal, test.goal, test.goal.Decision(), test.text, test.action)
		}
	}
	if endpoint.Accepted.Goal() != endpoint.Accept || endpoint.Rejected.Goal() != endpoint.Reject {
		t.Error("a decision leads to another goal")
	}
	// The decisions are compared with statuses.
	if string(endpoint.Accepted) != string(endpoint.StatusAccepted) || string(endpoint.Rejected) != string(endpoint.StatusRejected) {
		t.Error("a decision is not spelled like its status")
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	for step, want := range map[settle.Phase]struct{ open, reached bool }{
		settle.ToLook:            {open: true},
		settle.Done:              {reached: true},
		settle.Gone:              {reached: true},
		settle.ToCall:            {open: true},
		settle.Waiting:           {open: true},
		settle.Unlisted:          {open: true},
		settle.Failed:            {},
		settle.Refused:           {},
		settle.UnexpectedAccount: {},
	} {
		if step.Open() != want.open || step.Reached() != want.reached {
			t.Errorf("step %d: open %t, reached %t, want %+v", step, step.Open(), step.Reached(), want)
		}
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	for _, status := range allStatuses() {
		if got := endpoint.Waits(status); got != (status == endpoint.StatusPendingAcceptance) {
			t.Errorf("%q: %t", status, got)
		}
	}
}
