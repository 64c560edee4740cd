// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

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

// What a release leaves to another resource is told where that may not have it in the end, and not where it has it already.
func TestSpared(t *testing.T) {
	t.Parallel()
	const spared = "Endpoints left to another resource: "
	for name, tc := range map[string]struct {
		after *fields // of the one that lets go; none where it is destroyed
		turns []int   // of a, that holds, and of b, that lets go
		tells bool
	}{
		"updated, and the other one has failed":     {new(accepted(endpointID(1))), []int{1, 0, 0}, true},
		"updated after the other one is applied":    {new(accepted(endpointID(1))), []int{0, 0, 0, 0}, false},
		"destroyed before the other one is applied": {nil, []int{0, 1, 0}, true},
		"destroyed after the other one is applied":  {nil, []int{0, 0, 0}, false},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.ask("accepted", endpointIDs(1, 2)...)
			w.run(just(map[string]fields{"b": accepted(endpointIDs(1, 2)...)}))
			config := map[string]wanted{"a": {config: with(accepted(), "endpoints", unknown), known: accepted(endpointID(2))}}
			if tc.after != nil {
				config["b"] = wanted{config: *tc.after}
			} else {
				config["a"] = wanted{config: config["a"].config, known: accepted(endpointIDs(1, 2)...)}
			}
			changes, _ := w.plans(config)
			w.inTurns(tc.turns)
			told := w.applies(changes, -1)
			assert.Check(t, told.warned(spared) == tc.tells, "warnings: %q", told.warnings)
			m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)
		})
	}
}

// A forced replacement that is created first, and takes an endpoint out: what the new object names is left to it without a call,
// and the rest is rejected when the old one goes. To hand the rest to another resource in the same plan is refused, since the old
// object goes by the `on_destroy` in its state.
func TestReplacement_createdFirstWithRemoval(t *testing.T) {
	t.Parallel()
	ids := endpointIDs(1, 3)
	inAllWays(t, connectionType, func(t *testing.T, m *mock, w *walker) {
		replaced := wanted{config: accepted(ids[0]), first: true, force: true}
		w.run(map[string]wanted{"a": {config: accepted(ids[:2]...), first: true}, "b": {config: accepted(ids[2])}})
		m.ResetJournal()

		w.refused(map[string]wanted{"a": replaced, "b": {config: accepted(ids[1:]...)}}, handover, "- "+ids[1])
		retained := replaced
		retained.config = retaining(replaced.config)
		w.refused(map[string]wanted{"a": retained, "b": {config: accepted(ids[1:]...)}}, handover, "- "+ids[1], "Of one that is replaced, `on_destroy` counts as the state has it")
		m.expectDecisions(t)

		told := w.run(map[string]wanted{"a": replaced, "b": {config: accepted(ids[2])}})
		assert.Check(t, !told.warned(leftAsTheyAre), "warnings %q", told.warnings)
		m.expectStatuses(t, "rejected", ids[1])
		m.expectStatuses(t, "accepted", ids[0], ids[2])
		m.expectDecisions(t, "reject 1")
		w.settledIn(map[string]wanted{"a": {config: accepted(ids[0]), first: true}, "b": {config: accepted(ids[2])}})
	})
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
func (w *walker) has(address, attribute string) (ids []string) {
	w.t.Helper()
	for _, id := range w.objects[address].current.state.(fields)[attribute].([]any) {
		ids = append(ids, id.(string))
	}
	slices.Sort(ids)
	return ids
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

// Of an object that is replaced, what another one takes is not let go of by the
// plan's `on_destroy`, but by the state's: the message says to apply that before.
func TestHandover_replaced(t *testing.T) {
	t.Parallel()
	inAllWays(t, connectionType, func(t *testing.T, m *mock, w *walker) {
		w.run(just(map[string]fields{"b": accepted(endpointIDs(1, 2)...)}))
		for _, taker := range []string{"a", "c"} { // before it and after it
			shrinks := just(map[string]fields{taker: accepted(endpointID(2))})
			shrinks["b"] = wanted{config: accepted(endpointID(1)), force: true}
			w.refused(shrinks, "leave the replacement out, apply")
			refused := just(map[string]fields{taker: accepted(endpointID(2))})
			refused["b"] = wanted{config: retaining(accepted(endpointID(1))), force: true}
			w.refused(refused, "leave the replacement out, apply `on_destroy = \"retain\"` to it, and then replace it with that still there")
		}
		w.run(just(map[string]fields{"b": retaining(accepted(endpointIDs(1, 2)...))}))
		after := just(map[string]fields{"a": accepted(endpointID(2))})
		after["b"] = wanted{config: retaining(accepted(endpointID(1))), force: true}
		w.run(after)
		after["b"] = wanted{config: accepted(endpointID(1))}
		w.run(after)
		w.settledIn(after)
		m.expectDecisions(t)
	})
}
