// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
)

// script is a transport that answers with its steps one after the other, the last one for ever.
type script struct {
	mu       sync.Mutex
	steps    []step
	requests []recorded
}

// step answers one request.
type step func(*http.Request) (*http.Response, error)

// recorded is what of a request a test looks at.
type recorded struct {
	method, url string
	header      http.Header
	body        string
}

func (s *script) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
		_ = r.Body.Close()
	}
	next := s.steps[min(len(s.requests), len(s.steps)-1)]
	s.requests = append(s.requests, recorded{r.Method, r.URL.String(), r.Header.Clone(), string(body)})
	s.mu.Unlock()
	return next(r)
}

// answer answers with a status, a body, and headers given as "Name: value".
func answer(status int, body string, headers ...string) step {
	return func(r *http.Request) (*http.Response, error) {
		header := http.Header{}
		for _, h := range headers {
			name, value, _ := strings.Cut(h, ": ")
			header.Add(name, value)
		}
		return &http.Response{StatusCode: status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
	}
}

// broken answers with a body that ends in an error.
func broken(status int, body string, err error) step {
	return func(r *http.Request) (*http.Response, error) {
		resp, _ := answer(status, body)(r)
		resp.Body = io.NopCloser(io.MultiReader(bytes.NewReader([]byte(body)), iotest.ErrReader(err)))
		return resp, nil
	}
}

// fault does not answer.
func fault(err error) step {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

// hang answers nothing until the request's context ends.
func hang(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

func errorBody(code, message string) string {
	return `{"error_code":"` + code + `","error_msg":"` + message + `"}`
}

// client makes a client of a script. It repeats passing faults 3 times.
func client(steps ...step) (*Client, *script) {
	s := &script{steps: steps}
	return &Client{HTTP: &http.Client{Transport: s}, MaxRetries: 3, Classify: classifyCode}, s
}

func request(method string, body any) Request {
	return Request{
		Operation: "test things", Method: method, Body: body,
		URL: &url.URL{Scheme: "https", Host: "api.example.com", Path: "/v2/things", RawQuery: "q=asked"},
	}
}

// asError is the *Error that an error is.
func asError(t *testing.T, err error) *Error {
	t.Helper()
	e, ok := errors.AsType[*Error](err)
	assert.Assert(t, ok, "got error %v (%T), want an *Error", err, err)
	return e
}

// get makes a call and gives its error.
func get(ctx context.Context, c *Client) error {
	var into struct{}
	_, err := c.Do(ctx, request(http.MethodGet, nil), &into)
	return err
}

// within is a context that ends after a time.
func within(t *testing.T, d time.Duration) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// timed runs a case in a bubble with a time of its own.
func timed(t *testing.T, name string, run func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, run) })
}

func wantText(t *testing.T, err error, parts ...string) {
	t.Helper()
	for _, part := range parts {
		assert.Check(t, strings.Contains(err.Error(), part), "error %q lacks %q", err, part)
	}
	assert.Check(t, !strings.ContainsAny(err.Error(), "\n\r\t\x1b"), "error %q is not one clean line", err)
}
