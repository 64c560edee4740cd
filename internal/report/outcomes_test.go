// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package report

import (
	"errors"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// An error's line about an endpoint tells how far its decision came.
func TestItemLine(t *testing.T) {
	t.Parallel()
	seen := endpoint.Connection{ID: "e", Status: endpoint.StatusPendingAcceptance, DomainID: "a"}
	const is = "e (status pendingAcceptance, account a)"
	for want, c := range map[string]settle.Item{
		"e (to accept; not looked at)":        {},
		"e (not listed)":                      {Looked: true, Phase: settle.Unlisted},
		is:                                    {Looked: true, Phase: settle.Done, Observed: seen},
		is + ", to accept, not asked for yet": {Looked: true, Phase: settle.ToCall, Observed: seen},
		is + ", to accept, asked for":         {Looked: true, Phase: settle.Waiting, Observed: seen, Calls: 1},
		is + ", to accept: no":                {Looked: true, Phase: settle.ToCall, Observed: seen, Refusal: errors.New("no")},
	} {
		c.EndpointID, c.Goal = "e", endpoint.Accept
		got := itemLine(&c)
		assert.Check(t, got == want, "%q, want %q", got, want)
	}
}
