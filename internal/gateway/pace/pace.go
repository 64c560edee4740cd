// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package pace says when to look next, and learns how long it usually takes until there is something to see. It knows
// nothing of what is looked at.
package pace

import (
	"slices"
	"sync"
	"time"

	"github.com/cenkalti/backoff/v5"
)

const (
	// The wait between two looks grows, so that the time lost stays a fraction of the server's own.
	pollFirst  = 250 * time.Millisecond
	pollGrowth = 1.3
	pollJitter = 0.1
	pollMax    = 15 * time.Second

	// Where it is known how long the server takes, the first look comes a little before that, and then small steps follow.
	usualShare   = 0.95
	usualStep    = 0.1
	shortestPoll = 50 * time.Millisecond
)

// Pace is what those who look for the effects of calls share. The zero value is ready; it is safe for concurrent use.
type Pace struct {
	mu    sync.Mutex
	usual map[string]time.Duration // how long a call of a kind takes to show
	polls []time.Time              // when to look next
}

// After returns what gives the waits between a caller's looks, after calls of a kind or after none.
func (p *Pace) After(kind string) (next func() time.Duration) {
	p.mu.Lock()
	usual := p.usual[kind]
	p.mu.Unlock()
	growing := &backoff.ExponentialBackOff{
		InitialInterval:     pollFirst,
		Multiplier:          pollGrowth,
		RandomizationFactor: pollJitter,
		MaxInterval:         pollMax,
	}
	if usual <= 0 {
		return growing.NextBackOff
	}
	growing.InitialInterval = min(pollFirst, max(shortestPoll, time.Duration(usualStep*float64(usual))))
	first := min(pollMax, max(shortestPoll, time.Duration(usualShare*float64(usual))))
	return func() time.Duration {
		if wait := first; wait > 0 {
			first = 0
			return wait
		}
		return growing.NextBackOff()
	}
}

// Learn takes in how long a call of a kind took to show. Less counts at once, more by and by.
func (p *Pace) Learn(kind string, took time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.usual == nil {
		p.usual = map[string]time.Duration{}
	}
	if usual := p.usual[kind]; usual > 0 && took > usual {
		took = usual + (took-usual)/4
	}
	p.usual[kind] = took
}

// Next returns when to look after a wait. Waits that end at about the same time get one instant, and so share a listing.
func (p *Pace) Next(wait time.Duration) time.Time {
	now := time.Now()
	due, slack := now.Add(wait), wait/4
	p.mu.Lock()
	defer p.mu.Unlock()
	p.polls = slices.DeleteFunc(p.polls, func(at time.Time) bool { return at.Before(now) })
	for _, at := range p.polls {
		if d := at.Sub(due); -slack <= d && d <= slack {
			return at
		}
	}
	p.polls = append(p.polls, due)
	return due
}

const (
	// hopelessAfter is how many waits in a row have to end in vain for the next ones to be short.
	hopelessAfter = 10
	// A short wait is this share of the one that was asked for, one look at least and longestShort at most. So the
	// waits of a hundred resources, ten at a time, take as long as two.
	shortShare   = 10
	longestShort = 5 * time.Second
)

// Unlisted is what a run learns from waiting for what a gateway does not list: many resources whose endpoints never
// come do not wait one after the other. The zero value is ready; it is safe for concurrent use.
type Unlisted struct {
	mu     sync.Mutex
	inVain int       // waits in a row, without anything new being listed
	since  time.Time // when so many were that the next ones are short
}

// Until returns the end of a wait that began at a time, and how long it is if it is short, as enough others were in vain.
func (u *Unlisted) Until(began time.Time, asked time.Duration) (end time.Time, short time.Duration) {
	cut := min(asked, max(pollFirst, min(asked/shortShare, longestShort)))
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.inVain >= hopelessAfter && !u.since.After(began.Add(cut)) {
		return began.Add(cut), cut
	}
	return began.Add(asked), 0
}

// Ended takes in that a wait ended in vain. None at all is no wait.
func (u *Unlisted) Ended(asked time.Duration, now time.Time) {
	if asked <= 0 {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.inVain++; u.inVain == hopelessAfter {
		u.since = now
	}
}

// Listed takes in that the gateway has begun to list something.
func (u *Unlisted) Listed() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.inVain = 0
}
