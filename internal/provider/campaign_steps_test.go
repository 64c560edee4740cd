// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"strings"
	"time"
)

// step is one thing that happens in a schedule. It is data, and makes sense after any
// other, so that a schedule can be cut down to those that matter.
type step struct {
	do       string
	name, to string        // resources of the configuration
	n        int           // an endpoint, or an account
	word     string        // a status, say
	for_     time.Duration // how long
	when     when
	weather  weather
	atOnce   int
	yes      bool
}

// when says when something happens from outside: at once, or, in the next run, between
// plan and apply, or a while into the apply.
type when struct {
	planned bool
	applied time.Duration
}

func (w when) String() string {
	switch {
	case w.planned:
		return ", once the next run is planned"
	case w.applied > 0:
		return fmt.Sprintf(", %s into the next apply", w.applied)
	}
	return ""
}

func (s step) String() string {
	var b strings.Builder
	b.WriteString(s.do)
	for _, part := range []struct {
		given bool
		text  string
	}{
		{s.n > 0, fmt.Sprintf(" %d", s.n)},
		{s.name != "", " " + s.name},
		{s.to != "", " to " + s.to},
		{s.word != "", " " + s.word},
		{s.for_ > 0, " for " + s.for_.String()},
		{s.weather != weather{}, ": " + s.weather.String()},
		{s.atOnce > 0, fmt.Sprintf(", %d at once", s.atOnce)},
		{s.yes, ", yes"},
	} {
		if part.given {
			b.WriteString(part.text)
		}
	}
	return b.String() + s.when.String()
}

// simpler are steps that do the same with one thing less.
func (s step) simpler() []step {
	var all []step
	for _, change := range []func(*step){
		func(s *step) { s.weather.fails = 0 },
		func(s *step) { s.weather.blink = 0 },
		func(s *step) { s.atOnce = min(s.atOnce, 1) },
		func(s *step) { s.yes = false },
		func(s *step) { s.when = when{} },
	} {
		other := s
		if change(&other); other != s {
			if other.weather.fails == 0 {
				other.weather.seed = 0
			}
			all = append(all, other)
		}
	}
	return all
}

// maker makes steps of a kind; its weight is how often.
type maker struct {
	weight int
	make   func(r *rand.Rand) []step
}

var makers = []maker{
	// The configuration.
	{22, func(r *rand.Rand) []step { return []step{{do: "put", n: anEndpoint(r), to: aResource(r)}} }},
	{6, func(r *rand.Rand) []step { return []step{{do: "take", n: anEndpoint(r)}} }},
	{6, func(r *rand.Rand) []step {
		return []step{{do: "rename", name: aResource(r), to: aResource(r), yes: r.IntN(2) == 0}}
	}},
	{5, func(r *rand.Rand) []step { return []step{{do: "flip", name: aResource(r)}} }},
	{5, func(r *rand.Rand) []step { return []step{{do: "retain", name: aResource(r)}} }},
	{3, func(r *rand.Rand) []step { return []step{{do: "create first", name: aResource(r)}} }},
	{2, func(r *rand.Rand) []step { return []step{{do: "expect", name: aResource(r)}} }},
	{3, func(r *rand.Rand) []step { return []step{{do: "replace", name: aResource(r)}} }},
	{2, func(r *rand.Rand) []step { return []step{{do: "taint", name: aResource(r)}} }},
	{3, func(r *rand.Rand) []step { return []step{{do: "hide", name: aResource(r), yes: r.IntN(2) == 0}} }},
	{3, func(r *rand.Rand) []step { return []step{{do: "forget", name: aResource(r)}} }},
	{4, func(r *rand.Rand) []step { return []step{{do: "permit", n: anAccount(r), to: draw(r, "p", "q")}} }},
	{2, func(r *rand.Rand) []step { return []step{{do: "retain", name: draw(r, "p", "q")}} }},
	{2, func(r *rand.Rand) []step { return []step{{do: "guard", yes: r.IntN(3) == 0}} }},
	// From outside.
	{8, func(r *rand.Rand) []step { return []step{{do: "comes", n: anEndpoint(r), when: aTime(r)}} }},
	{3, func(r *rand.Rand) []step { return []step{{do: "leaves", n: anEndpoint(r), when: aTime(r)}} }},
	{8, func(r *rand.Rand) []step {
		return []step{{do: "console", n: anEndpoint(r), word: draw(r, "accepted", "rejected", "pendingAcceptance", "failed", "deleting"), when: aTime(r)}}
	}},
	{2, func(r *rand.Rand) []step {
		return []step{{do: "console permits", n: anAccount(r), yes: r.IntN(2) == 0, when: aTime(r)}}
	}},
	{3, func(r *rand.Rand) []step { return []step{{do: "fails", n: anEndpoint(r), atOnce: 1 + r.IntN(3)}} }},
	{3, func(r *rand.Rand) []step { return []step{{do: "refuses", n: anEndpoint(r), atOnce: 1 + r.IntN(3)}} }},
	{4, func(r *rand.Rand) []step {
		return []step{{do: "time passes", for_: draw(r, time.Second, 10*time.Second, 2*time.Minute)}}
	}},
	// Of the next run.
	{10, func(r *rand.Rand) []step { return []step{{do: "interrupt", for_: aMoment(r)}} }},
	{6, func(r *rand.Rand) []step { return []step{{do: "kill", for_: aMoment(r)}} }},
	{3, func(r *rand.Rand) []step { return []step{{do: "hurry", for_: aMoment(r)}} }},
	{55, func(r *rand.Rand) []step { return []step{aRun(r)} }},
	// What is begun, and taken back before it has come true.
	{8, func(r *rand.Rand) []step {
		flip := step{do: "flip", name: aResource(r)}
		return []step{flip, anEnd(r), aRun(r), flip, aRun(r)}
	}},
	{8, func(r *rand.Rand) []step {
		n, name := anEndpoint(r), aResource(r)
		return []step{{do: "put", n: n, to: name}, calmRun(r), {do: "take", n: n}, anEnd(r), aRun(r), {do: "put", n: n, to: name}, aRun(r)}
	}},
}

// anEnd ends the next run before its time.
func anEnd(r *rand.Rand) step {
	return step{do: draw(r, "interrupt", "interrupt", "kill", "hurry"), for_: aMoment(r)}
}

// newSchedule draws a schedule.
func newSchedule(r *rand.Rand) []step {
	total := 0
	for _, m := range makers {
		total += m.weight
	}
	var steps []step
	for range 3 {
		steps = append(steps, makers[0].make(r)...)
	}
	for range 12 + r.IntN(16) {
		at := r.IntN(total)
		for _, m := range makers {
			if at -= m.weight; at < 0 {
				steps = append(steps, m.make(r)...)
				break
			}
		}
	}
	return append(steps, aRun(r))
}

func aRun(r *rand.Rand) step {
	s := calmRun(r)
	if r.IntN(2) == 0 {
		s.weather = weather{seed: r.Uint64() >> 40, fails: draw(r, 10, 33, 33)}
	}
	if r.IntN(8) == 0 {
		s.weather.blink = draw(r, time.Second, 3*time.Second)
	}
	return s
}

func calmRun(r *rand.Rand) step {
	return step{do: "run", atOnce: draw(r, 0, 1, 3, 10), yes: r.IntN(4) == 0, for_: draw(r, 0, 0, 0, time.Second, time.Minute)}
}

func anEndpoint(r *rand.Rand) int   { return 1 + r.IntN(worldEndpoints) }
func anAccount(r *rand.Rand) int    { return 1 + r.IntN(len(worldAccounts)) }
func aResource(r *rand.Rand) string { return draw(r, "a", "b", "c") }
func aMoment(r *rand.Rand) time.Duration {
	return cmp.Or(time.Duration(r.Int64N(int64(draw(r, 500*time.Millisecond, 5*time.Second, time.Minute)))), 1)
}

func aTime(r *rand.Rand) when {
	switch r.IntN(5) {
	case 0:
		return when{planned: true}
	case 1:
		return when{applied: aMoment(r)}
	}
	return when{}
}
