// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// The examples of the permissions' page.
func TestAccExamples_permissions(t *testing.T) {
	const page = "resources/apig_vpc_endpoint_permissions"
	accounts := []string{"c90f12a0f1ee43bc90a1f4d17bce35bc", "5e0b7c3d9a1f4826b4d8e6f0a2c41793"}
	prepare := func(t *testing.T) (*mock, *cli) {
		m := newMock(t, mockapig.Config{})
		c := newCLI(t, m.provider())
		copyExample(t, c.dir, page)
		removeImports(t, c)
		return m, c
	}
	t.Run("apply", func(t *testing.T) {
		t.Parallel()
		m, c := prepare(t)
		checkPlan(t, c, 2)
		c.must("apply", "-auto-approve")
		checkPlan(t, c, 0)
		m.expectPermitted(t, accounts...)
		c.must("destroy", "-auto-approve")
		m.expectPermitted(t)
	})
	for n := range 2 {
		t.Run(fmt.Sprintf("import.sh, %d", n), func(t *testing.T) {
			t.Parallel()
			m, c := prepare(t)
			m.Permit(testInstance, accounts...)
			arguments := importCommands(t, filepath.Join(examples, page, "import.sh"))[n]
			arguments[len(arguments)-1] = strings.Replace(arguments[len(arguments)-1], "eu-west-101/", testRegion+"/", 1)
			c.must(arguments...)
			checkPlan(t, c, 0)
		})
	}
	imported := func(t *testing.T, file string) {
		t.Helper()
		m, c := prepare(t)
		m.Permit(testInstance, accounts...)
		importExample(t, c, page, file, "1 imported, 0 added, 0 changed, 0 destroyed")
	}
	t.Run("import-by-string-id.tf", func(t *testing.T) {
		t.Parallel()
		imported(t, "import-by-string-id.tf")
	})
	t.Run("import-by-identity.tf_terraform1_12", func(t *testing.T) {
		t.Parallel()
		skipBelow(t, tfversion.Version1_12_0)
		imported(t, "import-by-identity.tf")
	})
	t.Run("data source", func(t *testing.T) {
		t.Parallel()
		m := newMock(t, mockapig.Config{})
		m.Permit(testInstance, append(accounts, "*")...)
		c := newCLI(t, m.provider())
		copyExample(t, c.dir, "data-sources/apig_vpc_endpoint_permissions")
		c.must("apply", "-auto-approve").expect(t, 0, `may_ask = tolist([ "*", "`+ownerDomain+`", "`+accounts[1]+`", "`+accounts[0]+`", ])`,
			"Warning: Check block assertion failed", "Every account may ask for a connection with the gateway.")
		checkPlan(t, c, 0)
	})
}

// The example of the guard's page: its first apply rejects nothing, its second
// what the plan names.
func TestAccExamples_guard(t *testing.T) {
	const page = "resources/apig_vpc_endpoint_connections_exclusive"
	prepare := func(t *testing.T) (*mock, *cli) {
		m := newMock(t, mockapig.Config{})
		for _, id := range []string{"9fa04c5e-64ec-4106-a014-2ad71ad9997d", "c3b1e5d2-7f08-4a6b-9d2e-51c4f80a6b37"} {
			m.Connect(testInstance, mockapig.Connection{ID: id})
		}
		m.Connect(testInstance, mockapig.Connection{ID: endpointID(1), DomainID: "5e0b7c3d9a1f4826b4d8e6f0a2c41793", Status: "accepted"})
		m.Connect(testInstance, mockapig.Connection{ID: endpointID(2), DomainID: otherDomain, Status: "accepted"})
		c := newCLI(t, m.provider())
		copyExample(t, c.dir, page)
		removeImports(t, c)
		return m, c
	}
	t.Run("apply", func(t *testing.T) {
		t.Parallel()
		m, c := prepare(t)
		checkPlan(t, c, 2).expect(t, 2, "Warning: Connections that are not declared", "- "+endpointID(2)+" (status accepted, account "+otherDomain+")")
		c.must("apply", "-auto-approve")
		m.expectDecisions(t, "receive 2")
		checkPlan(t, c, 2).expect(t, 2, `~ "`+endpointID(2)+`" = { ~ status = "accepted" -> "rejected"`, "Plan: 0 to add, 1 to change, 0 to destroy")
		c.must("apply", "-auto-approve")
		checkPlan(t, c, 0)
		m.expectDecisions(t, "receive 2", "reject 1")
		c.must("destroy", "-auto-approve")
		m.expectStatuses(t, "accepted", endpointID(1))
	})
	for n := range 2 {
		t.Run(fmt.Sprintf("import.sh, %d", n), func(t *testing.T) {
			t.Parallel()
			m, c := prepare(t)
			arguments := importCommands(t, filepath.Join(examples, page, "import.sh"))[n]
			arguments[len(arguments)-1] = strings.Replace(arguments[len(arguments)-1], "eu-west-101/", testRegion+"/", 1)
			c.must(arguments...)
			c.must("apply", "-auto-approve")
			checkPlan(t, c, 0)
			m.expectStatuses(t, "rejected", endpointID(2))
		})
	}
	imported := func(t *testing.T, file string) {
		t.Helper()
		m, c := prepare(t)
		importExample(t, c, page, file, "1 imported, 1 added, 1 changed, 0 destroyed")
		m.expectStatuses(t, "rejected", endpointID(2))
	}
	t.Run("import-by-string-id.tf", func(t *testing.T) {
		t.Parallel()
		imported(t, "import-by-string-id.tf")
	})
	t.Run("import-by-identity.tf_terraform1_12", func(t *testing.T) {
		t.Parallel()
		skipBelow(t, tfversion.Version1_12_0)
		imported(t, "import-by-identity.tf")
	})
}

// The examples of a data source's page, likewise.
func TestAccExamples_dataSource(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(1), DomainID: mockapig.DefaultConsumer, Status: "accepted", MarkerID: 167792784})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(2), DomainID: mockapig.DefaultConsumer, Status: "rejected"})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(3), DomainID: otherDomain})
	c := newCLI(t, m.provider())
	copyExample(t, c.dir, "data-sources/apig_vpc_endpoint_connections")
	c.must("apply", "-auto-approve").expect(t, 0,
		`marked = "`+endpointID(1)+`"`, `"`+endpointID(2)+`" = "rejected"`, `waiting = { "`+endpointID(3)+`" = "`+otherDomain+`" }`)
	m.expectDecisions(t, "receive 1")
	c.must("apply", "-auto-approve") // the statuses among the outputs are those from before
	checkPlan(t, c, 0)
	c.must("destroy", "-auto-approve")
}
