// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"errors"
	"io"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
)

// The calls are as few as they can be, and what many resources and a start take is measured and told. How long it all takes
// is not looked at where other tests run.
func TestAccBench(t *testing.T) {
	if os.Getenv("TF_ACC") == "" {
		t.Skip("an acceptance test: set TF_ACC=1")
	}
	for args, wants := range map[string][]string{
		"-endpoints 51 -settings instant -scenarios none": {"One resource, a gateway that answers at once", "2 (2) |", "1 (1) |\n"},
		"-settings none -scenarios gateways,start":        {"| gateways |", "20 × 50", " 20 (20) |", "action calls a gateway", "CPU time"},
	} {
		var out bytes.Buffer
		err := run(t.Context(), strings.Fields(args), &out, io.Discard)
		assert.Assert(t, err == nil || strings.Contains(err.Error(), "targets were missed"), err)
		for _, want := range wants {
			assert.Check(t, strings.Contains(out.String(), want), "nothing says %q:\n%s", want, out.String())
		}
	}
}

func TestParse(t *testing.T) {
	names := func(c choice) []string {
		names := []string{}
		for _, s := range c.settings {
			names = append(names, s.name)
		}
		for _, s := range c.scenarios {
			names = append(names, s.name)
		}
		return names
	}
	for name, test := range map[string]struct {
		args  []string
		sizes []int
		names []string
		start bool
	}{
		"by default": {
			sizes: []int{1, 50, 100, 500, 1000, 5000},
			names: []string{"real", "instant", "few", "refresh", "waves", "parallel", "limit", "gateways", "sources", "awaiting"}, start: true,
		},
		"some": {
			args:  []string{"-endpoints", "1,50", "-settings", "instant", "-scenarios", "limit,waves"},
			sizes: []int{1, 50}, names: []string{"instant", "limit", "waves"},
		},
		"the start alone": {
			args:  []string{"-endpoints", "1", "-settings", "none", "-scenarios", "start"},
			sizes: []int{1}, names: []string{}, start: true,
		},
		"no scenarios": {
			args: []string{"-endpoints", "1", "-settings", "real", "-scenarios", "none"}, sizes: []int{1}, names: []string{"real"},
		},
	} {
		c, err := parse(test.args, io.Discard)
		assert.Check(t, err == nil && slices.Equal(c.sizes, test.sizes) && slices.Equal(names(c), test.names) && c.start == test.start,
			"%s: %v, %v, start %t, %v", name, c.sizes, names(c), c.start, err)
	}
	for _, args := range [][]string{
		{"-endpoints", "0"}, {"-endpoints", ""}, {"-endpoints", "1,many"}, {"-settings", "slow"}, {"-scenarios", "waves,slow"}, {"all"}, {"-x"},
	} {
		_, err := parse(args, io.Discard)
		assert.Check(t, err != nil, "%q is taken", args)
	}
}

// good is a measurement of n endpoints that meets all targets.
func good(s setting, n int) row {
	return row{
		setting: s, endpoints: n,
		plan: time.Second, apply: 2 * time.Second, again: 3 * time.Second,
		applied: tally.Tally{Receive: tally.Action{Calls: (n + 49) / 50, Endpoints: n}, Listings: 4},
		planned: tally.Tally{Listings: (n + 499) / 500},
	}
}

func TestMissed(t *testing.T) {
	slow, instant := settings[0], settings[1]
	for name, test := range map[string]struct {
		setting   setting
		endpoints int
		spoil     func(*row)
		want      string
	}{
		"all met":               {setting: slow, endpoints: 100},
		"all met, instant":      {setting: instant, endpoints: 5000},
		"action calls":          {setting: slow, endpoints: 100, spoil: func(r *row) { r.applied.Receive.Calls = 3 }, want: "3 action calls, and 2 would do"},
		"listings":              {setting: slow, endpoints: 100, spoil: func(r *row) { r.applied.Listings = 7 }, want: "7 listings in an apply"},
		"listings of the plan":  {setting: slow, endpoints: 501, spoil: func(r *row) { r.planned.Listings = 3 }, want: "3 listings in a plan without changes, and 2 would do"},
		"apply over the server": {setting: slow, endpoints: 100, spoil: func(r *row) { r.apply = 3200 * time.Millisecond }, want: "2.05 s longer than the server"},
		"plan":                  {setting: instant, endpoints: 5000, spoil: func(r *row) { r.plan = 4 * time.Second }, want: "plan took 4.00 s, and at most 3.00 s"},
		"apply":                 {setting: instant, endpoints: 5000, spoil: func(r *row) { r.apply = 4 * time.Second }, want: "apply took 4.00 s"},
		"plan without changes":  {setting: instant, endpoints: 5000, spoil: func(r *row) { r.again = 9 * time.Second }, want: "without changes took 9.00 s, and at most 8.00 s"},
	} {
		r := good(test.setting, test.endpoints)
		if test.spoil != nil {
			test.spoil(&r)
		}
		missed := r.missed()
		assert.Check(t, len(missed) == min(len(test.want), 1) && strings.Contains(strings.Join(missed, ""), test.want), "%s: %q, want %q", name, missed, test.want)
	}
}

func TestTable(t *testing.T) {
	want := "" +
		"| endpoints | plan s | apply s | server's own s | no-op plan s | action calls (least) | listings in apply | listings in no-op plan (pages) |\n" +
		"|----------:|-------:|--------:|---------------:|-------------:|---------------------:|------------------:|-------------------------------:|\n" +
		"|       100 |   1.00 |    2.00 |           1.15 |         3.00 |                2 (2) |                 4 |                          1 (1) |\n" +
		"|      1000 |   1.00 |    2.00 |           1.25 |         3.00 |              20 (20) |                 4 |                          2 (2) |\n"
	assert.Check(t, is.DeepEqual(want, table([]row{good(settings[0], 100), good(settings[0], 1000)})))
}

// What make plot draws has the columns that the committed data has.
func TestCommaSeparated(t *testing.T) {
	committed, err := os.ReadFile("../../../images/cost.csv")
	assert.NilError(t, err)
	header, _, _ := strings.Cut(string(committed), "\n")
	r := row{endpoints: 60, plan: time.Second, apply: 2 * time.Second, again: 3 * time.Second}
	r.applied.Receive.Calls, r.applied.Listings, r.planned.Listings = 2, 4, 1
	assert.Check(t, is.Equal(commaSeparated([]row{r}), header+"\n60,1.00,2.00,3.00,2,4,1\n"))
}

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
		s := named(t, name)
		assert.Check(t, is.Equal(least{s.leastCalls(), s.leastListings(), s.floor(100)}, want), name)
	}
	for name, listings := range map[string]int{"refresh": 2, "sources": 4} {
		s := named(t, name)
		assert.Check(t, s.leastCalls() == 0 && s.leastListings() == listings, "a plan of %s: %d calls, %d listings", name, s.leastCalls(), s.leastListings())
	}
}

func named(t *testing.T, name string) scenario {
	t.Helper()
	i := slices.IndexFunc(scenarios, func(s scenario) bool { return s.name == name })
	assert.Assert(t, i >= 0, "there is no scenario %q", name)
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
		assert.Check(t, len(missed) == min(len(test.want), 1) && strings.Contains(strings.Join(missed, ""), test.want), "%s: %q, want %q", name, missed, test.want)
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
		assert.Check(t, strings.Contains(got, want), "no line\n%sin\n%s", want, got)
	}
}

func TestJudge(t *testing.T) {
	var out bytes.Buffer
	assert.Check(t, judge(&out, []verdict{{true, "calls"}}))
	assert.Check(t, is.Contains(out.String(), "- met: calls\n\nAll targets were met."))
	out.Reset()
	err := judge(&out, []verdict{{true, "calls"}, {false, "time"}})
	assert.Check(t, err != nil && strings.Contains(err.Error(), "- time") && strings.Contains(out.String(), "- met: calls\n- MISSED: time\n"),
		"%v\n%s", err, out.String())
}

func TestHighWater(t *testing.T) {
	for status, want := range map[string]int64{
		"Name:\tx\nVmPeak:\t  900 kB\nVmHWM:\t     512 kB\nVmRSS:\t  1 kB\n": 512 << 10,
		"VmHWM:\tmany kB\n": 0,
		"Name:\tx\n":        0,
	} {
		assert.Check(t, is.Equal(highWater(status), want), status)
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
		err := named(t, test.scenario).asExpected(test.err)
		assert.Check(t, (err == nil) == test.ok, "%s: %v", name, err)
	}
}

func TestCPUTime(t *testing.T) {
	t.Parallel()
	for stat, want := range map[string]time.Duration{
		"7 (terraform-provider) S 1 7 7 0 -1 4194560 100 0 0 0 250 50 0 0 20 0 9": 3 * time.Second,
		"7 (a) b) S": 0, "": 0,
	} {
		assert.Check(t, is.Equal(cpuTime(stat), want), stat)
	}
	c := (collected{own: 13 * time.Second, usual: 10 * time.Second})
	assert.Check(t, c.targets()[0].met, "missed")
	c = (collected{own: 14 * time.Second, usual: 10 * time.Second})
	assert.Check(t, !c.targets()[0].met, "met")
}
