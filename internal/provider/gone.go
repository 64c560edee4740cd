// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import "github.com/apig-terraform/terraform-provider-apig/internal/apig"

// gatewayIsGone tells whether the gateway is gone, as an error says and the same answer to
// another look. What is taken for gone is forgotten, and one wrong answer would
// leave behind all that a resource was to take back.
func gatewayIsGone(err error, lookAgain func() error) bool {
	return apig.IsGatewayGone(err) && apig.IsGatewayGone(lookAgain())
}
