// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"cmp"
	"context"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// changes is the key of outages of the calls that change something: of a gateway, or
// of a region's API. The API may list and be unable to do these.
type changes struct {
	operation string // apig.OperationDecide or apig.OperationAddPermissions, for deletions too
	of        any
}

// longestBlip is for how long attempts may fail of one who has more time, without that
// being an outage: a bad network is none.
const longestBlip = time.Minute

// changed is the key of what was to be changed. That one thing can't be changed says
// nothing about others, unless nobody answers.
type changed struct {
	of apig.Gateway
	id string // of the endpoint or the account
}

func (v *Session) changes(operation string) []any {
	return []any{changes{operation, v.gateway}, changes{operation, region(v.gateway.Region)}}
}

// changeOutage is the error of changes that would be in vain, as others were just now
// for as long as there is time for these.
func (v *Session) changeOutage(ctx context.Context, operation string) error {
	return v.outages.Recent(ctx, v.changes(operation)...)
}

// noteChange takes in that a call was made that changes something.
func (v *Session) noteChange(ctx context.Context, operation string, err error) {
	if err == nil {
		v.outages.Note(ctx, time.Now(), nil, v.changes(operation)...)
	}
}

// noteVain takes in that something could not be changed by all the attempts since a
// time. A definite answer of the service may be about that alone.
func (v *Session) noteVain(ctx context.Context, operation string, began time.Time, id string, err error) {
	e, keys := apig.FailedCall(err), v.changes(operation)
	switch {
	case e == nil, ctx.Err() == nil && time.Since(began) < longestBlip:
		return
	case e.Kind == rest.KindThrottled: // whatever is to be changed
	case apig.MayPass(err):
		keys = append([]any{changed{v.gateway, id}}, keys...)
	default:
		return
	}
	v.outages.Note(ctx, began, err, keys...)
}

// noteUnsettled takes in what became of cases, and the error that ended them.
func (v *Session) noteUnsettled(ctx context.Context, began time.Time, cases []*settle.Item, err error) {
	for _, c := range cases {
		if c.Refusal != nil && !c.Phase.Reached() {
			v.noteVain(ctx, apig.OperationDecide, began, c.EndpointID, c.Refusal)
		}
	}
	for _, c := range cases {
		if c.Phase == settle.ToCall { // who waited for another's call knows of that
			v.noteVain(ctx, apig.OperationDecide, began, c.EndpointID, cmp.Or(v.decisions.Unanswered(ctx), err))
			return
		}
	}
}
