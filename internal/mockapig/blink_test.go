// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"maps"
	"net/http"
	"slices"
	"testing"
)

// A gateway that was made a moment ago is not there for the first calls.
func TestBlinksAtItsStart(t *testing.T) {
	s := seeded(Config{Behavior: Behaviors()["gone-at-start"]}, StatusPending)
	if got := act(t, s, "receive", endpoint(0)); got.status != http.StatusOK {
		t.Errorf("a POST: %d", got.status)
	}
	for n := 1; n <= 8; n++ {
		got, want := list(t, s, ""), http.StatusOK
		if n <= 6 {
			want = http.StatusNotFound
		}
		if got.status != want || want == http.StatusNotFound && got.Code != "APIC.7302" {
			t.Errorf("call %d: %d %s", n, got.status, got.Code)
		}
	}
}

// At random, each call may be struck and does nothing then, by each of the codes; two in a row at most.
func TestBlinksAtRandom(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{Blink: Blink{OneIn: 2}}}, StatusPending)
	row, calls, codes := 0, map[int]int{}, map[string]bool{}
	for n := range 100 {
		verb := []string{"receive", "reject"}[n%2]
		before := truth(s)
		got := act(t, s, verb, endpoint(0))
		if calls[got.status]++; got.status == http.StatusOK {
			row = 0
			continue
		}
		codes[got.Code] = true
		if row++; got.status != http.StatusNotFound || row > 2 || truth(s) != before {
			t.Errorf("call %d: %d, %d in a row, %s before and %s after", n, got.status, row, before, truth(s))
		}
	}
	if calls[http.StatusOK] < 20 || calls[http.StatusNotFound] < 20 {
		t.Errorf("answers: %v", calls)
	}
	if got := slices.Sorted(maps.Keys(codes)); !slices.Equal(got, []string{"APIC.7302", "APIC.7314", "APIG.3030"}) {
		t.Errorf("codes: %v", got)
	}
}

// One method alone, with one code.
func TestBlinksByMethod(t *testing.T) {
	s := seeded(Config{Behavior: Behavior{Blink: Blink{OneIn: 1, Method: http.MethodPost, Code: "APIG.3030"}}}, StatusPending)
	for range 2 {
		if got := act(t, s, "receive", endpoint(0)); got.Code != "APIG.3030" {
			t.Errorf("a POST: %d %s", got.status, got.Code)
		}
		if got := list(t, s, ""); got.status != http.StatusOK {
			t.Errorf("a GET: %d", got.status)
		}
	}
	if got := act(t, s, "receive", endpoint(0)); got.status != http.StatusOK {
		t.Errorf("the third POST: %d", got.status)
	}
}
