// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// keys are those of an object's private state.
func (o object) keys(t *testing.T) []string {
	t.Helper()
	var kept map[string][]byte
	if len(o.private) > 0 {
		noError(t, json.Unmarshal(o.private, &kept))
	}
	return slices.Sorted(maps.Keys(kept))
}

// A state from before there was a token, with what such states had, gets one by its
// next update and loses the rest when it is read. Until then its owner is told from
// others too.
func TestOwnership_stateFromBefore(t *testing.T) {
	t.Parallel()
	before, err := json.Marshal(map[string][]byte{"leftover": []byte("true"), "release": []byte("{}"), "deposed": []byte("1"), "shared": []byte("[]")})
	noError(t, err)
	for kind, config := range map[string]func(n int) fields{
		connectionType:  func(n int) fields { return accepted(endpointIDs(1, n)...) },
		permissionsType: func(n int) fields { return permitting(accountIDs(1, n)...) },
	} {
		t.Run(kind, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 3)...)
			w := newWalker(t, m, kind)
			w.run(just(map[string]fields{"a": config(3)}))
			w.objects["a"].current.private = before
			read, diags := w.read(w.objects["a"].current)
			if len(diags) > 0 || len(read.keys(t)) > 0 {
				t.Errorf("read with %v, it has %v", diags, read.keys(t))
			}
			w.settledIn(just(map[string]fields{"a": config(3)}))
			w.run(just(map[string]fields{"a": config(2)}))
			if diff := cmp.Diff([]string{"holder"}, w.objects["a"].current.keys(t)); diff != "" {
				t.Errorf("private state (-want +got):\n%s", diff)
			}
		})
	}
}

// An object that is replaced by one of another gateway leaves nothing to it, be it of
// the same name.
func TestReplacement_anotherGateway(t *testing.T) {
	t.Parallel()
	const another = "00000000000000000000000000000002"
	m := newMock(t, mockapig.Config{})
	m.AddGateway(mockapig.Gateway{ID: another, ProjectID: testProject})
	m.ask("accepted", endpointIDs(1, 2)...)
	w := newWire(t, m)
	made := w.create(accepted(endpointIDs(1, 2)...))
	after := with(accepted(endpointIDs(1, 2)...), "instance_id", another)
	w.replaces = true
	first, diags := w.plan(made, after)
	expectWarning(t, diags, "Connections will be rejected")
	w.replaces = false
	second, _ := w.plan(object{private: first.private}, after)
	_, diags = w.apply(made, second.only(), nil)
	expectNoDiagnostics(t, diags)
	m.expectStatuses(t, "rejected", endpointIDs(1, 2)...)
}

// What a release leaves to another resource is told where that may not have it in the
// end, and not where it has it already.
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
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 2)...)
			w := newWalker(t, m, connectionType)
			w.run(just(map[string]fields{"b": accepted(endpointIDs(1, 2)...)}))
			config := map[string]wanted{"a": {config: with(accepted(), "endpoints", unknown), known: accepted(endpointID(2))}}
			if tc.after != nil {
				config["b"] = wanted{config: *tc.after}
			} else {
				config["a"] = wanted{config: config["a"].config, known: accepted(endpointIDs(1, 2)...)}
			}
			changes, _ := w.plans(config)
			w.next = func(int) int {
				turn := tc.turns[0]
				tc.turns = tc.turns[1:]
				return turn
			}
			told := w.applies(changes, -1)
			if told.warned(spared) != tc.tells {
				t.Errorf("warnings: %q", told.warnings)
			}
			m.expectStatuses(t, "accepted", endpointIDs(1, 2)...)
		})
	}
}
