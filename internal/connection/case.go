// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

const (
	// oldGrace is for how long after a call an unchanged `failed`, or a status
	// that was not believed, may still be the one from before that call.
	oldGrace = 30 * time.Second
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
	Recorded apig.Status
	// Held tells whether another resource holds the endpoint to be accepted by now,
	// so that it is not to be released. It is nil where nobody is asked.
	Held func() bool
	// Opposed: what was decided last in this run, by another's case, is or may be
	// the opposite of the goal.
	Opposed bool
	// Expected are the accounts of which one must own the endpoint for it to be
	// accepted; nil allows any.
	Expected map[string]struct{}

	Step Step
	// Looked: it was looked for; before that, Observed means nothing.
	Looked bool
	// Observed is what the gateway said last; zero when it did not list it.
	Observed apig.Connection
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
	atCall       apig.Connection
	calledAt     time.Time
	moved        bool      // since the last call
	doubtedAt    time.Time // when the last call became due although the goal seemed to be reached
	failedCalls  int       // calls made while it was `failed`
}

// Observe takes in what the gateway lists for the endpoint (the zero
// Connection where it lists nothing) and sets the next step.
func (c *Case) Observe(observed apig.Connection, now time.Time) {
	c.Looked, c.Observed = true, observed
	c.Known = c.Known || observed.Status != Absent
	if c.Calls > 0 && (observed.Status != c.atCall.Status || observed.UpdatedAt != c.atCall.UpdatedAt) {
		c.moved = true
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
	if c.Refusal != nil {
		return c.nextAfterRefusal()
	}
	if status == apig.StatusFailed {
		return c.nextWhenFailed(now)
	}
	// An unchanged status is the one from before the call: an answer is still
	// to come. A changed one that is not the goal is somebody else's doing, unless
	// the one before was not believed: then it is what was decided before the call.
	if c.Calls == 0 || (status != c.atCall.Status && c.doubtedAt.IsZero() && c.Calls < maxCalls) {
		return StepCall
	}
	return StepWait
}

// nextWhenSettled believes a status that is the goal's, unless the opposite was
// decided last: a listing may show an endpoint as it was before, which would be
// taken for settled and end undone. A call makes sure; it does no harm where the
// status is true. What is shown after it, or after the server refused it, is
// believed once it has changed or could not be that old.
func (c *Case) nextWhenSettled(now time.Time) Step {
	switch {
	case c.Opposed && c.Calls < maxCalls && !c.refusedAlone:
		c.doubtedAt = now
		return StepCall
	case c.mayBeOld():
		return c.nextAfterRefusal()
	case !c.moved && now.Sub(c.doubtedAt) < oldGrace:
		return StepWait
	default:
		return StepDone
	}
}

// mayBeOld tells of an endpoint to release that a listing shows as it was before
// it was accepted: to leave it alone would leave it accepted. A call makes sure.
func (c *Case) mayBeOld() bool {
	return c.Goal == Release && c.Calls == 0 && c.Observed.Status == apig.StatusPendingAcceptance &&
		Judge(Release, c.Recorded) == Undecided
}

func (c *Case) nextWhenFailed(now time.Time) Step {
	switch {
	case c.failedCalls == 0 && c.Calls <= maxCalls:
		return StepCall
	case c.moved || now.Sub(c.calledAt) >= oldGrace:
		return StepFailed
	default:
		return StepWait
	}
}

// nextAfterRefusal asks again in a smaller batch; once the endpoint has been
// refused alone, and a look since shows that it still needs a call, the refusal
// is its own.
func (c *Case) nextAfterRefusal() Step {
	if c.refusedAlone {
		return StepRefused
	}
	return StepCall
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
	if Judge(c.Goal, c.Observed.Status) != Settled {
		c.doubtedAt = time.Time{}
	}
	c.atCall, c.calledAt, c.moved = c.Observed, now, false
	if c.Observed.Status == apig.StatusFailed {
		c.failedCalls++
	}
	c.Step = StepWait
}

// Refused takes in that a call that named the endpoint failed, and whether that is the
// last word on it: otherwise it is to be called for again, with fewer others.
func (c *Case) Refused(err error, last bool) {
	c.asked, c.Refusal = true, err
	c.refusedAlone = last
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
// goal by, 0 when there was none.
func (c *Case) Took(now time.Time) time.Duration {
	if c.Step != StepDone || c.Calls == 0 {
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
