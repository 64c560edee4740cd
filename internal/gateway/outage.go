// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"time"
)

// region is the key of an outage that is all gateways' of a region: that of its API.
type region string

// outage is the error of a listing that would be in vain, as the last one was: of
// this gateway, or of any where nobody answered.
func (v *Session) outage(ctx context.Context) error {
	return v.outages.Recent(ctx, v.gateway, region(v.gateway.Region))
}

// noteOutage takes in what a listing came to.
func (v *Session) noteOutage(ctx context.Context, began time.Time, err error) {
	v.outages.Note(ctx, began, err, v.gateway, region(v.gateway.Region))
}
