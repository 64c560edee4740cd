// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// The exclusive resource makes sure of nothing that another one has rejected, be it that one's own
// rejection that was interrupted, or the exclusive resource's.
func TestUnseen_exclusiveBesideOthers(t *testing.T) {
	t.Parallel()
	config := func(connections map[string]fields, accounts ...any) map[string]wanted {
		all := just(connections)
		all[exclusiveName] = wanted{kind: exclusiveType, config: fields{"instance_id": testInstance, "domain_ids": accounts}}
		return all
	}
	both := a(accepted(endpointIDs(1, 2)...))
	one := config(a(accepted(endpointID(1))), partnerDomain)
	for name, tc := range map[string]struct {
		interrupted, after map[string]wanted
		planned            string // of the exclusive resource
	}{
		"that one's": {one, one, ""},
		"its own":    {config(both, partnerDomain), config(map[string]fields{"a": both["a"], "A": rejecting(endpointID(3))}, partnerDomain, otherDomain), "update"},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask("accepted", endpointIDs(1, 2)...)
				m.Connect(testInstance, mockapig.Connection{ID: endpointID(3), DomainID: otherDomain, Status: "accepted"})
				w.run(config(both, partnerDomain)) // the first apply of the exclusive resource rejects nothing
				w.interruptedIn(m, mockapig.Fault{Operation: mockapig.OpAcceptOrReject}, tc.interrupted)
				changes, _ := w.plans(tc.after)
				for _, c := range changes {
					assert.Check(t, c.kind != exclusiveType || c.what == tc.planned, "of the exclusive resource: %q", c.what)
				}
				for _, text := range w.applies(changes, -1).errors {
					t.Error(text)
				}
				m.expectStatuses(t, "accepted", endpointID(1))
				m.expectStatuses(t, "rejected", endpointID(3))
				if tc.planned == "" {
					m.expectStatuses(t, "rejected", endpointID(2))
				}
				w.settledIn(tc.after)
			})
		})
	}
}
