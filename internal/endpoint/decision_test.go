// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package endpoint_test

import (
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
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
		assert.Check(t, ok, "status %q is not in the table", status)
		for goal, want := range map[endpoint.Goal]endpoint.Verdict{
			endpoint.Accept: want.accept, endpoint.Reject: want.reject, endpoint.Release: want.release,
		} {
			assert.Check(t, is.Equal(endpoint.Judge(goal, status), want), "goal %d, status %q: verdict", goal, status)
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
			got := endpoint.Drifted(desired, status)
			assert.Check(t, got == drifted[status], "%s, observed %q: drifted is %t", desired, status, got)
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
		assert.Check(t, got == want[status] && ok == (want[status] != ""), "status %q: %q, %t", status, got, ok)
		assert.Check(t, is.Equal(endpoint.Waits(status), status == endpoint.StatusPendingAcceptance), "status %q waits", status)
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
		assert.Check(t, test.goal.Decision() == test.action && test.goal.String() == test.text,
			"goal %d: %q by %q, want %q by %q", test.goal, test.goal, test.goal.Decision(), test.text, test.action)
	}
	assert.Check(t, endpoint.Accepted.Goal() == endpoint.Accept && endpoint.Rejected.Goal() == endpoint.Reject, "a decision leads to another goal")
	// The decisions are compared with statuses.
	assert.Check(t, string(endpoint.Accepted) == string(endpoint.StatusAccepted) && string(endpoint.Rejected) == string(endpoint.StatusRejected),
		"a decision is not spelled like its status")
}
