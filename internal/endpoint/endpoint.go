// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package endpoint has the words for a VPC endpoint: what its status may be, what is decided on it, and how a status
// stands to a decision. It knows nothing of the API's calls, of time, or of anything else in this module.
package endpoint

// Decision is what the gateway's owner says of an endpoint, spelled like the status that it leads to.
type Decision string

// The decisions.
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
	// Release wants the connection neither accepted nor about to be. One that waits for a decision goes on waiting.
	Release
)

// Goal returns the goal that the decision sets.
func (d Decision) Goal() Goal {
	if d == Accepted {
		return Accept
	}
	return Reject
}

// Decision returns the decision that reaches the goal.
func (g Goal) Decision() Decision {
	if g == Accept {
		return Accepted
	}
	return Rejected
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
	// Gone: the gateway does not list the endpoint, or is deleting it. Reject and Release have nothing left to do.
	Gone
)

// verdicts are those on the documented statuses, under Accept, Reject and Release.
var verdicts = map[Status][3]Verdict{
	Absent:                  {Gone, Gone, Gone},
	StatusPendingAcceptance: {Undecided, Undecided, Settled},
	StatusCreating:          {OnItsWay, Undecided, Undecided},
	StatusAccepted:          {Settled, Undecided, Undecided},
	StatusRejected:          {Undecided, Settled, Settled},
	StatusFailed:            {Undecided, Undecided, Settled},
	StatusDeleting:          {Gone, Gone, Gone},
}

// Judge says how an observed status stands to a goal. One that is unknown is on its way: nothing is done about it.
func Judge(goal Goal, status Status) Verdict {
	if by, known := verdicts[status]; known {
		return by[goal]
	}
	return OnItsWay
}

// InEffect tells whether a connection is accepted, or about to be.
func InEffect(status Status) bool { return status == StatusAccepted || status == StatusCreating }

// Waits tells whether a connection waits for a decision.
func Waits(status Status) bool { return status == StatusPendingAcceptance }

// Drifted tells whether a recorded status calls for a new decision.
func Drifted(desired Decision, status Status) bool {
	return Judge(desired.Goal(), status) == Undecided
}

// Decided returns the decision that a status tells of, if it tells of one.
func Decided(status Status) (decision Decision, ok bool) {
	switch status {
	case StatusAccepted, StatusCreating:
		return Accepted, true
	case StatusRejected:
		return Rejected, true
	default:
		return "", false
	}
}

// Status is a connection's status. One that is not among Statuses passes through as the server gave it.
type Status string

// The statuses. Absent is that of an endpoint that the gateway does not list.
const (
	Absent                  Status = ""
	StatusPendingAcceptance Status = "pendingAcceptance"
	StatusCreating          Status = "creating"
	StatusAccepted          Status = "accepted"
	StatusRejected          Status = "rejected"
	StatusFailed            Status = "failed"
	StatusDeleting          Status = "deleting"
)

// Statuses are all that the API documents.
func Statuses() []Status {
	return []Status{StatusPendingAcceptance, StatusCreating, StatusAccepted, StatusRejected, StatusFailed, StatusDeleting}
}

// Connection is what a VPC endpoint has with a gateway's endpoint service.
type Connection struct {
	ID        string // the VPC endpoint's ID; never empty
	MarkerID  int64  // the platform's number for its packets
	DomainID  string // the account that the endpoint belongs to
	Status    Status // one of Statuses, or a newer one
	CreatedAt string // UTC, YYYY-MM-DDTHH:MM:SSZ, as the server wrote it
	UpdatedAt string // likewise
}
