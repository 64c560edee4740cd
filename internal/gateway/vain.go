// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"cmp"
	"context"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/batch"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// changes is the key of outages of the calls that change something. The API may list all
// the same.
type changes struct {
	operation string // apig.OperationDecide or apig.OperationAddPermissions, for deletions too
	of        any
}

// longestBlip is for how long attempts may fail of one who has more time: a bad network is
// no outage.
const longestBlip = time.Minute

// changed is the key of what was to be changed. That one thing can't be changed says
// nothing about others, unless nobody answers.
type changed struct {
	of apig.Gateway
	id string // of the endpoint or the account
}

func (c *calls) changes(operation string) []any {
	return []any{changes{operation, c.gateway}, changes{operation, region(c.gateway.Region)}}
}

// changeOutage is the error of changes that would be in vain, as others were just now.
func (c *calls) changeOutage(ctx context.Context, operation string) error {
	return c.outages.Recent(ctx, c.changes(operation)...)
}

// noteChange takes in that a call was made that changes something.
func (c *calls) noteChange(ctx context.Context, operation string, err error) {
	if err == nil {
		c.outages.Note(ctx, time.Now(), nil, c.changes(operation)...)
	}
}

// noteVain takes in that something could not be changed by all the attempts since a time.
// A definite answer may be about that alone.
func (c *calls) noteVain(ctx context.Context, operation string, began time.Time, id string, err error) {
	e, keys := apig.FailedCall(err), c.changes(operation)
	switch {
	case e == nil, ctx.Err() == nil && time.Since(began) < longestBlip:
		return
	case e.Kind == rest.KindThrottled: // whatever is to be changed
	case apig.MayPass(err):
		keys = append([]any{changed{c.gateway, id}}, keys...)
	default:
		return
	}
	c.outages.Note(ctx, began, err, keys...)
}

// decisionOutages implements settle.Outages.
type decisionOutages struct {
	*calls
	batch *batch.Batch
}

// Outage is the error of decisions that would be in vain.
func (d decisionOutages) Outage(ctx context.Context) error {
	return d.changeOutage(ctx, apig.OperationDecide)
}

// Unsettled takes in what became of items, and the error that ended them.
func (d decisionOutages) Unsettled(ctx context.Context, began time.Time, items []*settle.Item, err error) {
	for _, i := range items {
		if i.Refusal != nil && !i.Phase.Reached() {
			d.noteVain(ctx, apig.OperationDecide, began, i.EndpointID, i.Refusal)
		}
	}
	for _, i := range items {
		if i.Phase == settle.ToCall { // who waited for another's call knows of that
			d.noteVain(ctx, apig.OperationDecide, began, i.EndpointID, cmp.Or(d.batch.Unanswered(ctx), err))
			return
		}
	}
}
