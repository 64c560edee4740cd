// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

func permitting(ids ...string) fields {
	return fields{"instance_id": testInstance, "domain_ids": listOf(ids...)}
}

// A replacement whose destruction fails has no successor yet: what that was to have
// stays in the state, so that a destroy that follows forgets nothing.
func TestReplacement_destructionFails(t *testing.T) {
	t.Parallel()
	for kind, tc := range map[string]struct {
		config    func(ids ...string) fields
		attribute string
		ids       []string
		fail      func(m *mock, id string)
	}{
		connectionType: {accepted, "endpoints", endpointIDs(1, 2), func(m *mock, id string) {
			m.Fail(refusing("reject", id, -1, http.StatusForbidden, "APIC.7106"))
		}},
		permissionsType: {permitting, "domain_ids", accountIDs(1, 2), func(m *mock, id string) {
			m.failPermission(mockapig.OpDeletePermissions, id, http.StatusBadRequest, "APIG.2011")
		}},
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 2)...)
			w := newWalker(t, m, kind)
			w.run(just(map[string]fields{"a": tc.config(tc.ids...)}))
			tc.fail(m, tc.ids[1])
			after := map[string]wanted{"a": {config: tc.config(tc.ids[0]), force: true}}
			changes, told := w.plans(after)
			if told = w.applies(changes, -1); len(told.errors) != 1 {
				t.Fatalf("errors: %q", told.errors)
			}
			var left []string
			for _, id := range w.objects["a"].current.state.(fields)[tc.attribute].([]any) {
				left = append(left, id.(string))
			}
			slices.Sort(left)
			if diff := cmp.Diff(tc.ids, left); diff != "" {
				t.Errorf("what the state has (-want +got):\n%s", diff)
			}
		})
	}
}

// A destroy that fails keeps neither what is gone nor what another resource has by
// then; where nothing else is left, it keeps no object.
func TestPermissions_destructionFailsAtTheEnd(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	w := newWalker(t, m, permissionsType)
	w.run(just(map[string]fields{"a": permitting(accountIDs(1, 2)...)}))
	changes, _ := w.plans(nil)
	m.Fail(mockapig.Fault{Operation: mockapig.OpDeletePermissions, After: true, Status: http.StatusForbidden, Code: "APIC.7106"})
	if told := w.applies(changes, -1); len(told.errors) != 1 {
		t.Errorf("errors: %q", told.errors)
	}
	m.expectPermitted(t)
	if left := w.objects["a"].current.state; left != nil {
		t.Errorf("the state has %v", left)
	}
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
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 2)...)
			w := newWalker(t, m, connectionType)
			w.run(just(map[string]fields{"a": accepted(endpointIDs(1, 2)...)}))
			known := map[string]fields{"a": accepted(endpointID(1)), "b": accepted(endpointID(2))}
			config := just(known)
			config["b"] = wanted{config: with(known["b"], "endpoints", unknown), known: known["b"]}
			changes, _ := w.plans(config)
			w.next = func(int) int {
				turn := tc.turns[0]
				tc.turns = tc.turns[1:]
				return turn
			}
			told := w.applies(changes, -1)
			if len(told.errors) != 1 || !strings.HasPrefix(told.errors[0], handover) || !strings.Contains(told.errors[0], "plan again: unless that says so too, the next apply does what is left") {
				t.Fatalf("errors: %q", told.errors)
			}
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
			refused := just(map[string]fields{taker: accepted(endpointID(2))})
			refused["b"] = wanted{config: accepted(endpointID(1)), force: true}
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
