// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// presence is what a run knows of whether a gateway exists. All calls go through it: that there is none is believed once
// it has been said for long enough. One caller asks at a time, for all.
type presence struct {
	gateway  apig.Gateway
	patience Patience
	run      *census

	mu       sync.Mutex
	evidence evidence
	answered bool // it has, in this run
	spent    bool // somebody was patient to the end, in vain
	asking   bool
	changed  chan struct{} // closed when an answer comes, and made anew

	existed atomic.Bool // before this run
	gone    atomic.Bool // somebody was told so, and it has not answered since
	told    atomic.Bool // the user was told that it is gone
}

func newPresence(gateway apig.Gateway, patience Patience, run *census) *presence {
	return &presence{gateway: gateway, patience: patience, run: run, changed: make(chan struct{})}
}

// insist makes a call, and makes it again where it is said that the gateway does not exist, and ask finds out that it
// does. The error is a GoneError where it does not, and a DoubtError where that stays open.
func (p *presence) insist(ctx context.Context, ask, call func(context.Context) error) error {
	if attempt, patient := attemptIn(ctx); patient && !p.isKnown() {
		return p.once(ctx, attempt, call)
	}
	var said error
	for round := 0; ; round++ {
		if err := p.findOut(ctx, round, ask); err != nil {
			return err
		}
		if round > mostRounds {
			return &DoubtError{Said: said}
		}
		if said = p.hear(ctx, call); !isAbsence(said) {
			return said
		}
	}
}

// findOut asks until it is known whether the gateway exists, if that is in doubt. It returns nil if so.
func (p *presence) findOut(ctx context.Context, round int, ask func(context.Context) error) error {
	h := newHearing(time.Now(), flight.Deadline(ctx), p.patience.Gone)
	h.round = round
	for {
		wait, changed, verdict := p.next(h)
		switch {
		case verdict != nil:
			return verdict
		case changed == nil:
			return nil
		case wait > 0:
			if err := p.await(ctx, wait, changed); err != nil {
				return err
			}
			continue
		}
		said := p.lastSaid()
		err := p.hear(ctx, ask)
		p.leave()
		if err != nil && !isAbsence(err) {
			return &DoubtError{Said: said, Err: err}
		}
	}
}

// next says what one who wants to know does next: nothing, where there is no channel; believe the verdict; wait for the
// channel or so long; or, where that is no time, ask and then leave.
func (p *presence) next(h hearing) (wait time.Duration, changed chan struct{}, verdict error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	switch {
	case !p.evidence.doubts(now):
		return 0, nil, nil
	case p.evidence.convinces(h):
		return 0, nil, p.verdict()
	case p.asking:
		return believedFor, p.changed, nil
	}
	if wait = p.evidence.due(h).Sub(now); wait <= 0 {
		p.asking = true
	}
	return wait, p.changed, nil
}

// IsGone tells, without a call, whether this run has found out that the gateway is gone.
func (s *Session) IsGone() bool { return s.presence.gone.Load() }

// ToldGone takes in that the user is told that the gateway is gone.
func (s *Session) ToldGone() { s.presence.told.Store(true) }

// IsToldGone tells whether the user was told so in this run.
func (s *Session) IsToldGone() bool { return s.presence.told.Load() }

// verdict is what follows from evidence that convinces. The presence is locked.
func (p *presence) verdict() error {
	if p.evidence.noService != nil {
		return p.evidence.noService
	}
	p.gone.Store(true)
	return &GoneError{Err: p.evidence.err, Times: p.evidence.said, Over: p.evidence.last.Sub(p.evidence.since), run: p.run}
}

func (p *presence) await(ctx context.Context, wait time.Duration, changed chan struct{}) error {
	select {
	case <-changed:
	case <-time.After(wait):
	case <-ctx.Done():
		return doubtAtEnd(ctx, p.lastSaid())
	}
	return nil
}

// doubtAtEnd tells of a context's end, with the answer that came before.
func doubtAtEnd(ctx context.Context, said error) error {
	if answer, ok := errors.AsType[*rest.Error](said); ok {
		return &DoubtError{Said: said, Err: answer.EndedBy(ctx)}
	}
	return &DoubtError{Said: said, Err: context.Cause(ctx)}
}

// hear makes a call and takes in whether the gateway is there, as far as its answer tells.
func (p *presence) hear(ctx context.Context, call func(context.Context) error) error {
	began := time.Now()
	err := call(ctx)
	switch {
	case err == nil:
		p.isThere()
	case isAbsence(err):
		p.mu.Lock()
		defer p.mu.Unlock()
		p.evidence.take(began, time.Now(), err)
		p.run.take(p.gateway, err)
		p.change()
	}
	return err
}

func (p *presence) isThere() {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.answered && p.evidence.said == 0 {
		return
	}
	p.evidence, p.answered, p.spent = evidence{}, true, false
	p.gone.Store(false)
	p.told.Store(false)
	p.run.take(p.gateway, nil)
	p.change()
}

func (p *presence) leave() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.asking = false
	p.change()
}

// change wakes those who wait for what is known. The presence is locked.
func (p *presence) change() {
	close(p.changed)
	p.changed = make(chan struct{})
}

func (p *presence) lastSaid() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.evidence.err
}

// census is what the gateways of a run have answered.
type census struct {
	plans atomic.Bool // the run is known to be a plan

	mu       sync.Mutex
	answered bool // one of them has
	absent   map[apig.Gateway]struct{}
}

func (c *census) take(gateway apig.Gateway, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if apig.IsGatewayGone(err) {
		c.absent[gateway] = struct{}{}
	} else { // one without an endpoint service is there
		c.answered = true
		delete(c.absent, gateway)
	}
}

// only is how many gateways are said not to exist, if none has answered.
func (c *census) only() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.answered {
		return 0
	}
	return len(c.absent)
}
