// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
)

// follow gives a context whose calls are traced, and how the last of them stands that is under way.
func follow(ctx context.Context) (traced context.Context, stands func() Standing) {
	var last atomic.Pointer[Standing]
	last.Store(&Standing{})
	return WithTrace(ctx, func(s Standing) { last.Store(&s) }), func() Standing { return *last.Load() }
}

// Who traces a call is told just what its caller is told when its context ends: at every moment of a call, whether an
// attempt of it is under way, or the next one waits.
func TestTraceTellsWhatTheCallerIsTold(t *testing.T) {
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
					ctx := within(t, deadline)
					ctx, stands := follow(ctx)
					watcher := within(t, deadline-time.Nanosecond)
					done := make(chan error)
					go func() { done <- get(ctx, cl) }()
					<-watcher.Done()
					synctest.Wait()
					told, err := stands(), <-done
					got, want := told.Err.EndedBy(watcher), asError(t, err)
					if !strings.Contains(err.Error(), "gave up: ") {
						assert.Check(t, !told.Failed, "after %s: told %v, the caller %v", deadline, got, err)
						return
					}
					e := asError(t, got)
					assert.Check(t, told.Failed && e.Error() == want.Error() && e.Unsure == want.Unsure && e.Kind == want.Kind,
						"after %s: told\n%v (unsure %t), the caller\n%v (unsure %t)", deadline, got, e.Unsure, err, want.Unsure)
					assert.Check(t, errors.Is(got, context.DeadlineExceeded), "%v is not the end of a context", got)
				})
			}
		})
	}
}

// A call that the throttle holds back is told of with what the throttle is on for, then as one that is not answered, and
// then as one that is over: to all who trace it.
func TestTraceOfACallHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, _ := client(answer(429, errorBody("APIGW.0308", "slow down"), "Retry-After: 60"), hang)
		cl.Throttle = NewThrottle(0, 0)
		go func() { _ = get(t.Context(), cl) }()
		synctest.Wait()
		ctx, cancel := context.WithCancel(t.Context())
		ctx, outer := follow(ctx)
		ctx, inner := follow(ctx)
		go func() { _ = get(ctx, cl) }()
		synctest.Wait()
		held := inner()
		e := held.Err
		assert.Check(t, e != nil && held.Failed && e.Code == "APIGW.0308" && e.Kind == KindThrottled && !e.Unsure, "told %+v", e)
		<-time.After(90 * time.Second) // it is under way
		synctest.Wait()
		s := inner()
		assert.Check(t, !s.Failed && s.Err.Kind == KindUnreachable && s.Call == held.Call && s == outer(), "told %+v", s)
		cancel()
		synctest.Wait()
		s = inner()
		assert.Check(t, s.Err == nil && s.Call == held.Call && s == outer(), "told %+v", s)
	})
}

// One that failed by itself before it was held back is told of with that, and what it may have done is still open.
func TestTraceOfACallHeldBackLater(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, _ := client(fault(io.ErrUnexpectedEOF), answer(429, errorBody("APIGW.0308", "slow down"), "Retry-After: 60"))
		cl.Throttle = NewThrottle(0, 0)
		ctx := within(t, 10*time.Second)
		traced, stands := follow(ctx)
		done := make(chan error)
		go func() { done <- get(traced, cl) }()
		synctest.Wait()
		go func() { _ = get(ctx, cl) }() // is throttled
		<-time.After(9 * time.Second)
		got := stands().Err
		want := asError(t, <-done)
		assert.Check(t, got.Code == want.Code && got.Kind == want.Kind && got.Unsure == want.Unsure && got.Attempts == want.Attempts && got.Unsure,
			"told %+v, the caller %+v", got, want)
	})
}
