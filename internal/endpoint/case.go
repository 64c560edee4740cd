// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package endpoint

import (
	"time"
)

const (
	// oldGrace is for how long after a call an unchanged `failed` may still be the
	// one from before that call.
	oldGrace = 30 * time.Second
	// DoubtFor is for how long after a decision was asked for it may still take
	// effect. Until then nothing that speaks against it is believed.
	DoubtFor = 2 * time.Minute
	// ShowsSoon and ShowsLate bound how long after an older decision has shown a
	// younger one may take to show.
	ShowsSoon = time.Second
	ShowsLate = 5 * time.Second
	// maxCalls bounds the calls for one endpoint in one apply, should somebody
	// else keep deciding the opposite.
	maxCalls = 3
)

// Step is what an endpoint needs next.
type Step int

const (
	// StepLook: nothing is known yet.
	StepLook Step = iota
	// StepDone: the goal is reached.
	StepDone
	// StepGone: the consumer has left; nothing is to be done, ever.
	StepGone
	// StepCall: a call is needed.
	StepCall
	// StepWait: its status is expected to change by itself.
	StepWait
	// StepAwaitListing: it is to be accepted, and the gateway has never listed it.
	StepAwaitListing
	// StepFailed: it is `failed`, after the one more call that it gets.
	StepFailed
	// StepRefused: the server refused the call for this endpoint alone.
	StepRefused
	// StepUnexpectedAccount: it belongs to an account that is not expected.
	StepUnexpectedAccount
	// StepSpared: it was to be released, and another resource holds it to be accepted.
	StepSpared
)

// Open tells whether the endpoint still needs something.
func (s Step) Open() bool {
	return s == StepLook || s == StepCall || s == StepWait || s == StepAwaitListing
}

// Reached tells whether nothing is left to do, now or later.
func (s Step) Reached() bool { return s == StepDone || s == StepGone || s == StepSpared }

// Case follows one endpoint through an apply, from the first look to its
// settlement. It is told what was observed and how calls went, and says what is
// next. The zero value with EndpointID and Goal set is a case that nothing is
// known of.
type Case struct {
	EndpointID string
	Goal       Goal
	// Known: the gateway has listed it at some time.
	Known bool
	// Recorded is what the state says of its status, Absent where it says
	// nothing. An endpoint to release that was on its way to be accepted, and
	// waits for a decision now, may be an older status than that.
	Recorded Status
	// Held tells whether another resource holds the endpoint to be accepted by now,
	// so that it is not to be released. It is nil where nobody is asked.
	Held func() bool
	// Opposed: what was decided last, by another's case or in an earlier run, is or
	// may be the opposite of the goal.
	Opposed bool
	// OpposedAt is when the opposite was last asked for, as far as nobody has seen
	// since that it was overtaken. It is zero where it was not.
	OpposedAt time.Time
	// Expected are the accounts of which one must own the endpoint for it to be
	// accepted; nil allows any.
	Expected map[string]struct{}

	Step Step
	// Looked: it was looked for; before that, Observed means nothing.
	Looked bool
	// Observed is what the gateway said last; zero when it did not list it.
	Observed Connection
	// Calls counts the calls that were answered without an error.
	Calls int
	// Refusal is what went wrong with the last call that held this endpoint: the
	// server refused it or put it off, or it is not known whether it took effect.
	Refusal error
	// ShortWait is for how long it was waited for to be listed, where that was less
	// than it might have been.
	ShortWait time.Duration

	asked        bool // by a call that was carried out, refused or lost
	lost         bool // whether a call took effect is not known
	refusedAlone bool
	refusals     int        // calls for it alone that were refused
	atCall       Connection // as it was when the last call was made, or refused alone
	calledAt     time.Time
	movedAt      time.Time     // when it was first seen otherwise than at that call
	lag          time.Duration // how long what it did may show after what was decided before it
	failedCalls  int           // calls made while it was `failed`
}

// Observe takes in what the gateway lists for the endpoint (the zero
// Connection where it lists nothing) and sets the next step.
func (c *Case) Observe(observed Connection, now time.Time) {
	c.Looked, c.Observed = true, observed
	c.Known = c.Known || observed.Status != Absent
	called := c.Calls > 0 || c.refusedAlone
	if called && !c.moved() && (observed.Status != c.atCall.Status || observed.UpdatedAt != c.atCall.UpdatedAt) {
		c.movedAt = now
	}
	c.Step = c.next(now)
}

func (c *Case) next(now time.Time) Step {
	status := c.Observed.Status
	verdict := Judge(c.Goal, status)
	if verdict != Gone && c.Unexpected() {
		return StepUnexpectedAccount
	}
	switch verdict {
	case Settled:
		return c.nextWhenSettled(now)
	case OnItsWay:
		return StepWait
	case Gone:
		if c.Goal == Accept && !c.Known {
			return StepAwaitListing
		}
		return StepGone
	case Undecided:
	}
	switch {
	case c.Refusal != nil:
		return c.nextAfterRefusal(now)
	case status == StatusFailed:
		return c.nextWhenFailed(now)
	case c.Calls == 0:
		return StepCall
	default:
		return c.nextWhenOvertaken(now)
	}
}

// nextWhenOvertaken calls again where the status has changed since the call, and
// not to the goal: somebody else has decided so since, or before the call with an
// effect that came after it. An unchanged one is the one from before the call: an
// answer is still to come.
//
// Where the goal seemed to be reached at the call, a listing that lags behind shows
// what was decided before it first, and what the call did as much later as that came
// later.
func (c *Case) nextWhenOvertaken(now time.Time) Step {
	switch {
	case c.Observed.Status == c.atCall.Status, c.Calls+c.refusals >= maxCalls:
		return StepWait
	case Judge(c.Goal, c.atCall.Status) == Settled && now.Sub(c.movedAt) < c.lag:
		return StepWait
	default:
		return StepCall
	}
}

// nextWhenSettled believes a status that is the goal's, unless the opposite was
// decided last: a listing may show an endpoint as it was before, or that decision
// may take its time, so that what is taken for settled would end undone. A call
// makes sure; it does no harm where the status is true. What is shown after it, or
// after the server refused it, is believed once it has changed or the opposite
// can't take effect any more. The opposite of what the case itself has called for
// since is another one's: the two would call against each other.
func (c *Case) nextWhenSettled(now time.Time) Step {
	switch {
	case c.Opposed && c.Calls == 0 && !c.refusedAlone:
		return StepCall
	case c.mayBeOld():
		return c.nextAfterRefusal(now)
	case !c.moved() && c.inDoubt(now):
		return StepWait
	default:
		return StepDone
	}
}

// inDoubt tells whether the opposite may still take effect, as far as is known.
func (c *Case) inDoubt(now time.Time) bool { return now.Sub(c.OpposedAt) < DoubtFor }

// moved tells whether anything has changed since the last call.
func (c *Case) moved() bool { return !c.movedAt.IsZero() }

// mayBeOld tells of an endpoint to release that a listing shows as it was before
// it was accepted: to leave it alone would leave it accepted. A call makes sure.
func (c *Case) mayBeOld() bool {
	return c.Goal == Release && c.Calls == 0 && c.Observed.Status == StatusPendingAcceptance &&
		Judge(Release, c.Recorded) == Undecided
}

func (c *Case) nextWhenFailed(now time.Time) Step {
	switch {
	case c.failedCalls == 0 && c.Calls <= maxCalls:
		return StepCall
	case c.moved() || now.Sub(c.calledAt) >= oldGrace:
		return StepFailed
	default:
		return StepWait
	}
}

// nextAfterRefusal asks again in a smaller batch; once the endpoint has been
// refused alone, and a look since shows that it still needs a call, the refusal
// is its own. While the opposite may still take effect, it may be on account of that
// decision: then it counts for the status that it was told for.
func (c *Case) nextAfterRefusal(now time.Time) Step {
	switch {
	case !c.refusedAlone:
		return StepCall
	case c.inDoubt(now):
		return c.nextWhenOvertaken(now)
	default:
		return StepRefused
	}
}

// Unexpected tells whether the endpoint is to be accepted and belongs to an
// account that is not expected.
func (c *Case) Unexpected() bool {
	if c.Goal != Accept || c.Expected == nil || c.Observed.Status == Absent {
		return false
	}
	_, ok := c.Expected[c.Observed.DomainID]
	return !ok
}

// Spare ends a case whose endpoint another resource holds to be accepted by now,
// and tells whether it does.
func (c *Case) Spare() bool {
	if c.Held == nil || !c.Held() {
		return false
	}
	c.Step = StepSpared
	return true
}

// Called takes in that a call for the endpoint was answered without an error.
func (c *Case) Called(now time.Time) {
	c.asked = true
	c.Calls++
	c.Refusal, c.refusedAlone = nil, false
	c.atCall, c.calledAt, c.movedAt = c.Observed, now, time.Time{}
	c.lag = min(max(now.Sub(c.OpposedAt), ShowsSoon), ShowsLate)
	if c.Observed.Status == StatusFailed {
		c.failedCalls++
	}
	c.Step = StepWait
}

// Refused takes in that a call that named the endpoint failed, and whether that is the
// last word on it: otherwise it is to be called for again, with fewer others.
func (c *Case) Refused(err error, last bool) {
	c.asked, c.Refusal = true, err
	if c.refusedAlone = last; last {
		c.refusals++
		c.atCall, c.movedAt = c.Observed, time.Time{}
	}
	c.Step = StepWait
}

// Lost takes in that a call that held the endpoint failed in a way that leaves
// open whether it took effect. A look tells; if it did not, it is made again.
func (c *Case) Lost(err error) {
	c.asked, c.lost, c.Refusal = true, true, err
	c.Step = StepWait
}

// PutOff takes in that a call that held the endpoint did nothing, whatever it held:
// it was throttled, or came at a bad time, until there was no more time, or it was
// refused for the gateway as a whole. It still needs one.
func (c *Case) PutOff(err error) {
	c.Refusal = err
}

// Took tells how long ago the call was made that the case was brought to its
// goal by, 0 when there was none, or none that changed anything.
func (c *Case) Took(now time.Time) time.Duration {
	if c.Step != StepDone || c.Calls == 0 || !c.moved() {
		return 0
	}
	return now.Sub(c.calledAt)
}

// Asked tells whether a call was made for the endpoint, however it went. One that
// was put off is none.
func (c *Case) Asked() bool { return c.asked }

// MayTakeEffect tells whether a call for the endpoint may show its effect later:
// it was answered without an error, or its answer was lost.
func (c *Case) MayTakeEffect() bool { return c.Calls > 0 || c.lost }
