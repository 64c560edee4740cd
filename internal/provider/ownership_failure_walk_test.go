// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"slices"
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
