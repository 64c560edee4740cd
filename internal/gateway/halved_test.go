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
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// cursedService is a service that answers every call which holds one of some
// endpoints with an error, and accepts what other calls hold.
type cursedService struct {
	cursed []string
	busy   bool // the error is that the gateway is busy; otherwise the service fails

	mu       sync.Mutex
	statuses map[string]endpoint.Status
	attempts map[int]int // that failed, by how many endpoints they held
}

func newCursedService(n int, cursed ...string) *cursedService {
	s := &cursedService{cursed: cursed, statuses: map[string]endpoint.Status{}, attempts: map[int]int{}}
	for _, id := range ids(n) {
		s.statuses[id] = endpoint.StatusPendingAcceptance
	}
	return s
}

func (s *cursedService) RoundTrip(r *http.Request) (*http.Response, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var body string
	status := 200
	if r.Method == http.MethodGet {
		var entries []string
		for _, id := range slices.Sorted(maps.Keys(s.statuses)) {
			entries = append(entries, fmt.Sprintf(`{"id":%q,"status":%q}`, id, s.statuses[id]))
		}
		body = fmt.Sprintf(`{"connections":[%s],"total":%d}`, strings.Join(entries, ","), len(entries))
	} else {
		status, body = s.decide(r.Body)
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

func (s *cursedService) decide(asked io.Reader) (status int, body string) {
	var call struct{ Endpoints []string }
	if err := json.NewDecoder(asked).Decode(&call); err != nil {
		return 400, ""
	}
	if slices.ContainsFunc(call.Endpoints, func(id string) bool { return slices.Contains(s.cursed, id) }) {
		s.attempts[len(call.Endpoints)]++
		if s.busy {
			return 409, `{"error_code":"APIC.7701","error_msg":"Instance status conflict"}`
		}
		return 500, `{"error_code":"APIC.9007","error_msg":"it broke"}`
	}
	for _, id := range call.Endpoints {
		s.statuses[id] = endpoint.StatusAccepted
	}
	return 200, `{"connections":[]}`
}

// A call for several endpoints that the service fails is not repeated as it was: that
// is for the one which is final.
func TestSettleHalvesQuickly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newCursedService(50, "e0007")
		cs := cases(endpoint.Accept, ids(50)...)
		if err := viewOf(s, 5).Settle(t.Context(), cs, 0); err != nil {
			t.Error(err)
		}
		wantSteps(t, cs, settle.Done, "e0007")
		wantSteps(t, cs[7:8], settle.Refused)
		if want := map[int]int{50: 1, 25: 1, 13: 1, 6: 1, 3: 1, 2: 1, 1: 6}; !maps.Equal(s.attempts, want) {
			t.Errorf("failed attempts by size %v, want %v", s.attempts, want)
		}
	})
}

// An endpoint whose state the gateway takes for being busy, which may last, is
// waited for alone: those that share its call are decided within seconds.
func TestSettleHalvesWhereOneIsBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newCursedService(50, "e0007")
		s.busy = true
		v := viewOf(s, 5)
		var group sync.WaitGroup
		for _, c := range cases(endpoint.Accept, ids(50)...) {
			group.Go(func() {
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				took := stopwatch()
				err := v.Settle(ctx, []*settle.Item{c}, 0)
				switch {
				case c.EndpointID == "e0007":
					wantCode(t, err, 409)
					wantEnd(t, err, context.DeadlineExceeded)
				case err != nil || c.Phase != settle.Done || took() > 30*time.Second:
					t.Errorf("%s: %v, step %d after %s", c.EndpointID, err, c.Phase, took())
				}
			})
		}
		group.Wait()
		// Which of them travel together in the halves is a matter of chance.
		if alone := s.attempts[1]; alone < 10 || alone > 60 || len(s.attempts) > 9 {
			t.Errorf("busy attempts by size %v", s.attempts)
		}
		for size, n := range s.attempts {
			if size != 1 && n > 3 {
				t.Errorf("busy attempts by size %v", s.attempts)
			}
		}
	})
}

// A gateway that is busy whatever it is asked for is waited for, with few calls
// beside those that it takes in the end.
func TestSettleWaitsWhileBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newCursedService(200, ids(200)...)
		s.busy = true
		time.AfterFunc(5*time.Minute, func() {
			s.mu.Lock()
			defer s.mu.Unlock()
			s.cursed = nil
		})
		cs := cases(endpoint.Accept, ids(200)...)
		if err := viewOf(s, 5).Settle(t.Context(), cs, 0); err != nil {
			t.Error(err)
		}
		wantSteps(t, cs, settle.Done)
		attempts := 0
		for _, n := range s.attempts {
			attempts += n
		}
		if attempts > 150 {
			t.Errorf("busy attempts by size %v", s.attempts)
		}
	})
}

// Where one is alone in a halved call, its refusal is final all the same. A client
// that repeats nothing does not here either.
func TestSettleHalvesToOne(t *testing.T) {
	t.Parallel()
	for retries, want := range map[int]map[int]int{5: {3: 1, 1: 6}, 0: {3: 1, 1: 1}} {
		synctest.Test(t, func(t *testing.T) {
			s := newCursedService(3, "e0002")
			cs := cases(endpoint.Accept, ids(3)...)
			if err := viewOf(s, retries).Settle(t.Context(), cs, 0); err != nil {
				t.Error(err)
			}
			wantSteps(t, cs, settle.Done, "e0002")
			wantSteps(t, cs[2:], settle.Refused)
			if !maps.Equal(s.attempts, want) {
				t.Errorf("failed attempts by size %v, want %v", s.attempts, want)
			}
		})
	}
}
