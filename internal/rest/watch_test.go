// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"
)

// Who watches a call is told just what its caller is told when its context ends: at every moment of a call, whether an
// attempt of it is under way, or the next one waits.
func TestWatchTellsWhatTheCallerIsTold(t *testing.T) {
	const second = time.Second
	slow := func(next step) step {
		return func(r *http.Request) (*http.Response, error) {
			select {
			case <-time.After(second):
				return next(r)
			case <-r.Context().Done():
				return nil, r.Context().Err()
			}
		}
	}
	throttled := slow(answer(429, errorBody("APIGW.0308", "slow down"), "X-Request-Id: r-1", "Retry-After: 5"))
	busy := slow(answer(409, errorBody("APIC.7701", "busy"), "X-Request-Id: r-2"))
	failed := slow(answer(500, errorBody("APIC.9007", "failed"), "X-Request-Id: r-3"))
	lost := slow(fault(io.ErrUnexpectedEOF))
	for name, steps := range map[string][]step{
		"throttled":              {throttled},
		"busy":                   {busy},
		"failed":                 {failed},
		"lost":                   {lost},
		"lost, then throttled":   {lost, throttled},
		"failed, then busy":      {failed, busy},
		"throttled, then lost":   {throttled, lost},
		"throttled, then hangs":  {throttled, hang},
		"hangs from the first":   {hang},
		"failed, then throttled": {failed, throttled},
	} {
		t.Run(name, func(t *testing.T) {
			for deadline := 250 * time.Millisecond; deadline < 12*second; deadline += 500 * time.Millisecond {
				synctest.Test(t, func(t *testing.T) {
					cl, _ := client(steps...)
					cl.Throttle, cl.MaxRetries = NewThrottle(0, 0), 100
					var w Watch
					ctx, cancel := context.WithTimeout(t.Context(), deadline)
					defer cancel()
					watcher, stop := context.WithTimeout(t.Context(), deadline-time.Nanosecond)
					defer stop()
					done := make(chan error)
					go func() { done <- get(w.Context(ctx), cl) }()
					<-watcher.Done()
					synctest.Wait()
					got, err := w.Ended(watcher), <-done
					want := asError(t, err)
					if !errors.As(err, new(*endedError)) { // nothing had failed
						if errors.As(got, new(*Error)) {
							t.Errorf("after %s: told %v, the caller %v", deadline, got, err)
						}
						return
					}
					e := asError(t, got)
					if e.Error() != want.Error() || e.Unsure != want.Unsure || e.Kind != want.Kind {
						t.Errorf("after %s: told\n%v (unsure %t), the caller\n%v (unsure %t)", deadline, got, e.Unsure, err, want.Unsure)
					}
					if !errors.Is(got, context.DeadlineExceeded) {
						t.Errorf("%v is not the end of a context", got)
					}
				})
			}
		})
	}
}

// A call that the throttle holds back is told of with what the throttle is on for, and as the caller's is when it goes.
func TestWatchOfACallHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, _ := client(answer(429, errorBody("APIGW.0308", "slow down"), "Retry-After: 60"), hang)
		cl.Throttle = NewThrottle(0, 0)
		go func() { _ = get(t.Context(), cl) }()
		synctest.Wait()
		var w Watch
		ctx, cancel := context.WithCancel(t.Context())
		go func() { _ = get(w.Context(ctx), cl) }()
		synctest.Wait()
		ended, end := context.WithCancel(t.Context())
		end()
		if e := asError(t, w.Ended(ended)); e.Code != "APIGW.0308" || e.Kind != KindThrottled || e.Unsure || !errors.Is(e, context.Canceled) {
			t.Errorf("told %+v", e)
		}
		<-time.After(10 * time.Minute) // it is under way: what becomes of it is open
		synctest.Wait()
		if got := w.Ended(ended); errors.As(got, new(*Error)) {
			t.Errorf("told %v", got)
		}
		cancel()
	})
}

// A call whose context ended leaves what it came to, for the next that has no time for an answer, and for those who
// wait for that one, for a while. A call that ended by itself leaves nothing.
func TestWatchKeepsWhatEnded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, s := client(answer(500, errorBody("APIC.9007", "failed"), "X-Request-Id: r-3"), hang)
		var w Watch
		told := func() error {
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			return w.Ended(ctx)
		}
		for i := range 2 {
			ctx, cancel := context.WithTimeout(w.Context(t.Context()), 100*time.Millisecond)
			defer cancel()
			e := asError(t, get(ctx, cl))
			if e.RequestID != "r-3" || e.Unsure != (i == 1) || !errors.Is(e, context.DeadlineExceeded) {
				t.Errorf("call %d: %v (unsure %t)", i, e, e.Unsure)
			}
			if e := asError(t, told()); e.RequestID != "r-3" || !errors.Is(e, context.Canceled) {
				t.Errorf("told after call %d: %v", i, e)
			}
		}
		<-time.After(keptFor + time.Second) // it explains nothing any more
		if got := told(); errors.As(got, new(*Error)) {
			t.Errorf("told %v", got)
		}
		s.steps = []step{answer(500, errorBody("APIC.9007", "failed"))}
		ctx, cancel := context.WithTimeout(w.Context(t.Context()), 100*time.Millisecond)
		defer cancel()
		_ = get(ctx, cl)
		asError(t, told())
		s.steps = []step{answer(403, errorBody("APIC.7106", "no"))}
		if err := get(w.Context(t.Context()), cl); asError(t, err).StatusCode != 403 {
			t.Error(err)
		}
		if got := told(); errors.As(got, new(*Error)) || !errors.Is(got, context.Canceled) {
			t.Errorf("told %v", got)
		}
	})
}

// One that failed by itself before it was held back is told of with that, and what it may have done is still open.
func TestWatchOfACallHeldBackLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, _ := client(fault(io.ErrUnexpectedEOF), answer(429, errorBody("APIGW.0308", "slow down"), "Retry-After: 60"))
		cl.Throttle = NewThrottle(0, 0)
		var w Watch
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		done := make(chan error)
		go func() { done <- get(w.Context(ctx), cl) }()
		synctest.Wait()
		go func() { _ = get(ctx, cl) }() // is throttled
		<-time.After(9 * time.Second)
		got := asError(t, w.Ended(ctx))
		if want := asError(t, <-done); got.Code != want.Code || got.Kind != want.Kind || got.Unsure != want.Unsure || got.Attempts != want.Attempts || !got.Unsure {
			t.Errorf("told %+v, the caller %+v", got, want)
		}
	})
}
