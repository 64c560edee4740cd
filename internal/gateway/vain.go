// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
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
	if e := failedCall(err); e != nil && (e.Kind == rest.KindThrottled || mayPass(err)) {
		v.outages.Note(ctx, began, err, append([]any{changed{v.gateway, id}}, v.changes(operation)...)...)
	}
}

// noteUnsettled takes in what became of cases, and the error that ended them.
func (v *Session) noteUnsettled(ctx context.Context, began time.Time, cases []*settle.Item, err error) {
	for _, c := range cases {
		if c.Refusal != nil && !c.Phase.Reached() {
			v.noteVain(ctx, apig.OperationDecide, began, c.EndpointID, c.Refusal)
		}
	}
	if len(cases) > 0 {
		v.noteVain(ctx, apig.OperationDecide, began, cases[0].EndpointID, err)
	}
}
