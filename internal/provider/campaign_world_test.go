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
	"maps"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// world is how the gateway of a schedule is.
type world struct {
	behavior  string // of mockapig.Behaviors
	rejecting time.Duration
	accepting time.Duration
	loses     int // every so many decisions, one
	creating  time.Duration
	latency   time.Duration
	retries   int64 // max_retries
}

// worldEndpoints is how many endpoints there may be. The next one is a bystander's: it is
// accepted, and no configuration of a schedule names it.
const worldEndpoints = 6

// worldAccounts own the endpoints in turn, and are those that a schedule permits.
var worldAccounts = []string{partnerDomain, otherDomain, "44444444444444444444444444444444"}

// unreachable are the behaviors under which a gateway can't become as it is declared, and
// the one under which a permission decides about connections.
var unreachable = []string{"rejected-ignored", "rejected-refused", "removed-rejects", "no-sts"}

func newWorld(r *rand.Rand) world {
	w := world{
		rejecting: draw(r, 0, 0, 2*time.Second, 20*time.Second),
		accepting: draw(r, 0, 0, 0, 5*time.Second),
		loses:     draw(r, 0, 0, 0, 5),
		creating:  draw(r, 0, 0, 3*time.Second, 40*time.Second),
		latency:   draw(r, 0, 50*time.Millisecond, time.Second),
		retries:   draw(r, int64(0), 2, 5, 5),
	}
	names := slices.DeleteFunc(slices.Sorted(maps.Keys(mockapig.Behaviors())), func(name string) bool { return slices.Contains(unreachable, name) })
	w.behavior = draw(r, append(names, "friendly", "hostile", "hostile", "hostile-one", "hostile-one", "hostile-most")...)
	return w
}

func (w world) String() string {
	return fmt.Sprintf("behavior %s, rejections take %s, acceptances %s, one of %d decisions is lost, creating for %s, latency %s, max_retries %d",
		w.behavior, w.rejecting, w.accepting, w.loses, w.creating, w.latency, w.retries)
}

// behaves is how the gateway behaves.
func (w world) behaves() mockapig.Behavior {
	b := mockapig.Behaviors()[w.behavior]
	b.RejectingFor = max(b.RejectingFor, w.rejecting)
	b.AcceptingFor = max(b.AcceptingFor, w.accepting)
	b.LoseEvery = w.loses
	return b
}

// lasts is for how long what was asked for may have no visible effect yet.
func (w world) lasts() time.Duration {
	b := w.behaves()
	return w.creating + w.latency + b.StaleFor + b.RejectingFor + b.AcceptingFor + slowest
}

// newWorldMock makes the gateway, in memory, and the network to it.
func newWorldMock(t *testing.T, w world) (*mock, *network) {
	t.Helper()
	m := newMock(t, mockapig.Config{Latency: w.latency, Creating: w.creating, Behavior: w.behaves()})
	for n := 1; n < worldEndpoints; n++ {
		m.comes(n, "")
	}
	m.comes(worldEndpoints+1, "accepted")
	m.Permit(testInstance, worldAccounts[2])
	net := &network{gateway: m.Transport(), blinks: w.behaves().Blink != mockapig.Blink{}}
	m.network, m.patient = net, true
	return m, net
}

// comes has a consumer ask for a connection, in a status.
func (m *mock) comes(n int, status string) {
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(n), DomainID: worldAccounts[n%2], Status: status})
}

// draw draws one of several.
func draw[T any](r *rand.Rand, from ...T) T { return from[r.IntN(len(from))] }

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
	// blinks: the gateway itself says now and then that it is not there. Said by two of the three, that is to be believed.
	blinks bool
	dead   atomic.Bool // the process that makes calls is gone

	mu    sync.Mutex
	is    weather
	began time.Time
	made  map[string]int
	log   []string
}

// turns the weather, at the beginning of a walk.
func (n *network) turns(is weather) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.is, n.began, n.made = is, time.Now(), map[string]int{}
	n.dead.Store(false)
}

// told are the mishaps since it was asked last.
func (n *network) told() []string {
	n.mu.Lock()
	defer n.mu.Unlock()
	log := n.log
	n.log = nil
	return log
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

// RoundTrip implements http.RoundTripper.
func (n *network) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	asked, err := wordsOf(r)
	if err != nil {
		return nil, err
	}
	is := n.strikes(asked)
	if is.delay > 0 {
		err = passesIn(r.Context(), is.delay)
	}
	if n.dead.Load() {
		err = errors.New("the process is dead")
	}
	if err != nil {
		return nil, err
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
	return &http.Response{
		StatusCode: is.code, Header: http.Header{"X-Request-Id": {"of-a-mishap"}}, Request: r, Body: io.NopCloser(strings.NewReader(is.body)),
	}, nil
}

// strikes tells what happens to a call.
func (n *network) strikes(asked string) mishap {
	n.mu.Lock()
	defer n.mu.Unlock()
	if time.Since(n.began) < n.is.blink && !n.blinks {
		return mishap{code: http.StatusNotFound, body: notFound}
	}
	n.made[asked]++
	sum := fnv.New64a()
	_, _ = fmt.Fprintf(sum, "%d %d %s", n.is.seed, n.made[asked], asked)
	drawn := sum.Sum64() >> 16
	is := mishaps[drawn/100%uint64(len(mishaps))]
	if int(drawn%100) >= n.is.fails || is.code == http.StatusNotFound && (n.blinks || n.is.blink > 0) {
		return mishap{}
	}
	n.log = append(n.log, asked+" "+is.name)
	return is
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

// passesIn lets time pass, or less where the context ends.
func passesIn(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-time.After(d):
		return nil
	}
}
