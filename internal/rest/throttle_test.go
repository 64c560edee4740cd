// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"math"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestLimitIn(t *testing.T) {
	for message, want := range map[string]struct {
		limit  rate.Limit
		window time.Duration
	}{
		"policy ip over ratelimit,limit:5,time:1 second":     {5, time.Second},
		"policy user over ratelimit,limit:200,time:5 minute": {200.0 / 300, 5 * time.Minute},
		"limit: 100, time: 2 hours, retry later":             {100.0 / 7200, 2 * time.Hour},
		"limit:1,time:7day":                                  {1.0 / (7 * 86400), 24 * time.Hour}, // no longer ones are told apart
		"limit:500,time:1 second":                            {500, time.Second},
		"limit:501,time:1 second":                            {},
		"limit:999999999,time:1 second":                      {},
		"limit:0,time:1 second":                              {},
		"limit:5,time:0 second":                              {},
		"limit:5,time:1 fortnight":                           {},
		"limit:5,time:500 millisecond":                       {},
		"limit:-5,time:1 second":                             {},
		"limit:99999999999999999999,time:1 second":           {},
		"too many requests":                                  {},
		"":                                                   {},
	} {
		limit, window, ok := limitIn(message)
		assert.Check(t, math.Abs(float64(limit-want.limit)) <= 1e-9 && window == want.window && ok == (want.limit > 0),
			"%q: %v in %s, %t", message, limit, window, ok)
	}
}

// Whatever a message says, the throttle stays between its bounds.
func FuzzLimitIn(f *testing.F) {
	f.Add("policy ip over ratelimit,limit:5,time:1 second", 0.0)
	f.Add("limit:999999999,time:999999999 day", 3.0)
	f.Add("too many", 3684.0)
	f.Add("limit:1,time:1 second,limit:2,time:2 minute", 0.01)
	f.Fuzz(func(t *testing.T, message string, most float64) {
		limit, window, ok := limitIn(message)
		assert.Assert(t, ok == (limit > 0) && limit <= fastest && window >= 0 && window <= 24*time.Hour, "%v in %s, %t", limit, window, ok)
		b := NewThrottle(most, 0)
		for range 3 {
			b.done("host", time.Now(), &Error{Kind: KindThrottled, Message: message})
			p := b.limiterOf("host")
			got := p.limiter.Limit()
			assert.Assert(t, got <= min(fastest, b.most) && got >= min(slowest, b.most) && p.ceiling >= got, "a limit of %v, up to %v", got, p.ceiling)
		}
	})
}

// throttled is how a server refuses one call too many.
func throttled(message string, after time.Duration) *Error {
	return &Error{Kind: KindThrottled, StatusCode: 429, Code: "APIGW.0308", Message: message, RetryAfter: after}
}

func (b *Throttle) limit(host string) float64 { return float64(b.limiterOf(host).limiter.Limit()) }

func wantLimit(t *testing.T, b *Throttle, host string, want float64) {
	t.Helper()
	got := b.limit(host)
	assert.Check(t, got == want || math.Abs(got-want) <= 1e-6, "%s is called %v times a second, want %v", host, got, want)
}

// enter lets n calls to a host pass.
func enter(t *testing.T, b *Throttle, host string, n int) {
	t.Helper()
	for range n {
		assert.Check(t, b.enter(t.Context(), host))
		b.leave()
	}
}

func TestThrottleHalvesAndRecovers(t *testing.T) {
	for _, test := range []struct {
		name    string
		most    float64
		calls   int // in the second before the first throttling
		message string
		limits  []float64 // after one throttling after the other
		ceiling float64
	}{
		{"no limit is known", 0, 40, "", []float64{20, 10, 5, 2.5}, float64(rate.Inf)},
		{"few calls", 0, 1, "", []float64{2.5, 1.25, 0.625, 0.3125, 0.15625, 0.1, 0.1}, float64(rate.Inf)},
		{"a limit of our own", 8, 0, "", []float64{4, 2, 1}, 8},
		{"a small limit of our own", 0.05, 0, "", []float64{0.05, 0.05}, 0.05},
		{"the server tells", 0, 100, "limit:5,time:1 second", []float64{4.5, 2.25, 1.125}, 4.5},
		{"the server tells of more than we take", 2, 0, "limit:5,time:1 second", []float64{1, 0.5}, 2},
		{"the server tells of next to nothing", 0, 10, "limit:1,time:1 day", []float64{0.1, 0.1}, 0.1},
		{"the server tells nonsense", 0, 10, "limit:999999999,time:1 second", []float64{5, 2.5}, float64(rate.Inf)},
	} {
		timed(t, test.name, func(t *testing.T) {
			b := NewThrottle(test.most, 0)
			enter(t, b, "host", test.calls)
			for _, want := range test.limits {
				b.done("host", time.Now(), throttled(test.message, 0))
				wantLimit(t, b, "host", want)
				<-time.After(2 * time.Second)
			}
			before := b.limit("host")
			b.done("host", time.Now(), &Error{Kind: KindServer})
			wantLimit(t, b, "host", before)
			b.done("host", time.Now(), nil)
			wantLimit(t, b, "host", min(before*1.05, test.ceiling))
			for range 1000 {
				b.done("host", time.Now(), nil)
			}
			wantLimit(t, b, "host", test.ceiling)
		})
	}
}

// What was sent before the rate was lowered, or into a window that was used up by then, does not lower it again, nor raise it.
func TestThrottleIsSetOnce(t *testing.T) {
	for _, test := range []struct {
		name, message string
		sent          time.Duration // after the rate was lowered
		limit         float64
	}{
		{"sent before", "", -time.Millisecond, 10},
		{"sent after", "", time.Millisecond, 5},
		{"sent before, a limit told", "limit:5,time:1 second", -time.Millisecond, 4.5},
		{"sent into the same window", "limit:5,time:1 second", 999 * time.Millisecond, 4.5},
		{"sent into the next one", "limit:5,time:1 second", time.Second, 2.25},
		{"sent into a long one", "limit:1500,time:5 minute", time.Second, 2.25},
	} {
		timed(t, test.name, func(t *testing.T) {
			b := NewThrottle(0, 0)
			enter(t, b, "host", 20)
			lowered := time.Now()
			b.done("host", lowered.Add(-time.Second/2), throttled(test.message, 0))
			<-time.After(2 * time.Second)
			for range 5 {
				b.done("host", lowered.Add(test.sent), throttled(test.message, 0))
				if test.sent > 0 {
					break
				}
			}
			b.done("host", lowered.Add(-time.Millisecond), nil)
			wantLimit(t, b, "host", test.limit)
		})
	}
}

// The server's wish for silence is heard by all who call it, also by those who wait already, and by nobody else.
func TestThrottleSilence(t *testing.T) {
	for name, concurrent := range map[string]int{"any number at the same time": 0, "one at a time": 1} {
		timed(t, name, func(t *testing.T) {
			b, began := NewThrottle(2, concurrent), time.Now()
			var group sync.WaitGroup
			var mu sync.Mutex
			passed := map[string][]time.Duration{}
			come := func(host string, calls int) {
				for range calls {
					group.Go(func() {
						enter(t, b, host, 1)
						mu.Lock()
						defer mu.Unlock()
						passed[host] = append(passed[host], time.Since(began).Truncate(time.Millisecond))
					})
				}
			}
			come("silent", 4) // at 0, 0.5, 1, and 1.5 s
			come("other", 4)
			<-time.After(700 * time.Millisecond)
			b.done("silent", time.Now(), throttled("", 30*time.Second))
			come("silent", 1)
			<-time.After(10 * time.Second)
			b.done("silent", began, throttled("", 25*time.Second)) // until 35.7 s
			b.done("silent", began, throttled("", time.Second))    // no earlier
			group.Wait()
			ms := time.Millisecond
			want := []time.Duration{0, 500 * ms, 35700 * ms, 36700 * ms, 37700 * ms}
			assert.Check(t, slices.Equal(passed["silent"], want), "the silent one was called at %v, want %v", passed["silent"], want)
			want = []time.Duration{0, 500 * ms, 1000 * ms, 1500 * ms}
			assert.Check(t, slices.Equal(passed["other"], want), "the other one was called at %v, want %v", passed["other"], want)
		})
	}
}

// Those who wait when the rate is lowered go on at the new rate, in the order in which they came.
func TestThrottleHoldsThoseWhoWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, began := NewThrottle(10, 0), time.Now()
		var order []int
		var mu sync.Mutex
		var group sync.WaitGroup
		for i := range 21 {
			group.Go(func() {
				enter(t, b, "host", 1)
				mu.Lock()
				defer mu.Unlock()
				order = append(order, i)
			})
			synctest.Wait()
		}
		<-time.After(1050 * time.Millisecond) // eleven went
		b.done("host", time.Now(), throttled("", 0))
		group.Wait()
		took := time.Since(began).Round(100 * time.Millisecond)
		assert.Check(t, took == 3*time.Second+100*time.Millisecond || took == 3*time.Second, "took %s", took)
		assert.Check(t, slices.IsSorted(order), "they went in the order %v", order)
	})
}

// Hosts don't slow one another down, not even where calls at the same time are limited.
func TestThrottleIsolatesHosts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := NewThrottle(0, 4)
		b.done("slow", time.Now(), throttled("limit:1,time:10 second", time.Minute))
		ctx := within(t, time.Hour)
		var group sync.WaitGroup
		for range 100 {
			group.Go(func() {
				if err := b.enter(ctx, "slow"); err == nil {
					b.leave()
				}
			})
		}
		synctest.Wait()
		began := time.Now()
		enter(t, b, "quick", 100)
		assert.Check(t, cmp.Equal(time.Since(began), time.Duration(0)))
		group.Wait()
	})
}
