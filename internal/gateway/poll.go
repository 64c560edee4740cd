// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"slices"
	"time"

	"github.com/cenkalti/backoff/v5"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

const (
	// The wait between two looks begins with pollFirst and grows by
	// pollGrowth, so that the time lost on top of the server's own stays a
	// fraction of it.
	pollFirst  = 250 * time.Millisecond
	pollGrowth = 1.3
	pollJitter = 0.1
	pollMax    = 15 * time.Second

	// Where it is known how long the server takes, the first look comes a
	// little before that, after pollMax at the latest, and the next ones follow
	// in small steps.
	usualShare   = 0.95
	usualStep    = 0.1
	shortestPoll = 50 * time.Millisecond
)

// pollPace says how long a caller waits between its looks.
type pollPace struct {
	backoff *backoff.ExponentialBackOff
	first   time.Duration // before the first look after a call, 0 when it is like the others
}

// newPace is the pace after calls of an action, or after none.
func (v *Session) newPace(action endpoint.Decision) *pollPace {
	v.mu.Lock()
	usual := v.usual[action]
	v.mu.Unlock()
	p := &pollPace{backoff: &backoff.ExponentialBackOff{
		InitialInterval:     pollFirst,
		Multiplier:          pollGrowth,
		RandomizationFactor: pollJitter,
		MaxInterval:         pollMax,
	}}
	if usual > 0 {
		p.first = min(pollMax, max(shortestPoll, time.Duration(usualShare*float64(usual))))
		p.backoff.InitialInterval = min(pollFirst, max(shortestPoll, time.Duration(usualStep*float64(usual))))
	}
	return p
}

func (p *pollPace) next() time.Duration {
	if p.first > 0 {
		first := p.first
		p.first = 0
		return first
	}
	return p.backoff.NextBackOff()
}

// learn takes in how long a decision took to show. Less than was known counts
// at once; more raises what is known step by step.
func (v *Session) learn(action endpoint.Decision, took time.Duration) {
	v.mu.Lock()
	defer v.mu.Unlock()
	if usual := v.usual[action]; usual > 0 && took > usual {
		took = usual + (took-usual)/4
	}
	v.usual[action] = took
}

// nextPoll returns when to look after a wait. Callers whose waits end at about
// the same time get the same instant, so that one listing serves all of them.
func (v *Session) nextPoll(wait time.Duration) time.Time {
	now := time.Now()
	due, slack := now.Add(wait), wait/4
	v.mu.Lock()
	defer v.mu.Unlock()
	v.polls = slices.DeleteFunc(v.polls, func(at time.Time) bool { return at.Before(now) })
	for _, at := range v.polls {
		if d := at.Sub(due); -slack <= d && d <= slack {
			return at
		}
	}
	v.polls = append(v.polls, due)
	return due
}

// awaits tells that somebody is going to look for endpoints, until the returned
// function is called. Whoever looks first at that time looks for all of them.
func (v *Session) awaits(endpoints []string, at time.Time) (done func()) {
	w := &waiter{endpoints: endpoints, at: at}
	v.mu.Lock()
	defer v.mu.Unlock()
	v.waiters[w] = struct{}{}
	return func() {
		v.mu.Lock()
		defer v.mu.Unlock()
		delete(v.waiters, w)
	}
}
