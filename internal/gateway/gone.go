// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"cmp"
	"context"
	"errors"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// Patience is for how long a gateway is asked again that is said not to exist.
type Patience struct {
	// Gone is the time over which that has to be said to be believed.
	Gone time.Duration
	// Made is for how long one asks who may be the first to use a gateway that was made a moment ago.
	Made time.Duration
}

func defaultPatience() Patience { return Patience{Gone: 10 * time.Second, Made: time.Minute} }

const (
	// enoughSaid is how often it has to be said, and enoughInHaste how often where there is less time than Patience.Gone.
	enoughSaid    = 4
	enoughInHaste = 3
	// The wait before the gateway is asked again grows by this share of the time, up to longestShare.
	firstShare   = 25
	longestShare = 5
	// believedFor is for how long after the last answer nobody asks again.
	believedFor = time.Minute
	// mostRounds is how often a call is made again that is answered so while the gateway is there for another one.
	mostRounds = 6
)

// isAbsence tells whether the API itself answered that there is no such gateway or endpoint service.
func isAbsence(err error) bool {
	return (apig.IsGatewayGone(err) || apig.IsNoEndpointService(err)) && !IsGone(err) && !errors.As(err, new(*DoubtError))
}

// evidence is what was said of a gateway since it answered last. It is pure.
type evidence struct {
	said        int // answers that it is not there, each to a call that began after the one before was answered
	since, last time.Time
	err         error // the last of them
	// noService is the last answer that the gateway has no endpoint service. That is said of one that exists.
	noService error
}

func (e *evidence) take(began, now time.Time, err error) {
	if apig.IsNoEndpointService(err) {
		e.noService = err
	}
	if e.err = err; e.said > 0 && began.Before(e.last) {
		return // of the same moment as the one before
	}
	if e.said++; e.said == 1 {
		e.since = now
	}
	e.last = now
}

// doubts tells whether it is open whether the gateway exists, or has been settled a moment ago.
func (e *evidence) doubts(now time.Time) bool { return e.said > 0 && now.Sub(e.last) < believedFor }

// hearing is for how long one caller goes on asking.
type hearing struct {
	began, until time.Time
	enough       int // times that it has to be said by then
	over         time.Duration
	round        int // how often the caller has been through this
}

// newHearing is one that begins now, of a caller who has time until a deadline; a zero one is none.
func newHearing(now, deadline time.Time, over time.Duration) hearing {
	h := hearing{began: now, until: now.Add(over), enough: enoughSaid, over: over}
	if deadline.IsZero() {
		return h
	}
	left := deadline.Sub(now)
	if left -= left / 10; left < over {
		h.until, h.enough = now.Add(max(left, 0)), enoughInHaste
	}
	return h
}

func (e *evidence) convinces(h hearing) bool {
	lasted := e.said >= enoughSaid && e.last.Sub(e.since) >= h.over
	return lasted || e.said >= h.enough && !e.last.Before(h.until)
}

func (e *evidence) due(h hearing) time.Time {
	over := h.until.Sub(h.began)
	due := e.last.Add(min(over/longestShare, time.Duration(e.said+h.round)*over/firstShare))
	if missing := h.enough - e.said; missing > 1 {
		due = earlier(due, e.last.Add(h.until.Sub(e.last)/time.Duration(missing)))
	}
	if due.After(h.until) && e.last.Before(h.until) {
		return h.until
	}
	return due
}

// GoneError says that a gateway does not exist, or not any more: the API has said so for long enough.
type GoneError struct {
	Err   error // the last answer
	Times int
	Over  time.Duration

	run *census
}

func (e *GoneError) Error() string { return e.Err.Error() }

// Unwrap gives the last answer.
func (e *GoneError) Unwrap() error { return e.Err }

// Only tells how many gateways are said not to exist where none of the run has answered, and 0 where one has.
func (e *GoneError) Only() int { return e.run.only() }

// IsGone tells whether an error says, to be believed, that the gateway is gone. What is gone is forgotten.
func IsGone(err error) bool { return errors.As(err, new(*GoneError)) }

// DoubtError says that a gateway was said not to exist, and that this is not to be believed.
type DoubtError struct {
	Said error // the last answer that said so
	Err  error // what kept it from being found out; nil where the gateway answered another call
}

func (e *DoubtError) Error() string { return e.Unwrap().Error() }

// Unwrap gives what kept it from being found out, or else what was said.
func (e *DoubtError) Unwrap() error { return cmp.Or(e.Err, e.Said) }

// Patiently makes an attempt, and makes it again for a while where the gateway is said not to exist: it may have been made
// a moment ago. The clock is each caller's own, but where somebody has waited to the end in vain, those who come later do
// not. A gateway that has answered in this run, or was known before it, is no new one; nor does a plan make any.
func (s *Session) Patiently(ctx context.Context, attempt func(context.Context) error) error {
	p := s.presence
	if !p.isPatient() {
		return attempt(ctx)
	}
	h := newHearing(time.Now(), flight.Deadline(ctx), p.patience.Made)
	for wait := p.patience.Made / 60; ; wait = min(wait*3/2, p.patience.Made/6) {
		err := attempt(context.WithValue(ctx, attemptKey{}, time.Now()))
		if !isAbsence(err) && !IsGone(err) || p.isKnown() {
			return err
		}
		now, until := time.Now(), h.until
		if p.run.plans.Load() {
			until = earlier(until, h.began.Add(p.patience.Gone))
		}
		if !now.Before(until) {
			return p.giveUp(h, err)
		}
		at := earlier(s.pace.Next(wait), until)
		if rest.Sleep(ctx, at.Sub(now)) != nil {
			return doubtAtEnd(ctx, err)
		}
	}
}

// Existed takes in that there was the gateway before this run.
func (s *Session) Existed() { s.presence.existed.Store(true) }

// Read takes in that a resource is read. Its gateway existed before this run, and the run is a plan: an apply reads none.
func (s *Session) Read() {
	s.Existed()
	s.presence.run.plans.Store(true)
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}

// isPatient tells whether there is a reason to be patient.
func (p *presence) isPatient() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return !p.answered && !p.existed.Load() && !p.spent && !p.run.plans.Load()
}

// isKnown tells that the gateway has not been made just now.
func (p *presence) isKnown() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.answered || p.existed.Load()
}

// giveUp ends the patience of one, and that of the run where it had all the time. It returns what is to be believed.
func (p *presence) giveUp(h hearing, said error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.spent = p.spent || h.enough == enoughSaid
	if h.until = p.evidence.last; p.evidence.convinces(h) {
		return p.verdict()
	}
	return &DoubtError{Said: said, Err: said}
}

// attemptKey is that of the beginning of a patient attempt, in a context.
type attemptKey struct{}

func attemptIn(ctx context.Context) (began time.Time, patient bool) {
	began, patient = ctx.Value(attemptKey{}).(time.Time)
	return began, patient
}

// once makes a call of a patient attempt, unless another one was answered since the attempt began.
func (p *presence) once(ctx context.Context, attempt time.Time, call func(context.Context) error) error {
	p.mu.Lock()
	said := p.evidence.err
	answered := p.evidence.said > 0 && !p.evidence.last.Before(attempt)
	p.mu.Unlock()
	if answered {
		return said
	}
	return p.hear(ctx, call)
}
