// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// listWithoutAccount has every listing hold one accepted endpoint, and not say whose
// it is.
func (m *mock) listWithoutAccount(id string) {
	m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Times: -1, Body: fmt.Sprintf(
		`{"connections":[{"id":%q,"marker_id":1,"status":"accepted","created_at":"2021-05-07T14:20:14Z","updated_at":"2021-05-07T14:20:14Z"}]}`, id)})
}

// What is asked for by account is an error where it can't be told: a resource
// that is given an answer which lacks something would reject that.
func TestAccConnections_accountUnknown(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.listWithoutAccount(endpointID(1))
	const all = "\ndata \"apig_vpc_endpoint_connections\" \"test\" {\n  instance_id = %q\n  filter = {\n    %s\n  }\n}\n"
	c := newQuickCLI(t, m.provider()+fmt.Sprintf(all, testInstance, theAccounts(partnerDomain)))
	c.plan().expect(t, 1, "Error: The connections can't be listed", "the gateway does not say whose these are: - "+endpointID(1)+" (status accepted, account unknown)",
		"leave out `domain_ids` and name `endpoints`", theGateway)
	c.configure(m.provider() + fmt.Sprintf(all, testInstance, theEndpoints(endpointID(1))))
	c.settledAfterApply()
	c.configure(m.provider() + fmt.Sprintf(all, testInstance, theAccounts(partnerDomain)+"\n    status = [\"creating\"]"))
	c.settledAfterApply()
	c.configure(m.provider() + fmt.Sprintf(all, testInstance, theAccounts()))
	c.settledAfterApply()
}

func (c *cli) settledAfterApply() {
	c.t.Helper()
	c.must("apply", "-auto-approve")
	c.settled()
}
