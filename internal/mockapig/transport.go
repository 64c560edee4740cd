// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"sync"
)

// Transport serves requests in memory, without a socket, for whatever host they name. What the mock does to a
// connection becomes what a client sees of it: a dropped one is an error that wraps io.EOF, a truncated answer a body
// that ends in io.ErrUnexpectedEOF, a host that is not there a *net.DNSError, and a context that ends is its own error. There are no goroutines behind it, so
// that it goes well with testing/synctest.
func (s *Server) Transport() http.RoundTripper { return transport{handler: s, absent: s.absent} }

type transport struct {
	handler http.Handler
	absent  func(*http.Request) bool // tells a request whose host is not there
}

// RoundTrip serves one request on the caller's own goroutine.
func (t transport) RoundTrip(r *http.Request) (*http.Response, error) {
	ctx := r.Context()
	if r.Body != nil {
		defer func() { _ = r.Body.Close() }() // a RoundTripper must close it; what it read is in by then
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	in := incoming(r)
	if t.absent(in) {
		unknown := &net.DNSError{Err: "no such host", Name: r.URL.Hostname(), IsNotFound: true}
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: unknown}
	}
	// Unlike NewRecorder's, its code is 0 until the handler answers.
	w := &httptest.ResponseRecorder{Body: new(bytes.Buffer)}
	aborted := serveUntilAborted(t.handler, w, in)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if w.Code == 0 {
		return nil, fmt.Errorf("the mock dropped the connection: %w", io.EOF)
	}
	response := w.Result()
	body := &memoryBody{ctx: ctx, rest: response.Body, end: io.EOF}
	if aborted {
		response.ContentLength, body.end = -1, io.ErrUnexpectedEOF
	}
	response.Request, response.Body = r, body
	return response, nil
}

// incoming turns a client's request into the one a server sees.
func incoming(r *http.Request) *http.Request {
	in := r.Clone(r.Context())
	if in.Host == "" {
		in.Host = r.URL.Host
	}
	in.RequestURI = r.URL.RequestURI()
	in.RemoteAddr = "192.0.2.1:1234"
	if in.Body == nil {
		in.Body = http.NoBody
	}
	return in
}

// serveUntilAborted says whether the handler gave up in the middle.
func serveUntilAborted(h http.Handler, w http.ResponseWriter, r *http.Request) (aborted bool) {
	defer func() {
		switch p := recover(); p {
		case nil:
		case http.ErrAbortHandler:
			aborted = true
		default:
			panic(p)
		}
	}()
	h.ServeHTTP(w, r)
	return false
}

// memoryBody is an answer's body. Reading ends with the request's context, and it can be closed at any time.
type memoryBody struct {
	ctx context.Context
	end error

	mu   sync.Mutex
	rest io.Reader
}

// Read gives the body and then the way it ends.
func (b *memoryBody) Read(p []byte) (int, error) {
	if err := b.ctx.Err(); err != nil {
		return 0, err
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	n, err := b.rest.Read(p)
	if errors.Is(err, io.EOF) {
		err = b.end
	}
	return n, err
}

// Close forgets what was not read.
func (b *memoryBody) Close() error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.rest = bytes.NewReader(nil)
	return nil
}
