// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"slices"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

const (
	// window is how long a call that has room waits for another caller's
	// endpoints, counted from the last that joined, or was on its way.
	window = 50 * time.Millisecond
	// longestWindow bounds that wait when callers keep coming.
	longestWindow = time.Second
	// arrival is how long one who was announced is taken to be on its way.
	arrival = 200 * time.Millisecond
)

// outcome is what became of one endpoint that a caller asked to be decided.
type outcome struct {
	size  int   // how many endpoints its call named, 0 if none was made
	final bool  // an error is the last word on the endpoint: no other call is to be made for it
	fatal bool  // an error is about more than what the call named: no other call helps
	err   error // nil, too, where no call was made and the endpoint is to be looked at first
}

// decide has endpoints decided, in calls that others share, and returns what became
// of each, by its ID. When the context ends while a call is under way, whether that
// takes effect is open.
func (v *Session) decide(ctx context.Context, action endpoint.Decision, cases []*settle.Item) map[string]outcome {
	q := v.queues[action]
	a := q.join(ctx, cases)
	select {
	case <-a.done:
	case <-ctx.Done():
		q.leave(ctx, a)
	}
	return a.outcomes
}

// run makes calls until nobody waits.
func (q *queue) run() {
	for q.gather() {
		q.session.slots <- struct{}{}
		if c := q.begin(); c != nil {
			go q.make(c)
		} else { // all have left meanwhile
			<-q.session.slots
		}
	}
}

// gather waits until a call is to be made: it is full, or nobody else joins. It
// returns false when nobody waits.
func (q *queue) gather() bool {
	v := q.session
	for {
		v.mu.Lock()
		q.sendAway()
		if len(q.waiting) == 0 {
			q.running = false
			v.mu.Unlock()
			return false
		}
		ready, wait := q.due()
		changed := q.changed
		v.mu.Unlock()
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
	items := slices.Clone(q.waiting)
	q.withdraw(items, outcome{fatal: err != nil && !apig.IsBusy(err), err: err})
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
		if !q.session.othersCome(now) {
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
	v := q.session
	v.mu.Lock()
	defer v.mu.Unlock()
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
	v.askFor(q.action, c.items)
	c.ctx, c.cancel = context.WithCancelCause(c.watch.Context(v.decisions.Context(withDeadlineOf(c.items[0].ctx, c.deadline()))))
	q.underWay++
	return c
}

// make makes a call. What its answer shows is not used: it may be the status from
// before, and only a listing tells what became of the decision.
func (q *queue) make(c *call) {
	v := q.session
	defer c.cancel(nil)
	v.mu.Lock()
	ctx := q.bisect.Retrying(c.ctx, ids(c.items))
	v.mu.Unlock()
	c.err = v.acceptOrReject(ctx, q.action, ids(c.items))
	defer func() { <-v.slots }() // once what it came to is known
	v.mu.Lock()
	defer v.mu.Unlock()
	v.unmark(c.items)
	q.underWay--
	o := q.judge(c)
	v.keepDecision(q.action, c)
	v.noteChange(ctx, apig.OperationDecide, c.err)
	if o.fatal {
		q.stop(c)
	}
	finish(c.items, o)
	q.sendAway()
	q.change()
	close(c.done)
}

// found takes in that endpoints turned out to be as they are to be, after a call that
// named them had failed.
func (v *Session) found(action endpoint.Decision, endpoints []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.queues[action].bisect.Found(endpoints)
}

// forget takes in the cases that nobody follows any more: why calls failed that named
// their endpoints remains open, but for those that reached their goal.
func (v *Session) forget(cases []*settle.Item) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range cases {
		if c.Refusal != nil && c.Phase != settle.Done {
			v.queues[c.Goal.Decision()].bisect.Forget([]string{c.EndpointID})
		}
	}
}

// judge has the bisection learn from a call, and makes the outcome of what it named.
// An endpoint that is connected already is as good as accepted: looking tells.
func (q *queue) judge(c *call) outcome {
	if len(c.items) == 1 && q.action == endpoint.Accepted && apig.IsDecidedAlready(c.err) {
		c.err = nil
	}
	o := outcome{size: len(c.items), err: c.err}
	o.final, o.fatal = q.bisect.Judge(c.ctx, ids(c.items), c.err)
	return o
}

// Announce tells that a caller of Settle is on its way: one whose plan was just
// made. A call that is being gathered waits for it.
func (v *Session) Expect() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.expected = append(v.expected, time.Now())
}

// arrived takes in that one who may have been announced is here.
func (v *Session) arrive() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.expected) > 0 {
		v.expected = v.expected[1:]
	}
}

// othersCome tells whether somebody was announced of late who is not here yet. The
// session is locked.
func (v *Session) othersCome(now time.Time) bool {
	v.expected = slices.DeleteFunc(v.expected, func(at time.Time) bool { return now.Sub(at) > arrival })
	return len(v.expected) > 0
}
