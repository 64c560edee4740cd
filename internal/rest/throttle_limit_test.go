// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

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
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := test.limit
				l.latency = 50 * time.Millisecond
				c := &Client{HTTP: &http.Client{Transport: l}, Throttle: NewThrottle(0, 0)}
				began := time.Now()
				var group sync.WaitGroup
				for range test.callers {
					group.Go(func() {
						for range test.each {
							if err := get(t.Context(), c); err != nil {
								t.Error(err)
							}
						}
					})
				}
				group.Wait()
				took, calls := time.Since(began), test.callers*test.each
				if share := float64(l.throttled) / float64(l.attempts); share > test.share {
					t.Errorf("%d of %d calls were throttled", l.throttled, l.attempts)
				}
				least := time.Duration(max(1, (calls-1)/l.calls)) * l.per
				if limit := time.Duration(test.factor * float64(least)); took > limit {
					t.Errorf("took %s, the least is %s", took, least)
				}
			})
		})
	}
}
