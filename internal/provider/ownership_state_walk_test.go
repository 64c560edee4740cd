// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"maps"
	"slices"
	"testing"

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

// What the state has of an ordinary resource is its attributes and one short token, which is
// the object's own.
func TestOwnership_privateState(t *testing.T) {
	ofTwins(t, func(t *testing.T, x twin, _ *mock, w *walker) {
		token := func(config wanted) string {
			w.run(map[string]wanted{"a": config})
			var kept map[string][]byte
			noError(t, json.Unmarshal(w.objects["a"].current.private, &kept))
			var token string
			if len(kept) != 1 || json.Unmarshal(kept["holder"], &token) != nil || len(token) != 10 {
				t.Errorf("private state %q", kept)
			}
			return token
		}
		first := token(wanted{config: x.some(3)})
		if again := token(wanted{config: x.some(2)}); again != first {
			t.Errorf("the token was %q, and is %q", first, again)
		}
		if token(wanted{config: x.some(2), force: true}) == first {
			t.Error("the new object has the token of the old one")
		}
	})
}

// A state from before there was a token, with what such states had, gets one by its
// next update and loses the rest when it is read. Until then its owner is told from
// others too.
func TestOwnership_stateFromBefore(t *testing.T) {
	before, err := json.Marshal(map[string][]byte{"leftover": []byte("true"), "release": []byte("{}"), "deposed": []byte("1"), "shared": []byte("[]")})
	noError(t, err)
	ofTwins(t, func(t *testing.T, x twin, _ *mock, w *walker) {
		w.run(just(a(x.some(3))))
		w.objects["a"].current.private = before
		if read := w.ok(w.read(w.objects["a"].current)); len(read.keys(t)) > 0 {
			t.Errorf("read, it has %v", read.keys(t))
		}
		w.settledIn(just(a(x.some(3))))
		w.run(just(a(x.some(2))))
		expectValue(t, "private state", []string{"holder"}, w.objects["a"].current.keys(t))
	})
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
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask("accepted", endpointIDs(1, 2)...)
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
		})
	}
}

// A forced replacement that is created first, and takes an endpoint out: what the new
// object names is left to it without a call, and the rest is rejected when the old one
// goes. To hand the rest to another resource in the same plan is refused, since the old
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
		if told.warned(leftAsTheyAre) {
			t.Errorf("warnings %q", told.warnings)
		}
		m.expectStatuses(t, "rejected", ids[1])
		m.expectStatuses(t, "accepted", ids[0], ids[2])
		m.expectDecisions(t, "reject 1")
		w.settledIn(map[string]wanted{"a": {config: accepted(ids[0]), first: true}, "b": {config: accepted(ids[2])}})
	})
}
