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
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// answer is an error of the platform.
type answer struct {
	status  int
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
)

// platform is a gateway as it may be, behind the calls as they are made: it counts
// each attempt.
type platform struct {
	most    int    // how many endpoints it takes in one call; 0 for any number
	over    answer // to a call for more
	bad     []string
	badly   answer // to a call for one of the bad
	decides int    // what is decided of such a call
	down    answer // to every call
	drops   int    // how many calls take effect in half, and are not answered

	mu       sync.Mutex
	statuses map[string]endpoint.Status
	attempts []int // by how many endpoints each named
	again    int   // decisions of what a listing has shown to be decided
	shown    map[string]endpoint.Status
}

// What is decided of a call for several that names a bad one.
const (
	decidesNone = iota
	decidesTillBad
	decidesOthers
)

func (p *platform) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status, body := 200, `{"connections":[]}`
	if r.Method == http.MethodGet {
		var entries []string
		for _, id := range slices.Sorted(maps.Keys(p.statuses)) {
			entries = append(entries, fmt.Sprintf(`{"id":%q,"status":%q}`, id, p.statuses[id]))
		}
		p.shown = maps.Clone(p.statuses)
		body = fmt.Sprintf(`{"connections":[%s],"total":%d}`, strings.Join(entries, ","), len(entries))
	} else if a, err := p.decide(r.Body); err != nil {
		return nil, err
	} else if a.status != 0 {
		status, body = a.status, fmt.Sprintf(`{"error_code":%q,"error_msg":%q}`, a.code, a.message)
		if a.code == "" {
			body = a.message
		}
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (p *platform) decide(asked io.Reader) (answer, error) {
	var call struct {
		Action    string
		Endpoints []string
	}
	if err := json.NewDecoder(asked).Decode(&call); err != nil {
		return answer{}, err
	}
	p.attempts = append(p.attempts, len(call.Endpoints))
	status := map[string]endpoint.Status{"receive": endpoint.StatusAccepted, "reject": endpoint.StatusRejected}[call.Action]
	is := func(id string) bool { return slices.Contains(p.bad, id) }
	bad := slices.IndexFunc(call.Endpoints, is)
	switch {
	case p.down.status != 0:
		return p.down, nil
	case p.most > 0 && len(call.Endpoints) > p.most:
		return p.over, nil
	case p.drops > 0 && len(call.Endpoints) > 1:
		p.drops--
		p.take(call.Endpoints[:len(call.Endpoints)/2], status)
		return answer{}, io.EOF
	case bad < 0:
		p.take(call.Endpoints, status)
		return answer{}, nil
	case p.decides == decidesTillBad:
		p.take(call.Endpoints[:bad], status)
	case p.decides == decidesOthers:
		p.take(slices.DeleteFunc(call.Endpoints, is), status)
	}
	return p.badly, nil
}

func (p *platform) take(endpoints []string, status endpoint.Status) {
	for _, id := range endpoints {
		if p.shown[id] == status {
			p.again++
		}
		p.statuses[id] = status
	}
}

// ask has as many callers as there are parts settle them, so many at the same time.
func (p *platform) ask(t *testing.T, v *gateway.Session, atOnce int, parts ...[]*settle.Item) (fault error) {
	t.Helper()
	places := make(chan struct{}, atOnce)
	var mu sync.Mutex
	var group sync.WaitGroup
	for _, part := range parts {
		places <- struct{}{}
		group.Go(func() {
			defer func() { <-places }()
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
			defer cancel()
			if err := v.Settle(ctx, part, 0); err != nil {
				mu.Lock()
				defer mu.Unlock()
				fault = err
			}
		})
	}
	group.Wait()
	return fault
}

// Whatever a platform does with a call for several endpoints, what it can do is done,
// in few calls, and what it can't is found out: in one resource and in many, and with
// bad endpoints first in the list.
func TestPlatforms(t *testing.T) {
	t.Parallel()
	first := func(n int) []string { return ids(n) }
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
		{"one a call, by 400", &platform{most: 1, over: onlyOne}, 100, false, 115},
		{"one a call, by 400, many callers", &platform{most: 1, over: onlyOne}, 40, true, 55},
		{"one a call, by 503", &platform{most: 1, over: overloaded}, 100, false, 115},
		{"one a call, one bad", &platform{most: 1, over: failure, bad: []string{"e0051"}, badly: failure}, 100, false, 125},
		{"one a call, ten bad first", &platform{most: 1, over: failure, bad: first(10), badly: failure}, 100, false, 145},
		{"one a call, ten bad first, of one code", &platform{most: 1, over: failure, bad: first(10), badly: unknownOne}, 100, false, 115},
		{"ten a call, by 500", &platform{most: 10, over: failure}, 100, false, 35},
		{"ten a call, by 500, ten bad first", &platform{most: 10, over: failure, bad: first(10), badly: failure}, 100, false, 65},
		{"all or nothing, one bad", &platform{bad: []string{"e0777"}, badly: failure}, 1000, false, 60},
		{"all or nothing, ten bad first", &platform{bad: first(10), badly: failure}, 1000, false, 60},
		{"all or nothing, fifteen bad first", &platform{bad: first(15), badly: failure}, 1000, false, 85},
		{"stops at the bad, two bad", &platform{bad: []string{"e0030", "e0060"}, badly: failure, decides: decidesTillBad}, 100, false, 60},
		{"stops at the bad, ten bad first", &platform{bad: first(10), badly: failure, decides: decidesTillBad}, 100, false, 75},
		{"decides the others, ten bad first", &platform{bad: first(10), badly: failure, decides: decidesOthers}, 100, false, 60},
		{"drops two connections", &platform{drops: 2}, 100, false, 6},
		{"drops three connections", &platform{drops: 3}, 1000, false, 30},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := test.platform
				p.statuses = map[string]endpoint.Status{}
				for _, id := range ids(test.endpoints) {
					p.statuses[id] = endpoint.StatusPendingAcceptance
				}
				for _, goal := range []endpoint.Goal{endpoint.Accept, endpoint.Reject} { // in two runs
					p.attempts, p.again = nil, 0
					cs := cases(goal, ids(test.endpoints)...)
					parts := [][]*settle.Item{cs}
					if test.alone {
						parts = slices.Collect(slices.Chunk(cs, 1))
					}
					if err := p.ask(t, viewOf(p, 5), 40, parts...); err != nil {
						t.Error(err)
					}
					wantSteps(t, cs, settle.Done, p.bad...)
					for _, c := range cs {
						if slices.Contains(p.bad, c.EndpointID) && c.Phase != settle.Refused {
							t.Errorf("%s: step %d", c.EndpointID, c.Phase)
						}
					}
					if len(p.attempts) > test.most || p.again > 0 {
						t.Errorf("to %s: %d attempts %v, want %d at most; %d decided again", goal, len(p.attempts), p.attempts, test.most, p.again)
					}
				}
			})
		})
	}
}

// A service that fails whatever it is asked for is asked some forty times, however
// many ask.
func TestPlatformIsDown(t *testing.T) {
	t.Parallel()
	for _, down := range []answer{failure, overloaded, badGateway} {
		for _, test := range []struct{ endpoints, each, atOnce int }{
			{100, 100, 1}, {1000, 1000, 1}, {40, 1, 40}, {200, 1, 10}, {100, 5, 10},
		} {
			t.Run(fmt.Sprint(down.status, test), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					p := &platform{down: down, statuses: map[string]endpoint.Status{}}
					for _, id := range ids(test.endpoints) {
						p.statuses[id] = endpoint.StatusPendingAcceptance
					}
					cs := cases(endpoint.Accept, ids(test.endpoints)...)
					wantCode(t, p.ask(t, viewOf(p, 5), test.atOnce, slices.Collect(slices.Chunk(cs, test.each))...), down.status)
					if len(p.attempts) > 44 {
						t.Errorf("%d attempts %v", len(p.attempts), p.attempts)
					}
					for _, c := range cs {
						if c.Phase != settle.Refused && c.Phase != settle.ToCall {
							t.Errorf("%s: step %d", c.EndpointID, c.Phase)
						}
					}
				})
			})
		}
	}
}
