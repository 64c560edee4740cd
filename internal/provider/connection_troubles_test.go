// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// An error's line about an endpoint tells how far its decision came.
func TestCaseLine(t *testing.T) {
	t.Parallel()
	seen := endpoint.Connection{ID: "e", Status: endpoint.StatusPendingAcceptance, DomainID: "a"}
	const is = "e (status pendingAcceptance, account a)"
	for want, c := range map[string]endpoint.Case{
		"e (to accept; not looked at)":        {},
		"e (not listed)":                      {Looked: true, Step: endpoint.StepAwaitListing},
		is:                                    {Looked: true, Step: endpoint.StepDone, Observed: seen},
		is + ", to accept, not asked for yet": {Looked: true, Step: endpoint.StepCall, Observed: seen},
		is + ", to accept, asked for":         {Looked: true, Step: endpoint.StepWait, Observed: seen, Calls: 1},
		is + ", to accept: no":                {Looked: true, Step: endpoint.StepCall, Observed: seen, Refusal: errors.New("no")},
	} {
		c.EndpointID, c.Goal = "e", endpoint.Accept
		if got := caseLine(&c); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}
