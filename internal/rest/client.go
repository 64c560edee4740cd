// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package rest makes one JSON call over HTTP: bounded, retried while that makes sense, and with a typed error that
// tells what was answered without ever telling what was sent. It knows nothing of the API that is called.
package rest

import (
	"context"
	"encoding/json"
	"errors"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/cenkalti/backoff/v5"
)

// DefaultAttemptTimeout is the time that one attempt may take when Client.AttemptTimeout is not set.
const DefaultAttemptTimeout = 60 * time.Second

// maxAnswer is how many bytes of an answer are read, after decompression.
const maxAnswer = 32 << 20

// Client makes JSON calls. It is safe for concurrent use as long as its fields don't change.
type Client struct {
	// HTTP sends the requests; nil means one with the default transport. It gets this package's CheckRedirect, if it has none. An
	// error of its transport that is or wraps an *Error ends the call and reaches the caller as it is: signing in failed for good.
	HTTP *http.Client
	// MaxRetries is how often one call is repeated after passing faults (5xx, broken connections, truncated answers).
	// Throttling and a busy gateway don't count: they are retried until the context ends (see WithRetries).
	MaxRetries     int
	AttemptTimeout time.Duration // of one attempt, to the last byte of the answer; 0 means DefaultAttemptTimeout
	UserAgent      string        // the value of the User-Agent header; Go's own when empty
	Throttle       *Throttle     // slows down the calls of all clients that share it when a server throttles; nil means none
	// Redact takes secrets out of all that an error shows of an answer or of a cause, since a server may send back what it was
	// sent; nil leaves texts as they are. It must be safe for concurrent use.
	Redact func(text string) string
	// Classify tells what an answer means that is an error, by its HTTP status, and its code and message, "" for none; nil means
	// by the status alone (KindOfStatus). It must be safe for concurrent use.
	Classify  func(status int, code, message string) Kind
	OnAttempt func(ctx context.Context, a Attempt) // is told of every attempt once it is known whether another follows; may be nil
}

// Request is one call.
type Request struct {
	Operation string      // what the call does, in the words for errors and logs: "list connections"
	Method    string      // an HTTP method, in capitals
	URL       *url.URL    // with path segments escaped; user information in it is neither sent nor shown
	Header    http.Header // extra headers, may be nil; never shown
	Body      any         // encoded as JSON when not nil; never shown
	// SignsIn tells that the call exchanges credentials. Any answer of 401 or 403, also a page or one that broke off, refuses these:
	// the call is not repeated, since who is refused a few times is locked out.
	SignsIn bool
}

// Response is what a successful call (status 200 to 299) answered, apart from its body.
type Response struct {
	StatusCode int
	Header     http.Header
	RequestID  string // "" when the server gave none
}

// Attempt is what may be logged of one attempt: it holds no header and no body.
type Attempt struct {
	Operation, Method, Host, Path string
	Number                        int           // 1 for the first
	StatusCode                    int           // 0 when there was no answer
	RequestID                     string        // "" when there was none
	Duration                      time.Duration // from sending to the last byte read
	RetryIn                       time.Duration // the wait before the next attempt; 0 when this was the last
	Err                           error         // nil after success
}

// Do makes the call and decodes the answer's JSON into into, which is nil when the body doesn't matter, and a *[]byte for an
// answer that is not JSON. Any method is repeated, POST included: the APIs spoken here are declarative. Every error is or wraps
// an *Error; at the context's end it wraps the context's error too, and tells of the last answer before.
func (c *Client) Do(ctx context.Context, req Request, into any) (*Response, error) {
	r := &run{client: c, req: req, into: into, trace: traceOf(ctx)}
	if err := r.prepare(); err != nil {
		return nil, err
	}
	if ctx.Err() != nil {
		return nil, r.ended(ctx)
	}
	resp, err := backoff.Retry(ctx, func() (*Response, error) { return r.try(ctx) },
		backoff.WithBackOff(&pace{exponential(), r}),
		backoff.WithMaxElapsedTime(0), // how long is the context's business
		backoff.WithNotify(func(_ error, wait time.Duration) { r.report(ctx, wait) }))
	r.report(ctx, 0)
	if r.trace != nil {
		r.trace(Standing{Call: r})
	}
	switch {
	case err == nil:
		return resp, nil
	case r.final != nil:
		return nil, r.final
	default:
		return nil, r.ended(ctx)
	}
}

// run is the state of one call of Do.
type run struct {
	client *Client
	req    Request
	into   any
	body   []byte // encoded once, sent with every attempt
	trace  Trace  // may be nil

	attempts int           // begun so far
	sent     time.Time     // when the last one was
	faults   int           // passing faults so far
	busy     int           // answers so far that the gateway is busy
	lost     bool          // an attempt was not answered, or not whole
	failed   bool          // the service failed an attempt
	last     *Error        // the last answer; without any, the last fault that was not the context's doing
	asked    time.Duration // how long the last answer asked to wait
	final    error         // what the call ends with, once known
	attempt  *Attempt      // not yet reported
}

// prepare finds what makes the call impossible before anything is sent.
func (r *run) prepare() error {
	if r.req.URL == nil || r.req.URL.Host == "" {
		return r.fail(KindInvalid, errors.New("no address to call: the endpoint has no host"))
	}
	if r.req.Body == nil {
		return nil
	}
	body, err := json.Marshal(r.req.Body)
	if err != nil {
		// The cause could quote a value of the body.
		return r.fail(KindInvalid, errors.New("the request can't be written as JSON"))
	}
	r.body = body
	return nil
}

// try makes one attempt and decides whether the error, if any, is worth another one.
func (r *run) try(ctx context.Context) (*Response, error) {
	r.attempts++
	r.sent = time.Now()
	resp, f := r.send(ctx)
	r.attempt = &Attempt{
		Operation: r.req.Operation, Method: r.req.Method, Host: r.req.URL.Host, Path: r.req.URL.Path,
		Number: r.attempts, Duration: time.Since(r.sent),
	}
	if f == nil {
		r.attempt.StatusCode, r.attempt.RequestID = resp.StatusCode, resp.RequestID
		return resp, nil
	}
	if f.passed != nil {
		r.attempt.Err, r.final = f.passed, r.passed(f.passed)
		return nil, backoff.Permanent(r.final)
	}
	f.err.Attempts, f.err.Unsure = r.attempts, r.unsure(f.err.Kind)
	r.lost = r.lost || !f.unsent && (f.err.Kind == KindUnreachable || f.err.Kind == KindUnreadable)
	r.failed = r.failed || f.err.Kind == KindServer
	r.attempt.StatusCode, r.attempt.RequestID, r.attempt.Err = f.err.StatusCode, f.err.RequestID, f.err
	if !f.again(ctx, r) {
		return nil, backoff.Permanent(f.err)
	}
	r.tell(r.stands(false))
	return nil, f.err
}

// passed is an error of a call that the transport made: as it is, unless an attempt before it may have done what was asked.
func (r *run) passed(err error) error {
	inner, ok := errors.AsType[*Error](err)
	if !ok || r.req.Method == http.MethodGet || !r.lost && !r.failed {
		return err
	}
	e := r.fail(inner.Kind, errors.Unwrap(err))
	e.Unsure = true
	return e
}

// unsure tells whether an attempt may have done what was asked. Of a service that failed each time, the last error tells that itself.
func (r *run) unsure(last Kind) bool { return r.lost || r.failed && last != KindServer }

// fail makes an error that tells of the call, without an answer.
func (r *run) fail(kind Kind, cause error) *Error {
	e := &Error{Operation: r.req.Operation, Method: r.req.Method, Kind: kind, Attempts: r.attempts, Err: cause}
	if r.req.URL != nil {
		e.Host, e.Path = r.req.URL.Host, r.req.URL.Path
	}
	return e
}

func (r *run) report(ctx context.Context, wait time.Duration) {
	if r.attempt == nil || r.client.OnAttempt == nil {
		return
	}
	a := *r.attempt
	r.attempt = nil
	a.RetryIn = wait
	r.client.OnAttempt(ctx, a)
}

// The waits between attempts are each between half and one and a half of what doubles from the first to the longest.
const (
	firstWait     = 500 * time.Millisecond
	longestWait   = 20 * time.Second
	maxRetryAfter = 15 * time.Minute // the most that a server may ask for
)

func exponential() *backoff.ExponentialBackOff {
	b := backoff.NewExponentialBackOff()
	b.InitialInterval, b.MaxInterval, b.Multiplier = firstWait, longestWait, 2
	return b
}

// pace is the back-off of one call: exponential, but never shorter than what the server asked for.
type pace struct {
	*backoff.ExponentialBackOff
	run *run
}

// NextBackOff implements backoff.BackOff. A backoff.RetryAfterError would send all waiting callers back at the same instant.
func (p *pace) NextBackOff() time.Duration {
	asked := p.run.asked
	return max(p.ExponentialBackOff.NextBackOff(), asked+rand.N(asked/10+1)) //nolint:gosec // spreading callers needs no secrecy
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
