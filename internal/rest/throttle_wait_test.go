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
				if _, err := c.Do(t.Context(), req, nil); err != nil {
					t.Error(err)
				}
			})
		}
		group.Wait()
		if took := time.Since(began); most != 3 || took != 10*time.Second {
			t.Errorf("%d at the same time, in %s", most, took)
		}
	})
}

// A server that asks for silence while a call waits for others to end is not called by it.
func TestThrottleSilenceWhileOthersAreUnderWay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b, began := NewThrottle(0, 1), time.Now()
		if err := b.enter(t.Context(), "host"); err != nil {
			t.Fatal(err)
		}
		var group sync.WaitGroup
		group.Go(func() {
			enter(t, b, "host", 1)
			if took := time.Since(began); took != 31*time.Second {
				t.Errorf("called after %s", took)
			}
		})
		<-time.After(time.Second)
		b.done("host", began, throttled("", 30*time.Second))
		b.leave()
		enter(t, b, "other", 1)
		if took := time.Since(began); took != time.Second {
			t.Errorf("the other host was called after %s", took)
		}
		group.Wait()
	})
}

// A call that is held back until its context ends tells of the throttling that it is held back for.
func TestThrottleHoldsBackUntilTheContextEnds(t *testing.T) {
	for name, headers := range map[string][]string{"by the rate": nil, "by silence": {"Retry-After: 600"}} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, s := client(answer(429, errorBody("APIGW.0308", "limit:1,time:100 second"), headers...))
				c.Throttle = NewThrottle(0, 0)
				first, stop := context.WithTimeout(t.Context(), time.Millisecond)
				defer stop()
				_ = get(first, c)
				began := time.Now()
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				var group sync.WaitGroup
				for range 3 {
					group.Go(func() {
						err := get(ctx, c)
						e := asError(t, err)
						if e.Kind != KindThrottled || e.StatusCode != 429 || e.Code != "APIGW.0308" || !errors.Is(err, context.DeadlineExceeded) || e.Unsure {
							t.Errorf("error %v of kind %s, unsure: %t", err, e.Kind, e.Unsure)
						}
						wantText(t, err, "held back", "deadline exceeded", "limit:1")
					})
				}
				group.Wait()
				if took := time.Since(began); took != 5*time.Second || len(s.requests) != 1 {
					t.Errorf("ended after %s, %d requests", took, len(s.requests))
				}
			})
		})
	}
}

// Who waits for calls at the same time is not told of throttling, where there is none, or none any more.
func TestThrottleWaitWithoutThrottling(t *testing.T) {
	for name, once := range map[string]bool{"never throttled": false, "throttled once": true} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c, _ := client(hang)
				c.Throttle = NewThrottle(10, 1)
				if once {
					c.Throttle.done("api.example.com", time.Now(), throttled("", 0))
					for range 20 {
						<-time.After(time.Second)
						c.Throttle.done("api.example.com", time.Now(), nil)
					}
				}
				ctx, cancel := context.WithTimeout(t.Context(), 5*time.Second)
				defer cancel()
				var group sync.WaitGroup
				for range 2 {
					group.Go(func() {
						err := get(ctx, c)
						if e := asError(t, err); e.Kind != KindUnreachable || !errors.Is(err, context.DeadlineExceeded) {
							t.Errorf("error %v of kind %s", err, e.Kind)
						}
					})
				}
				group.Wait()
				if len(c.Throttle.slots) != 0 {
					t.Error("a slot was not given back")
				}
			})
		})
	}
}
