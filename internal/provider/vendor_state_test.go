// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// vendorObject is an object in a state file of the vendor's provider.
type vendorObject struct {
	SchemaVersion int64 `json:"schema_version"`
	Attributes    json.RawMessage
	Private       []byte
}

// vendorObjects are those of testdata/huaweicloud-state.json, by type and name. The vendor's provider, release
// 1.97.1, wrote that file itself, in an apply against this mock.
func vendorObjects(t *testing.T) map[string]vendorObject {
	t.Helper()
	text, err := os.ReadFile("testdata/huaweicloud-state.json")
	noError(t, err)
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []vendorObject
		}
	}
	noError(t, json.Unmarshal(text, &state))
	objects := map[string]vendorObject{}
	for _, resource := range state.Resources {
		objects[resource.Type+"."+resource.Name] = resource.Instances[0]
	}
	return objects
}

// What the vendor's provider wrote is moved without a call, read, and matches its configuration.
func TestMove_vendorState(t *testing.T) {
	rejected := accepted(endpointID(2))
	rejected["desired_status"] = "rejected"
	rejected["timeouts"] = fields{"create": "7m"}
	for name, tc := range map[string]struct {
		from, to string
		config   fields
	}{
		"accepted": {vendorType, connectionType, accepted(endpointID(1))},
		"rejected": {vendorType, connectionType, rejected},
		"partners": {vendorWhitelist, permissionsType, permitting(partnerDomain, otherDomain)},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask("accepted", endpointID(1))
				m.ask("rejected", endpointID(2))
				m.Permit(testInstance, partnerDomain, otherDomain)
				w.resource = tc.to
				written, found := vendorObjects(t)[tc.from+"."+name]
				if !found {
					t.Fatalf("the vendor's state has no %s.%s", tc.from, name)
				}
				moved := w.ok(w.moveWith(written.Private, vendorAddress, tc.from, written.SchemaVersion, string(written.Attributes)))
				if calls := m.Journal(); len(calls) > 0 {
					t.Errorf("the move made calls: %v", calls)
				}
				read := w.ok(w.read(moved))
				expectValue(t, "the project", any(testProject), read.state.(fields)["project_id"])
				w.unchanged(read, tc.config)
				m.onlyLists(t)
			})
		})
	}
}
