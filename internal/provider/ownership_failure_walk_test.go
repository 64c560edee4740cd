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

// A replacement whose destruction fails has no successor yet: what that was to have
// stays in the state, and a destroy that follows lets go of it.
func TestReplacement_destructionFails(t *testing.T) {
	t.Parallel()
	for kind, tc := range map[string]struct {
		config    func(ids ...string) fields
		attribute string
		ids       []string
		fail      mockapig.Fault
	}{
		connectionType: {accepted, "endpoints", endpointIDs(1, 2), refusing("reject", endpointID(2), 1, http.StatusForbidden, "APIC.7106")},
		permissionsType: {permitting, "domain_ids", accountIDs(1, 2), mockapig.Fault{
			Operation: mockapig.OpDeletePermissions, Status: http.StatusForbidden, Code: "APIC.7106",
		}},
	} {
		t.Run(kind, func(t *testing.T) {
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask("accepted", endpointIDs(1, 2)...)
				w.resource = kind
				w.run(just(map[string]fields{"a": tc.config(tc.ids...)}))
				m.Fail(tc.fail)
				changes, _ := w.plans(map[string]wanted{"a": {config: tc.config(tc.ids[0]), force: true}})
				if told := w.applies(changes, -1); len(told.errors) != 1 {
					t.Fatalf("errors: %q", told.errors)
				}
				if diff := cmp.Diff(tc.ids, w.has("a", tc.attribute)); diff != "" {
					t.Errorf("what the state has (-want +got):\n%s", diff)
				}
				w.minimal = true // nothing is read: what was recorded counts
				w.run(nil)
				m.expectPermitted(t)
				if kind == connectionType {
					m.expectStatuses(t, "rejected", endpointIDs(1, 2)...)
				}
			})
		})
	}
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
		if told := w.applies(changes, -1); len(told.errors) != 1 {
			t.Errorf("errors: %q", told.errors)
		}
		m.expectPermitted(t, accountIDs(1, 2)...)
		if diff := cmp.Diff([]string{accountID(2)}, w.has("a", "domain_ids")); diff != "" {
			t.Errorf("what the state has (-want +got):\n%s", diff)
		}
	})
}

// A destroy that fails and leaves nothing keeps no object.
func TestPermissions_destructionFailsAtTheEnd(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		w.resource = permissionsType
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
		t.Run(name, func(t *testing.T) {
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask("accepted", endpointIDs(1, 2)...)
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
