// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"regexp"
	"strconv"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

const (
	hintShare     = 0.9         // of a limit that a server names, since its windows begin by its own clock
	recovery      = 1.05        // by so much a call that went well raises the rate
	slowest       = 0.1         // in calls a second
	fastest       = 500         // likewise: beyond it there is no limit at all
	longestWindow = time.Second // the most that is believed of a server's window for counting calls
	recentSpan    = time.Second // over which the rate is measured that a first throttling is related to

	// leastMeasured is the least that is believed of that rate: whoever has just begun has made one call or two, and to recover
	// from half of that would take minutes. Limits of this many calls a second were seen.
	leastMeasured = 5
)

// Throttle slows down all calls that share it, host by host, when a server throttles. It is safe for concurrent use. A nil
// Throttle lets everything pass. A call must not wait for another one that shares its limit of calls at the same time.
type Throttle struct {
	most  rate.Limit    // never more calls a second to one host
	slots chan struct{} // nil: any number at the same time

	mu    sync.Mutex
	hosts map[string]*hostLimiter
}

// hostLimiter is the throttle of one host.
type hostLimiter struct {
	turn chan struct{} // held by the call that goes next; the others queue for it

	// Under the throttle's lock.
	limiter *rate.Limiter
	ceiling rate.Limit    // what recovery leads back to
	until   time.Time     // the server asked for silence until then
	slowed  time.Time     // when the rate was last lowered
	window  time.Duration // the server's, in which it counts calls
	recent  []time.Time
	last    *Error // the last throttling, until the throttle is off again
}

// NewThrottle makes a throttle. Zero means no limit: of calls a second to one host, and of calls at the same time.
func NewThrottle(perSecond float64, concurrent int) *Throttle {
	b := &Throttle{most: rate.Inf, hosts: map[string]*hostLimiter{}}
	if perSecond > 0 {
		b.most = rate.Limit(perSecond)
	}
	if concurrent > 0 {
		b.slots = make(chan struct{}, concurrent)
	}
	return b
}

// enter waits until a call to the host may be made. Without an error, leave must follow. Calls go in the order in which they came:
// only a host's next one waits for the rate, as it is by then, and none takes the place of another host's while it waits.
func (b *Throttle) enter(ctx context.Context, host string) error {
	if b == nil {
		return nil
	}
	p := b.limiterOf(host)
	if err := take(ctx, p.turn); err != nil {
		return err
	}
	defer func() { <-p.turn }()
	for {
		for wait := b.wait(p); wait > 0; wait = b.wait(p) {
			if err := Sleep(ctx, wait); err != nil {
				return err
			}
		}
		if b.slots == nil {
			return nil
		}
		if err := take(ctx, b.slots); err != nil {
			return err
		}
		if !b.silent(p) {
			return nil
		}
		b.leave()
	}
}

func (b *Throttle) leave() {
	if b != nil && b.slots != nil {
		<-b.slots
	}
}

func take(ctx context.Context, places chan struct{}) error {
	select {
	case places <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// Sleep lets time pass, unless the context ends.
func Sleep(ctx context.Context, wait time.Duration) error {
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// wait counts a call that may go now, or returns how long to wait before asking again.
func (b *Throttle) wait(p *hostLimiter) time.Duration {
	b.mu.Lock()
	defer b.mu.Unlock()
	now := time.Now()
	if silence := p.until.Sub(now); silence > 0 {
		return silence
	}
	if p.limiter.AllowN(now, 1) {
		p.count(now)
		return 0
	}
	seconds := (1 - p.limiter.TokensAt(now)) / float64(p.limiter.Limit())
	return time.Duration(min(seconds, maxRetryAfter.Seconds())*float64(time.Second)) + time.Microsecond
}

// silent tells whether the server asked for silence, perhaps since the call was counted.
func (b *Throttle) silent(p *hostLimiter) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return time.Now().Before(p.until)
}

// done takes in how a call that was sent at a time went.
func (b *Throttle) done(host string, sent time.Time, failed *Error) {
	if b == nil {
		return
	}
	p, now := b.limiterOf(host), time.Now()
	b.mu.Lock()
	defer b.mu.Unlock()
	switch {
	case failed != nil && failed.Kind == KindThrottled:
		p.slowDown(now, sent, failed, b.most)
	case failed == nil && sent.After(p.slowed):
		p.recover(now, b.most)
	}
}

// lastThrottling is the last answer of the host that throttled, nil when that is over.
func (b *Throttle) lastThrottling(host string) *Error {
	if b == nil {
		return nil
	}
	p := b.limiterOf(host)
	b.mu.Lock()
	defer b.mu.Unlock()
	return p.last
}

func (b *Throttle) limiterOf(host string) *hostLimiter {
	b.mu.Lock()
	defer b.mu.Unlock()
	p, ok := b.hosts[host]
	if !ok {
		p = &hostLimiter{turn: make(chan struct{}, 1), limiter: rate.NewLimiter(b.most, 1), ceiling: b.most}
		b.hosts[host] = p
	}
	return p
}

// slowDown takes the limit that the server names, or half of the rate so far, unless the call was on its way when the rate was
// lowered, or is in the rest of a window that was used up before.
func (p *hostLimiter) slowDown(now, sent time.Time, failed *Error, most rate.Limit) {
	p.last = failed
	if until := now.Add(failed.RetryAfter); until.After(p.until) {
		p.until = until
	}
	if sent.Before(p.slowed.Add(p.window)) {
		return
	}
	limit := p.rate() / 2
	p.window = 0
	if hint, window, ok := limitIn(failed.Message); ok {
		p.ceiling, p.window = min(most, max(hint*hintShare, slowest)), min(window, longestWindow)
		if p.limiter.Limit() > p.ceiling {
			limit = p.ceiling
		}
	}
	p.slowed = now
	p.limiter.SetLimitAt(now, min(most, max(limit, slowest)))
	p.limiter.AllowN(now, 1) // the throttled call was one of the new rate's
}

func (p *hostLimiter) recover(now time.Time, most rate.Limit) {
	limit := min(p.limiter.Limit()*recovery, p.ceiling)
	if limit > fastest {
		limit = p.ceiling
	}
	if limit == most {
		p.last = nil
	}
	if limit != p.limiter.Limit() {
		p.limiter.SetLimitAt(now, limit)
	}
}

// rate is the limit, or, where there is none, how many calls a second there were of late.
func (p *hostLimiter) rate() rate.Limit {
	if limit := p.limiter.Limit(); limit <= fastest {
		return limit
	}
	return rate.Limit(max(leastMeasured, float64(len(p.recent))/recentSpan.Seconds()))
}

// count keeps account of the calls of late, as long as no limit does.
func (p *hostLimiter) count(now time.Time) {
	first := 0
	for first < len(p.recent) && now.Sub(p.recent[first]) > recentSpan {
		first++
	}
	p.recent = append(p.recent[first:], now)
}

// limitHint is how the platform writes its limits into throttling messages: "limit:200,time:5 minute".
var limitHint = regexp.MustCompile(`limit:\s*(\d{1,9}),\s*time:\s*(\d{1,9})\s*(second|minute|hour|day)`)

// limitIn finds in a message a limit, in calls a second, that is not too high to be what throttles, and its window.
func limitIn(message string) (limit rate.Limit, window time.Duration, ok bool) {
	match := limitHint.FindStringSubmatch(message)
	if match == nil {
		return 0, 0, false
	}
	unit := map[string]float64{"second": 1, "minute": 60, "hour": 3600, "day": 86400}[match[3]]
	calls, _ := strconv.ParseFloat(match[1], 64)
	span, _ := strconv.ParseFloat(match[2], 64)
	seconds := span * unit
	if calls == 0 || seconds == 0 || calls/seconds > fastest {
		return 0, 0, false
	}
	return rate.Limit(calls / seconds), time.Duration(min(seconds, 86400) * float64(time.Second)), true
}
