// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestThrottleMaxConcurrent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var mu sync.Mutex
		underWay, most := 0, 0
		slow := func(r *http.Request) (*http.Response, error) {
			mu.Lock()
			underWay++
			most = max(most, underWay)
			mu.Unlock()
			err := Sleep(r.Context(), time.Second)
			mu.Lock()
			underWay--
			mu.Unlock()
			if err != nil {
				return nil, err
			}
			return answer(200, "{}")(r)
		}
		c, _ := client(slow)
		c.Throttle = NewThrottle(0, 3)
		began := time.Now()
		var group sync.WaitGroup
		for i := range 30 {
			group.Go(func() {
				req := request(http.MethodGet, nil)
				req.URL.Host = []string{"one", "two"}[i%2]
				_, err := c.Do(t.Context(), req, nil)
				assert.Check(t, err)
			})
		}
		group.Wait()
		took := time.Since(began)
		assert.Check(t, most == 3 && took == 10*time.Second, "%d at the same time, in %s", most, took)
	})
}

// A server that asks for silence while a call waits for others to end is not called by it.
func TestThrottleSilenceWhileOthersAreUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, began := NewThrottle(0, 1), time.Now()
		assert.NilError(t, b.enter(t.Context(), "host"))
		var group sync.WaitGroup
		group.Go(func() {
			enter(t, b, "host", 1)
			assert.Check(t, cmp.Equal(time.Since(began), 31*time.Second))
		})
		<-time.After(time.Second)
		b.done("host", began, throttled("", 30*time.Second))
		b.leave()
		enter(t, b, "other", 1)
		assert.Check(t, cmp.Equal(time.Since(began), time.Second), "until the other host was called")
		group.Wait()
	})
}

// A call that is held back until its context ends tells of the throttling that it is held back for.
func TestThrottleHoldsBackUntilTheContextEnds(t *testing.T) {
	for name, headers := range map[string][]string{"by the rate": nil, "by silence": {"Retry-After: 600"}} {
		timed(t, name, func(t *testing.T) {
			c, s := client(answer(429, errorBody("APIGW.0308", "limit:1,time:100 second"), headers...))
			c.Throttle = NewThrottle(0, 0)
			first := within(t, time.Millisecond)
			_ = get(first, c)
			began := time.Now()
			ctx := within(t, 5*time.Second)
			var group sync.WaitGroup
			for range 3 {
				group.Go(func() {
					e := asError(t, get(ctx, c))
					assert.Check(t, e.Kind == KindThrottled && e.StatusCode == 429 && e.Code == "APIGW.0308" && errors.Is(e, context.DeadlineExceeded) && !e.Unsure,
						"error %v of kind %s, unsure: %t", e, e.Kind, e.Unsure)
					wantText(t, e, "held back", "deadline exceeded", "limit:1")
				})
			}
			group.Wait()
			took := time.Since(began)
			assert.Check(t, took == 5*time.Second && len(s.requests) == 1, "ended after %s, %d requests", took, len(s.requests))
		})
	}
}

// Who waits for calls at the same time is not told of throttling, where there is none, or none any more.
func TestThrottleWaitWithoutThrottling(t *testing.T) {
	for name, once := range map[string]bool{"never throttled": false, "throttled once": true} {
		timed(t, name, func(t *testing.T) {
			c, _ := client(hang)
			c.Throttle = NewThrottle(10, 1)
			if once {
				c.Throttle.done("api.example.com", time.Now(), throttled("", 0))
				for range 20 {
					<-time.After(time.Second)
					c.Throttle.done("api.example.com", time.Now(), nil)
				}
			}
			ctx := within(t, 5*time.Second)
			var group sync.WaitGroup
			for range 2 {
				group.Go(func() {
					e := asError(t, get(ctx, c))
					assert.Check(t, e.Kind == KindUnreachable && errors.Is(e, context.DeadlineExceeded), "error %v of kind %s", e, e.Kind)
				})
			}
			group.Wait()
			assert.Check(t, len(c.Throttle.slots) == 0, "a slot was not given back")
		})
	}
}

// limited is a server that answers so many calls in each window of time, as seen from a transport.
type limited struct {
	calls   int
	per     time.Duration
	sliding bool   // the window is the time before each call; otherwise it begins with the first call after the last one
	message string // of throttling
	latency time.Duration

	mu                  sync.Mutex
	began               time.Time
	answered            []time.Time
	throttled, attempts int
}

func (l *limited) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := Sleep(r.Context(), l.latency); err != nil {
		return nil, err
	}
	if !l.take() {
		return answer(429, errorBody("APIGW.0308", l.message))(r)
	}
	return answer(200, "{}")(r)
}

func (l *limited) take() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.attempts++
	now := time.Now()
	if !l.sliding && now.Sub(l.began) >= l.per {
		l.began, l.answered = now, nil
	}
	for l.sliding && len(l.answered) > 0 && now.Sub(l.answered[0]) >= l.per {
		l.answered = l.answered[1:]
	}
	if len(l.answered) >= l.calls {
		l.throttled++
		return false
	}
	l.answered = append(l.answered, now)
	return true
}

// Many callers under a limit all get through, in hardly more time than it takes, and hardly any call is in vain.
func TestThrottleUnderALimit(t *testing.T) {
	const second, minutes = "ip over ratelimit,limit:5,time:1 second", "user over ratelimit,limit:200,time:5 minute"
	for _, test := range []struct {
		name          string
		limit         *limited
		callers, each int
		share         float64 // of the calls, that are throttled at most
		factor        float64 // of the least time possible, that it takes at most
	}{
		{"a hundred callers", &limited{calls: 5, per: time.Second, message: second}, 100, 5, 0.2, 1.25},
		{"ten callers", &limited{calls: 5, per: time.Second, message: second}, 10, 10, 0.2, 1.25},
		{"one caller", &limited{calls: 5, per: time.Second, message: second}, 1, 100, 0.2, 1.25},
		{"a sliding window", &limited{calls: 5, per: time.Second, message: second, sliding: true}, 100, 5, 0.2, 1.25},
		{"a limit that is not told", &limited{calls: 5, per: time.Second}, 10, 50, 0.2, 1.6},
		{"not told, a hundred callers", &limited{calls: 5, per: time.Second}, 100, 5, 0.3, 1.6},
		{"minutes", &limited{calls: 200, per: 5 * time.Minute, message: minutes}, 10, 60, 0.2, 2.2},
		{"minutes, a hundred callers", &limited{calls: 200, per: 5 * time.Minute, message: minutes}, 100, 6, 0.3, 2.2},
		{"minutes that are not told", &limited{calls: 200, per: 5 * time.Minute}, 10, 60, 0.2, 2.2},
	} {
		timed(t, test.name, func(t *testing.T) {
			l := test.limit
			l.latency = 50 * time.Millisecond
			c := &Client{HTTP: &http.Client{Transport: l}, Throttle: NewThrottle(0, 0)}
			began := time.Now()
			var group sync.WaitGroup
			for range test.callers {
				group.Go(func() {
					for range test.each {
						assert.Check(t, get(t.Context(), c))
					}
				})
			}
			group.Wait()
			took, calls := time.Since(began), test.callers*test.each
			share := float64(l.throttled) / float64(l.attempts)
			assert.Check(t, share <= test.share, "%d of %d calls were throttled", l.throttled, l.attempts)
			least := time.Duration(max(1, (calls-1)/l.calls)) * l.per
			assert.Check(t, took <= time.Duration(test.factor*float64(least)), "took %s, the least is %s", took, least)
		})
	}
}
