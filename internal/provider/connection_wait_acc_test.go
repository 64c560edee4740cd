// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// "0s" does not wait at all. Those that are there are decided all the same.
func TestConnection_waitNot(t *testing.T) {
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("pendingAcceptance", ids[:2]...)
	play(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{
			{
				Config:      m.connections("accepted", ids, `wait_for_endpoints = "0s"`),
				ExpectError: message("Endpoints never appeared", ids[2], "These were decided, and stay so:", ids[0], ids[1]),
			},
			{
				PreConfig:   func() { m.expectDecisions(t, "receive 2") },
				Config:      m.connections("accepted", ids[:2], `wait_for_endpoints = "soon"`),
				ExpectError: message("Not a duration", `wait_for_endpoints is "soon"`),
			},
		},
	})
}
