// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package apig

import (
	"fmt"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// What a call fails with while it signs in is on account of no endpoint.
func TestIsRefusalOfTheAPIAlone(t *testing.T) {
	t.Parallel()
	for operation, want := range map[string]bool{OperationDecide: true, OperationAddPermissions: true, "create IAM token": false, "authorize the request": false} {
		for _, kind := range []rest.Kind{rest.KindInvalid, rest.KindNotFound, rest.KindServer} {
			err := fmt.Errorf("wrapped: %w", &rest.Error{Operation: operation, StatusCode: 404, Code: "EndPoint.2006", Kind: kind})
			if got := IsRefusal(t.Context(), err); got != want {
				t.Errorf("%s, %s: %t", operation, kind, got)
			}
		}
	}
}
