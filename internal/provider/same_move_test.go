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

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// everyResource is a configuration of each.
func everyResource() map[string]fields {
	ids := endpointIDs(1, 2)
	return map[string]fields{
		connectionType:                            accepted(ids...),
		"apig_vpc_endpoint_permissions":           {"instance_id": testInstance, "domain_ids": listOf(accountIDs(1, 2)...)},
		"apig_vpc_endpoint_connections_exclusive": {"instance_id": testInstance, "endpoints": listOf(ids...)},
	}
}

// A state that another address of this provider has made is taken over as it is, with
// its private data and its identity: the plan after that changes nothing, read or not.
func TestSameMove(t *testing.T) {
	t.Parallel()
	for resource, config := range everyResource() {
		for _, address := range []string{"registry.terraform.io/ns-two/apig", "mirror.example.com/apig-terraform/apig", "apig"} {
			t.Run(resource+" from "+address, func(t *testing.T) {
				t.Parallel()
				m := newMock(t, mockapig.Config{})
				m.ask("pendingAcceptance", endpointIDs(1, 2)...)
				w := newWire(t, m)
				w.resource = resource
				made := w.create(config)
				m.ResetJournal()
				state := w.rawState(made)
				moved, diags := w.moveWith(made.private, address, resource, 0, state)
				expectNoDiagnostics(t, diags)
				expectValue(t, "the state", made.state, moved.state)
				expectValue(t, "the identity", made.identity, moved.identity)
				if !bytes.Equal(made.private, moved.private) {
					t.Errorf("the private data is %s, and was %s", moved.private, made.private)
				}
				if calls := m.Journal(); len(calls) > 0 {
					t.Errorf("the move made calls: %v", calls)
				}
				planned, diags := w.plan(moved, config)
				expectNoDiagnostics(t, diags)
				expectValue(t, "a plan without a refresh", made.state, planned.state)
				read, diags := w.read(moved)
				expectNoDiagnostics(t, diags)
				planned, diags = w.plan(read, config)
				expectNoDiagnostics(t, diags)
				expectValue(t, "the plan", read.state, planned.state)
			})
		}
	}
}

// What can't be moved so, and what the message says to do instead.
func TestSameMove_errors(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("pendingAcceptance", endpointIDs(1, 2)...)
	for resource, config := range everyResource() {
		w := newWire(t, m)
		w.resource = resource
		made := w.create(config)
		const here = "registry.terraform.io/ns-two/apig"
		const other = "apig_something_else"
		const follow = "terraform state replace-provider "
		_, diags := w.moveWith(nil, "registry.terraform.io/ns-two/gateway", resource, 0, w.rawState(made))
		expectError(t, diags, "Unsupported source of a move", resource+" of the provider registry.terraform.io/ns-two/gateway", follow+"registry.terraform.io/ns-two/gateway NEW-NAMESPACE/apig")
		_, diags = w.moveWith(nil, here, other, 0, w.rawState(made))
		expectError(t, diags, "Unsupported source of a move", other+" of the provider "+here, follow)
		_, diags = w.moveWith(nil, here, resource, 7, w.rawState(made))
		expectError(t, diags, "The state to move from can't be read", "of schema version 7", follow)
		_, diags = w.moveWith(nil, here, resource, 0, `[1]`)
		expectError(t, diags, "The state to move from can't be read", follow)
	}
}

// rawState is a state as a CLI stores it.
func (w *wire) rawState(o object) string {
	w.t.Helper()
	raw, err := json.Marshal(o.state)
	noError(w.t, err)
	return string(raw)
}

// What a CLI makes of it: a `moved` block, and `count` where there was none, together
// with another address of the provider.
func TestAccMove_betweenAddresses(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("pendingAcceptance", ids...)
	c := emptyCLI(t)
	c.environment = append(cleanEnvironment(), "TF_CLI_CONFIG_FILE="+os.DevNull, "TF_REATTACH_PROVIDERS="+
		reattachables(t, map[string]func() (tfprotov6.ProviderServer, error){"ns-one/apig": factories["apig"], "ns-two/apig": factories["apig"]}))
	from := func(namespace, config string) {
		requirement := fmt.Sprintf("terraform {\n  required_providers {\n    apig = { source = \"%s/apig\" }\n  }\n}\n", namespace)
		noError(t, os.WriteFile(c.dir+"/main.tf", []byte(requirement+m.provider()+config), 0o600))
	}
	all := func(name string, arguments ...string) string {
		return block(name, "accepted", hclList(ids), arguments...) + permissions(name, hclList(accountIDs(1, 2)), arguments...) +
			guard(name, append(arguments, theEndpoints(ids...))...)
	}
	from("ns-one", all("old"))
	c.apply().expect(t, 0)
	m.ResetJournal()
	moves := ""
	for resource := range everyResource() {
		moves += fmt.Sprintf("moved {\n  from = %s.old\n  to = %s.new\n}\n", resource, resource)
	}
	from("ns-two", all("new")+moves)
	c.plan().expect(t, 0, "has moved to", "0 to add, 0 to change, 0 to destroy")
	from("ns-two", all("old", "count = 1"))
	c.plan().expect(t, 0, "has moved to", "0 to add, 0 to change, 0 to destroy")
	c.apply().expect(t, 0, "0 added, 0 changed, 0 destroyed")
	c.settled()
	m.expectDecisions(t)
	if state, err := os.ReadFile(c.dir + "/terraform.tfstate"); err != nil || strings.Contains(string(state), "ns-one") {
		t.Errorf("the state still has the old address: %v\n%s", err, state)
	}
}
