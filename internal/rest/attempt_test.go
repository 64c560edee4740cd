// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"gotest.tools/v3/assert"
	"gotest.tools/v3/assert/cmp"
)

// timeoutError is a network timeout, which claims to be context.DeadlineExceeded as those of package net do.
type timeoutError struct{}

func (*timeoutError) Error() string        { return "i/o timeout" }
func (*timeoutError) Timeout() bool        { return true }
func (*timeoutError) Temporary() bool      { return true }
func (*timeoutError) Is(target error) bool { return target == context.DeadlineExceeded }

func TestUnreachable(t *testing.T) {
	dial := func(err error) error { return &net.OpError{Op: "dial", Net: "tcp", Err: err} }
	for name, c := range map[string]struct {
		err   error
		tries int
		want  string
	}{
		"unknown host":      {dial(&net.DNSError{Err: "no such host", Name: "api.example.com", IsNotFound: true}), 1, "the host name api.example.com is not known (DNS)"},
		"DNS server down":   {dial(&net.DNSError{Err: "server misbehaving", Name: "api.example.com", IsTemporary: true}), 4, "server misbehaving"},
		"refused":           {dial(errors.New("connection refused")), 4, "connection refused"},
		"timeout":           {dial(&timeoutError{}), 4, "i/o timeout"},
		"reset":             {io.ErrUnexpectedEOF, 4, "unexpected EOF"},
		"certificate":       {&tls.CertificateVerificationError{Err: x509.UnknownAuthorityError{}}, 1, "certificate signed by unknown authority"},
		"handshake refused": {&net.OpError{Op: "remote error", Err: errors.New("tls: bad certificate")}, 1, "bad certificate"},
		"plain HTTP":        {http.ErrSchemeMismatch, 1, "HTTP response to HTTPS client"},
		"scheme":            {errors.New(`unsupported protocol scheme "ftp"`), 1, "unsupported protocol scheme"},
		"proxy address":     {fmt.Errorf("invalid proxy address %q", "http://me:hunter2@proxy:1/"), 1, "invalid proxy address"},
		"proxy sign-in":     {errors.New("Proxy Authentication Required"), 1, "Proxy Authentication Required"},
	} {
		timed(t, name, func(t *testing.T) {
			cl, s := client(fault(c.err))
			e := asError(t, get(t.Context(), cl))
			assert.Check(t, e.Kind == KindUnreachable && e.StatusCode == 0 && len(s.requests) == c.tries && e.Lasting == (c.tries == 1),
				"got %+v after %d attempts, want %d", e, len(s.requests), c.tries)
			assert.Check(t, !errors.Is(e, context.DeadlineExceeded), "a network fault is taken for the context's end")
			wantText(t, e, "test things: ", c.want, "(GET api.example.com/v2/things")
			assert.Check(t, !strings.Contains(e.Error(), "hunter2") && !strings.Contains(e.Error(), "asked"), "error %q tells too much", e)
		})
	}
}

// What is refused when it is repeated may have been done by an attempt before.
func TestUnsure(t *testing.T) {
	lost, refused, failed := fault(io.ErrUnexpectedEOF), answer(403, errorBody("APIC.7106", "no")), answer(500, errorBody("APIC.9000", "oops"))
	for name, c := range map[string]struct {
		steps []step
		want  bool
	}{
		"refused":                     {[]step{refused}, false},
		"throttled, then refused":     {[]step{answer(429, "{}"), refused}, false},
		"lost, then refused":          {[]step{lost, refused}, true},
		"lost, throttled and refused": {[]step{lost, answer(429, "{}"), refused}, true},
		"not whole, then refused":     {[]step{broken(200, `{"things":`, io.ErrUnexpectedEOF), refused}, true},
		"failed, then refused":        {[]step{failed, refused}, true},
		"failed each time":            {[]step{failed}, false},
		"lost, then failed":           {[]step{lost, failed, failed, failed}, true},
	} {
		timed(t, name, func(t *testing.T) {
			cl, _ := client(c.steps...)
			e := asError(t, get(t.Context(), cl))
			assert.Check(t, e.Unsure == c.want, "unsure: %v, want %v: %+v", e.Unsure, c.want, e)
		})
	}
}

// serve starts a server and gives a request to it and a count of the requests that it got.
func serve(t *testing.T, handler http.HandlerFunc) (*httptest.Server, Request, *atomic.Int32) {
	t.Helper()
	var count atomic.Int32
	server := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		count.Add(1)
		handler(w, r)
	}))
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	t.Cleanup(server.Close)
	address, err := url.Parse(server.URL + "/v2/things?q=asked")
	assert.NilError(t, err)
	return server, Request{Operation: "test things", Method: http.MethodGet, URL: address}, &count
}

// A server that switches protocols hands over its connection, and never says anything on it.
func TestSwitchingProtocols(t *testing.T) {
	for _, status := range []string{"101 Switching Protocols", "600 Whatever", "099 Whatever"} {
		_, req, count := serve(t, func(w http.ResponseWriter, _ *http.Request) {
			connection, _, err := http.NewResponseController(w).Hijack()
			if err != nil {
				t.Error(err)
				return
			}
			t.Cleanup(func() { _ = connection.Close() })
			_, _ = io.WriteString(connection, "HTTP/1.1 "+status+"\r\nConnection: Upgrade\r\nUpgrade: x\r\nX-Request-Id: r-4\r\n\r\n")
		})
		ctx := within(t, 10*time.Second)
		cl := &Client{MaxRetries: 3}
		_, err := cl.Do(ctx, req, nil)
		e := asError(t, err)
		assert.Check(t, e.Kind == KindUnreadable && e.RequestID == "r-4" && count.Load() == 1 && ctx.Err() == nil,
			"%s: got %+v, %d requests", status, e, count.Load())
		wantText(t, err, "never has this status")
	}
}

// No attempt outlives its context because a transport forgets about it, nor a server that never ends its answer.
func TestEndlessBody(t *testing.T) {
	_, stalling, _ := serve(t, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.WriteString(w, "{")
		_ = http.NewResponseController(w).Flush()
		<-r.Context().Done()
	})
	forgetful := &script{steps: []step{func(r *http.Request) (*http.Response, error) {
		resp, err := answer(200, "")(r)
		resp.Body, _ = io.Pipe()
		return resp, err
	}}}
	for name, c := range map[string]struct {
		client *Client
		req    Request
	}{
		"server":    {&Client{}, stalling},
		"transport": {&Client{HTTP: &http.Client{Transport: forgetful}}, request(http.MethodGet, nil)},
	} {
		t.Run(name, func(t *testing.T) {
			ctx := within(t, 50*time.Millisecond)
			_, err := c.client.Do(ctx, c.req, nil)
			e := asError(t, err)
			assert.Check(t, e.Kind == KindUnreachable && errors.Is(err, context.DeadlineExceeded), "got %+v", e)
			c.client.AttemptTimeout = 50 * time.Millisecond
			var into struct{}
			_, err = c.client.Do(t.Context(), c.req, &into)
			e = asError(t, err)
			assert.Check(t, e.Kind == KindUnreadable && !errors.Is(err, context.DeadlineExceeded), "got %+v", e)
			wantText(t, err, "not complete within 50ms")
		})
	}
}

func TestRedirects(t *testing.T) {
	other, _, elsewhere := serve(t, func(http.ResponseWriter, *http.Request) {})
	for name, c := range map[string]struct {
		method, to, want string
		requests         int32
	}{
		"GET, same host":     {http.MethodGet, "/final?secret=1", "", 2},
		"POST, same host":    {http.MethodPost, "/final?secret=1", "redirects a POST to", 1},
		"GET, other host":    {http.MethodGet, strings.Replace(other.URL, "http://", "http://me:hunter2@", 1) + "/x?secret=1", "redirects to another address, " + other.URL + "/x, which is not followed", 1},
		"POST, other host":   {http.MethodPost, other.URL + "/x?secret=1", "redirects to another address", 1},
		"GET, other scheme":  {http.MethodGet, "https://{host}/x?secret=1", "redirects to another address", 1},
		"GET, for ever":      {http.MethodGet, "/again?secret=1", "redirects more than 5 times", 6},
		"GET, without where": {http.MethodGet, "", "HTTP 302: Found", 1},
	} {
		t.Run(name, func(t *testing.T) {
			_, req, count := serve(t, func(w http.ResponseWriter, r *http.Request) {
				if r.URL.Path == "/final" {
					_, _ = io.WriteString(w, "{}")
					return
				}
				if c.to != "" {
					w.Header().Set("Location", strings.ReplaceAll(c.to, "{host}", r.Host))
				}
				w.Header().Set("X-Request-Id", "r-3")
				w.WriteHeader(http.StatusFound)
			})
			req.Method = c.method
			cl := &Client{HTTP: &http.Client{}, MaxRetries: 3}
			_, err := cl.Do(t.Context(), req, nil)
			assert.Check(t, count.Load() == c.requests && elsewhere.Load() == 0, "%d requests, %d elsewhere", count.Load(), elsewhere.Load())
			if c.want == "" {
				assert.Check(t, err)
				return
			}
			kind := KindUnreachable
			if c.to == "" {
				kind = KindInvalid
			}
			e := asError(t, err)
			assert.Check(t, e.Kind == kind && e.StatusCode == 302 && e.RequestID == "r-3", "got %+v", e)
			wantText(t, err, c.want)
			assert.Check(t, !strings.Contains(err.Error(), "secret") && !strings.Contains(err.Error(), "hunter2"), "error %q tells too much", err)
		})
	}
}

// A redirect is followed by a GET within its scheme, host and port, and by nothing else. What is said of another is fit to be shown.
func FuzzRedirect(f *testing.F) {
	for _, to := range []string{
		"https://api.example.com/x", "https://API.example.com:443/", "http://api.example.com/", "https://api.example.com.evil.test/", "//evil.test", "/x", "?q",
		"https://[::1]:443/", "http://api.example.com:80/", "https://user@evil.test/\x1b[2J", "https://api.example.com:0443/",
		"javascript:alert(1)", "https://api.example.com@evil.test", "https://api.example.com\\@evil.test/", "https:///x", "HTTPS:api",
	} {
		f.Add("GET", to, 1)
		f.Add("POST", to, 6)
	}
	f.Fuzz(func(t *testing.T, method, to string, before int) {
		for scheme, port := range map[string]string{"https": "443", "http": "80"} {
			from := &url.URL{Scheme: scheme, Host: "api.example.com", Path: "/v2/things"}
			target, err := from.Parse(to)
			if err != nil {
				return
			}
			via := slices.Repeat([]*http.Request{{Method: method, URL: from}}, 1+min(max(before, 0), 20))
			err = CheckRedirect(&http.Request{Method: method, URL: target}, via)
			same := target.Scheme == scheme && strings.EqualFold(target.Hostname(), from.Host) && (target.Port() == "" || target.Port() == port)
			assert.Check(t, (err == nil) == (same && method == http.MethodGet && len(via) <= maxRedirects), "%s %q after %d: %v", method, to, len(via), err)
			if err == nil {
				continue
			}
			refused, ok := errors.AsType[*RedirectError](err)
			assert.Check(t, ok && len(refused.Error()) <= maxText+200+len(method) && (utf8.ValidString(err.Error()) || !utf8.ValidString(method)),
				"%q: %v", to, err)
			assert.Check(t, !strings.ContainsFunc(strings.ReplaceAll(err.Error(), method, ""), unicode.IsControl), "%q: %q", to, err)
		}
	})
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)
	for value, want := range map[string]time.Duration{
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
	} {
		assert.Check(t, cmp.Equal(retryAfter(http.Header{"Retry-After": {value}}, now), want), "%q", value)
	}
}

// The server's wait is waited in full, with a little more so that callers don't return all together, and for the next attempt only.
func TestRetryAfterIsHonored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		end := began.Add(10 * time.Minute).UTC().Format(http.TimeFormat)
		cl, _ := client(answer(503, "", "Retry-After: "+end), fault(&timeoutError{}), answer(200, "{}"))
		assert.NilError(t, get(t.Context(), cl))
		took := time.Since(began)
		assert.Check(t, took >= 10*time.Minute && took <= 11*time.Minute+5*time.Second, "took %v", took)
	})
}

// The waits grow, vary, and stay below their limit.
func TestWaits(t *testing.T) {
	a, b := &pace{exponential(), &run{}}, &pace{exponential(), &run{}}
	a.Reset()
	b.Reset()
	base, same := firstWait, true
	for range 50 {
		got := a.NextBackOff()
		assert.Check(t, got >= base/2 && got <= base*3/2+1, "got %v, want about %v", got, base)
		base, same = min(2*base, longestWait), same && got == b.NextBackOff()
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

// codeKinds are the codes that the tests' client knows to mean something else than their status.
var codeKinds = map[string]Kind{
	"Slow.1": KindThrottled, "Busy.1": KindBusy, "Locked.1": KindLocked, "Gone.1": KindNotFound, "Forbidden.1": KindForbidden,
	"APIGW.0308": KindThrottled, "APIC.7701": KindBusy, "APIC.7302": KindNotFound, "apic.9007": KindServer,
}

// classifyCode is a Client's Classify, by the code or by a message that is one.
func classifyCode(status int, code, message string) Kind {
	if kind, ok := codeKinds[code]; ok {
		return kind
	}
	if kind, ok := codeKinds[message]; ok {
		return kind
	}
	return KindOfStatus(status)
}

func TestKindOfStatus(t *testing.T) {
	for status, want := range map[int]Kind{
		200: KindInvalid, 302: KindInvalid, 400: KindInvalid, 401: KindUnauthenticated, 403: KindForbidden, 404: KindNotFound,
		405: KindInvalid, 408: KindServer, 409: KindInvalid, 412: KindUnsupported, 418: KindInvalid, 429: KindThrottled,
		500: KindServer, 502: KindServer, 503: KindServer, 504: KindServer, 599: KindServer,
	} {
		assert.Check(t, cmp.Equal(KindOfStatus(status), want), "%d", status)
	}
}

// Who asks what an answer means does not take the body away from who reads it.
func TestKindOf(t *testing.T) {
	long := errorBody("Forbidden.1", strings.Repeat("x", maxPage))
	for name, c := range map[string]struct {
		body string
		want Kind
	}{
		"code":    {errorBody("Forbidden.1", "no"), KindForbidden},
		"message": {errorBody("", "Forbidden.1"), KindForbidden},
		"unknown": {errorBody("New.1", "no"), KindUnauthenticated},
		"page":    {"<html>Forbidden.1", KindUnauthenticated},
		"empty":   {"", KindUnauthenticated},
		"long":    {long, KindUnauthenticated},
	} {
		cl, _ := client()
		whole, _ := answer(401, c.body)(nil)
		cut, _ := broken(401, c.body, io.ErrUnexpectedEOF)(nil)
		for _, got := range []*http.Response{whole, cut} {
			assert.Check(t, cmp.Equal(cl.KindOf(got), c.want), name)
			body, err := io.ReadAll(got.Body)
			assert.Check(t, string(body) == c.body && (err != nil) == (got == cut), "%s: %d bytes are left, of %d: %v", name, len(body), len(c.body), err)
		}
	}
}

// Every kind is tried as often as it makes sense: once, up to MaxRetries more, or until the context ends.
func TestAttemptsByKind(t *testing.T) {
	for _, c := range []struct {
		status  int
		code    string
		want    Kind
		endless bool
		tries   int
	}{
		{400, "APIC.7211", KindInvalid, false, 1},
		{401, "APIC.7102", KindUnauthenticated, false, 1},
		{403, "APIC.7106", KindForbidden, false, 1},
		{404, "APIC.7302", KindNotFound, false, 1},
		{412, "APIG.3458", KindUnsupported, false, 1},
		{409, "Locked.1", KindLocked, false, 1},
		{409, "Busy.1", KindBusy, true, 0},
		{500, "Busy.1", KindBusy, true, 0},
		{400, "Slow.1", KindThrottled, true, 0},
		{429, "", KindThrottled, true, 0},
		{500, "Gone.1", KindNotFound, false, 1},
		{401, "Forbidden.1", KindForbidden, false, 1},
		{500, "APIC.9007", KindServer, false, 4},
		{504, "", KindServer, false, 4},
	} {
		for _, method := range []string{http.MethodGet, http.MethodPost} {
			timed(t, fmt.Sprintf("%s %d %s", method, c.status, c.code), func(t *testing.T) {
				cl, s := client(answer(c.status, errorBody(c.code, "told so"), "x-request-id: r-1"))
				ctx := within(t, time.Hour)
				var into struct{}
				_, err := cl.Do(ctx, request(method, nil), &into)
				e := asError(t, err)
				assert.Check(t, e.Kind == c.want && e.StatusCode == c.status && e.Code == c.code && e.RequestID == "r-1" && e.Message == "told so",
					"got %+v", e)
				assert.Check(t, e.Attempts == len(s.requests), "error tells of %d attempts, there were %d", e.Attempts, len(s.requests))
				assert.Check(t, len(s.requests) == c.tries || c.endless && len(s.requests) >= 100 && ctx.Err() != nil, "made %d attempts", len(s.requests))
			})
		}
	}
}
