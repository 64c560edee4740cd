// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"net/http"
	"strings"
	"sync"
	"time"
)

// slowest is how long the network holds a call up, at most.
const slowest = 30 * time.Second

// weather is how the way to the gateway is.
type weather struct {
	seed  uint64
	fails int           // so many of a hundred calls
	blink time.Duration // for how long a walk finds no gateway at first
}

func (w weather) String() string {
	return fmt.Sprintf("%d%% of the calls fail (%#x), no gateway for %s", w.fails, w.seed, w.blink)
}

// network is the way to a gateway in memory. What happens to a call is told by what it
// is and by how many of its kind were made, so that it is much the same in each run.
type network struct {
	gateway http.RoundTripper

	mu    sync.Mutex
	is    weather
	began time.Time
	made  map[string]int
	dead  bool
	log   []string
}

// turns the weather, at the beginning of a walk.
func (n *network) turns(is weather) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.is, n.began, n.made, n.dead = is, time.Now(), map[string]int{}, false
}

// dies: the process that makes calls is gone.
func (n *network) dies() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.dead = true
}

// told are the mishaps since it was asked last.
func (n *network) told() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	log := n.log
	n.log = nil
	return log
}

// isDead tells whether the process is gone.
func (n *network) isDead() bool {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.dead
}

// mishap is what happens to a call.
type mishap struct {
	name  string
	after bool // the gateway carries it out
	code  int
	body  string
	err   error
	delay time.Duration
}

const notFound = `{"error_code":"APIC.7302","error_msg":"The instance does not exist"}`

var mishaps = []mishap{
	{name: "is throttled", code: http.StatusTooManyRequests, body: `{"error_code":"APIG.0308","error_msg":"The throttling threshold has been reached: policy user over ratelimit,limit:5,time:1 second."}`},
	{name: "is answered by a load balancer", code: http.StatusServiceUnavailable, body: "<html>Service Unavailable</html>"},
	{name: "fails", code: http.StatusInternalServerError, body: `{"error_code":"APIC.9007","error_msg":"Failed to execute VPCEP request"}`},
	{name: "finds the gateway busy", code: http.StatusConflict, body: `{"error_code":"APIC.7701","error_msg":"The instance status does not support this operation"}`},
	{name: "finds no gateway", code: http.StatusNotFound, body: notFound},
	{name: "does not get there", err: io.EOF},
	{name: "takes long", delay: slowest},
	{name: "takes long and fails", delay: slowest, after: true, code: http.StatusGatewayTimeout, body: "<html>Gateway Timeout</html>"},
	{name: "works, and seems to fail", after: true, code: http.StatusInternalServerError, body: `{"error_code":"APIC.9000","error_msg":"System error"}`},
	{name: "works, and its answer is lost", after: true, err: io.EOF},
	{name: "works, and its answer is cut short", after: true, code: http.StatusOK, body: `{"connec`},
}

var errDead = errors.New("the process is dead")

// RoundTrip implements http.RoundTripper.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	asked, err := wordsOf(r)
	if err != nil {
		return nil, err
	}
	is, err := n.strikes(asked)
	if err != nil {
		return nil, err
	}
	if is.delay > 0 {
		if err := passesIn(r.Context(), is.delay); err != nil {
			return nil, err
		}
		if n.isDead() {
			return nil, errDead
		}
	}
	if is.code == 0 && is.err == nil {
		return n.gateway.RoundTrip(r)
	}
	if is.after {
		answer, err := n.gateway.RoundTrip(r)
		if err != nil {
			return nil, err
		}
		_ = answer.Body.Close()
	}
	if is.err != nil {
		return nil, fmt.Errorf("the connection was dropped: %w", is.err)
	}
	return is.answer(r), nil
}

// strikes tells what happens to a call.
func (n *network) strikes(asked string) (mishap, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.dead {
		return mishap{}, errDead
	}
	if time.Since(n.began) < n.is.blink {
		return mishap{code: http.StatusNotFound, body: notFound}, nil
	}
	n.made[asked]++
	sum := fnv.New64a()
	_, _ = fmt.Fprintf(sum, "%d %d %s", n.is.seed, n.made[asked], asked)
	drawn := sum.Sum64() >> 16
	if int(drawn%100) >= n.is.fails {
		return mishap{}, nil
	}
	is := mishaps[drawn/100%uint64(len(mishaps))]
	n.log = append(n.log, asked+" "+is.name)
	return is, nil
}

// wordsOf is what a call asks for. It can be read again afterwards.
func wordsOf(r *http.Request) (string, error) {
	text := r.Method + " " + r.URL.Path[strings.LastIndex(r.URL.Path, "/")+1:] + "?" + r.URL.RawQuery
	if r.Body == nil {
		return text, nil
	}
	body, err := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	return text + " " + string(body), err
}

func (m mishap) answer(r *http.Request) *http.Response {
	header := http.Header{"Content-Type": {"application/json"}, "X-Request-Id": {"of-a-mishap"}}
	if strings.HasPrefix(m.body, "<") {
		header.Set("Content-Type", "text/html")
	}
	return &http.Response{
		Status: fmt.Sprintf("%d %s", m.code, http.StatusText(m.code)), StatusCode: m.code,
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1, Header: header, Request: r,
		Body: io.NopCloser(strings.NewReader(m.body)), ContentLength: int64(len(m.body)),
	}
}

// passesIn lets time pass, or less where the context ends.
func passesIn(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return nil
	}
}
