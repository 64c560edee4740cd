// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// examplePage is the page of a resource, whose examples name no provider and no variables:
// here is a gateway that has what they name.
type examplePage struct {
	kind     string
	prepare  func(m *mock)
	play     func(t *testing.T, m *mock, c *cli) // what the example does, up to an empty plan
	there    func(m *mock)                       // what is imported
	imported string                              // what an import by a block makes
	ends     func(t *testing.T, m *mock)         // after an import
}

var (
	exampleEndpoints = []string{"9fa04c5e-64ec-4106-a014-2ad71ad9997d", "c3b1e5d2-7f08-4a6b-9d2e-51c4f80a6b37"}
	exampleAccounts  = []string{"c90f12a0f1ee43bc90a1f4d17bce35bc", "5e0b7c3d9a1f4826b4d8e6f0a2c41793"}
)

const exampleRejected = "e07d6a94-1c25-4b8f-8a63-0f9b2e7d4c18"

func examplePages() []examplePage {
	return []examplePage{
		{
			kind: connectionType,
			prepare: func(m *mock) {
				for _, id := range append([]string{exampleRejected}, exampleEndpoints...) {
					m.Connect(testInstance, mockapig.Connection{ID: id, DomainID: mockapig.DefaultConsumer})
				}
			},
			play: func(t *testing.T, m *mock, c *cli) {
				t.Helper()
				c.must("apply", "-auto-approve")
				c.settled()
				m.expectStatuses(t, "accepted", exampleEndpoints...)
				m.expectStatuses(t, "rejected", exampleRejected)
				c.must("destroy", "-auto-approve")
				m.expectStatuses(t, "rejected", exampleEndpoints...)
			},
			there: func(m *mock) {
				for _, id := range exampleEndpoints {
					m.SetStatus(testInstance, id, "accepted")
				}
				m.SetStatus(testInstance, exampleRejected, "rejected")
			},
			imported: "1 imported, 1 added, 1 changed, 0 destroyed",
			ends:     func(t *testing.T, m *mock) { t.Helper(); m.expectDecisions(t) },
		},
		{
			kind:    permissionsType,
			prepare: func(*mock) {},
			play: func(t *testing.T, m *mock, c *cli) {
				t.Helper()
				c.must("apply", "-auto-approve")
				c.settled()
				m.expectPermitted(t, exampleAccounts...)
				c.must("destroy", "-auto-approve")
				m.expectPermitted(t)
			},
			there:    func(m *mock) { m.Permit(testInstance, exampleAccounts...) },
			imported: "1 imported, 0 added, 0 changed, 0 destroyed",
			ends:     func(t *testing.T, m *mock) { t.Helper(); m.expectPermitted(t, exampleAccounts...) },
		},
		{
			kind: exclusiveType, // whose first apply rejects nothing, and whose second what its plan names
			prepare: func(m *mock) {
				for _, id := range exampleEndpoints {
					m.Connect(testInstance, mockapig.Connection{ID: id})
				}
				m.Connect(testInstance, mockapig.Connection{ID: endpointID(1), DomainID: exampleAccounts[1], Status: "accepted"})
				m.Connect(testInstance, mockapig.Connection{ID: endpointID(2), DomainID: otherDomain, Status: "accepted"})
			},
			play: func(t *testing.T, m *mock, c *cli) {
				t.Helper()
				c.must("apply", "-auto-approve").expect(t, 0, "Warning: Connections that are not declared", "- "+endpointID(2)+" (status accepted, account "+otherDomain+")")
				m.expectDecisions(t, "receive 2")
				c.must("apply", "-auto-approve").expect(t, 0, `~ "`+endpointID(2)+`" = { ~ status = "accepted" -> "rejected"`, "Plan: 0 to add, 1 to change, 0 to destroy")
				c.settled()
				m.expectDecisions(t, "receive 2", "reject 1")
				m.expectStatuses(t, "accepted", endpointID(1))
			},
			there:    func(*mock) {},
			imported: "1 imported, 1 added, 1 changed, 0 destroyed",
			ends:     func(t *testing.T, m *mock) { t.Helper(); m.expectStatuses(t, "rejected", endpointID(2)) },
		},
	}
}

// Each page's example does what its comments say, and all ways to import lead to an empty plan.
func TestAccExamples_resource(t *testing.T) {
	for _, page := range examplePages() {
		directory := filepath.Join(examples, "resources", page.kind)
		start := func(t *testing.T) (*mock, *cli) {
			t.Helper()
			t.Parallel()
			m := newListening(t, mockapig.Config{})
			page.prepare(m)
			c := newQuickCLI(t, m.provider())
			copyExample(t, c.dir, "resources/"+page.kind)
			for _, name := range []string{"import-by-string-id.tf", "import-by-identity.tf"} {
				assert.NilError(t, os.Remove(filepath.Join(c.dir, name)))
			}
			return m, c
		}
		imports := func(t *testing.T, file string) {
			t.Helper()
			m, c := start(t)
			page.there(m)
			text, err := os.ReadFile(filepath.Join(directory, file))
			assert.NilError(t, err)
			assert.NilError(t, os.WriteFile(filepath.Join(c.dir, file), text, 0o600))
			c.must("apply", "-auto-approve").expect(t, 0, page.imported)
			c.settled()
			page.ends(t, m)
		}
		t.Run(page.kind, func(t *testing.T) {
			m, c := start(t)
			page.play(t, m, c)
		})
		t.Run(page.kind+", import.sh", func(t *testing.T) {
			m, c := start(t)
			page.there(m)
			commands := importCommands(t, filepath.Join(directory, "import.sh"))
			assert.Assert(t, len(commands) == 2, "%d commands, want 2: %q", len(commands), commands)
			for i, arguments := range commands {
				if i > 0 && page.kind != connectionType { // whose commands import two
					c.must("state", "rm", arguments[len(arguments)-2])
				}
				// The example's region is a real one, which the mock is not in.
				arguments[len(arguments)-1] = strings.Replace(arguments[len(arguments)-1], "eu-west-101/", testRegion+"/", 1)
				c.must(arguments...)
			}
			c.must("apply", "-auto-approve")
			c.settled()
			page.ends(t, m)
		})
		t.Run(page.kind+", import-by-string-id.tf", func(t *testing.T) { imports(t, "import-by-string-id.tf") })
		t.Run(page.kind+", import-by-identity.tf_terraform1_12", func(t *testing.T) {
			skipBelow(t, tfversion.Version1_12_0)
			imports(t, "import-by-identity.tf")
		})
	}
}

// The examples of the data sources' pages, likewise.
func TestAccExamples_dataSource(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(1), DomainID: mockapig.DefaultConsumer, Status: "accepted", MarkerID: 167792784})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(2), DomainID: mockapig.DefaultConsumer, Status: "rejected"})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(3), DomainID: otherDomain})
	c := newQuickCLI(t, m.provider())
	copyExample(t, c.dir, "data-sources/apig_vpc_endpoint_connections")
	c.must("apply", "-auto-approve").expect(t, 0,
		`marked = "`+endpointID(1)+`"`, `"`+endpointID(2)+`" = "rejected"`, `waiting = { "`+endpointID(3)+`" = "`+otherDomain+`" }`)
	m.expectDecisions(t, "receive 1")
	c.must("apply", "-auto-approve") // the statuses among the outputs are those from before
	c.settled()

	m.Permit(testInstance, append(exampleAccounts, "*")...)
	c = newQuickCLI(t, m.provider())
	copyExample(t, c.dir, "data-sources/apig_vpc_endpoint_permissions")
	c.must("apply", "-auto-approve").expect(t, 0, `may_ask = tolist([ "*", "`+ownerDomain+`", "`+exampleAccounts[1]+`", "`+exampleAccounts[0]+`", ])`,
		"Warning: Check block assertion failed", "Every account may ask for a connection with the gateway.")
	c.settled()
}
