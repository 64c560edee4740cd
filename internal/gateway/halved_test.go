// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
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

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
)

// cursedService is a service that fails every call which holds one of some
// endpoints, and accepts what other calls hold.
type cursedService struct {
	cursed []string

	mu       sync.Mutex
	statuses map[string]apig.Status
	attempts map[int]int // that failed, by how many endpoints they held
}

func newCursedService(n int, cursed ...string) *cursedService {
	s := &cursedService{cursed: cursed, statuses: map[string]apig.Status{}, attempts: map[int]int{}}
	for _, id := range ids(n) {
		s.statuses[id] = apig.StatusPendingAcceptance
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
		return 500, `{"error_code":"APIC.9007","error_msg":"it broke"}`
	}
	for _, id := range call.Endpoints {
		s.statuses[id] = apig.StatusAccepted
	}
	return 200, `{"connections":[]}`
}

// Halving that looks for an endpoint for which the service fails does not repeat
// each call as often as others: only the first one, and the one that is final.
func TestSettleHalvesQuickly(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newCursedService(50, "e0007")
		cs := cases(connection.Accept, ids(50)...)
		if err := viewOf(s, 5).Settle(t.Context(), cs, 0); err != nil {
			t.Error(err)
		}
		wantSteps(t, cs, connection.StepDone, "e0007")
		wantSteps(t, cs[7:8], connection.StepRefused)
		if want := map[int]int{50: 6, 25: 2, 13: 2, 6: 2, 3: 2, 2: 2, 1: 6}; !maps.Equal(s.attempts, want) {
			t.Errorf("failed attempts by size %v, want %v", s.attempts, want)
		}
	})
}

// Where one is alone in a halved call, its refusal is final all the same. A client
// that repeats nothing does not here either.
func TestSettleHalvesToOne(t *testing.T) {
	t.Parallel()
	for retries, want := range map[int]map[int]int{5: {3: 6, 1: 6}, 0: {3: 1, 1: 1}} {
		synctest.Test(t, func(t *testing.T) {
			s := newCursedService(3, "e0002")
			cs := cases(connection.Accept, ids(3)...)
			if err := viewOf(s, retries).Settle(t.Context(), cs, 0); err != nil {
				t.Error(err)
			}
			wantSteps(t, cs, connection.StepDone, "e0002")
			wantSteps(t, cs[2:], connection.StepRefused)
			if !maps.Equal(s.attempts, want) {
				t.Errorf("failed attempts by size %v, want %v", s.attempts, want)
			}
		})
	}
}

// A service that fails whatever it is asked for is found out no later.
func TestSettleHalvesWhereAllFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newCursedService(50, ids(50)...)
		cs := cases(connection.Accept, ids(50)...)
		wantCode(t, viewOf(s, 5).Settle(t.Context(), cs, 0), 500)
		wantSteps(t, cs, connection.StepCall)
		if want := map[int]int{50: 6, 25: 4, 13: 6, 11: 2}; !maps.Equal(s.attempts, want) {
			t.Errorf("failed attempts by size %v, want %v", s.attempts, want)
		}
	})
}
