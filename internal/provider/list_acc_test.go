// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
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

// A query finds what its filter lets through, as the CLI takes it.
func TestAccConnectionList_terraform1_14(t *testing.T) {
	m := listedGateway(t).listen(t)
	const found = "apig_vpc_endpoint_connection.found"
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_14_0)},
		Steps: []resource.TestStep{{
			Query: true, Config: m.provider() + listBlock(100, "group_by = \"domain_id\"\n    filter = { "+theAccounts(partnerDomain)+" }"),
			QueryResultChecks: []querycheck.QueryResultCheck{
				querycheck.ExpectLength(found, 2),
				querycheck.ExpectIdentity(found, inGateway("endpoints", endpointIDs(1, 2)...)),
				querycheck.ExpectIdentity(found, inGateway("endpoints", endpointID(3))),
			},
		}},
	})
	m.expectDecisions(t)
}

func actionBlock(name, decision, arguments string) string {
	return fmt.Sprintf(`
action %q %q {
  config {
    instance_id = %q
    decision    = %q
    %s
  }
}
`, decisionType, name, testInstance, decision, arguments)
}

// An action decides beside the state; the next plan shows what it did as drift
// in the resource that declares otherwise.
func TestAccDecisionAction_terraform1_14(t *testing.T) {
	t.Parallel()
	skipBelow(t, tfversion.Version1_14_0)
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 4)
	m.ask("accepted", ids[:3]...)
	c := newQuickCLI(t, m.provider()+block("test", "accepted", hclList(ids[:2]))+
		actionBlock("cut_off", "rejected", "endpoints = "+hclList(ids[1:3]))+
		actionBlock("nothing", "rejected", "endpoints = "+hclList(ids[3:])))
	c.must("apply", "-auto-approve")

	c.apply("-invoke=action."+decisionType+".nothing").expect(t, 1, "Nothing to decide", "does not list any connection that this action asks for", ids[3]+" (not listed)")
	c.apply("-invoke=action."+decisionType+".cut_off").expect(t, 0, "on the "+theGateway+": 0 rejected already, 2 to be",
		ids[1]+" (status rejected, account "+partnerDomain+"), was accepted", ids[2]+" (status rejected, account "+partnerDomain+"), was accepted")
	m.expectDecisions(t, "reject 2")
	m.expectStatuses(t, "accepted", ids[0])

	c.planned(updates(decides("rejected", "accepted", ids[1])))
	c.applySaved().expect(t, 0, "0 added, 1 changed, 0 destroyed")
	c.settled()
	m.expectStatuses(t, "rejected", ids[2])
}
