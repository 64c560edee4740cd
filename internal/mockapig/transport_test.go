// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"testing"
)

// closeRecorder is a request body that knows whether it was closed.
type closeRecorder struct {
	io.Reader
	closed bool
}

func (b *closeRecorder) Close() error {
	b.closed = true
	return nil
}

func TestTransportClosesTheBody(t *testing.T) {
	for _, fault := range []Fault{{Status: 200}, {Drop: true}} {
		s := seeded(Config{}, StatusPending)
		s.Fail(fault)
		body := &closeRecorder{Reader: strings.NewReader(actionBody("receive", endpoint(0)))}
		r := newRequest(t.Context(), http.MethodPost, actionPath, "x")
		r.Body = body
		if response, err := s.Transport().RoundTrip(r); err == nil {
			_ = response.Body.Close()
		}
		if !body.closed {
			t.Errorf("%+v: the body is open", fault)
		}
	}
}

func TestTransportWithoutABody(t *testing.T) {
	s := seeded(Config{}, StatusPending)
	r := newRequest(t.Context(), http.MethodGet, listPath, "")
	r.Body = nil
	response, err := (&http.Client{Transport: s.Transport()}).Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK || response.ContentLength != int64(len(body)) || response.Request != r {
		t.Errorf("got %+v with %s, %v", response, body, err)
	}
}

func TestTransportHonorsTheContext(t *testing.T) {
	s := seeded(Config{}, StatusPending)
	ctx, cancel := context.WithCancel(t.Context())
	response, err := s.Transport().RoundTrip(newRequest(ctx, http.MethodGet, listPath, ""))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	cancel()
	if _, err := io.ReadAll(response.Body); !errors.Is(err, context.Canceled) {
		t.Errorf("reading on: %v", err)
	}
	again, err := s.Transport().RoundTrip(newRequest(ctx, http.MethodGet, listPath, ""))
	if !errors.Is(err, context.Canceled) {
		_ = again.Body.Close()
		t.Errorf("another call: %v", err)
	}
	if got := s.Count(OpListConnections); got != 1 {
		t.Errorf("%d calls arrived", got)
	}
}

func TestTransportPassesOtherPanicsOn(t *testing.T) {
	defer func() {
		if p := recover(); p != "trouble" {
			t.Errorf("got %v", p)
		}
	}()
	broken := transport{handler: http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("trouble") }), absent: newWorld(Config{}).absent}
	response, err := broken.RoundTrip(newRequest(t.Context(), http.MethodGet, "/", ""))
	if err == nil {
		_ = response.Body.Close()
	}
	t.Error("no panic")
}
