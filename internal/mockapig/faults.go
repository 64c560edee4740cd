// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"
)

// Fault is something that goes wrong on demand. It strikes the calls that match it: those of Operation (empty: any),
// with the verb Action, if set, that name Endpoint, if set, in their batch or their filter, or Alone, and Permission, if set, in
// their batch.
//
// Without a Status and Drop the call goes its ordinary way, only later (Delay), cut short (Truncate) or after Do.
type Fault struct {
	Operation string // OpListConnections and so on
	Action    string // "receive" or "reject"
	Endpoint  string
	Alone     bool // Endpoint is the only one in the batch
	// Permission is one that the call adds or deletes.
	Permission string

	Times int // how many calls it strikes; zero means one, -1 all from now on
	Skip  int // how many matching calls it lets pass first

	// After strikes after the call took effect instead of before: the work is done, and only its answer is lost.
	After bool
	// Do runs when the fault strikes, before Delay: a place to change the world between two calls. It may be nil.
	Do func()
	// Delay passes before the answer, or before the call takes effect; it ends early when the client leaves.
	Delay time.Duration

	Status      int // of the answer; zero with a Body means 200
	Code        string
	Message     string
	Echo        bool   // Message ends with what the client sent: the headers it signed in with, and the body
	Body        string // sent as it is, in place of Code and Message
	ContentType string // of Body; empty means application/json
	Header      http.Header

	Drop     bool // the connection is closed without an answer
	Truncate bool // the connection is closed in the middle of the answer's body
}

// plannedFault is a fault that still has calls to strike.
type plannedFault struct {
	Fault
	skip, left int
}

// Fail plans a fault. Of several that match a call, the one planned first strikes.
func (s *Server) Fail(f Fault) {
	if f.Code != "" && f.Status == 0 {
		panic("mockapig: a fault with a code needs a status")
	}
	if f.Echo && f.Code == "" {
		panic("mockapig: a fault that echoes needs a code")
	}
	if f.Body != "" && f.Status == 0 {
		f.Status = http.StatusOK
	}
	left := cmp.Or(f.Times, 1)
	s.locked(func() { s.faults = append(s.faults, &plannedFault{Fault: f, skip: f.Skip, left: left}) })
}

// strike gives the fault that strikes a call, and counts it.
func (s *Server) strike(c *call) *Fault {
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, f := range s.faults {
		if !f.matches(c) {
			continue
		}
		if f.skip > 0 {
			f.skip--
			continue
		}
		if f.left > 0 {
			f.left--
		}
		if f.left == 0 {
			s.faults = slices.Delete(s.faults, i, i+1)
		}
		return &f.Fault
	}
	return nil
}

func (f *plannedFault) matches(c *call) bool {
	if f.Operation != "" && f.Operation != c.operation || f.Action != "" && f.Action != c.entry.Action {
		return false
	}
	if f.Permission != "" && !slices.Contains(c.entry.Permissions, f.Permission) {
		return false
	}
	if f.Alone && len(c.entry.Endpoints) > 1 {
		return false
	}
	return f.Endpoint == "" || f.Endpoint == c.entry.Filter.ID || slices.Contains(c.entry.Endpoints, f.Endpoint)
}

// fail lets a fault strike a call.
func (s *Server) fail(ctx context.Context, c *call, handle handler, f Fault) (answer, ending) {
	var reply answer
	if f.After {
		reply = s.handle(c, handle)
	}
	if f.Do != nil {
		f.Do()
	}
	if !waited(ctx, f.Delay) || f.Drop {
		return answer{}, dropped
	}
	switch {
	case f.Status != 0:
		reply = f.answer(c)
	case !f.After:
		reply = s.handle(c, handle)
	}
	if f.Truncate {
		return reply, truncated
	}
	return reply, whole
}

func (f Fault) answer(c *call) answer {
	reply := answer{status: f.Status, header: http.Header{}, code: f.Code}
	maps.Copy(reply.header, f.Header)
	switch {
	case f.Body != "":
		reply.body = []byte(f.Body)
		if f.ContentType != "" {
			reply.header.Set("Content-Type", f.ContentType)
		}
	case f.Code != "":
		message := f.Message
		if f.Echo {
			message += c.echo()
		}
		reply.body = errorBody(f.Code, message, c.requestID)
	}
	return reply
}

// echo is what a careless server might tell of a call.
func (c *call) echo() string {
	var sent strings.Builder
	for _, name := range []string{"X-Auth-Token", "X-Security-Token", "X-Metadata-Token", "Authorization"} {
		if value := c.Header.Get(name); value != "" {
			fmt.Fprintf(&sent, " %s: %s", name, value)
		}
	}
	if len(c.body) > 0 {
		sent.WriteByte(' ')
		sent.Write(c.body)
	}
	return sent.String()
}

// Limit is how many calls of the gateway API a window has; the others get 429 APIGW.0308, without a Retry-After.
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
func (s *Server) Limit(rate Limit) { s.locked(func() { s.limit = limiter{Limit: rate} }) }

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
