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
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/bisect"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

const (
	// concurrency is how many calls are under way at once.
	concurrency = 4
	// window is how long a call that has room waits for another caller's
	// endpoints, counted from the last that joined, or was on its way.
	window = 50 * time.Millisecond
	// longestWindow bounds that wait when callers keep coming.
	longestWindow = time.Second
	// arrival is how long one who is expected is taken to be on its way.
	arrival = 200 * time.Millisecond
)

// Call decides endpoints in one call. Its context has no deadline; those who wait for it have one.
type Call func(ctx context.Context, deadline time.Time, decision endpoint.Decision, endpoints []string) error

// Batch has endpoints decided in calls that many share. It is safe for concurrent use.
type Batch struct {
	call  Call
	slots chan struct{} // held by calls under way
	calls rest.Watch    // those

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

// Decide has endpoints decided, in calls that others share, and returns what became
// of each, by its ID. When the context ends while a call is under way, whether that
// takes effect is open.
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
	return settle.Outcome{Size: size, Err: err, Busy: apig.IsBusy(err), Lost: err != nil && apig.MayHaveWorked(err)}
}

// run makes calls until nobody waits.
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

// gather waits until a call is to be made: it is full, or nobody else joins. It
// returns false when nobody waits.
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
		timer := time.NewTimer(wait)
		select {
		case <-changed:
		case <-timer.C:
		}
		timer.Stop()
	}
}

// sendAway sends those who wait away where no call is to be made for them now. Calls
// under way are awaited first: they may tell otherwise. Where nobody waits, that the
// gateway is busy is not held against those who come later.
func (q *queue) sendAway() {
	if len(q.waiting) == 0 {
		q.bisect.Calm()
	}
	if q.underWay > 0 || len(q.waiting) == 0 {
		return
	}
	now, err := q.bisect.SendsAway()
	if !now {
		return
	}
	o := outcomeOf(0, err)
	o.Fatal = err != nil && !o.Busy
	q.withdraw(slices.Clone(q.waiting), o)
}

// due tells whether a call is to be made now, or else how long to wait for others to
// join it.
func (q *queue) due() (ready bool, wait time.Duration) {
	keys, full := q.bisect.Next(ids(q.waiting), q.underWay)
	if len(keys) == 0 {
		return false, longestWindow // a call under way tells
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

// begin takes the endpoints of the next call out of those that wait; nil if there is
// none to be made. What another resource holds by then is not released, under the same
// lock: whoever comes to hold an endpoint later finds its decision pending.
func (q *queue) begin() *call {
	b := q.batch
	b.mu.Lock()
	defer b.mu.Unlock()
	q.spare()
	keys, _ := q.bisect.Next(ids(q.waiting), q.underWay)
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
	c.ctx, c.cancel = context.WithCancelCause(c.watch.Context(b.calls.Context(c.items[0].ctx)))
	c.until = c.deadline()
	q.underWay++
	return c
}

// make makes a call. What its answer shows is not used: it may be the status from
// before, and only a listing tells what became of the decision.
func (q *queue) make(c *call) {
	b := q.batch
	defer c.cancel(nil)
	b.mu.Lock()
	ctx := q.bisect.Retrying(c.ctx, ids(c.items))
	b.mu.Unlock()
	c.err = b.call(ctx, c.until, q.decision, ids(c.items))
	defer func() { <-b.slots }() // once what it came to is known
	b.mu.Lock()
	defer b.mu.Unlock()
	b.end(c.items)
	q.underWay--
	o := q.judge(c)
	b.keep(q.decision, c)
	if o.Fatal {
		q.stop(c)
	}
	finish(c.items, o)
	q.sendAway()
	q.change()
	close(c.done)
}

// Found takes in that endpoints turned out to be as they are to be, after a call that
// named them had failed.
func (b *Batch) Found(decision endpoint.Decision, endpoints []string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.queues[decision].bisect.Found(endpoints)
}

// Forget takes in the cases that nobody follows any more: why calls failed that named
// their endpoints remains open, but for those that reached their goal.
func (b *Batch) Forget(cases []*settle.Item) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for _, c := range cases {
		if c.Refusal != nil && c.Phase != settle.Done {
			b.queues[c.Goal.Decision()].bisect.Forget([]string{c.EndpointID})
		}
	}
}

// Unanswered is the error of one whose context ends while a call is not answered; nil where there is none of late.
func (b *Batch) Unanswered(ctx context.Context) error { return b.calls.Unanswered(ctx) }

// judge has the bisection learn from a call, and makes the outcome of what it named.
func (q *queue) judge(c *call) settle.Outcome {
	o := outcomeOf(len(c.items), c.err)
	o.Final, o.Fatal = q.bisect.Judge(c.ctx, ids(c.items), c.err)
	return o
}

// Expect tells that a caller of Settle is on its way: one whose plan was just
// made. A call that is being gathered waits for it.
func (b *Batch) Expect() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.expected = append(b.expected, time.Now())
}

// Arrive takes in that one who may have been expected is here.
func (b *Batch) Arrive() {
	b.mu.Lock()
	defer b.mu.Unlock()
	if len(b.expected) > 0 {
		b.expected = b.expected[1:]
	}
}

// othersCome tells whether somebody is expected who was announced of late. The batch is
// locked.
func (b *Batch) othersCome(now time.Time) bool {
	b.expected = slices.DeleteFunc(b.expected, func(at time.Time) bool { return now.Sub(at) > arrival })
	return len(b.expected) > 0
}
