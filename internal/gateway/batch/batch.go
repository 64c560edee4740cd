// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package batch has endpoints decided in calls that many share. It knows what is
// pending and what was decided last. It knows nothing of listings.
package batch

import (
	"context"
	"slices"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/bisect"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

const (
	// concurrency is how many calls are under way at once.
	concurrency = 4
	// window is how long a call that has room waits for others, from the last that joined.
	window = 50 * time.Millisecond
	// longestWindow bounds that wait when callers keep coming.
	longestWindow = time.Second
	// arrival is how long one who is expected is waited for.
	arrival = 200 * time.Millisecond
)

// Call decides endpoints in one call. Its context does not end at its deadline (flight.Deadline).
type Call func(ctx context.Context, decision endpoint.Decision, endpoints []string) error

// Batch has endpoints decided in calls that many share. It is safe for concurrent use.
type Batch struct {
	call  Call
	slots chan struct{} // held by calls under way
	calls flight.Calls  // those

	mu        sync.Mutex
	epoch     int                 // counts the listings that began and the decisions that ended
	histories map[string]*history // by endpoint
	idle      chan struct{}       // closed when a decision ends, and made anew
	queues    map[endpoint.Decision]*queue
	expected  []time.Time // when callers were announced that are not here yet
}

// New makes a batch for one gateway.
func New(call Call) *Batch {
	b := &Batch{call: call, slots: make(chan struct{}, concurrency), histories: map[string]*history{}, idle: make(chan struct{})}
	accept, reject := bisect.NewSizes()
	b.queues = map[endpoint.Decision]*queue{
		endpoint.Accepted: newQueue(b, endpoint.Accepted, accept),
		endpoint.Rejected: newQueue(b, endpoint.Rejected, reject),
	}
	return b
}

// Decide has endpoints decided, in calls that others share, and returns what became of each. When the context ends while a
// call is under way, whether that takes effect is open.
func (b *Batch) Decide(ctx context.Context, decision endpoint.Decision, cases []*settle.Item) map[string]settle.Outcome {
	q := b.queues[decision]
	a := q.join(ctx, cases)
	select {
	case <-a.done:
	case <-ctx.Done():
		q.leave(ctx, a)
	}
	return a.outcomes
}

// outcomeOf is the outcome of endpoints whose call named so many.
func outcomeOf(size int, err error) settle.Outcome {
	return settle.Outcome{Size: size, Err: err, Effect: apig.EffectOf(err)}
}

func (q *queue) run() {
	for q.gather() {
		q.batch.slots <- struct{}{}
		if c := q.begin(); c != nil {
			go q.make(c)
		} else { // all have left meanwhile
			<-q.batch.slots
		}
	}
}

// gather waits until a call is full, or nobody else joins. It returns false when nobody waits.
func (q *queue) gather() bool {
	b := q.batch
	for {
		b.mu.Lock()
		q.sendAway()
		if len(q.waiting) == 0 {
			q.running = false
			b.mu.Unlock()
			return false
		}
		ready, wait := q.due()
		changed := q.changed
		b.mu.Unlock()
		if ready {
			return true
		}
		select {
		case <-changed:
		case <-time.After(wait):
		}
	}
}

// sendAway sends those who wait away where no call is to be made for them now. Calls under way are awaited first: they
// may tell otherwise. Where nobody waits, that the gateway is busy is not held against those who come later.
func (q *queue) sendAway() {
	if len(q.waiting) == 0 {
		q.bisect.Calm()
	} else if q.underWay > 0 {
		return
	} else if now, err := q.bisect.SendsAway(); now {
		o := outcomeOf(0, err)
		o.Fatal = err != nil && !apig.IsBusy(err)
		q.withdraw(slices.Clone(q.waiting), o)
	}
}

// next returns the endpoints of the next call, and whether it is full. Those whose time is over are about to
// leave: no call begins for them that they would not see the end of.
func (q *queue) next() (keys []string, full bool) {
	now := time.Now()
	awaited := slices.DeleteFunc(slices.Clone(q.waiting), func(i *item) bool {
		end := deadline(i)
		return !end.IsZero() && !end.After(now)
	})
	return q.bisect.Next(ids(awaited), q.underWay)
}

// due tells whether a call is to be made now, or else how long to wait for others.
func (q *queue) due() (ready bool, wait time.Duration) {
	keys, full := q.next()
	if len(keys) == 0 {
		return false, longestWindow // a call under way tells, or who leaves
	}
	now := time.Now()
	left := q.waiting[0].came.Add(longestWindow).Sub(now)
	if full || left <= 0 {
		return true, 0
	}
	quiet := q.joined.Add(window).Sub(now)
	if quiet <= 0 {
		if !q.batch.othersCome(now) {
			return true, 0
		}
		quiet = window
	}
	return false, min(quiet, left)
}

// begin takes the endpoints of the next call out of those that wait; nil if there is none. What another resource holds
// is spared, under the same lock: whoever comes to hold an endpoint later finds its decision pending.
func (q *queue) begin() *call {
	b := q.batch
	b.mu.Lock()
	defer b.mu.Unlock()
	q.release(func(_ *asker, c *settle.Item) bool { return c.Spare() })
	keys, _ := q.next()
	if len(keys) == 0 {
		return nil
	}
	c := &call{done: make(chan struct{})}
	for _, id := range keys {
		i := q.byID[id]
		i.call = c
		c.items = append(c.items, i)
	}
	q.drop(c.items)
	b.begin(q.decision, c.items)
	ctx := flight.WithDeadline(c.items[0].ctx, deadline(c.items...))
	c.ctx, c.cancel = context.WithCancelCause(c.calls.Context(b.calls.Context(ctx)))
	q.underWay++
	return c
}

// make makes a call. Its answer may show the status from before: only a listing tells.
func (q *queue) make(c *call) {
	b := q.batch
	defer c.cancel(nil)
	b.mu.Lock()
	ctx := q.bisect.Retrying(c.ctx, ids(c.items))
	b.mu.Unlock()
	c.err = b.call(ctx, q.decision, ids(c.items))
	defer func() { <-b.slots }() // once what it came to is known
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(c.items)
	q.underWay--
	o := outcomeOf(len(c.items), c.err)
	o.Final, o.Fatal = q.bisect.Judge(c.ctx, ids(c.items), c.err)
	b.keep(q.decision, c)
	if o.Fatal {
		q.stop(c)
	}
	finish(c.items, o)
	q.sendAway()
	q.change()
	close(c.done)
}

// Found takes in endpoints that turned out to be as they are to be after a failed call.
func (b *Batch) Found(decision endpoint.Decision, endpoints []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queues[decision].bisect.Found(endpoints)
}

// Forget takes in items that nobody follows any more: why calls failed for those that did not reach their goal remains open.
func (b *Batch) Forget(cases []*settle.Item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range cases {
		if c.Refusal != nil && c.Phase != settle.Done {
			b.queues[c.Goal.Decision()].bisect.Forget([]string{c.EndpointID})
		}
	}
}

// Unanswered is the error of one whose context ends while a call is not answered; nil where none is.
func (b *Batch) Unanswered(ctx context.Context) error { return b.calls.Unanswered(ctx) }

// Expect tells that a caller is on its way, for which calls wait.
func (b *Batch) Expect() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, time.Now())
}

// Arrive takes in that one who may have been expected is here.
func (b *Batch) Arrive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = b.expected[min(1, len(b.expected)):]
}

// othersCome tells whether somebody is expected who was announced of late. The batch is locked.
func (b *Batch) othersCome(now time.Time) bool {
	b.expected = slices.DeleteFunc(b.expected, func(at time.Time) bool { return now.Sub(at) > arrival })
	return len(b.expected) > 0
}
