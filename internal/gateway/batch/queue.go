// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package batch

import (
	"context"
	"slices"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/bisect"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// queue makes the calls of one verb, for different callers together. Which endpoints the next call names, the bisection
// says. All of it is under the batch's lock.
type queue struct {
	batch    *Batch
	decision endpoint.Decision
	bisect   *bisect.Bisection
	waiting  []*item // in the order in which they came
	byID     map[string]*item
	joined   time.Time // when the last of them did

	underWay int
	running  bool          // somebody makes calls for those who wait
	changed  chan struct{} // closed when somebody joined or left or a call ended, and made anew
}

// item is an endpoint that waits for its call, or is named by one.
type item struct {
	id   string
	came time.Time
	ctx  context.Context //nolint:containedctx // of the first who asked, for its values
	asks map[*asker]*settle.Item
	call *call // nil while it waits
	// before is how it was asked for before the call, nil where it was not.
	before *asked
}

// deadline is that of whoever waits longest for any of the items; zero where that is not limited. The batch is locked.
func deadline(items ...*item) (latest time.Time) {
	for _, i := range items {
		for a := range i.asks {
			if a.deadline.IsZero() {
				return time.Time{}
			}
			if a.deadline.After(latest) {
				latest = a.deadline
			}
		}
	}
	return latest
}

// asker is one who asked for endpoints.
type asker struct {
	outcomes map[string]settle.Outcome
	items    map[*item]struct{} // those without an outcome
	done     chan struct{}      // closed when there are none
	deadline time.Time          // zero for none
}

// call is one call. It ends when all who asked for what it names have left.
type call struct {
	ctx    context.Context //nolint:containedctx // the call's own
	cancel context.CancelCauseFunc
	items  []*item
	calls  flight.Calls
	done   chan struct{}
	err    error
}

func newQueue(b *Batch, decision endpoint.Decision, s *bisect.Sizes) *queue {
	return &queue{batch: b, decision: decision, bisect: bisect.New(s), byID: map[string]*item{}, changed: make(chan struct{})}
}

func (q *queue) join(ctx context.Context, cases []*settle.Item) *asker {
	b := q.batch
	b.mu.Lock()
	defer b.mu.Unlock()
	deadline, _ := ctx.Deadline()
	a := &asker{outcomes: map[string]settle.Outcome{}, items: map[*item]struct{}{}, done: make(chan struct{}), deadline: deadline}
	now := time.Now()
	for _, c := range cases {
		i := q.byID[c.EndpointID]
		if i == nil {
			i = &item{id: c.EndpointID, came: now, ctx: context.WithoutCancel(ctx), asks: map[*asker]*settle.Item{}}
			q.waiting, q.byID[i.id] = append(q.waiting, i), i
			b.historyOf(i.id).pending++
		}
		i.asks[a], a.items[i] = c, struct{}{}
		q.joined = now
	}
	q.change()
	if !q.running {
		q.running = true
		go q.run() //nolint:contextcheck // each call has its own
	}
	return a
}

// leave takes out one whose context ended. Endpoints that wait, and that nobody else asks for, are not called for. Calls
// that nobody waits for any more end.
func (q *queue) leave(ctx context.Context, a *asker) {
	b := q.batch
	end := b.calls.Ended(ctx)
	b.mu.Lock()
	var unasked []*item
	calls := map[*call]error{}
	for i := range a.items {
		if i.call != nil {
			calls[i.call] = i.call.calls.Ended(ctx) // as long as somebody asks, it is under way
			continue
		}
		delete(i.asks, a)
		a.outcomes[i.id] = settle.Outcome{Err: end}
		if len(i.asks) == 0 {
			unasked = append(unasked, i)
		}
	}
	for i := range a.items {
		delete(i.asks, a)
	}
	q.withdraw(unasked, settle.Outcome{})
	q.change()
	b.mu.Unlock()
	for c, stands := range calls {
		err := c.leave(ctx, b, stands)
		for i := range a.items {
			if i.call == c {
				a.outcomes[i.id] = outcomeOf(len(c.items), err)
			}
		}
	}
}

// leave returns what a call came to, for one who left it, where it stands so far. If that was the last one, it ends.
func (c *call) leave(ctx context.Context, b *Batch, stands error) error {
	b.mu.Lock()
	last := !slices.ContainsFunc(c.items, func(i *item) bool { return len(i.asks) > 0 })
	b.mu.Unlock()
	if last {
		c.cancel(context.Cause(ctx))
		<-c.done // at once, and with what was answered last
	}
	select {
	case <-c.done:
		return c.err
	default:
		return stands
	}
}

// stop ends the waiting of those who asked for what a call names that failed for good: no call is made for the rest of it.
func (q *queue) stop(c *call) {
	q.release(func(a *asker, _ *settle.Item) bool {
		return slices.ContainsFunc(c.items, func(called *item) bool { _, asked := a.items[called]; return asked })
	})
}

// release ends some of the waiting, without a call.
func (q *queue) release(ends func(a *asker, c *settle.Item) bool) {
	var released []*item
	for _, i := range q.waiting {
		for a, c := range i.asks {
			if ends(a, c) {
				delete(i.asks, a)
				a.end(i, settle.Outcome{})
			}
		}
		if len(i.asks) == 0 {
			released = append(released, i)
		}
	}
	q.withdraw(released, settle.Outcome{})
}

// withdraw takes endpoints out of those that wait, with an outcome for who asks.
func (q *queue) withdraw(items []*item, o settle.Outcome) {
	if len(items) > 0 {
		q.drop(items)
		q.batch.end(items)
		finish(items, o)
	}
}

func finish(items []*item, o settle.Outcome) {
	for _, i := range items {
		for a := range i.asks {
			a.end(i, o)
		}
	}
}

func (a *asker) end(i *item, o settle.Outcome) {
	a.outcomes[i.id] = o
	if delete(a.items, i); len(a.items) == 0 {
		close(a.done)
	}
}

func (q *queue) drop(items []*item) {
	for _, i := range items {
		delete(q.byID, i.id)
	}
	q.waiting = slices.DeleteFunc(q.waiting, func(i *item) bool { return q.byID[i.id] != i })
}

// change tells whoever makes the calls that there is something new.
func (q *queue) change() {
	close(q.changed)
	q.changed = make(chan struct{})
}

func ids(items []*item) []string {
	ids := make([]string, len(items))
	for n, i := range items {
		ids[n] = i.id
	}
	return ids
}
