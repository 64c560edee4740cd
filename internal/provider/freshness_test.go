// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// What comes after something else in an apply sees what that has changed, be it long
// after the run's own last listing: of connections and of permissions, whole or narrowed.
func TestFreshness_inAnApply(t *testing.T) {
	t.Parallel()
	gw := fields{"instance_id": testInstance}
	late := endpointID(2)
	for name, sees := range map[string]func(t *testing.T, m *mock, w *walker) any{
		"data source by account": func(t *testing.T, _ *mock, w *walker) any {
			t.Helper()
			read, diags := w.data("apig_vpc_endpoint_connections", with(gw, "filter", fields{"domain_ids": listOf(otherDomain)}))
			expectNoDiagnostics(t, diags)
			return read["endpoints"]
		},
		"data source by endpoint": func(t *testing.T, _ *mock, w *walker) any {
			t.Helper()
			read, diags := w.data("apig_vpc_endpoint_connections", with(gw, "filter", fields{"endpoints": listOf(late)}))
			expectNoDiagnostics(t, diags)
			return read["endpoints"]
		},
		"exclusive resource": func(t *testing.T, _ *mock, w *walker) any {
			t.Helper()
			w.resource = exclusiveType
			defer func() { w.resource = connectionType }()
			made := w.create(with(gw, "endpoints", listOf(endpointID(1))))
			undeclared, _ := made.state.(fields)["undeclared"].(fields)
			found := []any{}
			for id := range undeclared {
				found = append(found, id)
			}
			return found
		},
		"action": func(t *testing.T, m *mock, w *walker) any {
			t.Helper()
			_, diags := w.invoke(decisionType, decide("accepted", fields{"domain_ids": listOf(otherDomain)}))
			expectNoDiagnostics(t, diags)
			m.expectStatuses(t, "accepted", late)
			return listOf(late)
		},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask("pendingAcceptance", endpointID(1))
				w.walk()
				w.create(accepted(endpointID(1)))
				passes(40 * time.Second)
				m.Connect(testInstance, mockapig.Connection{ID: late, DomainID: otherDomain, Status: "accepted"})
				if name != "exclusive resource" {
					m.SetStatus(testInstance, late, "pendingAcceptance")
				}
				passes(5 * time.Second)
				expectValue(t, "what is seen", any(listOf(late)), sees(t, m, w))
			})
		})
	}
}

// So it is with permissions.
func TestFreshness_ofPermissions(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		w.walk()
		w.resource = permissionsType
		w.create(fields{"instance_id": testInstance, "domain_ids": listOf(partnerDomain)})
		passes(40 * time.Second)
		m.Permit(testInstance, otherDomain)
		passes(5 * time.Second)
		read, diags := w.data("apig_vpc_endpoint_permissions", fields{"instance_id": testInstance})
		expectNoDiagnostics(t, diags)
		expectValue(t, "accounts", any(listOf(ownerDomain, partnerDomain, otherDomain)), read["domain_ids"])
	})
}

// What reads, plans and imports shares a listing for a whole walk, however long it
// takes, and so does a query: all of it is to show one picture. Data sources share one
// that began a moment before.
func TestFreshness_shared(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 6)
		m.ask("accepted", ids...)
		made := w.create(accepted(ids[0]))
		w.walk()
		m.ResetJournal()
		listings := func(what string, want int) {
			t.Helper()
			if got := m.Count(mockapig.OpListConnections); got != want {
				t.Errorf("%s: %d listings, want %d", what, got, want)
			}
			passes(time.Minute)
		}
		w.ok(w.read(made))
		listings("a read", 1)
		w.ok(w.plan(made, accepted(ids[0], ids[1])))
		w.ok(w.plan(object{}, accepted(ids[2])))
		listings("plans", 1)
		w.ok(w.imports(testInstance+"/"+ids[3], nil))
		_, diags := w.list(fields{"instance_id": testInstance}, 10, false)
		expectNoDiagnostics(t, diags)
		listings("an import and a query", 1)
		for range 100 {
			_, diags = w.data("apig_vpc_endpoint_connections", fields{"instance_id": testInstance})
			expectNoDiagnostics(t, diags)
			passes(10 * time.Millisecond)
		}
		listings("data sources", 2)
	})
}
