// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// party is one of two resources that have the same endpoint in the state.
type party struct {
	*wire
	object  object
	config  fields // nil where it is destroyed
	planned object
}

// step is what a CLI does with one resource in a walk.
type step func(*party)

func reads(p *party) {
	if p.object.state == nil {
		return
	}
	var diags []*tfprotov6.Diagnostic
	p.object, diags = p.read(p.object)
	expectNoErrors(p.t, diags)
}

func plans(p *party) {
	if p.object.state == nil {
		return
	}
	var diags []*tfprotov6.Diagnostic
	p.planned, diags = p.plan(p.object, p.config)
	expectNoErrors(p.t, diags)
}

// replans is the planning of an apply: of changes only, and never of a destroy.
func replans(p *party) {
	if p.config != nil && p.changes() {
		plans(p)
	}
}

func applies(p *party) {
	if p.config != nil && !p.changes() {
		return
	}
	var diags []*tfprotov6.Diagnostic
	p.object, diags = p.apply(p.object, p.planned, p.config)
	expectNoErrors(p.t, diags)
}

func (p *party) changes() bool { return !reflect.DeepEqual(p.object.state, p.planned.state) }

func expectNoErrors(t *testing.T, diags []*tfprotov6.Diagnostic) {
	t.Helper()
	expectNoDiagnostics(t, slices.DeleteFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Severity != tfprotov6.DiagnosticSeverityError }))
}

// interleavings are all ways to take the steps of two in their order: true for
// the first one's next.
func interleavings(first, second int) [][]bool {
	if first == 0 && second == 0 {
		return [][]bool{nil}
	}
	var all [][]bool
	if first > 0 {
		for _, rest := range interleavings(first-1, second) {
			all = append(all, append([]bool{true}, rest...))
		}
	}
	if second > 0 {
		for _, rest := range interleavings(first, second-1) {
			all = append(all, append([]bool{false}, rest...))
		}
	}
	return all
}

// take takes the steps of two in the given order, in one walk.
func take(a, b *party, stepsOfA, stepsOfB []step, order []bool) {
	a.walk()
	b.walking = a.walking
	for _, first := range order {
		p, steps := b, &stepsOfB
		if first {
			p, steps = a, &stepsOfA
		}
		(*steps)[0](p)
		*steps = (*steps)[1:]
	}
}

// sharing is a case of two resources that have the same in the state, of which
// the first gives it up.
type sharing struct {
	one, other string // what becomes of them
	a, b       fields // their configurations then
	stays      bool   // what both have: the other keeps it
	late       bool   // what is not configured any more is planned before it is read

	// turn changes at the gateway what both have, and back: what is recorded of it
	// is outdated then.
	turn func(away bool)
}

// sharings are all cases, of resources that have the first two and the second two
// of three things in the state.
func sharings(config func(from, to int) fields) []sharing {
	var all []sharing
	for one, a := range map[string]fields{"gives up": config(1, 1), "is destroyed": nil} {
		for other, s := range map[string]sharing{
			"keeps":              {b: config(2, 3), stays: true},
			"keeps, and adds":    {b: config(2, 4), stays: true},
			"keeps, and removes": {b: config(2, 2), stays: true},
			"gives up":           {b: config(3, 3)},
			"is destroyed":       {b: nil},
		} {
			s.one, s.other, s.a = one, other, a
			all = append(all, s)
			if s.late = true; s.a == nil || s.b == nil {
				all = append(all, s)
			}
		}
	}
	return all
}

func (s sharing) String() string {
	return fmt.Sprintf("one %s, the other %s, read late %t", s.one, s.other, s.late)
}

// inAllOrders makes two resources, and takes them through it in all orders.
func (s sharing) inAllOrders(t *testing.T, pair func() (a, b *party), check func()) {
	// One after the other, or both planned before either acts.
	applyOrders := [][]bool{{true, true, false, false}, {false, false, true, true}, {true, false, true, false}}
	for _, planOrder := range interleavings(2, 2) {
		for _, applyOrder := range applyOrders {
			a, b := pair()
			a.config, b.config = s.a, s.b
			s.run(a, b, planOrder, applyOrder)
			if check(); t.Failed() {
				t.Fatalf("planned in the order %t, applied in %t", planOrder, applyOrder)
			}
		}
	}
}

// run plans and applies, and has another plan find nothing to do.
func (s sharing) run(a, b *party, planOrder, applyOrder []bool) {
	if s.late { // what an earlier plan has told may be told the other way round now
		s.turn(true)
		take(a, b, []step{reads}, []step{reads}, []bool{applyOrder[0], !applyOrder[0]})
		s.turn(false)
	}
	take(a, b, a.planning(s.late), b.planning(s.late), planOrder)
	take(a, b, []step{replans, applies}, []step{replans, applies}, applyOrder)
	take(a, b, []step{reads, plans}, []step{reads, plans}, planOrder)
	for _, p := range []*party{a, b} {
		if p.config != nil && p.changes() {
			p.t.Errorf("the next plan changes %v to %v", p.object.state, p.planned.state)
		}
	}
}

// planning are the steps of a plan. What is not configured any more is read late
// by some CLIs.
func (p *party) planning(late bool) []step {
	if late && p.config == nil {
		return []step{plans, reads}
	}
	return []step{reads, plans}
}

// Two resources have an endpoint in the state, and one or both of them give it
// up: in whatever order a CLI reads, plans and applies them, it ends as the one
// that keeps it wants it, and rejected where none does. What is over after that
// is over.
func TestConnectionSharedState(t *testing.T) {
	t.Parallel()
	for _, s := range sharings(func(from, to int) fields { return accepted(endpointIDs(from, to)...) }) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			want := "rejected"
			if s.stays {
				want = "accepted"
			}
			var m *mock
			s.turn = func(away bool) {
				status := "accepted"
				if away {
					status = "rejected"
				}
				m.SetStatus(testInstance, endpointID(2), status)
			}
			s.inAllOrders(t, func() (a, b *party) {
				m = newMock(t, mockapig.Config{})
				m.ask("accepted", endpointIDs(1, 4)...)
				w, v := newWire(t, m), newWire(t, m)
				return &party{wire: w, object: w.create(accepted(endpointIDs(1, 2)...))}, &party{wire: v, object: v.create(accepted(endpointIDs(2, 3)...))}
			}, func() { m.expectStatuses(t, want, endpointID(2)) })
		})
	}
}

// A destroy that is planned before it is read may reject what its record says is
// rejected already: the one that keeps it warns of that.
func TestConnectionSharedOutdated(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointIDs(1, 3)...)
	w, v := newWire(t, m), newWire(t, m)
	giver, keeper := w.create(accepted(endpointIDs(1, 2)...)), v.create(accepted(endpointIDs(2, 3)...))
	m.SetStatus(testInstance, endpointID(2), "rejected")
	giver, diags := w.read(giver)
	expectNoDiagnostics(t, diags)
	m.SetStatus(testInstance, endpointID(2), "accepted")

	w.walk()
	v.walking = w.walking
	_, diags = w.plan(giver, nil)
	expectWarning(t, diags, "Connections will be rejected", line(1, "accepted"))
	keeper, diags = v.read(keeper)
	expectNoDiagnostics(t, diags)
	_, diags = v.plan(keeper, accepted(endpointIDs(2, 3)...))
	expectWarning(t, diags, "Endpoints that change hands: "+endpointID(2))
	_, diags = v.plan(keeper, accepted(endpointID(3)))
	expectWarning(t, diags, "Connections left to another resource: "+endpointID(2))
}

// The same holds for the entries of accounts.
func TestPermissionsSharedState(t *testing.T) {
	t.Parallel()
	ids := accountIDs(1, 4)
	config := func(from, to int) fields {
		return fields{"instance_id": testInstance, "domain_ids": listOf(ids[from-1 : to]...)}
	}
	for _, s := range sharings(config) {
		t.Run(s.String(), func(t *testing.T) {
			t.Parallel()
			var m *mock
			s.turn = func(away bool) {
				change := m.Permit
				if away {
					change = m.Forbid
				}
				change(testInstance, ids[1])
			}
			s.inAllOrders(t, func() (a, b *party) {
				m = newMock(t, mockapig.Config{})
				w, v := newWire(t, m), newWire(t, m)
				w.resource, v.resource = permissionsType, permissionsType
				return &party{wire: w, object: w.create(config(1, 2))}, &party{wire: v, object: v.create(config(2, 3))}
			}, func() {
				if there := slices.Contains(m.permitted(), ids[1]); there != s.stays {
					t.Errorf("the entry is there: %t", there)
				}
			})
		})
	}
}

// A tainted object that has entries which its successor has not is not replaced,
// unless another resource has them by then: no plan can show what is deleted.
func TestPermissionsSharedTainted(t *testing.T) {
	t.Parallel()
	ids := accountIDs(1, 3)
	config := func(ids ...string) fields { return fields{"instance_id": testInstance, "domain_ids": listOf(ids...)} }
	for name, test := range map[string]struct {
		taker fields
		error bool
	}{
		"all of it":  {config(ids[1]), false},
		"not of all": {config(ids[2]), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			w := newWire(t, m)
			w.resource = permissionsType
			tainted := w.create(config(ids[:2]...))
			planned, diags := w.plan(object{}, config(ids[0]))
			expectNoDiagnostics(t, diags)
			w.walk()
			_, diags = w.plan(object{}, test.taker)
			expectNoDiagnostics(t, diags)
			left, diags := w.apply(tainted, planned.only(), nil)
			if test.error {
				expectError(t, diags, "Replacing a tainted object would delete permissions", ids[1], theGateway, "`terraform untaint`")
				expectValue(t, "what is left", tainted.state, left.state)
			} else {
				expectNoDiagnostics(t, diags)
				expectValue(t, "what is left", nil, left.state)
			}
			m.expectPermitted(t, ids[:2]...)
		})
	}
}

// A tainted object may be replaced if another resource has taken over by then
// what its successor does not hold.
func TestConnectionSharedTainted(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		taker fields
		error bool
	}{
		"all of it":  {accepted(endpointID(2)), false},
		"not of all": {accepted(endpointID(3)), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 3)...)
			w := newWire(t, m)
			tainted := w.create(accepted(endpointIDs(1, 2)...))
			planned, diags := w.plan(object{}, accepted(endpointID(1)))
			expectNoDiagnostics(t, diags)

			w.walk()
			_, diags = w.plan(object{}, test.taker)
			expectNoDiagnostics(t, diags)
			left, diags := w.apply(tainted, planned.only(), nil)
			if test.error {
				expectError(t, diags, "Replacing a tainted object would reject connections", line(2, "accepted"))
			} else {
				expectWarning(t, diags, "Connections left to another object", line(1, "accepted")) // its successor's
			}
			if kept := left.state != nil; kept != test.error {
				t.Errorf("it stays in the state: %t", kept)
			}
			m.expectDecisions(t)
		})
	}
}
