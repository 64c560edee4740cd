// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"gotest.tools/v3/assert"

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
					tc.after.force = false
					if tc.after.known != nil {
						tc.after.config = tc.after.known
					}
					w.settledIn(map[string]wanted{"a": tc.after})
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
		w.run(map[string]wanted{"a": {config: accepted(endpointIDs(1, 1)...), first: true}})
		after := map[string]wanted{"a": {config: accepted(endpointIDs(2, 2)...), first: true, force: true}}
		changes, _ := w.plans(after)
		w.applies(changes, 2)
		after["a"] = wanted{config: accepted(endpointIDs(2, 2)...), first: true}
		told := w.run(after)
		assert.Check(t, told.warned("Connections will be rejected"), "warnings: %q", told.warnings)
		m.expectStatuses(t, "rejected", endpointID(1))
		m.expectStatuses(t, "accepted", endpointID(2))
		w.settledIn(after)
	})
}

// Endpoints that turn out to be another's in the apply: the plan warned. Whoever
// releases later spares them, and two that hold the same fail before any call.
func TestHandover_unknown(t *testing.T) {
	t.Parallel()
	inAllWays(t, connectionType, func(t *testing.T, m *mock, w *walker) {
		w.run(just(map[string]fields{"a": accepted(endpointIDs(1, 2)...)}))
		config := just(map[string]fields{"a": accepted(endpointID(1))})
		config["b"] = wanted{config: with(accepted(), "endpoints", []any{endpointID(3), unknown}), known: accepted(endpointID(3), endpointID(2))}
		changes, told := w.plans(config)
		assert.Check(t, told.warned(mayHandOver), "warnings: %q", told.warnings)
		w.applies(changes, -1)
		m.expectStatuses(t, "accepted", endpointIDs(2, 3)...)
	})
}
