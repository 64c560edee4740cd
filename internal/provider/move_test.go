// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	vendorAddress   = "registry.terraform.io/huaweicloud/huaweicloud"
	vendorType      = "huaweicloud_apig_endpoint_connection_management"
	vendorWhitelist = "huaweicloud_apig_endpoint_whitelist"
)

// vendorState is a state as the vendor's provider leaves it.
func vendorState(endpoint, action, status string, more ...string) string {
	state := fmt.Sprintf(`"id": %q, "instance_id": %q, "endpoint_id": %q, "action": %q, "status": %q, "region": %q`,
		endpoint, testInstance, endpoint, action, status, testRegion)
	for _, member := range more {
		state += ", " + member
	}
	return "{" + state + "}"
}

// whitelistState is a state as the vendor's provider leaves it.
func whitelistState(accounts ...string) string {
	entries := make([]string, len(accounts))
	for i, account := range accounts {
		entries[i] = fmt.Sprintf(`"iam:domain::%s"`, account)
	}
	return fmt.Sprintf(`{"id": %q, "instance_id": %q, "region": %q, "whitelists": [%s]}`, testInstance, testInstance, testRegion, strings.Join(entries, ", "))
}

// A state that was moved is read, and matches its configuration: no call changes anything. TestMove_vendorState has states that
// the vendor's provider wrote; these are others that it may have written.
func TestMove(t *testing.T) {
	id := endpointID(1)
	receives := func(more ...string) string { return vendorState(id, "receive", "accepted", more...) }
	asCreated := fmt.Sprintf(`{"instance_id": %q, "endpoint_id": %q, "action": "receive", "status": null, "region": null}`, testInstance, id)
	for name, tc := range map[string]struct {
		address, state, status string
		config                 fields
		version                int64
	}{
		"other registry": {"registry.opentofu.org/huaweicloud/huaweicloud", receives(), "accepted", accepted(id), 0},
		"OpenTofu 1.11":  {"huaweicloud", receives(), "accepted", accepted(id), 0},
		"creating":       {vendorAddress, vendorState(id, "", "creating"), "creating", accepted(id), 0},
		"later version":  {vendorAddress, receives(`"tags": {"a": 1}`), "accepted", accepted(id), 1},
		"as created":     {vendorAddress, asCreated, "accepted", accepted(id), 0},
		"every account":  {vendorAddress, whitelistState("*"), "", permitting("*"), 0},
	} {
		runInMemory(t, name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			from := vendorType
			if tc.status != "" {
				m.ask(tc.status, id)
			} else {
				w.resource, from = permissionsType, vendorWhitelist
				m.Permit(testInstance, append(accountIDs(1, 2), "*")...)
			}
			read := w.movesIn(m, w.ok(w.move(nil, tc.address, from, tc.version, tc.state)), tc.config)
			if tc.status != "" {
				expectValue(t, "the identity", any(identityOf(id)), read.identity)
			}
		})
	}
}

// movesIn reads what was moved, and wants no call for the move, and nothing to plan.
func (w *walker) movesIn(m *mock, moved object, config fields) object {
	w.t.Helper()
	assert.Check(w.t, is.Len(m.Journal(), 0), "the move made calls")
	read := w.ok(w.read(moved))
	expectValue(w.t, "the project", any(testProject), read.state.(fields)["project_id"])
	w.unchanged(read, config)
	m.onlyLists(w.t)
	return read
}

// unchanged fails the test unless a plan changes nothing.
func (w *wire) unchanged(prior object, config fields) {
	w.t.Helper()
	planned := w.ok(w.plan(prior, config))
	expectValue(w.t, "the plan", prior.state, planned.state)
	expectValue(w.t, "whether it is replaced", false, planned.replaces)
}

// Without a refresh, the moved state is planned and destroyed in the default project all the same, and never replaced.
func TestMove_unread(t *testing.T) {
	ofTwins(t, func(t *testing.T, x twin, m *mock, w *walker) {
		from, state := vendorType, vendorState(x.ids[0], "receive", "accepted")
		if x.kind == permissionsType {
			from, state = vendorWhitelist, whitelistState(x.ids[0])
			m.Permit(testInstance, x.ids[0])
		}
		moved := w.ok(w.move(nil, vendorAddress, from, 0, state))
		config := retaining(x.some(1))
		planned := w.ok(w.plan(moved, config))
		expectValue(t, "the identity", any(x.identity(x.ids[0])), planned.identity)
		kept := w.ok(w.apply(moved, planned, config))
		expectValue(t, "the project", any(testProject), kept.state.(fields)["project_id"])
		m.onlyLists(t)
		w.ok(w.apply(moved, object{private: moved.private}, nil))
		m.expectPermitted(t)
		if x.kind == connectionType {
			m.expectDecisions(t, "reject 1")
		}
	})
}

// A moved state can't be read while the provider's project is unknown. Planned without a refresh, it is not replaced.
func TestMove_unknownProject(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 1)
		m.ask("accepted", ids...)
		moved := w.ok(w.move(nil, vendorAddress, vendorType, 0, vendorState(ids[0], "receive", "accepted")))
		w.config["project_id"] = unknown

		_, diags := w.read(moved)
		expectError(t, diags, "Not known while planning", "project_id comes from the provider's configuration, where it is known only after an apply.")
		planned := w.ok(w.plan(moved, accepted(ids...)))
		expectValue(t, "the project", any(unknown), planned.state.(fields)["project_id"])
		expectValue(t, "whether it is replaced", false, planned.replaces)
	})
}

// The vendor's provider may have found its endpoint undecided: then the plan shows the decision, and makes it.
func TestMove_undecided(t *testing.T) {
	inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
		ids := endpointIDs(1, 1)
		m.ask("pendingAcceptance", ids...)
		moved := w.ok(w.move(nil, vendorAddress, vendorType, 0, vendorState(ids[0], "", "pendingAcceptance")))
		read := w.ok(w.read(moved))
		expectValue(t, "the decision", nil, read.state.(fields)["desired_status"])
		planned := w.ok(w.plan(read, accepted(ids...)))
		w.ok(w.apply(read, planned, accepted(ids...)))
		m.expectDecisions(t, "receive 1")
	})
}

// What can't be moved, and what the message says to do instead.
func TestMove_errors(t *testing.T) {
	t.Parallel()
	w := newWire(t, newMock(t, mockapig.Config{}))
	const instead = "forget the other resource with a `removed` block that has `destroy = false`."
	const here, elsewhere, follow = "registry.terraform.io/ns-two/apig", "registry.terraform.io/ns-two/gateway", "terraform state replace-provider "
	id := endpointID(1)
	for name, tc := range map[string]struct {
		to, address, kind, state string
		version                  int64
		want                     []string
	}{
		"another type": {
			connectionType, vendorAddress, "huaweicloud_apig_instance", `{"id": "x"}`, 0,
			[]string{
				"Unsupported source of a move", "takes over the state of huaweicloud_apig_endpoint_connection_management of the provider huaweicloud/huaweicloud",
				"and not that of huaweicloud_apig_instance of the provider " + vendorAddress, "Import the endpoints instead", instead,
			},
		},
		"another provider": {
			connectionType, "registry.terraform.io/somebody/huaweicloud", vendorType, vendorState(id, "receive", "accepted"), 0,
			[]string{"Unsupported source of a move", "of the provider registry.terraform.io/somebody/huaweicloud", instead},
		},
		"no JSON": {
			connectionType, vendorAddress, vendorType, `[1]`, 7,
			[]string{"The state to move from can't be read", "The state of " + vendorType + ", of schema version 7, is not as expected: json:", instead},
		},
		"nothing":   {connectionType, vendorAddress, vendorType, ``, 7, []string{"of schema version 7, is not in JSON.", instead}},
		"no ID":     {connectionType, vendorAddress, vendorType, vendorState("", "receive", "accepted"), 0, []string{`has the endpoint_id "", which is no ID`, instead}},
		"no action": {connectionType, vendorAddress, vendorType, vendorState(id, "forward", "accepted"), 0, []string{`has the action "forward", which is neither receive nor reject.`, instead}},
		"another type of entries": {permissionsType, vendorAddress, vendorType, `{}`, 0, []string{
			"Unsupported source of a move", "An apig_vpc_endpoint_permissions takes over the state of huaweicloud_apig_endpoint_whitelist of the provider huaweicloud/huaweicloud",
			"Import the accounts instead", instead,
		}},
		"no JSON of entries": {permissionsType, vendorAddress, vendorWhitelist, `[1]`, 0, []string{"The state to move from can't be read", "is not as expected: json:", instead}},
		"no gateway":         {permissionsType, vendorAddress, vendorWhitelist, `{"whitelists": ["iam:domain::*"]}`, 0, []string{`has the instance_id "", which is no ID`, instead}},
		"no entries":         {permissionsType, vendorAddress, vendorWhitelist, whitelistState(), 0, []string{"has no whitelists.", instead}},
		"other entries": {permissionsType, vendorAddress, vendorWhitelist, whitelistState("x"), 0, []string{
			`has the entry "iam:domain::x" in whitelists, which is none of an account (iam:domain::ACCOUNT).`, instead,
		}},
		"another name of this provider": {
			exclusiveType, elsewhere, exclusiveType, `{}`, 0,
			[]string{"Unsupported source of a move", exclusiveType + " of the provider " + elsewhere, follow + elsewhere + " NEW-NAMESPACE/apig"},
		},
		"another resource of it": {
			connectionType, here, "apig_something_else", `{}`, 0, []string{"Unsupported source of a move", "apig_something_else of the provider " + here, follow},
		},
		"another version of it":    {connectionType, here, connectionType, `{}`, 7, []string{"The state to move from can't be read", "of schema version 7", follow}},
		"no JSON of this provider": {permissionsType, here, permissionsType, `[1]`, 0, []string{"The state to move from can't be read", follow}},
	} {
		t.Run(name, func(t *testing.T) {
			_, diags := w.of(tc.to).move(nil, tc.address, tc.kind, tc.version, tc.state)
			expectError(t, diags, tc.want...)
		})
	}
}

// everyResource is a configuration of each.
func everyResource() map[string]fields {
	ids := endpointIDs(1, 2)
	return map[string]fields{
		connectionType: accepted(ids...), permissionsType: permitting(accountIDs(1, 2)...), exclusiveType: excluding(ids...),
	}
}

// A state that another address of this provider has made is taken over as it is, and plans nothing after that, read or not.
func TestSameMove(t *testing.T) {
	t.Parallel()
	for resource, config := range everyResource() {
		for _, address := range []string{"registry.terraform.io/ns-two/apig", "mirror.example.com/apig-terraform/apig", "apig"} {
			runInMemory(t, resource+" from "+address, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask("pendingAcceptance", endpointIDs(1, 2)...)
				w.resource = resource
				made := w.create(config)
				m.ResetJournal()
				state, err := json.Marshal(made.state)
				assert.NilError(t, err)
				moved := w.ok(w.move(made.private, address, resource, 0, string(state)))
				expectValue(t, "the state", made.state, moved.state)
				expectValue(t, "the identity", made.identity, moved.identity)
				assert.Check(t, bytes.Equal(made.private, moved.private), "the private data is %s, and was %s", moved.private, made.private)
				assert.Check(t, is.Len(m.Journal(), 0), "the move made calls")
				w.unchanged(moved, config)
				w.unchanged(w.ok(w.read(moved)), config)
			})
		}
	}
}

// What the vendor's provider wrote is moved without a call, read, and matches its configuration. Its release 1.97.1 wrote the file
// itself, in an apply against this mock.
func TestMove_vendorState(t *testing.T) {
	text, err := os.ReadFile("testdata/huaweicloud-state.json")
	assert.NilError(t, err)
	var state struct {
		Resources []struct {
			Type, Name string
			Instances  []struct {
				SchemaVersion int64 `json:"schema_version"`
				Attributes    json.RawMessage
				Private       []byte
			}
		}
	}
	assert.NilError(t, json.Unmarshal(text, &state))
	assert.Check(t, is.Len(state.Resources, 3))
	configs := map[string]fields{
		"accepted": accepted(endpointID(1)), "partners": permitting(partnerDomain, otherDomain),
		"rejected": with(rejecting(endpointID(2)), "timeouts", fields{"create": "7m"}),
	}
	for _, written := range state.Resources {
		runInMemory(t, written.Name, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
			m.ask("accepted", endpointID(1))
			m.ask("rejected", endpointID(2))
			m.Permit(testInstance, partnerDomain, otherDomain)
			if written.Type == vendorWhitelist {
				w.resource = permissionsType
			}
			from := written.Instances[0]
			moved := w.ok(w.move(from.Private, vendorAddress, written.Type, from.SchemaVersion, string(from.Attributes)))
			w.movesIn(m, moved, configs[written.Name])
		})
	}
}
