// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// What is taken of a state that is moved is an endpoint of a gateway, by IDs, and a decision that there is.
func FuzzMovedState(f *testing.F) {
	for _, seed := range []string{
		`{"region":"r","instance_id":"i","endpoint_id":"e","action":"receive","status":"accepted","timeouts":{"create":"1m","update":null}}`,
		`{"instance_id":"i","endpoint_id":"e","action":"reject"}`, `{"instance_id":"i","endpoint_id":"e","status":"rejected"}`, `{"instance_id":"../x","endpoint_id":"e"}`,
		`{"instance_id":1}`, `{"instance_id":"i","endpoint_id":"e","action":"x\n"}`, `null`, `[]`, `{`, "",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, state []byte) {
		moved, err := readMovedState(state)
		if err != nil {
			assert.Check(t, !strings.ContainsFunc(err.Error(), unicode.IsControl), "error %q", err)
			return
		}
		assert.Check(t, tfkit.IDPattern.MatchString(moved.InstanceID) && tfkit.IDPattern.MatchString(moved.EndpointID),
			"%q and %q are taken for IDs", moved.InstanceID, moved.EndpointID)
		decision := moved.decision()
		assert.Check(t, decision == "" || decision == "accepted" || decision == "rejected", "decision %q", decision)
		encoded, err := json.Marshal(moved)
		assert.NilError(t, err)
		if again, err := readMovedState(encoded); err != nil || again.decision() != moved.decision() || len(moved.attributes()) != len(again.attributes()) {
			t.Errorf("%q is read as %+v, and that as %+v, %v", state, moved, again, err)
		}
	})
}
