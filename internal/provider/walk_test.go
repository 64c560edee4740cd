// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// walker plans and applies resources as a CLI does, over the protocol, and keeps their states: which object is planned when, and
// which private data it gets, is as Terraform and OpenTofu have been seen to do it.
type walker struct {
	*wire
	objects map[string]*instance
	// next says which of those whose turn may come is next. It is the order of the CLI's graph.
	next func(n int) int
	// minimal: an object is planned, read and planned again.
	minimal bool
	// atOnce is how many objects are worked on at the same time; none: one after the other.
	atOnce int
	// rank orders the steps that can be next by their objects' addresses; none: alphabetically.
	rank map[string]int
	// unread: nothing is read before it is planned. leaves: what is not there any more leaves the state.
	unread, leaves bool
	// over tells that nothing more is begun, lost that what a call returns gets lost. Both are nil where a walk ends by itself.
	over, lost func() bool
	// mu is held by whatever works on an object, but not during its calls.
	mu sync.Mutex
}

// instance is a resource in the state.
type instance struct {
	kind    string
	current object
	tainted bool
	deposed []*object
}

// wanted is a resource in the configuration. Its type is the walker's where it has none.
type wanted struct {
	kind   string
	config fields // as it is planned
	known  fields // as it is in the apply, where that is more
	first  bool   // create_before_destroy
	force  bool   // -replace
}

// change is what a plan has for one object.
type change struct {
	address string
	kind    string
	what    string // create, update, destroy, replace, deposed, or nothing
	wanted  wanted
	prior   object
	planned object
	tainted bool
	deposed *object // that it is about
	gone    bool    // it is not there any more
}

func newWalker(t *testing.T, m *mock, resource string) *walker {
	t.Helper()
	w := newWire(t, m)
	w.resource = resource
	return &walker{wire: w, objects: map[string]*instance{}, next: rand.IntN}
}

// inOrder has the walker come to addresses in their alphabetical order, or the reverse.
func (w *walker) inOrder(reverse bool) {
	w.next = func(n int) int {
		if reverse {
			return n - 1
		}
		return 0
	}
}

func (w *walker) inTurns(turns []int) {
	w.next = func(int) int {
		turn := turns[0]
		turns = turns[1:]
		return turn
	}
}

// toldInWalk is what a walk said.
type toldInWalk struct {
	errors, warnings []string
	at               []string // the arguments that it is about
}

func (h *toldInWalk) take(diags []*tfprotov6.Diagnostic) (failed bool) {
	for _, d := range diags {
		text := d.Summary + ": " + d.Detail
		for _, step := range d.Attribute.Steps() {
			if name, ok := step.(tftypes.AttributeName); ok {
				h.at = append(h.at, string(name))
			}
		}
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			h.errors, failed = append(h.errors, text), true
		} else {
			h.warnings = append(h.warnings, text)
		}
	}
	return failed
}

func (h toldInWalk) warned(summary string) bool {
	return slices.ContainsFunc(h.warnings, func(text string) bool { return strings.HasPrefix(text, summary) })
}

// plans makes a plan; it returns no changes where it is refused.
func (w *walker) plans(config map[string]wanted) (changes []*change, told toldInWalk) {
	w.t.Helper()
	w.walk()
	steps := map[string][]func() bool{}
	add := func(c *change) {
		name := c.address + " " + c.what
		if c.prior.state != nil && !w.minimal && !w.unread {
			steps[name] = append(steps[name], func() bool { return w.reads(c, &told) })
		}
		steps[name] = append(steps[name], func() bool { return w.planChange(c, &told) })
		if w.minimal && c.what == "update" {
			steps[name] = append(steps[name], func() bool { return w.reads(c, &told) }, func() bool { return w.planChange(c, &told) })
		}
		changes = append(changes, c)
	}
	for _, address := range slices.Sorted(maps.Keys(config)) {
		c := &change{address: address, kind: config[address].kind, what: "create", wanted: config[address]}
		if there := w.objects[address]; there != nil && there.current.state != nil {
			c.what, c.prior, c.tainted = "update", there.current, there.tainted
		}
		add(c)
	}
	for address, there := range w.objects {
		if _, ok := config[address]; !ok && there.current.state != nil {
			add(&change{address: address, kind: there.kind, what: "destroy", prior: there.current})
		}
		for _, old := range there.deposed {
			add(&change{address: address, kind: there.kind, what: "deposed", prior: *old, deposed: old})
		}
	}
	w.turns(steps)
	if len(told.errors) > 0 {
		return nil, told
	}
	for _, c := range changes {
		c.settle()
	}
	return changes, told
}

func (w *walker) reads(c *change, told *toldInWalk) bool {
	w.mu.Unlock()
	read, diags := w.of(c.kind).read(c.prior)
	w.mu.Lock()
	if told.take(diags) {
		return true
	}
	if read.state == nil && w.leaves {
		c.prior, c.gone = object{}, true
		if c.what == "update" {
			c.what = "create"
			return true
		}
		c.what = ""
		return false
	}
	if read.state == nil {
		w.breach("nothing leaves the state while its gateway is there", c.address)
		return true
	}
	c.prior = read
	return true
}

// planChange plans one object, twice where it is to be replaced.
func (w *walker) planChange(c *change, told *toldInWalk) bool {
	var diags []*tfprotov6.Diagnostic
	if c.what != "update" || c.tainted {
		prior := c.prior
		if c.tainted {
			prior = object{}
		}
		c.planned, diags = w.callsPlan(c.kind, prior, c.wanted.config)
		return !told.take(diags)
	}
	c.planned, diags = w.callsPlan(c.kind, c.prior, c.wanted.config)
	if told.take(diags) {
		return false
	}
	if c.planned.replaces && !w.leaves {
		w.breach("nothing is replaced for its arguments", c.address)
	}
	c.wanted.force = c.wanted.force || c.planned.replaces
	if c.wanted.force {
		c.planned, diags = w.callsPlan(c.kind, object{private: c.planned.private}, c.wanted.config)
		// The CLI shows the warnings of the first one alone.
		return !told.take(slices.DeleteFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityWarning }))
	}
	return true
}

// settle says what each planned change is, once all is planned.
func (c *change) settle() {
	switch {
	case c.what != "update":
	case c.wanted.force || c.tainted:
		c.what = "replace"
	case reflect.DeepEqual(c.prior.state, c.planned.state):
		c.what = ""
	}
}

// applies applies a plan. It ends, as if it were killed, after so many steps; a negative number lets it end by itself.
func (w *walker) applies(changes []*change, kill int) (told toldInWalk) {
	w.t.Helper()
	w.walk()
	steps := map[string][]func() bool{}
	for i, c := range changes {
		if w.objects[c.address] == nil {
			w.objects[c.address] = &instance{kind: c.kind}
		}
		if c.prior.state != nil && c.what != "deposed" {
			w.objects[c.address].current = c.prior // as it was read
		}
		if c.gone {
			w.objects[c.address].current = object{}
		}
		steps[fmt.Sprintf("%s %03d %s", c.address, i, c.what)] = w.stepsOf(c, &told)
	}
	for name, all := range steps {
		for i, step := range all {
			all[i] = func() bool {
				if kill == 0 {
					return false
				}
				kill--
				return step()
			}
		}
		if len(all) == 0 {
			delete(steps, name)
		}
	}
	w.turns(steps)
	return told
}

func (w *walker) stepsOf(c *change, told *toldInWalk) []func() bool {
	there := w.objects[c.address]
	config := c.wanted.config
	if c.wanted.known != nil {
		config = c.wanted.known
	}
	var diags []*tfprotov6.Diagnostic
	var planned object
	replan := func(prior object, to fields) func() bool {
		return func() bool {
			planned, diags = w.callsPlan(c.kind, prior, to)
			if !failed(diags) && to != nil {
				w.conforms("final plan", c.planned.state, planned.state)
			}
			return !told.take(diags)
		}
	}
	create := func() bool {
		made, diags, kept := w.callsApply(c.kind, object{}, planned, config)
		if told.take(diags) && kept && made.state != nil {
			there.current, there.tainted = made, true
			return false
		}
		if failed(diags) || !kept {
			return false
		}
		there.current, there.tainted = made, false
		return true
	}
	switch c.what {
	case "create":
		return []func() bool{replan(object{}, config), create}
	case "update":
		return []func() bool{replan(c.prior, config), func() bool {
			made, diags, kept := w.callsApply(c.kind, c.prior, planned, config)
			if kept {
				there.current = made
			}
			return !told.take(diags)
		}}
	case "destroy":
		return []func() bool{func() bool {
			return w.destroys(c.kind, c.prior, c.planned, told, &there.current)
		}}
	case "deposed":
		return []func() bool{replan(c.prior, nil), func() bool { return w.destroysDeposed(there, c.deposed, c.prior, planned, told) }}
	case "replace":
		if c.wanted.first {
			old := new(object)
			return []func() bool{
				replan(object{}, config),
				func() bool {
					*old = there.current
					there.deposed = append(there.deposed, old)
					there.current = object{}
					if create() {
						return true
					}
					there.current = *old // the CLI puts it back
					there.deposed = there.deposed[:len(there.deposed)-1]
					return false
				},
				replan(c.prior, nil),
				func() bool { return w.destroysDeposed(there, old, c.prior, planned, told) },
			}
		}
		return []func() bool{
			func() bool {
				return w.destroys(c.kind, c.prior, object{private: c.planned.private}, told, &there.current)
			},
			replan(object{}, config), create,
		}
	}
	return nil
}

// destroys destroys an object that is there, and keeps what is left of it.
func (w *walker) destroys(kind string, prior, planned object, told *toldInWalk, there *object) bool {
	left, diags, kept := w.callsApply(kind, prior, planned, nil)
	if !kept {
		return false
	}
	failed := told.take(diags)
	if *there = left; !failed {
		*there = object{}
	}
	return !failed
}

func (w *walker) destroysDeposed(there *instance, old *object, prior, planned object, told *toldInWalk) bool {
	goOn := w.destroys(there.kind, prior, planned, told, old)
	if old.state == nil {
		there.deposed = slices.DeleteFunc(there.deposed, func(o *object) bool { return o == old })
	}
	return goOn
}

// run plans and applies, and wants no error.
func (w *walker) run(config map[string]wanted) toldInWalk {
	w.t.Helper()
	changes, told := w.plans(config)
	if len(told.errors) == 0 {
		told = w.applies(changes, -1)
	}
	assert.Assert(w.t, is.Len(told.errors, 0))
	return told
}

// settledIn fails the test unless a plan of the configuration changes nothing.
func (w *walker) settledIn(config map[string]wanted) {
	w.t.Helper()
	changes, told := w.plans(config)
	assert.Check(w.t, is.Len(told.errors, 0))
	for _, c := range changes {
		assert.Check(w.t, c.what == "", "the next plan has a change of %s: %s", c.address, c.what)
	}
}

// with is a configuration with one argument changed.
func with(config fields, argument string, value any) fields {
	changed := maps.Clone(config)
	changed[argument] = value
	return changed
}
