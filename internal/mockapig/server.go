// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package mockapig is a mock of the API Gateway's "VPC Endpoint Management" and of the calls that sign in for it: to IAM,
// to its token service (STS), and to the metadata service of an ECS instance.
//
// A [Server] is an [http.Handler] that tests start in-process (over httptest, or without a socket through
// [Server.Transport]) and that a command serves on loopback. It keeps gateways, connections, accounts, projects and
// tokens in memory; it is strict about everything that the API states; it plays the consumer and the console user; it
// delays and fails on demand; and it keeps a journal of the calls it was sent. Where the vendor does not document what
// the API does, a [Behavior] chooses.
//
// The mock shares no code with the client it tests, and knows nothing of it, so that one misreading cannot hide in both.
package mockapig

import (
	"cmp"
	"context"
	"crypto/rand"
	"encoding/hex"
	"io"
	"net/http"
	"strconv"
	"sync"
	"time"
)

// maxBody bounds a request body in bytes; the largest legitimate one, fifty endpoints, is about 2 KiB.
const maxBody = 1 << 20

// DefaultTokenLifetime is how long a token lasts that the mock issues: the vendor's 24 hours.
const DefaultTokenLifetime = 24 * time.Hour

// Config says how a mock behaves from the start. The zero value answers at once and in the friendliest way.
type Config struct {
	// Latency delays every call before anything else happens to it.
	Latency time.Duration
	// Creating is how long an accepted connection stays `creating`. At zero it is `accepted` at once.
	Creating time.Duration
	// TokenLifetime is how long an issued token lasts; zero means DefaultTokenLifetime.
	TokenLifetime time.Duration
	// KeyLifetime is how long an issued access key lasts; zero means as long as it is asked for.
	KeyLifetime time.Duration
	// Behavior chooses among what the vendor leaves open.
	Behavior Behavior
}

// Server is the mock. It is safe for concurrent use.
type Server struct {
	mu     sync.Mutex
	config Config
	identities
	givenIDs
	instance *instance
	gateways map[string]*gateway
	faults   []*plannedFault
	limit    limiter
	journal  []*Call
	calls    int
	passed   int // connections of PasserBy so far
	decided  int // decisions on single endpoints, those that are lost included
}

// New makes an empty mock.
func New(cfg Config) *Server {
	cfg.TokenLifetime = cmp.Or(cfg.TokenLifetime, DefaultTokenLifetime)
	return &Server{
		config: cfg, identities: newIdentities(), gateways: map[string]*gateway{},
		givenIDs: givenIDs{used: map[string]bool{}, marker: firstMarker, markers: map[int64]bool{}},
	}
}

// SetBehavior replaces the behavior from the next decision or listing on.
func (s *Server) SetBehavior(b Behavior) { s.locked(func() { s.config.Behavior = b }) }

func (s *Server) locked(do func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	do()
}

// call is one request on its way through the mock.
type call struct {
	*http.Request

	operation string
	iam       bool
	params    map[string]string // the values of the path's placeholders
	body      []byte
	requestID string
	entry     *Call
}

// handler answers one operation, or refuses it.
type handler func(*Server, *call) (answer, *refusal)

// ServeHTTP serves APIG's and IAM's calls alike.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if s.absent(r) {
		panic(http.ErrAbortHandler)
	}
	c, handle := route(r)
	// The body is read before any delay: a server notices that a client left only once the body is in.
	body, unreadable := readBody(r)
	if unreadable != nil {
		handle = refuse(unreadable)
	}
	c.body = body
	s.record(c)

	reply, end := s.serve(r.Context(), c, handle)
	s.conclude(c, reply, end)
	reply.write(w, c, end)
}

// serve runs a call through everything that stands between the client and the operation.
func (s *Server) serve(ctx context.Context, c *call, handle handler) (answer, ending) {
	if !waited(ctx, s.config.Latency) {
		return answer{}, dropped
	}
	if refused := s.throttle(c); refused != nil {
		return refused.answer(c), whole
	}
	if fault := s.strike(c); fault != nil {
		return s.fail(ctx, c, handle, *fault)
	}
	return s.handle(c, handle), whole
}

func (s *Server) handle(c *call, handle handler) answer {
	reply, refused := handle(s, c)
	if refused != nil {
		reply = refused.answer(c)
	}
	return reply
}

// answer is what is sent to the client.
type answer struct {
	status int
	header http.Header
	body   []byte
	code   string // the error code, for the journal
	cause  string // VPCEP's behind it, for the journal
}

// ending says what happens to an answer on its way to the client.
type ending string

const (
	whole     ending = "whole"
	dropped   ending = "dropped"   // nothing arrives, or nobody is there any more
	truncated ending = "truncated" // the header and half of the body arrive
)

// write sends the answer. To cut it short it panics with http.ErrAbortHandler, which closes the connection.
func (a answer) write(w http.ResponseWriter, c *call, end ending) {
	if end == dropped {
		panic(http.ErrAbortHandler)
	}
	header := w.Header()
	header.Set("Content-Type", "application/json")
	header.Set("X-Request-Id", c.requestID)
	if c.iam {
		header.Set("X-Iam-Trace-Id", c.requestID)
	}
	for name, values := range a.header {
		header[http.CanonicalHeaderKey(name)] = values
	}
	header.Set("Content-Length", strconv.Itoa(len(a.body)))
	w.WriteHeader(a.status)
	if end == truncated {
		_, _ = w.Write(a.body[:len(a.body)/2])
		// Without the flush the client would see nothing at all, which is the other fault.
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	_, _ = w.Write(a.body) // a client that has left is no trouble of the mock
}

// readBody takes the whole body in, up to maxBody.
func readBody(r *http.Request) ([]byte, *refusal) {
	body, err := io.ReadAll(io.LimitReader(r.Body, maxBody+1))
	if err != nil {
		return nil, invalid(codeInvalidRequest, "the body could not be read")
	}
	if len(body) > maxBody {
		return nil, &refusal{status: http.StatusRequestEntityTooLarge, code: codeInvalidRequest, message: "The body is too large"}
	}
	return body, nil
}

// waited lets the time d pass, and tells whether the client has not left before.
func waited(ctx context.Context, d time.Duration) bool {
	if d > 0 {
		timer := time.NewTimer(d)
		defer timer.Stop()
		select {
		case <-ctx.Done():
		case <-timer.C:
		}
	}
	return ctx.Err() == nil
}

// newID makes 32 random hexadecimal digits, the form of the vendor's request, project and account IDs.
func newID() string {
	var id [16]byte
	_, _ = rand.Read(id[:]) // never fails, by its contract
	return hex.EncodeToString(id[:])
}
