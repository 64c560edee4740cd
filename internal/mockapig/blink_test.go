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
	for n, want := range []int{404, 404, 404, 404, 404, 404, 200, 200} {
		if got := list(t, s, ""); got.status != want || want == 404 && got.Code != "APIC.7302" {
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
	for n, want := range []int{404, 404, 200} { // two in a row at most
		if got := act(t, s, "receive", endpoint(0)); got.status != want || want == 404 && got.Code != "APIG.3030" {
			t.Errorf("POST %d: %d %s", n, got.status, got.Code)
		}
		if got := list(t, s, ""); got.status != http.StatusOK {
			t.Errorf("a GET: %d", got.status)
		}
	}
}
