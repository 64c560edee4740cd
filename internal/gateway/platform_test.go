// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// answer is an error of the platform.
type answer struct {
	status  int // 0: it does not answer
	code    string
	message string
}

var (
	failure    = answer{500, "APIC.9007", "Failed to execute VCPEP request"}
	onlyOne    = answer{400, "EndPoint.2031", "Each request accepts or rejects only one VPC endpoint"}
	notAlone   = answer{500, "APIC.9007", "Failed to execute VCPEP request: Endpoint.2031"}
	overloaded = answer{503, "", ""}
	badGateway = answer{502, "", "<html><title>Bad Gateway</title></html>"}
	unknownOne = answer{400, "EndPoint.2013", "The VPC endpoint does not exist"}
	conflict   = answer{409, "APIC.7701", "Instance status conflict"}
	throttled  = answer{429, "APIGW.0308", "not now"}
	mute       = answer{}
)

// platform is a gateway as it may be, behind the calls as they are made: it counts each attempt.
type platform struct {
	most    int    // how many endpoints it takes in one call; 0 for any number
	over    answer // to a call for more
	bad     []string
	badly   answer  // to a call for one of the bad
	decides int     // what is decided of such a call
	down    *answer // to every call that changes something
	dark    *answer // to every call that lists
	drops   int     // how many calls take effect in half, and are not answered
	latency time.Duration

	mu       sync.Mutex
	statuses map[string]endpoint.Status
	accounts []string
	attempts []int       // by how many endpoints each named
	failed   map[int]int // those that were answered with an error, by how many they named
	again    int         // decisions of what a listing has shown to be decided
	shown    map[string]endpoint.Status
}

// What is decided of a call for several that names a bad one.
const (
	decidesNone = iota
	decidesTillBad
	decidesOthers
)

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	if rest.Sleep(r.Context(), p.latency) != nil {
		return nil, context.Cause(r.Context())
	}
	p.mu.Lock()
	a, body, err := p.answer(r)
	p.mu.Unlock()
	switch {
	case err != nil:
		return nil, err
	case a == nil:
		a = &answer{status: 200}
	case a.status == 0:
		<-r.Context().Done()
		return nil, r.Context().Err()
	default:
		if body = a.message; a.code != "" {
			body = fmt.Sprintf(`{"error_code":%q,"error_msg":%q}`, a.code, a.message)
		}
	}
	header := http.Header{"X-Request-Id": {"r-1"}}
	return &http.Response{StatusCode: a.status, Header: header, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

// answer is an error, or what is answered otherwise.
func (p *platform) answer(r *http.Request) (a *answer, body string, err error) {
	permissions := strings.Contains(r.URL.Path, "/permissions")
	switch {
	case r.Method == http.MethodGet && p.dark != nil:
		return p.dark, "", nil
	case r.Method == http.MethodGet && permissions:
		var entries []string
		for _, account := range p.accounts {
			entries = append(entries, fmt.Sprintf(`{"id":"r","permission":"iam:domain::%s"}`, account))
		}
		return nil, fmt.Sprintf(`{"permissions":[%s],"total":%d}`, strings.Join(entries, ","), len(entries)), nil
	case r.Method == http.MethodGet:
		var entries []string
		for _, id := range slices.Sorted(maps.Keys(p.statuses)) {
			if filter := r.URL.Query().Get("id"); filter == "" || filter == id {
				entries = append(entries, fmt.Sprintf(`{"id":%q,"status":%q}`, id, p.statuses[id]))
			}
		}
		p.shown = maps.Clone(p.statuses)
		return nil, fmt.Sprintf(`{"connections":[%s],"total":%d}`, strings.Join(entries, ","), len(entries)), nil
	case p.down != nil && permissions:
		return p.down, "", nil
	}
	var call struct {
		Action    string
		Endpoints []string
	}
	if err := json.NewDecoder(r.Body).Decode(&call); err != nil {
		return nil, "", err
	}
	p.attempts = append(p.attempts, len(call.Endpoints))
	if a, err = p.decide(call.Action, call.Endpoints); a != nil {
		p.failed[len(call.Endpoints)]++
	}
	return a, `{"connections":[]}`, err
}

func (p *platform) decide(action string, endpoints []string) (*answer, error) {
	status := map[string]endpoint.Status{"receive": endpoint.StatusAccepted, "reject": endpoint.StatusRejected}[action]
	is := func(id string) bool { return slices.Contains(p.bad, id) }
	bad := slices.IndexFunc(endpoints, is)
	switch {
	case p.down != nil:
		return p.down, nil
	case p.most > 0 && len(endpoints) > p.most:
		return &p.over, nil
	case p.drops > 0 && len(endpoints) > 1:
		p.drops--
		p.take(endpoints[:len(endpoints)/2], status)
		return nil, io.EOF
	case bad < 0:
		p.take(endpoints, status)
		return nil, nil
	case p.decides == decidesTillBad:
		p.take(endpoints[:bad], status)
	case p.decides == decidesOthers:
		p.take(slices.DeleteFunc(endpoints, is), status)
	}
	return &p.badly, nil
}

func (p *platform) take(endpoints []string, status endpoint.Status) {
	for _, id := range endpoints {
		if p.shown[id] == status {
			p.again++
		}
		p.statuses[id] = status
	}
}

// connect has endpoints wait for a decision, and nothing be counted so far.
func (p *platform) connect(n int) *platform {
	p.statuses, p.failed = map[string]endpoint.Status{}, map[int]int{}
	for _, id := range ids(n) {
		p.statuses[id] = endpoint.StatusPendingAcceptance
	}
	return p
}

// ask has as many callers as there are parts settle them, so many at the same time.
func (p *platform) ask(t *testing.T, v *gateway.Session, atOnce int, parts ...[]*settle.Item) (fault error) {
	t.Helper()
	var mu sync.Mutex
	walk(parts, atOnce, func(part []*settle.Item) {
		if err := v.Settle(within(t, 10*time.Minute), part, 0); err != nil {
			mu.Lock()
			defer mu.Unlock()
			fault = err
		}
	})
	return fault
}

// registryOf is a registry with the calls as they are made, attempts, retries and throttle included, to a service.
func registryOf(service http.RoundTripper, maxRetries int) *gateway.Registry {
	client := &rest.Client{HTTP: &http.Client{Transport: service}, MaxRetries: maxRetries, Throttle: rest.NewThrottle(0, 0)}
	return gateway.NewRegistry(apig.New(client, func(string) (*url.URL, error) {
		return &url.URL{Scheme: "https", Host: "api.example.com"}, nil
	}))
}

func viewOf(service http.RoundTripper, maxRetries int) *gateway.Session {
	return registryOf(service, maxRetries).Session(theGateway)
}

// Whatever a platform does with a call for several endpoints, what it can do is done, in few calls, and what it can't
// is found out: in one resource and in many, and with bad endpoints first in the list.
func TestPlatforms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		platform  *platform
		endpoints int
		alone     bool // each endpoint has a caller of its own
		most      int  // attempts
	}{
		{"one a call, by 500", &platform{most: 1, over: failure}, 100, false, 115},
		{"one a call, by 500, many callers", &platform{most: 1, over: failure}, 40, true, 55},
		{"one a call, by 500 with the code", &platform{most: 1, over: notAlone}, 100, false, 115},
		{"one a call, by 400, many callers", &platform{most: 1, over: onlyOne}, 40, true, 55},
		{"one a call, by 503", &platform{most: 1, over: overloaded}, 100, false, 115},
		{"one a call, one bad", &platform{most: 1, over: failure, bad: []string{"e0051"}, badly: failure}, 100, false, 125},
		{"one a call, ten bad first", &platform{most: 1, over: failure, bad: ids(10), badly: failure}, 100, false, 145},
		{"one a call, ten bad first, of one code", &platform{most: 1, over: failure, bad: ids(10), badly: unknownOne}, 100, false, 115},
		{"ten a call, by 500", &platform{most: 10, over: failure}, 100, false, 35},
		{"ten a call, by 500, ten bad first", &platform{most: 10, over: failure, bad: ids(10), badly: failure}, 100, false, 65},
		{"all or nothing, one bad", &platform{bad: []string{"e0277"}, badly: failure}, 300, false, 40},
		{"all or nothing, fifteen bad first", &platform{bad: ids(15), badly: failure}, 300, false, 75},
		{"all or nothing, twenty bad in between", &platform{bad: ids(200)[160:180], badly: failure}, 200, false, 160},
		{"stops at the bad, two bad", &platform{bad: []string{"e0030", "e0060"}, badly: failure, decides: decidesTillBad}, 100, false, 60},
		{"stops at the bad, ten bad first", &platform{bad: ids(10), badly: failure, decides: decidesTillBad}, 100, false, 75},
		{"decides the others, ten bad first", &platform{bad: ids(10), badly: failure, decides: decidesOthers}, 100, false, 60},
		{"drops two connections", &platform{drops: 2}, 100, false, 6},
		{"drops three connections", &platform{drops: 3}, 300, false, 16},
	} {
		bubbles(t, test.name, func(t *testing.T, _ *server) {
			p := test.platform.connect(test.endpoints)
			for _, goal := range []endpoint.Goal{endpoint.Accept, endpoint.Reject} { // in two runs
				p.attempts, p.again = nil, 0
				cs := cases(goal, ids(test.endpoints)...)
				parts := [][]*settle.Item{cs}
				if test.alone {
					parts = slices.Collect(slices.Chunk(cs, 1))
				}
				assert.Check(t, p.ask(t, viewOf(p, 5), 40, parts...))
				wantSteps(t, cs, settle.Done, p.bad...)
				for _, c := range cs {
					assert.Check(t, !slices.Contains(p.bad, c.EndpointID) || c.Phase == settle.Refused, "%s: step %d", c.EndpointID, c.Phase)
				}
				assert.Check(t, len(p.attempts) <= test.most && p.again <= 0,
					"to %s: %d attempts %v, want %d at most; %d decided again", goal, len(p.attempts), p.attempts, test.most, p.again)
			}
		})
	}
}

// A service that fails whatever it is asked for is asked some forty times, however many ask.
func TestPlatformIsDown(t *testing.T) {
	t.Parallel()
	for _, down := range []answer{failure, overloaded, badGateway} {
		for _, test := range []struct{ endpoints, each, atOnce int }{{300, 300, 1}, {40, 1, 40}, {100, 1, 10}, {100, 5, 10}} {
			bubbles(t, fmt.Sprint(down.status, test), func(t *testing.T, _ *server) {
				p, cs := (&platform{down: &down}).connect(test.endpoints), cases(endpoint.Accept, ids(test.endpoints)...)
				wantError(t, p.ask(t, viewOf(p, 5), test.atOnce, slices.Collect(slices.Chunk(cs, test.each))...), down.status)
				assert.Check(t, len(p.attempts) <= 44, "%d attempts %v", len(p.attempts), p.attempts)
				for _, c := range cs {
					assert.Check(t, c.Phase == settle.Refused || c.Phase == settle.ToCall, "%s: step %d", c.EndpointID, c.Phase)
				}
			})
		}
	}
}

// A call for several endpoints that the service fails is not repeated as it was: that is
// for the one which is final, as far as the client repeats anything.
func TestHalvesAreNotRepeated(t *testing.T) {
	t.Parallel()
	for retries, want := range map[int]map[int]int{5: {50: 1, 25: 1, 13: 1, 6: 1, 3: 1, 2: 1, 1: 6}, 0: {50: 1, 25: 1, 13: 1, 6: 1, 3: 1, 2: 1, 1: 1}} {
		bubbles(t, retries, func(t *testing.T, _ *server) {
			p, cs := (&platform{bad: []string{"e0007"}, badly: failure}).connect(50), cases(endpoint.Accept, ids(50)...)
			bring(t, viewOf(p, retries), cs)
			wantSteps(t, cs, settle.Done, "e0007")
			wantSteps(t, cs[7:8], settle.Refused)
			assert.Check(t, maps.Equal(p.failed, want), "failed attempts by size %v, want %v", p.failed, want)
		})
	}
}

// An endpoint whose state the gateway takes for being busy, which may last, is waited for
// alone: those that share its call are decided within seconds, and within two and a half minutes where half of them are so.
func TestBusyForSome(t *testing.T) {
	t.Parallel()
	for _, busy := range []int{1, 12, 25} {
		bubbles(t, busy, func(t *testing.T, _ *server) {
			p := (&platform{bad: ids(busy), badly: conflict}).connect(50)
			v := viewOf(p, 5)
			walk(cases(endpoint.Accept, ids(50)...), 50, func(c *settle.Item) {
				took, err := stopwatch(), v.Settle(within(t, 10*time.Minute), []*settle.Item{c}, 0)
				if slices.Contains(p.bad, c.EndpointID) {
					wantError(t, err, 409)
					wantError(t, err, context.DeadlineExceeded)
					return
				}
				assert.Check(t, err == nil && c.Phase == settle.Done && took() <= 150*time.Second, "%s: %v, step %d after %s", c.EndpointID, err, c.Phase, took())
			})
			// Which of them travel together in the halves is a matter of chance.
			alone := p.failed[1]
			assert.Check(t, busy != 1 || alone >= 10 && alone <= 60 && len(p.failed) <= 9, "busy attempts by size %v", p.failed)
		})
	}
}

// A gateway that is busy whatever it is asked for is waited for, with few calls beside
// those that it takes in the end, at the pace at which it is looked at.
func TestBusyForAll(t *testing.T) {
	t.Parallel()
	for _, n := range []int{1, 200} {
		bubbles(t, n, func(t *testing.T, _ *server) {
			p, cs, took := (&platform{down: &conflict}).connect(n), cases(endpoint.Accept, ids(n)...), stopwatch()
			time.AfterFunc(5*time.Minute, func() {
				p.mu.Lock()
				defer p.mu.Unlock()
				p.down = nil
			})
			bring(t, viewOf(p, 5), cs)
			wantSteps(t, cs, settle.Done)
			assert.Check(t, len(p.attempts) <= 150 && (n != 1 || len(p.attempts) <= 40) && took() <= 5*time.Minute+18*time.Second,
				"attempts %v in %s", p.attempts, took())
		})
	}
}
