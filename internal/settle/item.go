// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package settle

import (
	"context"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

const (
	// oldGrace is for how long an unchanged `failed` may be from before a call.
	oldGrace = 30 * time.Second
	// DoubtFor is for how long after a decision was asked for it may still take
	// effect. Until then nothing that speaks against it is believed.
	DoubtFor = 2 * time.Minute
	// ShowsSoon is how long after an older decision has shown a younger one may take to show, at the least.
	ShowsSoon = time.Second
	// ShowsLate is how long it may take at the most.
	ShowsLate = 5 * time.Second
	// maxCalls bounds the calls for one endpoint in one apply, should somebody else keep deciding the opposite.
	maxCalls = 3
)

// Phase is what an item needs next, or what became of it.
type Phase int

// The phases of an item that still needs something.
const (
	ToLook   Phase = iota // nothing is known yet
	ToCall                // a call is needed
	Waiting               // its status is expected to change by itself
	Unlisted              // it is to be accepted, and the gateway has never listed it
)

// The phases of an item that needs nothing more.
const (
	Done              Phase = iota + Unlisted + 1 // the goal is reached
	Gone                                          // the consumer has left
	Spared                                        // another resource holds it for the opposite
	Failed                                        // it is `failed`, after the one more call that it gets
	Refused                                       // the server refused the call for this endpoint alone
	UnexpectedAccount                             // it belongs to an account that is not expected
)

// Open tells whether the item still needs something.
func (p Phase) Open() bool { return p <= Unlisted }

// Reached tells whether nothing is left to do, now or later.
func (p Phase) Reached() bool { return p == Done || p == Gone || p == Spared }

// Item follows one endpoint through an apply. It is told what was observed and how calls went, and says what is next. One
// with an EndpointID and a Goal is ready.
type Item struct {
	EndpointID string
	Goal       endpoint.Goal
	// EverListed: the gateway has listed it at some time.
	EverListed bool
	// Recorded is what the state says of its status, Absent where it says nothing.
	// A listing that shows an endpoint to release as pending may be older.
	Recorded endpoint.Status
	// Held tells whether another resource holds the endpoint for the opposite by now. Then it is left to that. It is nil
	// where nobody is asked.
	Held func() bool
	// Opposed: what was decided last, by another's item or in an earlier run, is or may be the opposite of the goal.
	Opposed bool
	// OpposedAt is when the opposite was last asked for; zero where it was not, or was seen to be overtaken since.
	OpposedAt time.Time
	// OpposedSeen: it was seen to have taken effect since, and has no more effect to come.
	OpposedSeen bool
	// Expected are the accounts of which one must own an endpoint to accept; nil allows any.
	Expected map[string]struct{}

	Phase Phase
	// Looked: it was looked for; before that, Observed means nothing.
	Looked bool
	// Observed is what the gateway said last; zero when it did not list it.
	Observed endpoint.Connection
	// Calls counts the calls that were answered without an error.
	Calls int
	// Refusal is what went wrong with the last call that named this endpoint.
	Refusal error
	// ShortWait is for how long it was waited for, where that was less than asked for.
	ShortWait time.Duration

	asked        bool // by a call that was carried out, refused or lost
	lost         bool // whether a call took effect is not known
	refusedAlone bool
	repeated     bool                // what was refused repeated a granted call that had not shown
	refusals     int                 // calls for it alone that were refused
	atCall       endpoint.Connection // as it was when the last call was made, or refused alone
	calledAt     time.Time           // when the last one was answered
	movedAt      time.Time           // when it was first seen otherwise than at that call
	passed       bool                // since then, it had another status
	lag          time.Duration       // how long what it did may show after what was decided before it
	failedCalls  int                 // calls made while it was `failed`
}

// Decide makes an item that is accepted, if it belongs to one of the expected accounts, or rejected.
func Decide(id string, decision endpoint.Decision, expected map[string]struct{}, everListed bool) *Item {
	return &Item{EndpointID: id, Goal: decision.Goal(), Expected: expected, EverListed: everListed}
}

// Reject makes an item that is to be rejected unless another resource holds it.
func Reject(id string, held func(id string) bool, everListed bool) *Item {
	return &Item{EndpointID: id, Goal: endpoint.Reject, EverListed: everListed, Held: func() bool { return held(id) }}
}

// Release makes an item that is to be released unless another resource holds it, with its status as the state has it.
func Release(id string, recorded endpoint.Status, held func(id string) bool, everListed bool) *Item {
	i := Reject(id, held, everListed)
	i.Goal, i.Recorded = endpoint.Release, recorded
	return i
}

// observe takes in what the gateway lists for the endpoint, the zero Connection where that is nothing.
func (i *Item) observe(observed endpoint.Connection, now time.Time) {
	i.Looked, i.Observed = true, observed
	i.EverListed = i.EverListed || observed.Status != endpoint.Absent
	called := i.Calls > 0 || i.refusedAlone
	if called && !i.moved() && (observed.Status != i.atCall.Status || observed.UpdatedAt != i.atCall.UpdatedAt) {
		i.movedAt = now
	}
	i.passed = i.passed || called && observed.Status != i.atCall.Status
	i.Phase = i.next(now)
}

func (i *Item) next(now time.Time) Phase {
	verdict := endpoint.Judge(i.Goal, i.Observed.Status)
	switch {
	case verdict != endpoint.Gone && i.unexpected():
		return UnexpectedAccount
	case verdict == endpoint.Gone && i.Goal == endpoint.Accept && !i.EverListed:
		return Unlisted
	case verdict == endpoint.Gone:
		return Gone
	case verdict == endpoint.OnItsWay:
		return Waiting
	case verdict == endpoint.Settled && !i.mayBeOld():
		return i.nextWhenSettled(now)
	default:
		return i.nextWhenUndecided(now)
	}
}

func (i *Item) nextWhenUndecided(now time.Time) Phase {
	switch {
	case !i.refusedAlone && (i.Calls == 0 || i.Refusal != nil): // no answer is about it: others were named, too
		return ToCall
	case !i.refusedAlone && i.Observed.Status == endpoint.StatusFailed:
		return i.nextWhenFailed(now)
	}
	next := nextAfter(i.refusedAlone, i.mayShow(now), i.passed)
	// Where the goal seemed to be reached at the call, a listing that lags behind first shows what was decided before
	// it. What the call did shows as much later as it came later.
	lags := endpoint.Judge(i.Goal, i.atCall.Status) == endpoint.Settled && now.Sub(i.movedAt) < i.lag
	if next == ToCall && (lags || i.Calls+i.refusals >= maxCalls) {
		return Waiting
	}
	return next
}

// nextAfter says what follows from the last answer about an endpoint that is not as it is to be. As
// long as what was decided may still show, the answer counts for the status that it was given for: with that, the
// endpoint is waited for, and with another one since, called for again. Afterwards a refusal is the last word, and a
// call that was granted is taken for lost.
func nextAfter(refused, mayShow, passed bool) Phase {
	switch {
	case refused && !mayShow:
		return Refused
	case passed, !mayShow:
		return ToCall
	default:
		return Waiting
	}
}

// mayShow tells whether a decision may still show that explains the last answer: the call that it granted; for a refusal,
// the opposite, or an earlier call that was granted.
func (i *Item) mayShow(now time.Time) bool {
	if i.refusedAlone {
		return i.repeated || i.inDoubt(now)
	}
	return now.Sub(i.calledAt) < DoubtFor
}

// nextWhenSettled believes a status that is the goal's, unless the opposite was decided last: the listing may be from
// before, or that decision still take effect. One call makes sure, and does no harm where the status is true. Then a status
// is believed once it changed or the opposite can't take effect any more. There is no second call: where another one wants
// the opposite, the two would never end.
func (i *Item) nextWhenSettled(now time.Time) Phase {
	switch {
	case i.Opposed && i.Calls == 0 && !i.refusedAlone:
		return ToCall
	case !i.moved() && !i.OpposedSeen && i.inDoubt(now):
		return Waiting
	default:
		return Done
	}
}

// inDoubt tells whether the opposite may still take effect, as far as is known.
func (i *Item) inDoubt(now time.Time) bool { return now.Sub(i.OpposedAt) < DoubtFor }

// moved tells whether anything has changed since the last call.
func (i *Item) moved() bool { return !i.movedAt.IsZero() }

// mayBeOld tells of an endpoint to release that a listing may show as it was before it was accepted.
func (i *Item) mayBeOld() bool {
	return i.Goal == endpoint.Release && i.Calls == 0 && i.Observed.Status == endpoint.StatusPendingAcceptance &&
		endpoint.InEffect(i.Recorded)
}

func (i *Item) nextWhenFailed(now time.Time) Phase {
	switch {
	case i.failedCalls == 0 && i.Calls <= maxCalls:
		return ToCall
	case i.moved() || now.Sub(i.calledAt) >= oldGrace:
		return Failed
	default:
		return Waiting
	}
}

// unexpected tells whether an endpoint to accept belongs to an account that is not expected.
func (i *Item) unexpected() bool {
	if i.Goal != endpoint.Accept || i.Expected == nil || i.Observed.Status == endpoint.Absent {
		return false
	}
	_, ok := i.Expected[i.Observed.DomainID]
	return !ok
}

// Spare ends an item whose endpoint another resource holds for the opposite by now, and tells whether it does.
func (i *Item) Spare() bool {
	if i.Held == nil || !i.Held() {
		return false
	}
	i.Phase = Spared
	return true
}

// take takes in how the call for the endpoint went. It returns an error that is about more.
func (i *Item) take(ctx context.Context, o Outcome, now time.Time) error {
	switch {
	case i.Phase == Spared, o.Err == nil && o.Size == 0:
	case o.Err == nil:
		i.called(now)
	case ctx.Err() != nil, o.Fatal:
		switch {
		case o.Size == 0:
		case ctx.Err() != nil && o.Effect == rest.EffectUnknown:
			i.lostCall(o.Err)
		default:
			i.putOff(o.Err)
		}
		return o.Err
	case o.Effect == rest.EffectNone:
		i.putOff(o.Err)
	default:
		if o.Effect == rest.EffectUnknown {
			i.lostCall(o.Err)
		}
		i.refusedCall(o.Err, o.Final)
	}
	return nil
}

// called takes in that a call for the endpoint was answered without an error.
func (i *Item) called(now time.Time) {
	i.asked = true
	i.Calls++
	i.Refusal, i.refusedAlone = nil, false
	i.atCall, i.calledAt, i.movedAt, i.passed = i.Observed, now, time.Time{}, false
	i.lag = min(max(now.Sub(i.OpposedAt), ShowsSoon), ShowsLate)
	if i.Observed.Status == endpoint.StatusFailed {
		i.failedCalls++
	}
	i.Phase = Waiting
}

// refusedCall takes in that a call that named the endpoint failed, and whether it was for that alone.
func (i *Item) refusedCall(err error, last bool) {
	i.asked, i.Refusal = true, err
	if i.refusedAlone = last; last {
		i.refusals++
		i.repeated = i.Calls > 0 && !i.passed
		i.atCall, i.movedAt, i.passed = i.Observed, time.Time{}, false
	}
	i.Phase = Waiting
}

// lostCall takes in that a call failed in a way that leaves open whether it took effect.
func (i *Item) lostCall(err error) {
	i.asked, i.lost, i.Refusal = true, true, err
	i.Phase = Waiting
}

// putOff takes in that a call did nothing, whatever it named. The endpoint still needs one.
func (i *Item) putOff(err error) { i.Refusal = err }

// took tells how long ago the call was made that brought the item to its goal; 0 where none did.
func (i *Item) took(now time.Time) time.Duration {
	if i.Phase != Done || i.Calls == 0 || !i.moved() {
		return 0
	}
	return now.Sub(i.calledAt)
}

// Asked tells whether a call was made for the endpoint and not put off.
func (i *Item) Asked() bool { return i.asked }

// MayTakeEffect tells whether a call for the endpoint may show its effect later.
func (i *Item) MayTakeEffect() bool { return i.Calls > 0 || i.lost }
