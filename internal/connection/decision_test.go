// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection_test

import (
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
)

// unheardOf is a status that the API may have one day.
const unheardOf apig.Status = "suspended"

// allStatuses are all that can be observed.
func allStatuses() []apig.Status {
	return append(apig.Statuses(), connection.Absent, unheardOf)
}

func TestJudge(t *testing.T) {
	t.Parallel()
	const (
		settled   = connection.Settled
		onItsWay  = connection.OnItsWay
		undecided = connection.Undecided
		gone      = connection.Gone
	)
	table := map[apig.Status]struct{ accept, reject, release connection.Verdict }{
		connection.Absent:            {gone, gone, gone},
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
		for goal, want := range map[connection.Goal]connection.Verdict{
			connection.Accept: want.accept, connection.Reject: want.reject, connection.Release: want.release,
		} {
			if got := connection.Judge(goal, status); got != want {
				t.Errorf("goal %d, status %q: verdict %d, want %d", goal, status, got, want)
			}
		}
	}
}

func TestDrifted(t *testing.T) {
	t.Parallel()
	drifts := map[connection.Decision][]apig.Status{
		connection.Accepted: {apig.StatusPendingAcceptance, apig.StatusRejected, apig.StatusFailed},
		connection.Rejected: {apig.StatusPendingAcceptance, apig.StatusCreating, apig.StatusAccepted, apig.StatusFailed},
	}
	for desired, statuses := range drifts {
		drifted := map[apig.Status]bool{}
		for _, status := range statuses {
			drifted[status] = true
		}
		for _, status := range allStatuses() {
			if got := connection.Drifted(desired, status); got != drifted[status] {
				t.Errorf("%s, observed %q: drifted is %t", desired, status, got)
			}
		}
	}
}

func TestDecided(t *testing.T) {
	t.Parallel()
	want := map[apig.Status]connection.Decision{
		apig.StatusAccepted: connection.Accepted, apig.StatusCreating: connection.Accepted, apig.StatusRejected: connection.Rejected,
	}
	for _, status := range allStatuses() {
		got, ok := connection.Decided(status)
		if got != want[status] || ok != (want[status] != "") {
			t.Errorf("status %q: %q, %t", status, got, ok)
		}
	}
}

func TestGoals(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		goal   connection.Goal
		action apig.Action
		text   string
	}{
		{connection.Accepted.Goal(), apig.ActionReceive, "accept"},
		{connection.Rejected.Goal(), apig.ActionReject, "reject"},
		{connection.Release, apig.ActionReject, "reject"},
	} {
		if test.goal.Action() != test.action || test.goal.String() != test.text {
			t.Errorf("goal %d: %q by %q, want %q by %q", test.goal, test.goal, test.goal.Action(), test.text, test.action)
		}
	}
	if connection.Accepted.Goal() != connection.Accept || connection.Rejected.Goal() != connection.Reject {
		t.Error("a decision leads to another goal")
	}
	// The decisions are compared with statuses.
	if string(connection.Accepted) != string(apig.StatusAccepted) || string(connection.Rejected) != string(apig.StatusRejected) {
		t.Error("a decision is not spelled like its status")
	}
}

func TestSteps(t *testing.T) {
	t.Parallel()
	for step, want := range map[connection.Step]struct{ open, reached bool }{
		connection.StepLook:              {open: true},
		connection.StepDone:              {reached: true},
		connection.StepGone:              {reached: true},
		connection.StepCall:              {open: true},
		connection.StepWait:              {open: true},
		connection.StepAwaitListing:      {open: true},
		connection.StepFailed:            {},
		connection.StepRefused:           {},
		connection.StepUnexpectedAccount: {},
	} {
		if step.Open() != want.open || step.Reached() != want.reached {
			t.Errorf("step %d: open %t, reached %t, want %+v", step, step.Open(), step.Reached(), want)
		}
	}
}

func TestWaits(t *testing.T) {
	t.Parallel()
	for _, status := range allStatuses() {
		if got := connection.Waits(status); got != (status == apig.StatusPendingAcceptance) {
			t.Errorf("%q: %t", status, got)
		}
	}
}
