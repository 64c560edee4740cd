// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

func TestDoSucceeds(t *testing.T) {
	cl, s := client(answer(201, ` {"name":"x","unknown":{"a":[1]}} `+"\n", "X-Request-Id: r-7", "X-Subject-Token: tok"))
	cl.UserAgent = "tester/1"
	req := request(http.MethodPost, map[string]int{"n": 1})
	req.Header = http.Header{"x-project-id": {"p"}}
	req.URL.User = url.UserPassword("someone", "hunter2")
	var into struct{ Name string }
	resp, err := cl.Do(t.Context(), req, &into)
	assert.NilError(t, err)
	assert.Check(t, resp.StatusCode == 201 && resp.RequestID == "r-7" && resp.Header.Get("X-Subject-Token") == "tok" && into.Name == "x",
		"got %+v, %+v", resp, into)
	sent := s.requests[0]
	assert.Check(t, sent.method == "POST" && sent.url == "https://api.example.com/v2/things?q=asked" && sent.body == `{"n":1}`, "sent %+v", sent)
	want := map[string]string{
		"Content-Type": "application/json", "Accept": "application/json", "User-Agent": "tester/1", "X-Project-Id": "p", "Authorization": "",
	}
	for name, value := range want {
		assert.Check(t, cmp.Equal(sent.header.Get(name), value), name)
	}
	assert.Check(t, len(req.Header) == 1 && req.URL.User != nil, "the caller's request was changed")
}

func TestDoDiscardsBody(t *testing.T) {
	for _, body := range []string{"", "not JSON", "{}"} {
		cl, _ := client(answer(204, body))
		_, err := cl.Do(t.Context(), request(http.MethodGet, nil), nil)
		assert.Check(t, err, "body %q", body)
	}
}

// A call that failed is repeated with its body, and succeeds.
func TestDoRecovers(t *testing.T) {
	for name, f := range map[string]step{
		"lost connection": fault(io.ErrUnexpectedEOF),
		"server error":    answer(500, errorBody("APIC.9007", "failed")),
		"throttled":       answer(429, ""),
		"busy":            answer(409, errorBody("APIC.7701", "busy")),
		"HTML":            answer(502, "<html>"),
		"truncated":       broken(200, `{"name":`, io.ErrUnexpectedEOF),
		"truncated error": broken(404, `{"error_code":"APIC`, io.ErrUnexpectedEOF),
	} {
		timed(t, name, func(t *testing.T) {
			cl, s := client(f, f, answer(200, `{"name":"x"}`))
			var into struct{ Name string }
			_, err := cl.Do(t.Context(), request(http.MethodPost, []int{1}), &into)
			assert.Assert(t, err == nil && into.Name == "x", "got %+v, %v", into, err)
			assert.Check(t, len(s.requests) == 3 && s.requests[2].body == "[1]", "sent %+v", s.requests)
		})
	}
}

// Throttling doesn't use up the retries that passing faults have.
func TestThrottlingIsNoFault(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		busy, down := answer(429, ""), answer(500, "")
		cl, s := client(busy, down, busy, busy, down, busy, busy, busy, down, answer(200, "{}"))
		assert.NilError(t, get(t.Context(), cl))
		assert.Check(t, len(s.requests) == 10, "made %d attempts", len(s.requests))
		cl, s = client(down, busy, down, busy, down, busy, down, answer(200, "{}"))
		e := asError(t, get(t.Context(), cl))
		assert.Check(t, e.Kind == KindServer && len(s.requests) == 7, "got %v after %d attempts", e, len(s.requests))
	})
}

// A context's bound for one kind counts for nothing else, and raises nothing.
func TestWithRetries(t *testing.T) {
	down, gone, busy := answer(500, ""), fault(io.ErrUnexpectedEOF), answer(409, errorBody("APIC.7701", "busy"))
	cut, page := broken(200, `{"things":`, io.ErrUnexpectedEOF), answer(502, "<html><title>Bad Gateway</title>")
	for _, test := range []struct {
		steps    []step
		kind     Kind
		most     int
		attempts int
	}{
		{[]step{down}, KindServer, 1, 2},
		{[]step{down}, KindServer, 0, 1},
		{[]step{down}, KindServer, 9, 4},
		{[]step{gone}, KindServer, 1, 4},
		{[]step{gone}, KindUnreachable, 1, 2},
		{[]step{down}, KindUnreachable, 0, 4},
		{[]step{cut}, KindUnreadable, 1, 2},
		{[]step{page}, KindUnreadable, 0, 1},
		{[]step{down, cut, gone}, KindUnreachable, 2, 3},
		{[]step{gone, down}, KindServer, 1, 2},
		{[]step{answer(429, ""), busy, down}, KindServer, 1, 4},
		{[]step{busy}, KindBusy, 0, 1},
		{[]step{busy}, KindBusy, 7, 8},
		{[]step{busy, down, busy, answer(429, ""), busy}, KindBusy, 2, 5},
		{[]step{busy, busy, down}, KindBusy, 2, 6},
	} {
		synctest.Test(t, func(t *testing.T) {
			cl, s := client(test.steps...)
			err := get(WithRetries(t.Context(), test.most, test.kind), cl)
			assert.Check(t, err != nil && len(s.requests) == test.attempts,
				"%v, at most %d: %d attempts, want %d: %v", test.kind, test.most, len(s.requests), test.attempts, err)
		})
	}
}

func TestCancelEndsWaitAtOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, s := client(answer(429, errorBody("APIGW.0308", "slow down"), "Retry-After: 999999999999999999999", "x-request-id: r-9"))
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(7*time.Second, cancel)
		began := time.Now()
		err := get(ctx, cl)
		assert.Check(t, time.Since(began) == 7*time.Second && len(s.requests) == 1, "took %v, %d attempts", time.Since(began), len(s.requests))
		e := asError(t, err)
		assert.Check(t, errors.Is(err, context.Canceled) && e.Kind == KindThrottled && e.RetryAfter == maxRetryAfter, "got %+v", e)
		wantText(t, err, "test things: HTTP 429, APIGW.0308: slow down: gave up: context canceled (GET api.example.com/v2/things, request ID r-9)")
	})
}

// The context's end during an attempt tells of the answer before it, if there was one.
func TestCancelDuringAttempt(t *testing.T) {
	reason := errors.New("the walk was stopped")
	for name, c := range map[string]struct {
		steps []step
		kind  Kind
		code  string
	}{
		"first":       {[]step{hang}, KindUnreachable, ""},
		"after reset": {[]step{fault(io.EOF), hang}, KindUnreachable, ""},
		"after busy":  {[]step{answer(409, errorBody("APIC.7701", "busy")), fault(io.EOF), hang}, KindBusy, "APIC.7701"},
		"in the body": {[]step{func(r *http.Request) (*http.Response, error) {
			resp, _ := answer(200, "")(r)
			resp.Body = io.NopCloser(hanging{r.Context()})
			return resp, nil
		}}, KindUnreachable, ""},
	} {
		timed(t, name, func(t *testing.T) {
			cl, _ := client(c.steps...)
			ctx, cancel := context.WithCancelCause(t.Context())
			time.AfterFunc(20*time.Second, func() { cancel(reason) })
			began := time.Now()
			err := get(ctx, cl)
			assert.Check(t, cmp.Equal(time.Since(began), 20*time.Second))
			assert.Check(t, errors.Is(err, context.Canceled) && errors.Is(err, reason), "got %v", err)
			e := asError(t, err)
			assert.Check(t, e.Kind == c.kind && e.Code == c.code && e.Attempts == len(c.steps), "got %+v", e)
			wantText(t, err, "the walk was stopped")
		})
	}
}

type hanging struct{ ctx context.Context } // stands for a connection

func (h hanging) Read([]byte) (int, error) {
	<-h.ctx.Done()
	return 0, h.ctx.Err()
}

func TestEndedBeforeBegun(t *testing.T) {
	cl, s := client(answer(200, "{}"))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	e := asError(t, get(ctx, cl))
	assert.Check(t, errors.Is(e, context.Canceled) && e.Attempts == 0 && len(s.requests) == 0, "got %+v, %d requests", e, len(s.requests))
}

// A slow server must not look like the caller's own deadline.
func TestAttemptTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, s := client(hang)
		began := time.Now()
		e := asError(t, get(t.Context(), cl))
		assert.Check(t, e.Kind == KindUnreachable && len(s.requests) == 4 && time.Since(began) >= 4*DefaultAttemptTimeout,
			"got %+v after %v", e, time.Since(began))
		assert.Check(t, !errors.Is(e, context.DeadlineExceeded), "an attempt's timeout is taken for the context's")
		wantText(t, e, "no answer within 1m0s", "4 attempts")

		cl, _ = client(hang)
		cl.MaxRetries, cl.AttemptTimeout = 0, time.Second
		wantText(t, get(t.Context(), cl), "no answer within 1s")
	})
}

func TestImpossibleCalls(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*Request)
		want   string
	}{
		"no address": {func(r *Request) { r.URL = nil }, "no host"},
		"no host":    {func(r *Request) { r.URL = &url.URL{Path: "/x"} }, "no host"},
		"no method":  {func(r *Request) { r.Method = "BAD METHOD" }, "not valid"},
		"body":       {func(r *Request) { r.Body = map[string]any{"password": make(chan int)} }, "can't be written as JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			cl, s := client(answer(200, "{}"))
			req := request(http.MethodPost, nil)
			c.change(&req)
			_, err := cl.Do(t.Context(), req, nil)
			e := asError(t, err)
			assert.Check(t, e.Kind == KindInvalid && len(s.requests) == 0, "got %+v, %d requests", e, len(s.requests))
			wantText(t, err, c.want)
		})
	}
}

func TestOnAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		cl, _ := client(fault(io.EOF), answer(500, "", "x-request-id: a"), answer(200, "{}", "x-request-id: b"))
		var told []Attempt
		cl.OnAttempt = func(_ context.Context, a Attempt) { told = append(told, a) }
		assert.NilError(t, get(t.Context(), cl))
		assert.Assert(t, len(told) == 3, "told of %+v", told)
		for i, status := range []int{0, 500, 200} {
			a := told[i]
			last := i == 2
			assert.Check(t, a.Number == i+1 && a.StatusCode == status && (a.Err == nil) == last && (a.RetryIn == 0) == last && a.Path == "/v2/things",
				"attempt %d: %+v", i+1, a)
		}
		assert.Check(t, told[1].RequestID == "a" && told[2].RequestID == "b", "request IDs of %+v", told)
	})
}

// What a transport says of its own calls, such as signing in, ends the call and is not told anew.
func TestTransportsOwnError(t *testing.T) {
	inner := &Error{Operation: "sign in", Host: "iam.example.com", StatusCode: 401, Kind: KindUnauthenticated, Message: "wrong password"}
	cl, s := client(answer(503, ""), fault(inner))
	synctest.Test(t, func(t *testing.T) {
		err := get(t.Context(), cl)
		assert.Check(t, asError(t, err) == inner && len(s.requests) == 2, "got %v after %d attempts", err, len(s.requests))
		assert.Check(t, strings.HasPrefix(err.Error(), "test things: sign in: HTTP 401: wrong password"), "got %q", err)
	})
}

// A transport's own call that was cut short by an attempt's limit, or by another caller's leaving, is no verdict.
func TestTransportsInterruptedCall(t *testing.T) {
	inner := &Error{Operation: "sign in", StatusCode: 429, Kind: KindThrottled, Err: context.DeadlineExceeded}
	synctest.Test(t, func(t *testing.T) {
		cl, s := client(fault(inner), fault(inner), fault(inner), fault(inner), fault(inner), answer(200, "{}"))
		assert.Check(t, get(t.Context(), cl))
		assert.Check(t, cmp.Len(s.requests, 6))

		cl, _ = client(fault(inner))
		ctx := within(t, time.Minute)
		err := get(ctx, cl)
		e := asError(t, err)
		assert.Check(t, e.Kind == KindThrottled && errors.Is(err, context.DeadlineExceeded), "got %+v", e)
		wantText(t, err, "test things: sign in: HTTP 429", "gave up: context deadline exceeded")
	})
	synctest.Test(t, func(t *testing.T) {
		left := &Error{Operation: "sign in", Kind: KindUnreachable, Err: context.Canceled}
		cl, s := client(fault(left))
		err := get(t.Context(), cl)
		assert.Check(t, !errors.Is(err, context.Canceled) && len(s.requests) == 4, "got %v after %d attempts", err, len(s.requests))
	})
	synctest.Test(t, func(t *testing.T) {
		cl, s := client(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, &Error{Operation: "sign in", StatusCode: 429, Kind: KindThrottled, Err: r.Context().Err()}
		})
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		err := get(ctx, cl)
		assert.Check(t, asError(t, err).Operation == "sign in" && errors.Is(err, context.Canceled) && len(s.requests) == 1,
			"got %v after %d attempts", err, len(s.requests))
	})
}

func TestJoin(t *testing.T) {
	for base, want := range map[string]string{
		"https://h:1": "/v2/p%2Fq", "https://h:1/": "/v2/p%2Fq", "https://h:1/b/": "/b/v2/p%2Fq", "https://h:1?q=1": "/v2/p%2Fq",
	} {
		parsed, err := url.Parse(base)
		assert.NilError(t, err)
		before := *parsed
		got := Join(parsed, "v2", "p%2Fq")
		assert.Check(t, got.EscapedPath() == want && got.Host == "h:1" && *parsed == before, "%s: got %s", base, got)
	}
	got := Join(&url.URL{Scheme: "https", Host: "h", Path: "v3"}, "x")
	assert.Check(t, got.Path == "/v3/x", "got %s", got.Path)
}
