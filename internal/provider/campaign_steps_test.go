// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

const soleExclusive = "exclusive"

// declaration is a resource in the configuration of a schedule.
type declaration struct {
	kind    string
	names   []string // endpoints, or accounts
	rejects bool
	retains bool
	first   bool
	expects bool // one account alone
	pending bool // are rejected too
	lets    bool // all of one account stand

	// In the next run:
	replaced, hidden, allHidden bool
}

// declarations are a configuration. A name is that of one resource, of whatever type.
type declarations map[string]*declaration

// put has a resource name an endpoint or an account, and no other one.
func (d declarations) put(id, name, kind string) {
	d.take(id)
	if d[name] == nil {
		d[name] = &declaration{kind: kind}
	}
	d[name].names = append(d[name].names, id)
}

// take takes an endpoint or an account out of whatever names it.
func (d declarations) take(id string) {
	for name, declared := range d {
		declared.names = slices.DeleteFunc(declared.names, func(other string) bool { return other == id })
		if len(declared.names) == 0 && declared.kind != exclusiveType {
			delete(d, name)
		}
	}
}

// rename renames a resource, or adds what it names to another one.
func (d declarations) rename(name, to string) {
	from := d[name]
	if from == nil || name == to {
		return
	}
	delete(d, name)
	if d[to] == nil {
		d[to] = from
	} else {
		d[to].names = slices.Concat(d[to].names, from.names)
	}
}

// config is the configuration as it is written. Its lists are sorted: a list that is in another order than the state's, and
// partly unknown, and turns out to have the same elements, can't be planned twice alike.
func (d declarations) config(hurry time.Duration) map[string]wanted {
	config := map[string]wanted{}
	for name, declared := range d {
		slices.Sort(declared.names)
		w := wanted{kind: declared.kind, first: declared.first, force: declared.replaced}
		switch declared.kind {
		case connectionType:
			w.config = declared.connections()
		case permissionsType:
			w.config = fields{"instance_id": testInstance, "domain_ids": listOf(declared.names...), "on_destroy": declared.or("delete")}
		case exclusiveType:
			w.config = d.exclusive(declared)
		}
		if hurry > 0 {
			short := hurry.String()
			w.config = with(w.config, "timeouts", fields{"create": short, "update": short})
		}
		if declared.hidden && declared.kind == connectionType {
			hidden := any(unknown)
			if !declared.allHidden {
				hidden = append([]any{unknown}, listOf(declared.names[1:]...)...)
			}
			w.known, w.config = w.config, with(w.config, "endpoints", hidden)
		}
		config[name] = w
	}
	return config
}

func (d *declaration) connections() fields {
	config := fields{
		"instance_id": testInstance, "desired_status": d.decision(), "endpoints": listOf(d.names...),
		"on_destroy": d.or("reject"), "wait_for_endpoints": "20s",
	}
	if d.expects {
		config["expected_domain_ids"] = listOf(worldAccounts[0])
	}
	return config
}

func (d *declaration) decision() string {
	if d.rejects {
		return "rejected"
	}
	return "accepted"
}

func (d *declaration) or(lets string) string {
	if d.retains {
		return "retain"
	}
	return lets
}

// exclusive lets stand what the others accept, and the endpoints of an account that has none, or of two.
func (d declarations) exclusive(sole *declaration) fields {
	accounts := worldAccounts[2:]
	if sole.lets {
		accounts = worldAccounts[1:]
	}
	config := fields{"instance_id": testInstance, "domain_ids": listOf(accounts...), "reject_pending": sole.pending}
	if stand := d.accepted(); len(stand) > 0 {
		config["endpoints"] = listOf(stand...)
	}
	return config
}

// accepted are the endpoints that are declared to be.
func (d declarations) accepted() []string {
	var ids []string
	for _, name := range slices.Sorted(maps.Keys(d)) {
		if d[name].kind == connectionType && !d[name].rejects {
			ids = append(ids, d[name].names...)
		}
	}
	return ids
}

// naming is the resource that names an endpoint or an account, if one does.
func (d declarations) naming(id string) *declaration {
	for _, declared := range d {
		if slices.Contains(declared.names, id) {
			return declared
		}
	}
	return nil
}

// wants is what is declared of an endpoint, "" where nothing is.
func (d declarations) wants(id string) string {
	if declared := d.naming(id); declared != nil {
		return declared.decision()
	}
	return ""
}

// stands tells whether an account's endpoints may stand that nothing declares.
func (d declarations) stands(account string) bool {
	sole := d[soleExclusive]
	return sole == nil || sole.lets && account == worldAccounts[1] || account == worldAccounts[2]
}

// clone is a copy as it is now.
func (d declarations) clone() declarations {
	copied := declarations{}
	for name, declared := range d {
		other := *declared
		other.names = slices.Clone(declared.names)
		copied[name] = &other
	}
	return copied
}

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

// when says when something happens from outside: at once, or, in the next run, between plan and apply, or a while into the apply.
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
	{2, func(r *rand.Rand) []step {
		return []step{{do: "exclusive", yes: r.IntN(3) == 0, word: draw(r, "", "with an account")}}
	}},
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
		return []step{
			{do: "put", n: n, to: name},
			calmRun(r),
			{do: "take", n: n},
			anEnd(r), aRun(r),
			{do: "put", n: n, to: name},
			{do: draw(r, "hide", "create first"), name: name},
			aRun(r),
		}
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
