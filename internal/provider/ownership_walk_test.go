// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	handover      = "Endpoints change hands, and would be rejected on the way"
	twice         = "Two resources name these endpoints"
	mayHandOver   = "Endpoints may change hands"
	leftAsTheyAre = "Endpoints left as they are"
)

// inAllWays runs a test for both orders of two, planned as most CLIs do and with -minimal-refresh.
func inAllWays(t *testing.T, resource string, test func(t *testing.T, m *mock, w *walker)) {
	t.Helper()
	for _, reverse := range []bool{false, true} {
		for _, minimal := range []bool{false, true} {
			runInMemory(t, fmt.Sprintf("reverse %t, minimal %t", reverse, minimal), mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask("accepted", endpointIDs(1, 4)...)
				w.resource = resource
				w.inOrder(reverse)
				w.minimal = minimal
				test(t, m, w)
			})
		}
	}
}

// just is a configuration of resources that have nothing but arguments.
func just(configs map[string]fields) map[string]wanted {
	all := map[string]wanted{}
	for address, config := range configs {
		all[address] = wanted{config: config}
	}
	return all
}

func (w *walker) refused(config map[string]wanted, phrases ...string) {
	w.t.Helper()
	changes, told := w.plans(config)
	assert.Assert(w.t, changes == nil && len(told.errors) == 1, "%d errors, want one: %q", len(told.errors), told.errors)
	expectWords(w.t, told.errors[0], phrases)
}

// afterwards is what is configured once all of it is known.
func (w wanted) afterwards() wanted {
	if w.force = false; w.known != nil {
		w.config, w.known = w.known, nil
	}
	return w
}

func retaining(config fields) fields { return with(config, "on_destroy", "retain") }

// Two that hold the same are refused in any order, be it that one of them rejects, and nothing is called.
func TestHandover_heldByBoth(t *testing.T) {
	t.Parallel()
	inAllWays(t, connectionType, func(t *testing.T, m *mock, w *walker) {
		w.run(just(a(accepted(endpointIDs(1, 2)...))))
		both := just(map[string]fields{"a": accepted(endpointIDs(1, 2)...), "b": rejecting(endpointIDs(2, 3)...)})
		w.refused(both, twice, "- "+endpointID(2), "Keep it in one of them.", theGateway, "to destroy all the same, do it with `-refresh=false`")
		m.expectDecisions(t)
	})
}

// From an accepting resource to a rejecting one and back nothing is refused, each
// way takes one call, and nothing is cut off on the way back.
func TestHandover_toRejectedAndBack(t *testing.T) {
	t.Parallel()
	inAllWays(t, connectionType, func(t *testing.T, m *mock, w *walker) {
		config := func(accept, reject []string) map[string]wanted {
			return just(map[string]fields{"a": accepted(accept...), "b": rejecting(reject...)})
		}
		w.run(config(endpointIDs(1, 2), endpointIDs(3, 3)))
		m.expectDecisions(t, "reject 1")
		m.ResetJournal()
		w.run(config(endpointIDs(1, 1), endpointIDs(2, 3)))
		m.expectDecisions(t, "reject 1")
		w.settledIn(config(endpointIDs(1, 1), endpointIDs(2, 3)))
		m.ResetJournal()
		w.run(config(endpointIDs(1, 2), endpointIDs(3, 3)))
		m.expectDecisions(t, "receive 1")
		m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)
		w.settledIn(config(endpointIDs(1, 2), endpointIDs(3, 3)))
	})
}

// A replaced object leaves to its successor what that names. The rest is treated
// by the state's on_destroy, and left with a warning where a plan could not show it.
func TestReplacement(t *testing.T) {
	t.Parallel()
	both, one := accepted(endpointIDs(1, 2)...), accepted(endpointID(1))
	some := with(accepted(), "endpoints", []any{endpointID(1), unknown})
	for name, tc := range map[string]struct {
		before fields
		after  wanted
		taint  bool
		calls  []string
		warns  string
	}{
		"nothing changes":               {before: both, after: wanted{config: both}},
		"one leaves":                    {before: both, after: wanted{config: one}, calls: []string{"reject 1"}},
		"one leaves, was retained":      {before: retaining(both), after: wanted{config: one}},
		"one leaves, retained now":      {before: both, after: wanted{config: retaining(one)}, calls: []string{"reject 1"}},
		"not all known":                 {before: both, after: wanted{config: some, known: accepted(endpointID(1), endpointID(3))}, warns: leftAsTheyAre + ": " + endpointID(2)},
		"not known":                     {before: both, after: wanted{config: with(accepted(), "endpoints", unknown), known: both}, warns: leftAsTheyAre},
		"tainted":                       {before: both, after: wanted{config: both}, taint: true},
		"tainted, one leaves":           {before: both, after: wanted{config: one}, taint: true, warns: leftAsTheyAre + ": " + endpointID(2)},
		"tainted, one leaves, retained": {before: retaining(both), after: wanted{config: one}, taint: true},
		"to one that rejects":           {before: both, after: wanted{config: rejecting(endpointIDs(1, 2)...)}, calls: []string{"reject 2"}},
	} {
		for _, first := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, create before destroy %t", name, first), func(t *testing.T) {
				t.Parallel()
				inAllWays(t, connectionType, func(t *testing.T, m *mock, w *walker) {
					tc := tc
					tc.after.first, tc.after.force = first, !tc.taint
					if first { // what is known in the apply is what counts
						if tc.warns != "" && name != "not known" {
							tc.calls = []string{"reject 1"}
						}
						tc.warns = ""
					}
					w.run(just(map[string]fields{"a": tc.before}))
					w.objects["a"].tainted = tc.taint
					told := w.run(map[string]wanted{"a": tc.after})
					m.expectDecisions(t, tc.calls...)
					assert.Check(t, (tc.warns == "" || told.warned(tc.warns)) && (tc.warns != "" || !told.warned(leftAsTheyAre)),
						"warnings %q, want %q", told.warnings, tc.warns)
					w.settledIn(map[string]wanted{"a": tc.after.afterwards()})
				})
			})
		}
	}
}

// An apply that ends between the creation of the new and the destruction of the old object leaves two that have the same
// endpoints. The next plan is refused; with the old one forgotten, or both, it goes on without a call.
func TestReplacement_killed(t *testing.T) {
	t.Parallel()
	inAllWays(t, connectionType, func(t *testing.T, m *mock, w *walker) {
		config := map[string]wanted{"a": {config: accepted(endpointIDs(1, 2)...), first: true}}
		w.run(config)
		changes, _ := w.plans(map[string]wanted{"a": {config: accepted(endpointIDs(1, 2)...), first: true, force: true}})
		w.applies(changes, 2)
		assert.Assert(t, len(w.objects["a"].deposed) == 1, "nothing is deposed")
		w.refused(config, handover, "- "+endpointID(1)+" - "+endpointID(2), "terraform state rm", "(a deposed one)")
		delete(w.objects, "a")
		w.run(config)
		w.settledIn(config)
		m.expectDecisions(t)
		m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)
	})
}

// An object that has let go of nothing another one has is destroyed, however it was left behind.
func TestReplacement_killedAndLet(t *testing.T) {
	t.Parallel()
	inAllWays(t, connectionType, func(t *testing.T, m *mock, w *walker) {
		w.run(map[string]wanted{"a": {config: accepted(endpointID(1)), first: true}})
		changes, _ := w.plans(map[string]wanted{"a": {config: accepted(endpointID(2)), first: true, force: true}})
		w.applies(changes, 2)
		after := map[string]wanted{"a": {config: accepted(endpointID(2)), first: true}}
		told := w.run(after)
		assert.Check(t, told.warned("Connections will be rejected"), "warnings: %q", told.warnings)
		m.expectStatuses(t, "rejected", endpointID(1))
		m.expectStatuses(t, "accepted", endpointID(2))
		w.settledIn(after)
	})
}

// What the state has of an ordinary resource is its attributes and one short token, which is the object's own. A state without a
// token gets one by its next update. Until then its owner is told from others too.
func TestOwnership_privateState(t *testing.T) {
	ofTwins(t, func(t *testing.T, x twin, _ *mock, w *walker) {
		token := func(config wanted) string {
			w.run(map[string]wanted{"a": config})
			var kept map[string][]byte
			assert.NilError(t, json.Unmarshal(w.objects["a"].current.private, &kept))
			var token string
			assert.Check(t, len(kept) == 1 && json.Unmarshal(kept["holder"], &token) == nil && len(token) == 10, "private state %q", kept)
			return token
		}
		first := token(wanted{config: x.some(3)})
		assert.Check(t, is.Equal(token(wanted{config: x.some(2)}), first), "the token")
		assert.Check(t, token(wanted{config: x.some(2), force: true}) != first, "the new object has the token of the old one")
		w.objects["a"].current.private = []byte("{}")
		w.settledIn(just(a(x.some(2))))
		token(wanted{config: x.some(3)})
	})
}

// What turns out in the apply to be another resource's is left to it. The plan has warned of that; the apply tells it where the other
// one may not have it in the end, and not where that has it already.
func TestSpared(t *testing.T) {
	t.Parallel()
	const spared = "Endpoints left to another resource: "
	for name, tc := range map[string]struct {
		after bool  // the one that lets go is updated; otherwise it is destroyed
		turns []int // of a, that holds, and of b, that lets go
		tells bool
	}{
		"updated, and the other one has failed":     {true, []int{1, 0, 0}, true},
		"updated after the other one is applied":    {true, []int{0, 0, 0, 0}, false},
		"destroyed before the other one is applied": {false, []int{0, 1, 0}, true},
		"destroyed after the other one is applied":  {false, []int{0, 0, 0}, false},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			ids := endpointIDs(1, 3)
			m.ask("accepted", ids...)
			w.run(just(map[string]fields{"b": accepted(ids[:2]...)}))
			config := map[string]wanted{"a": {config: with(accepted(), "endpoints", []any{ids[2], unknown}), known: accepted(ids[2], ids[1])}}
			if tc.after {
				config["b"] = wanted{config: accepted(ids[0])}
			}
			changes, told := w.plans(config)
			assert.Check(t, told.warned(mayHandOver), "warnings: %q", told.warnings)
			w.inTurns(tc.turns)
			told = w.applies(changes, -1)
			assert.Check(t, told.warned(spared) == tc.tells, "warnings: %q", told.warnings)
			m.expectStatuses(t, "accepted", ids[1:]...)
		})
	}
}

// A replacement whose destruction fails has no successor yet: what that was to have
// stays in the state, and a destroy that follows lets go of it.
func TestReplacement_destructionFails(t *testing.T) {
	ofTwins(t, func(t *testing.T, x twin, m *mock, w *walker) {
		w.run(just(a(x.some(2))))
		m.Fail(refusing("reject", endpointID(2), 1, http.StatusForbidden, "APIC.7106"))
		m.Fail(fault(mockapig.OpDeletePermissions, http.StatusForbidden, "APIC.7106", "no"))
		changes, _ := w.plans(map[string]wanted{"a": {config: x.some(1), force: true}})
		told := w.applies(changes, -1)
		assert.Assert(t, len(told.errors) == 1, "errors: %q", told.errors)
		expectValue(t, "what the state has", x.ids[:2], w.has("a", x.list))
		w.minimal = true // nothing is read: what was recorded counts
		w.run(nil)
		m.expectPermitted(t)
		if x.kind == connectionType {
			m.expectStatuses(t, "rejected", x.ids[:2]...)
		}
	})
}

// has is what an object's state names, sorted.
func (w *walker) has(address, attribute string) []string {
	return slices.Sorted(slices.Values(elementsOf(w.objects[address].current.state.(fields), attribute)))
}

// A destroy that fails keeps nothing that another resource has by then.
func TestPermissions_destructionFailsBesideAnother(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		w.resource = permissionsType
		w.run(just(map[string]fields{"a": permitting(accountIDs(1, 3)...)}))
		changes, _ := w.plans(map[string]wanted{"b": {config: with(permitting(), "domain_ids", unknown), known: permitting(accountID(1))}})
		w.inOrder(true) // b is first
		m.failPermission(mockapig.OpDeletePermissions, accountID(2), http.StatusBadRequest, "APIG.2011")
		told := w.applies(changes, -1)
		assert.Check(t, len(told.errors) == 1, "errors: %q", told.errors)
		m.expectPermitted(t, accountIDs(1, 2)...)
		expectValue(t, "what the state has", []string{accountID(2)}, w.has("a", "domain_ids"))
	})
}

// A destroy that fails and leaves nothing keeps no object.
func TestPermissions_destructionFailsAtTheEnd(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		w.resource = permissionsType
		w.run(just(map[string]fields{"a": permitting(accountIDs(1, 2)...)}))
		changes, _ := w.plans(nil)
		m.Fail(mockapig.Fault{Operation: mockapig.OpDeletePermissions, After: true, Status: http.StatusForbidden, Code: "APIC.7106"})
		told := w.applies(changes, -1)
		assert.Check(t, len(told.errors) == 1, "errors: %q", told.errors)
		m.expectPermitted(t)
		assert.Check(t, is.Equal(w.objects["a"].current.state, nil), "the state")
	})
}

// Two that turn out, in the apply, to be planned into a conflict before either is
// applied: the second one fails, and what it says to do is what then works.
func TestHandover_foundInApply(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		turns   []int // of a and b
		refused bool  // the next plan
	}{
		"the one that lets go is planned first": {[]int{0, 1, 0}, false},
		"the one that holds is planned first":   {[]int{1, 0, 0}, true},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.ask("accepted", endpointIDs(1, 2)...)
			w.run(just(map[string]fields{"a": accepted(endpointIDs(1, 2)...)}))
			known := map[string]fields{"a": accepted(endpointID(1)), "b": accepted(endpointID(2))}
			config := just(known)
			config["b"] = wanted{config: with(known["b"], "endpoints", unknown), known: known["b"]}
			changes, _ := w.plans(config)
			w.inTurns(tc.turns)
			told := w.applies(changes, -1)
			assert.Assert(t, len(told.errors) == 1 && strings.HasPrefix(told.errors[0], handover) && strings.Contains(told.errors[0], "plan again: unless that says so too, the next apply does what is left"),
				"errors: %q", told.errors)
			w.inOrder(false)
			if tc.refused {
				w.refused(just(known), handover, "in this same apply")
				known["a"] = retaining(known["a"])
			}
			w.run(just(known))
			w.settledIn(just(known))
			m.expectDecisions(t)
		})
	}
}

// Of an object that is replaced, in either order, what another one takes is not let go of by the plan's `on_destroy`, but by the
// state's: the message says to apply that before.
func TestHandover_replaced(t *testing.T) {
	t.Parallel()
	inAllWays(t, connectionType, func(t *testing.T, m *mock, w *walker) {
		w.run(just(map[string]fields{"b": accepted(endpointIDs(1, 2)...)}))
		for _, taker := range []string{"a", "c"} { // before it and after it
			for _, first := range []bool{false, true} {
				for _, config := range []fields{accepted(endpointID(1)), retaining(accepted(endpointID(1)))} {
					w.refused(map[string]wanted{taker: {config: accepted(endpointID(2))}, "b": {config: config, force: true, first: first}},
						handover, "- "+endpointID(2), "Of one that is replaced, `on_destroy` counts as the state has it: leave the replacement out, apply `on_destroy = \"retain\"` to it, "+
							"and then replace it with that still there")
				}
			}
		}
		w.run(just(map[string]fields{"b": retaining(accepted(endpointIDs(1, 2)...))}))
		w.run(map[string]wanted{"a": {config: accepted(endpointID(2))}, "b": {config: retaining(accepted(endpointID(1))), force: true}})
		after := just(map[string]fields{"a": accepted(endpointID(2)), "b": accepted(endpointID(1))})
		w.run(after)
		w.settledIn(after)
		m.expectDecisions(t)
	})
}
