// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package flight

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// A call that ends late, after all had given up, does not end the sharing of the next one.
func TestCallThatEndsLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f Group[string, int]
		var calls atomic.Int64
		slow := func(context.Context) (int, error) { // deaf to the context
			number := calls.Add(1)
			<-time.After(10 * time.Second)
			return int(number), nil
		}
		var group sync.WaitGroup
		join := func(after, patience time.Duration) {
			group.Go(func() {
				<-time.After(after)
				ctx, cancel := context.WithTimeout(t.Context(), patience)
				defer cancel()
				v, err := f.Do(ctx, "k", slow)
				assert.Check(t, patience <= time.Minute || err == nil && v == 2, "got %d, %v", v, err)
			})
		}
		join(0, time.Second)
		join(5*time.Second, time.Hour)
		join(12*time.Second, time.Hour) // the first call has ended by now
		group.Wait()
		n := calls.Load()
		assert.Check(t, n == 2, "%d calls", n)
	})
}

// Who comes when its time is over makes no call, and is told what the last one came to: also when all others leave at
// that very instant.
func TestWhoComesLate(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		f := Group[string, int]{Ends: func(err error) bool { return errors.As(err, new(*rest.Error)) }}
		calls := 0
		failing := func(ctx context.Context) (int, error) {
			calls++
			return call(http.StatusTooManyRequests)(ctx)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		var group sync.WaitGroup
		for i := range 30 {
			group.Go(func() {
				if i > 0 {
					<-time.After(time.Minute)
				}
				_, err := f.Do(ctx, "k", failing)
				e, told := errors.AsType[*rest.Error](err)
				assert.Check(t, told && e.StatusCode == http.StatusTooManyRequests, "%d: %v", i, err)
			})
		}
		group.Wait()
		assert.Check(t, calls == 1, "%d calls", calls)
	})
}

// transport answers with a status, or hangs where that is 0.
type transport int

func (status transport) RoundTrip(r *http.Request) (*http.Response, error) {
	if status == 0 {
		<-r.Context().Done()
		return nil, r.Context().Err()
	}
	return &http.Response{StatusCode: int(status), Header: http.Header{}, Body: io.NopCloser(strings.NewReader("{}")), Request: r}, nil
}

// call fails again and again.
func call(status int) func(context.Context) (int, error) {
	client := &rest.Client{HTTP: &http.Client{Transport: transport(status)}, MaxRetries: 1000}
	return func(ctx context.Context) (int, error) {
		req := rest.Request{Operation: "ask", Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: "h", Path: "/"}}
		_, err := client.Do(ctx, req, nil)
		return 7, err
	}
}

// Who leaves is told what the call came to so far and that the own time is over, be it the first, the last or another one.
// Others go on waiting, unless the call is to end with its first caller.
func TestWhoLeaves(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		status int
		ends   bool
		over   time.Duration // when the last of them is answered
	}{
		"failed":                         {500, false, 3 * time.Minute},
		"failed, ends with the first":    {500, true, time.Minute},
		"not answered":                   {0, false, 3 * time.Minute},
		"not answered, ends with it too": {0, true, time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				f := Group[string, int]{Ends: func(err error) bool { return c.ends && errors.As(err, new(*rest.Error)) }}
				began := time.Now()
				var group sync.WaitGroup
				for i := range 3 {
					own, patience := errors.New("own time is over"), time.Duration(i+1)*time.Minute
					ctx, cancel := context.WithTimeoutCause(t.Context(), patience, own)
					defer cancel()
					group.Go(func() {
						_, err := f.Do(ctx, "k", func(ctx context.Context) (int, error) {
							at := Deadline(ctx)
							assert.Check(t, at.Equal(began.Add(time.Minute)), "there is time until %s", at)
							return call(c.status)(ctx)
						})
						e, told := errors.AsType[*rest.Error](err)
						assert.Check(t, told && e.StatusCode == c.status && errors.Is(err, context.DeadlineExceeded), "%d: %v", i, err)
						assert.Check(t, c.ends || errors.Is(err, own), "%d: %v does not tell of the own time", i, err)
					})
					synctest.Wait()
				}
				group.Wait()
				assert.Check(t, is.Equal(time.Since(began), c.over), "the time until it ended")
			})
		})
	}
}

// A call that nobody waits for yet is made all the same, for whoever comes, and ends when its time is over.
func TestStart(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var f Group[string, int]
		ended := make(chan time.Duration, 1)
		began := time.Now()
		f.Start(t.Context(), "k", time.Minute, func(ctx context.Context) (int, error) {
			<-ctx.Done()
			ended <- time.Since(began)
			return 7, nil
		})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		_, err := f.Do(ctx, "k", call(500))
		assert.Check(t, errors.Is(err, context.DeadlineExceeded) && !errors.As(err, new(*rest.Error)), "a call of its own: %v", err)
		assert.Check(t, is.Equal(<-ended, time.Minute), "the time until it ended")
	})
}

// Who waits for a turn is told what the calls of the one who has it came to.
func TestTurn(t *testing.T) {
	t.Parallel()
	for _, status := range []int{500, 0} {
		synctest.Test(t, func(t *testing.T) {
			turn := NewTurn()
			ctx, cancel := context.WithCancel(t.Context())
			calls, done, err := turn.Take(ctx)
			assert.NilError(t, err)
			go func() { _, _ = call(status)(calls) }()
			late, stop := context.WithTimeout(t.Context(), time.Second)
			defer stop()
			_, _, err = turn.Take(late)
			e, told := errors.AsType[*rest.Error](err)
			assert.Check(t, told && e.StatusCode == status && errors.Is(err, context.DeadlineExceeded), "%v", err)
			cancel()
			synctest.Wait()
			done()
			_, _, err = turn.Take(t.Context())
			assert.Check(t, err)
		})
	}
}
