// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package endpoint decides: from what is wanted of an endpoint and what the
// gateway says of it follows what there is to do. It is pure; nothing in it
// does I/O, and time is an argument.
package endpoint

import "github.com/apig-terraform/terraform-provider-apig/internal/apig"

// Decision is what the gateway's owner says of an endpoint. Its two values are
// spelled like the statuses that they lead to.
type Decision string

const (
	Accepted Decision = "accepted"
	Rejected Decision = "rejected"
)

// Goal is where an endpoint's connection is to be brought.
type Goal int

const (
	// Accept wants the connection accepted.
	Accept Goal = iota
	// Reject wants the connection rejected, pending ones included.
	Reject
	// Release wants the connection not accepted, nor about to be: what becomes
	// of an endpoint that leaves a resource's care. One that waits for a
	// decision goes on waiting.
	Release
)

// Goal returns the goal that the decision sets.
func (d Decision) Goal() Goal {
	if d == Accepted {
		return Accept
	}
	return Reject
}

// Action returns the API's verb for reaching the goal.
func (g Goal) Action() apig.Action {
	if g == Accept {
		return apig.ActionReceive
	}
	return apig.ActionReject
}

func (g Goal) String() string {
	if g == Accept {
		return "accept"
	}
	return "reject"
}

// Verdict is how an observed status stands to a goal.
type Verdict int

const (
	// Settled: the goal is reached.
	Settled Verdict = iota
	// OnItsWay: the platform is bringing it there; waiting is all there is to do.
	OnItsWay
	// Undecided: a call is needed.
	Undecided
	// Gone: the gateway does not list the endpoint, or is deleting it. Under
	// Reject and Release that is as good as settled.
	Gone
)

// Absent is the status of an endpoint that the gateway does not list.
const Absent apig.Status = ""

// Judge says how an observed status stands to a goal. A status that this
// provider does not know is never acted on: it is on its way to one that it
// does know.
func Judge(goal Goal, status apig.Status) Verdict {
	switch status {
	case Absent, apig.StatusDeleting:
		return Gone
	case apig.StatusAccepted:
		return settledIf(goal == Accept)
	case apig.StatusRejected:
		return settledIf(goal != Accept)
	case apig.StatusCreating:
		if goal == Accept {
			return OnItsWay
		}
		return Undecided
	case apig.StatusPendingAcceptance, apig.StatusFailed:
		return settledIf(goal == Release)
	default:
		return OnItsWay
	}
}

// Waits tells whether a connection waits for a decision.
func Waits(status apig.Status) bool { return status == apig.StatusPendingAcceptance }

func settledIf(settled bool) Verdict {
	if settled {
		return Settled
	}
	return Undecided
}

// Drifted tells whether a recorded status calls for a new decision.
func Drifted(desired Decision, status apig.Status) bool {
	return Judge(desired.Goal(), status) == Undecided
}

// Decided returns the decision that a status tells of, if it tells of one.
func Decided(status apig.Status) (decision Decision, ok bool) {
	switch status {
	case apig.StatusAccepted, apig.StatusCreating:
		return Accepted, true
	case apig.StatusRejected:
		return Rejected, true
	default:
		return "", false
	}
}
