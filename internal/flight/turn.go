// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package flight

import (
	"cmp"
	"context"
)

// Turn is one caller's at a time. Those who wait for it do so for the calls of the one who has it.
type Turn struct {
	place chan struct{}
	calls Calls
}

// NewTurn makes a turn that nobody has.
func NewTurn() *Turn { return &Turn{place: make(chan struct{}, 1)} }

// Take waits for the turn, which lasts until done is called. Calls are to be made with the returned context: should the
// wait of others be in vain, their errors tell what those calls came to.
func (t *Turn) Take(ctx context.Context) (calls context.Context, done func(), err error) {
	select {
	case t.place <- struct{}{}:
		return t.calls.Context(ctx), func() { <-t.place }, nil
	case <-ctx.Done():
		return nil, nil, cmp.Or(t.calls.Unanswered(ctx), context.Cause(ctx))
	}
}
