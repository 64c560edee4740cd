// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import "testing"

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
