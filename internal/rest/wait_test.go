// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	cases := map[string]time.Duration{
		"":                              0,
		"0":                             0,
		"7":                             7 * time.Second,
		" 30 ":                          30 * time.Second,
		"900":                           15 * time.Minute,
		"901":                           15 * time.Minute,
		"99999999999999999999999":       15 * time.Minute,
		"-5":                            0,
		"1.5":                           0,
		"soon":                          0,
		"Sun, 01 Mar 2026 12:00:42 GMT": 42 * time.Second,
		"Sun, 01 Mar 2026 11:00:00 GMT": 0,
		"Mon, 01 Mar 2027 12:00:00 GMT": 15 * time.Minute,
	}
	for value, want := range cases {
		assert.Check(t, cmp.Equal(retryAfter(http.Header{"Retry-After": {value}}, now), want), "%q", value)
	}
}

// The server's wait is waited in full, with a little more so that callers don't return all together.
func TestRetryAfterIsHonored(t *testing.T) {
	cases := map[string]func() step{
		"seconds": func() step { return answer(429, "", "Retry-After: 40") },
		"date": func() step {
			return answer(503, "", "Retry-After: "+time.Now().Add(40*time.Second).UTC().Format(http.TimeFormat))
		},
	}
	for name, throttled := range cases {
		timed(t, name, func(t *testing.T) {
			cl, s := client(throttled(), answer(200, "{}"))
			began := time.Now()
			assert.NilError(t, get(t.Context(), cl))
			took := time.Since(began)
			assert.Check(t, took >= 40*time.Second && took <= 44*time.Second+time.Millisecond && len(s.requests) == 2,
				"took %v, %d attempts", took, len(s.requests))
		})
	}
}

// The server's wait holds for the next attempt only.
func TestRetryAfterIsForgotten(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, _ := client(answer(429, "", "Retry-After: 600"), fault(&timeoutError{}), answer(200, "{}"))
		began := time.Now()
		assert.NilError(t, get(t.Context(), cl))
		took := time.Since(began)
		assert.Check(t, took >= 10*time.Minute && took <= 12*time.Minute, "took %v", took)
	})
}

// The waits grow, vary, and stay below their limit.
func TestWaits(t *testing.T) {
	p := &pace{exponential(), &run{}}
	p.Reset()
	base := firstWait
	for range 50 {
		got := p.NextBackOff()
		assert.Check(t, got >= base/2 && got <= base*3/2+1, "got %v, want about %v", got, base)
		base = min(2*base, longestWait)
	}
	a, b := exponential(), exponential()
	a.Reset()
	b.Reset()
	same := true
	for range 5 {
		same = a.NextBackOff() == b.NextBackOff() && same
	}
	assert.Check(t, !same, "two callers wait exactly the same")
}

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "3", " 7 ", "-1", "1e9", "99999999999999999999999", "Sun, 06 Nov 2044 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 9999 08:49:37 GMT", "٣"} {
		f.Add(seed, int64(1700000000))
	}
	f.Fuzz(func(t *testing.T, value string, now int64) {
		header := http.Header{"Retry-After": {value}}
		wait := retryAfter(header, time.Unix(now, 0))
		assert.Check(t, wait >= 0 && wait <= maxRetryAfter, "%q: %s", value, wait)
	})
}
