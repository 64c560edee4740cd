// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

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
