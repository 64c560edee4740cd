// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

const (
	maxBody     = 32 << 20 // bytes of a call or an answer
	callTime    = time.Minute
	ownRetries  = 2
	codeRefused = "SMOKE.0403"
	codeNoReply = "SMOKE.0502"
)

// relay stands on loopback between the provider and the gateway. It keeps what passes, for the report. And it lets
// nothing pass that this test must not do: calls of another gateway, decisions of an endpoint that is not the spare
// one, rejections that nobody agreed to.
//
// A signature is for one host, so the relay signs anew what it passes on. It knows its own users by a word in their
// User-Agent: other users of the machine must get nothing signed.
type relay struct {
	signed    access
	gateway   apig.Gateway
	spare     string
	stranger  string // an endpoint ID that is nobody's
	mayReject bool
	word      string

	address *url.URL
	server  *httptest.Server

	mu       sync.Mutex
	passed   []exchange
	deciding sync.WaitGroup
}

func openRelay(signed access, gateway apig.Gateway, s settings, stranger string) *relay {
	r := &relay{
		signed: signed, gateway: gateway, spare: s.endpoint, stranger: stranger, mayReject: s.reject, word: "apig-smoke/" + rand.Text(),
	}
	r.server = httptest.NewServer(r)
	r.address = &url.URL{Scheme: "http", Host: r.server.Listener.Addr().String(), Path: "/"}
	return r
}

// close waits for no call: a decision is waited for by drain.
func (r *relay) close() {
	r.server.CloseClientConnections()
	r.server.Close()
}

// client makes calls through the relay.
func (r *relay) client() *apig.Client {
	calls := &rest.Client{MaxRetries: ownRetries, UserAgent: r.word, Redact: r.signed.redact}
	return apig.New(calls, func(string) (*url.URL, error) { return r.address, nil })
}

// exchanges returns the calls so far, from the n-th on.
func (r *relay) exchanges(n int) []exchange {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.passed[n:])
}

// drain waits for the decisions that are on their way. Nobody may make another at that time.
func (r *relay) drain() { r.deciding.Wait() }

// ServeHTTP passes a call on.
func (r *relay) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	body, err := io.ReadAll(http.MaxBytesReader(w, req.Body, maxBody))
	if err != nil {
		fail(w, http.StatusBadRequest, codeRefused, "the call can't be read")
		return
	}
	call, err := r.admit(req, body)
	if err != nil {
		fail(w, http.StatusForbidden, codeRefused, err.Error())
		return
	}
	ctx := req.Context()
	if call.Action != "" {
		// A decision is carried to its end when the CLI is interrupted: what became of it has to be known then.
		ctx = context.WithoutCancel(ctx)
		r.deciding.Add(1)
		defer r.deciding.Done()
	}
	ctx, cancel := context.WithTimeout(ctx, callTime)
	defer cancel()

	began := time.Now()
	status, header, answer, err := r.forward(ctx, req, body)
	e := exchange{asked: call, answered: readAnswered(status, answer), began: began, ended: time.Now()}
	r.mu.Lock()
	r.passed = append(r.passed, e)
	r.mu.Unlock()
	if err != nil {
		fail(w, statusOf(err), codeNoReply, r.signed.redact(err.Error()))
		return
	}
	maps.Copy(w.Header(), header)
	w.WriteHeader(status)
	_, _ = w.Write(answer) // a client that has left is no trouble of the relay
}

// admit reads a call, and refuses it if it must not pass.
func (r *relay) admit(req *http.Request, body []byte) (asked, error) {
	if !strings.Contains(req.UserAgent(), r.word) {
		return asked{}, errors.New("this address is for the smoke test alone")
	}
	connections := "/v2/" + url.PathEscape(r.gateway.ProjectID) + "/apigw/instances/" + url.PathEscape(r.gateway.InstanceID) + "/vpc-endpoint/connections"
	switch req.Method + " " + req.URL.EscapedPath() {
	case http.MethodGet + " " + connections, http.MethodPost + " " + connections + "/action":
	default:
		return asked{}, fmt.Errorf("the smoke test has no use for %s %s", req.Method, req.URL.Path)
	}
	call, err := readAsked(req.Method, req.URL.Query(), body)
	if err != nil {
		return asked{}, errors.New("the call's body is not JSON")
	}
	for _, endpoint := range call.Endpoints {
		if endpoint != r.spare && endpoint != r.stranger {
			return asked{}, fmt.Errorf("the smoke test decides nothing of endpoint %s", endpoint)
		}
	}
	if call.Action != "" && call.Action != apig.ActionReceive && !r.mayReject {
		return asked{}, errors.New("the smoke test was not told to reject")
	}
	return call, nil
}

// forward sends a call with the headers that the API needs. What the sender signed is for the relay's address.
func (r *relay) forward(ctx context.Context, req *http.Request, body []byte) (status int, header http.Header, answer []byte, err error) {
	address := rest.Join(r.signed.base, strings.Split(strings.TrimPrefix(req.URL.EscapedPath(), "/"), "/")...)
	address.RawQuery = req.URL.RawQuery
	out, err := http.NewRequestWithContext(ctx, req.Method, address.String(), bytes.NewReader(body))
	if err != nil {
		return 0, nil, nil, err
	}
	for _, name := range []string{"Accept", "Content-Type", "X-Project-Id"} {
		if value := req.Header.Get(name); value != "" {
			out.Header.Set(name, value)
		}
	}
	out.Header.Set("User-Agent", strings.TrimSpace(strings.ReplaceAll(req.UserAgent(), r.word, "")))
	resp, err := r.signed.transport.RoundTrip(out)
	if err != nil {
		return 0, nil, nil, err
	}
	defer resp.Body.Close()
	answer, err = io.ReadAll(io.LimitReader(resp.Body, maxBody))
	if err != nil {
		return 0, nil, nil, err
	}
	header = http.Header{}
	for _, name := range []string{"Content-Type", "Retry-After", "X-Request-Id"} {
		if value := resp.Header.Get(name); value != "" {
			header.Set(name, value)
		}
	}
	// The provider knows its own credentials, which need not be the relay's.
	return resp.StatusCode, header, []byte(r.signed.redact(string(answer))), nil
}

// statusOf is what to answer where the gateway was not reached: signing in that was refused is not to be tried again.
func statusOf(err error) int {
	if refused, ok := errors.AsType[*rest.Error](err); ok && refused.StatusCode >= 400 && refused.StatusCode < 500 {
		return http.StatusUnauthorized
	}
	return http.StatusBadGateway
}

// fail answers in the API's form of an error.
func fail(w http.ResponseWriter, status int, code, message string) {
	body, _ := json.Marshal(map[string]string{"error_code": code, "error_msg": message}) // strings have a form
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_, _ = w.Write(body)
}
