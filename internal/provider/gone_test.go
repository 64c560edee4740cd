// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"errors"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

func TestIsGone(t *testing.T) {
	t.Parallel()
	gone := &rest.Error{Operation: apig.OperationList, StatusCode: 404, Code: "APIC.7302"}
	signIn := &rest.Error{Operation: "create IAM token", StatusCode: 404, Code: "APIC.7302"}
	for name, c := range map[string]struct {
		first, second error
		want          bool
		looks         int
	}{
		"nothing failed":     {nil, nil, false, 0},
		"another error":      {errors.New("no answer"), gone, false, 0},
		"signing in":         {signIn, gone, false, 0},
		"once, then there":   {gone, nil, false, 1},
		"once, then another": {gone, errors.New("no answer"), false, 1},
		"once, then IAM":     {gone, signIn, false, 1},
		"twice":              {gone, gone, true, 1},
	} {
		looks := 0
		if got := gatewayIsGone(c.first, func() error { looks++; return c.second }); got != c.want || looks != c.looks {
			t.Errorf("%s: %t after %d looks", name, got, looks)
		}
	}
}
