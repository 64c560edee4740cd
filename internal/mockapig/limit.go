// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"fmt"
	"net/http"
	"time"
)

// Limit is how many calls of the gateway API are answered in a window of time; the others get 429 APIGW.0308, without
// a Retry-After. IAM is not limited.
type Limit struct {
	Calls int
	Per   time.Duration
}

// limiter counts the calls of the present window, which began with its first call.
type limiter struct {
	Limit
	began time.Time
	used  int
}

// Limit throttles from now on; the zero Limit ends it.
func (s *Server) Limit(rate Limit) {
	s.locked(func() { s.limit = limiter{Limit: rate} })
}

// throttle counts a call and refuses it when it is one too many.
func (s *Server) throttle(c *call) *refusal {
	s.mu.Lock()
	defer s.mu.Unlock()
	l := &s.limit
	if l.Per <= 0 || c.iam {
		return nil
	}
	if now := time.Now(); l.began.IsZero() || now.Sub(l.began) >= l.Per {
		l.began, l.used = now, 0
	}
	if l.used < l.Calls {
		l.used++
		return nil
	}
	return &refusal{
		status: http.StatusTooManyRequests, code: codeThrottled,
		message: fmt.Sprintf("The throttling threshold has been reached: policy user over ratelimit,limit:%d,time:%s", l.Calls, l.window()),
	}
}

// window names the window in the words of the API's own answers.
func (l Limit) window() string {
	switch {
	case l.Per%time.Minute == 0:
		return fmt.Sprintf("%d minute", l.Per/time.Minute)
	case l.Per%time.Second == 0:
		return fmt.Sprintf("%d second", l.Per/time.Second)
	}
	return fmt.Sprintf("%d millisecond", l.Per.Milliseconds())
}
