// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/querycheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

func listBlock(limit int, arguments string) string {
	return fmt.Sprintf(`
list "apig_vpc_endpoint_connection" "found" {
  provider = apig
  limit    = %d

  config {
    instance_id = %q
    %s
  }
}
`, limit, testInstance, arguments)
}

func TestAccConnectionList_terraform1_14(t *testing.T) {
	m := listedGateway(t)
	ids := endpointIDs(1, 7)
	named := func(ids ...string) map[string]knownvalue.Check {
		var endpoints []knownvalue.Check
		for _, id := range ids {
			endpoints = append(endpoints, knownvalue.StringExact(id))
		}
		return map[string]knownvalue.Check{
			"region": knownvalue.StringExact(testRegion), "project_id": knownvalue.StringExact(testProject),
			"instance_id": knownvalue.StringExact(testInstance), "endpoints": knownvalue.ListExact(endpoints),
		}
	}
	const found = "apig_vpc_endpoint_connection.found"
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		Steps: []resource.TestStep{
			{
				Query: true, Config: m.provider() + listBlock(100, ""),
				QueryResultChecks: []querycheck.QueryResultCheck{
					querycheck.ExpectLength(found, 4),
					querycheck.ExpectIdentity(found, named(ids[0])),
					querycheck.ExpectIdentity(found, named(ids[6])),
				},
			},
			{
				Query: true, Config: m.provider() + listBlock(100, "group_by = \"domain_id\"\n    filter = { domain_ids = [\""+partnerDomain+"\"] }"),
				QueryResultChecks: []querycheck.QueryResultCheck{
					querycheck.ExpectLength(found, 2),
					querycheck.ExpectIdentity(found, named(ids[:2]...)),
					querycheck.ExpectIdentity(found, named(ids[2])),
				},
			},
		},
	})
	m.expectDecisions(t)
}

// A thousand connections come under management in one go: what a query writes
// is imported, and plans nothing after that.
func TestAccConnectionList_thousand_terraform1_14(t *testing.T) {
	t.Parallel()
	skipBelow(t, tfversion.Version1_14_0)
	for name, tc := range map[string]struct {
		arguments string
		resources int
	}{
		"by endpoint": {"", 1000},
		"by account":  {`group_by = "domain_id"`, 4},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			for i, id := range endpointIDs(1, 1000) {
				domain := []string{partnerDomain, otherDomain}[i%2]
				m.Connect(testInstance, mockapig.Connection{ID: id, DomainID: domain, Status: []string{"accepted", "accepted", "accepted", "rejected", "rejected"}[i%5]})
			}
			c := newQuickCLI(t, m.provider())
			noError(t, os.WriteFile(filepath.Join(c.dir, "find.tfquery.hcl"), []byte(listBlock(1000, tc.arguments)), 0o600))
			c.must("query", "-generate-config-out=generated.tf")
			c.apply().expect(t, 0, fmt.Sprintf("%d imported, 0 added, 0 changed, 0 destroyed", tc.resources))
			c.settled()
			calls := len(m.Journal())
			if calls > 10 {
				t.Errorf("%d calls, want 10 at most", calls)
			}
			m.expectDecisions(t)
		})
	}
}

// The CLI tells of more results than it was to take.
func TestAccConnectionList_limit_terraform1_14(t *testing.T) {
	t.Parallel()
	skipBelow(t, tfversion.Version1_14_0)
	m := listedGateway(t)
	c := newQuickCLI(t, m.provider())
	noError(t, os.WriteFile(filepath.Join(c.dir, "find.tfquery.hcl"), []byte(listBlock(3, "")), 0o600))
	r := c.must("query")
	r.expect(t, 0, "Warning: More was found than is shown", "there are 4 results, and `limit` is 3.", endpointID(1)+" (status accepted, account "+partnerDomain+")")
	if lines := strings.Count(r.stdout, "list."+connectionType+".found   "); lines != 3 {
		t.Errorf("%d lines, want 3:\n%s", lines, r.stdout)
	}
}
