// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A rejection by the exclusive resource that was interrupted: what may stand by then
// stands in the end, also where the resource is destroyed.
func TestUnseen_exclusive(t *testing.T) {
	t.Parallel()
	letsStand := func(n int) map[string]fields {
		var ids []any
		for _, id := range endpointIDs(1, n) {
			ids = append(ids, id)
		}
		return a(fields{"instance_id": testInstance, "endpoints": ids})
	}
	for name, tc := range map[string]struct {
		after map[string]fields
		want  string
	}{
		"declared":  {letsStand(2), "accepted"},
		"destroyed": {nil, "accepted"},
		"again":     {letsStand(1), "rejected"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			m.ask("accepted", endpointIDs(1, 2)...)
			w := newWalker(t, m, guardType)
			w.run(just(letsStand(1)))
			m.SetBehavior(mockapig.Behavior{RejectingFor: forever})
			w.interrupted(m, just(letsStand(1)))
			changes, told := w.plans(just(tc.after))
			if !told.warned(mayYet + ": " + endpointID(2)) {
				t.Errorf("the plan does not say so: %q", told.warnings)
			}
			m.lands("rejected")
			m.SetBehavior(mockapig.Behavior{})
			for _, text := range w.applies(changes, -1).errors {
				t.Error(text)
			}
			m.expectStatuses(t, "accepted", endpointID(1))
			m.expectStatuses(t, tc.want, endpointID(2))
			w.settledIn(just(tc.after))
			if _, told := w.plans(just(tc.after)); told.warned(mayYet) {
				t.Errorf("it is still said: %q", told.warnings)
			}
		})
	}
}
