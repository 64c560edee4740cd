// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// What is as desired is decided again where the opposite may take effect, and nothing
// else is: its status is planned as it is.
func TestPlanEntryUnseen(t *testing.T) {
	t.Parallel()
	for status, want := range map[endpoint.Status]bool{endpoint.StatusAccepted: true, endpoint.StatusCreating: true, endpoint.StatusRejected: true, endpoint.Absent: false} {
		for _, opposed := range []bool{false, true} {
			prior := fromAPI(endpoint.Connection{ID: "e", Status: status, UpdatedAt: "t0"})
			got := planEntry(endpoint.Accepted, prior, false, false, opposed)
			if decides := got.UpdatedAt.IsUnknown(); decides != (want && opposed || status == endpoint.StatusRejected) {
				t.Errorf("%q, opposed %t: %+v", status, opposed, got)
			}
			if status != endpoint.StatusRejected && !got.Status.Equal(prior.Status) {
				t.Errorf("%q, opposed %t: status %s", status, opposed, got.Status)
			}
		}
	}
}
