// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
)

func TestScenario_least(t *testing.T) {
	type least struct {
		calls, listings int
		floor           time.Duration
	}
	for name, want := range map[string]least{
		"waves":    {calls: 10, listings: 11, floor: 11500 * time.Millisecond},
		"parallel": {calls: 2, listings: 2, floor: 1150 * time.Millisecond},
		"limit":    {calls: 10, listings: 11, floor: 20 * time.Second},
		"gateways": {calls: 20, listings: 40, floor: 2300 * time.Millisecond},
		"awaiting": {calls: 0, listings: 1, floor: 6 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			s := named(t, name)
			if got := (least{s.leastCalls(), s.leastListings(), s.floor(100)}); got != want {
				t.Errorf("%+v, want %+v", got, want)
			}
		})
	}
	for name, listings := range map[string]int{"refresh": 2, "sources": 4} {
		if s := named(t, name); s.leastCalls() != 0 || s.leastListings() != listings {
			t.Errorf("a plan of %s: %d calls, %d listings", name, s.leastCalls(), s.leastListings())
		}
	}
}

func named(t *testing.T, name string) scenario {
	t.Helper()
	i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
	if i < 0 {
		t.Fatalf("there is no scenario %q", name)
	}
	return scenarios[i].complete()
}

// measured is a result of one gateway that meets all targets.
func measured(s scenario) result {
	made := tally.Tally{Receive: tally.Action{Calls: s.leastCalls() / s.gateways, Endpoints: 100}, Listings: s.leastListings() / s.gateways}
	return result{
		scenario: s, made: made, of: map[string]tally.Tally{gatewayID(0): made},
		wall: 12 * time.Second, reference: 11 * time.Second, peak: 40 << 20,
	}
}

func TestResult_targets(t *testing.T) {
	for name, test := range map[string]struct {
		scenario string
		spoil    func(*result)
		want     string
	}{
		"refresh":      {scenario: "refresh"},
		"waves":        {scenario: "waves"},
		"limit":        {scenario: "limit"},
		"slow refresh": {scenario: "refresh", spoil: func(r *result) { r.wall = 14 * time.Second }, want: "1.27 times the time that it takes at least, at most 1.20"},
		"slow waves":   {scenario: "waves", spoil: func(r *result) { r.wall = 16 * time.Second }, want: "1.39 times"},
		"calls":        {scenario: "waves", spoil: func(r *result) { r.of["g"] = tally.Tally{Receive: tally.Action{Calls: 13}} }, want: "13 action calls a gateway, at most 12"},
		"listings":     {scenario: "waves", spoil: func(r *result) { r.of["g"] = tally.Tally{Listings: 61} }, want: "61 listings a gateway, at most 60"},
		"throttled":    {scenario: "limit", spoil: func(r *result) { r.made.Throttled = 5 }, want: "24% of the calls throttled, at most 20%"},
		"memory":       {scenario: "refresh", spoil: func(r *result) { r.peak = 81 << 20 }, want: "81 MiB of memory, at most 80"},
	} {
		t.Run(name, func(t *testing.T) {
			r := measured(named(t, test.scenario))
			if test.spoil != nil {
				test.spoil(&r)
			}
			var missed []string
			for _, v := range r.targets() {
				if !v.met {
					missed = append(missed, v.what)
				}
			}
			switch {
			case test.want == "" && len(missed) > 0:
				t.Errorf("%v", missed)
			case test.want != "" && (len(missed) != 1 || !strings.Contains(missed[0], test.want)):
				t.Errorf("%v, want %q", missed, test.want)
			}
		})
	}
}

func TestManyTable(t *testing.T) {
	unknown := measured(named(t, "limit"))
	unknown.peak = 0
	got := manyTable([]result{measured(named(t, "waves")), unknown})
	for _, want := range []string{
		"|    waves |               100 × 1 |        1 |          10 | 50 ms, 1s |            any |              10 (10) |          11 (11) |         0 | 12.00 |   11.50 |  1.04 |       40 |\n",
		"|              5 |              10 (10) |          11 (11) |         0 | 12.00 |   11.50 |  1.04 |        - |\n",
	} {
		if !strings.Contains(got, want) {
			t.Errorf("no line\n%sin\n%s", want, got)
		}
	}
}

func TestJudge(t *testing.T) {
	var out bytes.Buffer
	if err := judge(&out, []verdict{{true, "calls"}}); err != nil || !strings.Contains(out.String(), "- met: calls\n\nAll targets were met.") {
		t.Errorf("%v\n%s", err, out.String())
	}
	out.Reset()
	err := judge(&out, []verdict{{true, "calls"}, {false, "time"}})
	if err == nil || !strings.Contains(err.Error(), "- time") || !strings.Contains(out.String(), "- met: calls\n- MISSED: time\n") {
		t.Errorf("%v\n%s", err, out.String())
	}
}

func TestHighWater(t *testing.T) {
	for status, want := range map[string]int64{
		"Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t     512 kB\nVmRSS:\t  1 kB\n": 512 << 10,
		"VmHWM:\tmany kB\n": 0,
		"Name:\tx\n":        0,
	} {
		if got := highWater(status); got != want {
			t.Errorf("%q: %d, want %d", status, got, want)
		}
	}
}

// A scenario whose endpoints never come ends with that error and no other.
func TestScenario_asExpected(t *testing.T) {
	other := errors.New("no CLI")
	never := &exitError{1, "Error: Endpoints never appeared"}
	for name, test := range map[string]struct {
		scenario string
		err      error
		ok       bool
	}{
		"ends well":               {"waves", nil, true},
		"does not":                {"waves", never, false},
		"never came":              {"awaiting", never, true},
		"came":                    {"awaiting", nil, false},
		"another end":             {"awaiting", &exitError{1, "Error: Invalid provider"}, false},
		"another code":            {"awaiting", &exitError{2, "Endpoints never appeared"}, false},
		"no end of the CLI's own": {"awaiting", other, false},
	} {
		if err := named(t, test.scenario).asExpected(test.err); (err == nil) != test.ok {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestCPUTime(t *testing.T) {
	t.Parallel()
	for stat, want := range map[string]time.Duration{
		"7 (terraform-provider) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9": 3 * time.Second,
		"7 (a) b) S": 0, "": 0,
	} {
		if got := cpuTime(stat); got != want {
			t.Errorf("%q: %s", stat, got)
		}
	}
	if c := (collected{own: 13 * time.Second, usual: 10 * time.Second}); !c.targets()[0].met {
		t.Error("missed")
	}
	if c := (collected{own: 14 * time.Second, usual: 10 * time.Second}); c.targets()[0].met {
		t.Error("met")
	}
}
