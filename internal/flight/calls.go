// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package flight

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// Calls knows how calls stand that others wait for: who leaves is told the reason. The zero value is ready. It is safe
// for concurrent use.
type Calls struct {
	mu   sync.Mutex
	open []rest.Standing // the one told of last at the end
}

// Context gives a context whose calls are followed.
func (c *Calls) Context(ctx context.Context) context.Context { return rest.WithTrace(ctx, c.take) }

func (c *Calls) take(s rest.Standing) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.open = slices.DeleteFunc(c.open, func(other rest.Standing) bool { return other.Call == s.Call })
	if s.Err != nil {
		c.open = append(c.open, s)
	}
}

// Ended is the error of one whose context ended while it waited: of the last call that failed so far, or else the
// context's own.
func (c *Calls) Ended(ctx context.Context) error {
	return cmp.Or(c.last(ctx, true), context.Cause(ctx))
}

// Unanswered is like Ended, but tells of a call that is not answered where none failed so far. It is nil where no call
// is under way.
func (c *Calls) Unanswered(ctx context.Context) error {
	return cmp.Or(c.last(ctx, true), c.last(ctx, false))
}

func (c *Calls) last(ctx context.Context, failed bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	for _, s := range slices.Backward(c.open) {
		if s.Failed == failed {
			return s.Err.EndedBy(ctx)
		}
	}
	return nil
}

type deadlineKey struct{}

// WithDeadline gives a context that knows until when those have time who wait for its calls. It does not end then.
func WithDeadline(ctx context.Context, deadline time.Time) context.Context {
	return context.WithValue(ctx, deadlineKey{}, deadline)
}

// Deadline is until when there is time for a call, the zero time if that is not limited.
func Deadline(ctx context.Context) time.Time {
	if deadline, limited := ctx.Deadline(); limited {
		return deadline
	}
	deadline, _ := ctx.Value(deadlineKey{}).(time.Time)
	return deadline
}
