// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"math/rand/v2"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// The waits between attempts: half a second and twice as long every time, up to 20 seconds, each between half and one
// and a half of that.
const (
	firstWait   = 500 * time.Millisecond
	longestWait = 20 * time.Second
)

// maxRetryAfter is the longest wait that a server may ask for.
const maxRetryAfter = 15 * time.Minute

func exponential() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier = firstWait, longestWait, 2
	return b
}

// pace is the back-off of one call: exponential, but never shorter than what the server asked for.
type pace struct {
	run         *run
	exponential *backoff.ExponentialBackOff
}

// Reset implements backoff.BackOff.
func (p *pace) Reset() { p.exponential.Reset() }

// NextBackOff implements backoff.BackOff. backoff.RetryAfterError is not used for what the server asked for: it would
// send all waiting callers back at the same instant, and forget how often it was in vain.
func (p *pace) NextBackOff() time.Duration {
	wait := p.exponential.NextBackOff()
	asked := p.run.asked
	if asked <= 0 {
		return wait
	}
	asked += rand.N(asked/10 + 1) //nolint:gosec // spreading callers needs no secrecy
	return max(wait, asked)
}

// retryAfter is how long the server asks to wait: Retry-After in seconds or as a date, between 0 and maxRetryAfter.
func retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))
	if value == "" {
		return 0
	}
	if strings.Trim(value, "0123456789") == "" {
		seconds, err := strconv.Atoi(value)
		if err != nil || seconds > int(maxRetryAfter/time.Second) { // an error: even larger
			return maxRetryAfter
		}
		return time.Duration(seconds) * time.Second
	}
	date, err := http.ParseTime(value)
	if err != nil {
		return 0
	}
	return min(max(date.Sub(now), 0), maxRetryAfter)
}
