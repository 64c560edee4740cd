// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"slices"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
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

// queue makes the calls of one verb. Endpoints that different callers ask for at the
// same time travel together; which, and how many, the bisection says. All of it is
// under the view's lock.
type queue struct {
	view    *View
	action  apig.Action
	bisect  *bisection
	waiting []*item // in the order in which they came
	byID    map[string]*item
	joined  time.Time // when the last of them did

	underWay int
	running  bool          // somebody makes calls for those who wait
	changed  chan struct{} // closed when somebody joined or left or a call ended, and made anew
}

// item is an endpoint that waits for its call, or is named by one.
type item struct {
	id   string
	came time.Time
	ctx  context.Context //nolint:containedctx // of the first who asked, for its values
	asks map[*asker]*connection.Case
	call *call // nil while it waits
}

// asker is one who asked for endpoints.
type asker struct {
	outcomes map[string]outcome
	items    map[*item]struct{} // those without an outcome
	done     chan struct{}      // closed when there are none
}

// call is one call. It ends when all who asked for what it names have left.
type call struct {
	ctx    context.Context //nolint:containedctx // the call's own
	cancel context.CancelCauseFunc
	items  []*item
	watch  rest.Watch
	done   chan struct{}
	err    error
}

func newQueue(v *View, action apig.Action, s *sizes) *queue {
	return &queue{view: v, action: action, bisect: newBisection(s), byID: map[string]*item{}, changed: make(chan struct{})}
}

// decide has endpoints decided, in calls that others share, and returns what became
// of each, by its ID. When the context ends while a call is under way, whether that
// takes effect is open.
func (v *View) decide(ctx context.Context, action apig.Action, cases []*connection.Case) map[string]outcome {
	q := v.queues[action]
	a := q.join(ctx, cases)
	select {
	case <-a.done:
	case <-ctx.Done():
		q.leave(ctx, a)
	}
	return a.outcomes
}

// join adds endpoints to those that wait.
func (q *queue) join(ctx context.Context, cases []*connection.Case) *asker {
	v := q.view
	v.mu.Lock()
	defer v.mu.Unlock()
	a := &asker{outcomes: map[string]outcome{}, items: map[*item]struct{}{}, done: make(chan struct{})}
	now := time.Now()
	for _, c := range cases {
		i := q.byID[c.EndpointID]
		if i == nil {
			i = &item{id: c.EndpointID, came: now, ctx: context.WithoutCancel(ctx), asks: map[*asker]*connection.Case{}}
			q.waiting = append(q.waiting, i)
			q.byID[i.id] = i
			v.mark(i.id)
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

// leave takes out one whose context ended. Its endpoints that wait, and that nobody
// else asks for, are not called for. Calls that nobody waits for any more end.
func (q *queue) leave(ctx context.Context, a *asker) {
	v := q.view
	end := v.decisions.Ended(ctx)
	v.mu.Lock()
	var unasked []*item
	calls := map[*call][]*item{}
	for i := range a.items {
		delete(i.asks, a)
		if i.call != nil {
			calls[i.call] = append(calls[i.call], i)
			continue
		}
		a.outcomes[i.id] = outcome{err: end}
		if len(i.asks) == 0 {
			unasked = append(unasked, i)
		}
	}
	q.withdraw(unasked, outcome{})
	q.change()
	v.mu.Unlock()
	for c, items := range calls {
		err := c.leave(ctx, v)
		for _, i := range items {
			a.outcomes[i.id] = outcome{size: len(c.items), err: err}
		}
	}
}

// leave returns what a call came to so far, for one who left it. If that was the last
// one, it ends.
func (c *call) leave(ctx context.Context, v *View) error {
	v.mu.Lock()
	last := !slices.ContainsFunc(c.items, func(i *item) bool { return len(i.asks) > 0 })
	v.mu.Unlock()
	if last {
		c.cancel(context.Cause(ctx))
		<-c.done // at once, and with what was answered last
	}
	select {
	case <-c.done:
		return c.err
	default:
		return c.watch.Ended(ctx)
	}
}

// run makes calls until nobody waits.
func (q *queue) run() {
	for q.gather() {
		q.view.slots <- struct{}{}
		if c := q.begin(); c != nil {
			go q.make(c)
		} else { // all have left meanwhile
			<-q.view.slots
		}
	}
}

// gather waits until a call is to be made: it is full, or nobody else joins. It
// returns false when nobody waits.
func (q *queue) gather() bool {
	v := q.view
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
		q.bisect.busy = min(q.bisect.busy, 1)
	}
	if q.underWay > 0 || len(q.waiting) == 0 {
		return
	}
	err, now := q.bisect.sendsAway()
	if !now {
		return
	}
	items := slices.Clone(q.waiting)
	q.withdraw(items, outcome{fatal: err != nil && !isBusy(err), err: err})
}

// due tells whether a call is to be made now, or else how long to wait for others to
// join it.
func (q *queue) due() (ready bool, wait time.Duration) {
	keys, full := q.bisect.next(ids(q.waiting), q.underWay)
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
		if !q.view.othersCome(now) {
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
	v := q.view
	v.mu.Lock()
	defer v.mu.Unlock()
	q.spare()
	keys, _ := q.bisect.next(ids(q.waiting), q.underWay)
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
	c.ctx, c.cancel = context.WithCancelCause(c.watch.Context(v.decisions.Context(c.items[0].ctx)))
	q.underWay++
	return c
}

// spare sends away those who wait to release what another resource holds.
func (q *queue) spare() {
	if q.action != apig.ActionReject {
		return
	}
	var spared []*item
	for _, i := range q.waiting {
		for a, c := range i.asks {
			if c.Spare() {
				delete(i.asks, a)
				a.end(i, outcome{})
			}
		}
		if len(i.asks) == 0 {
			spared = append(spared, i)
		}
	}
	q.withdraw(spared, outcome{})
}

// make makes a call. What its answer shows is not used: it may be the status from
// before, and only a listing tells what became of the decision.
func (q *queue) make(c *call) {
	v := q.view
	defer c.cancel(nil)
	v.mu.Lock()
	ctx := q.bisect.retrying(c.ctx, ids(c.items))
	v.mu.Unlock()
	_, c.err = v.api.AcceptOrReject(ctx, v.gateway, q.action, ids(c.items))
	defer func() { <-v.slots }() // once what it came to is known
	v.mu.Lock()
	defer v.mu.Unlock()
	v.unmark(c.items)
	v.keepDecision(q.action, c)
	q.underWay--
	o := q.judge(c)
	if o.fatal {
		q.stop(c)
	}
	finish(c.items, o)
	q.sendAway()
	q.change()
	close(c.done)
}

// stop ends the waiting of those who asked for what a call names that failed for good:
// no call is made for the rest of what they asked for.
func (q *queue) stop(c *call) {
	var stopped []*item
	for _, i := range q.waiting {
		for a := range i.asks {
			if slices.ContainsFunc(c.items, func(called *item) bool { _, asked := a.items[called]; return asked }) {
				delete(i.asks, a)
				a.end(i, outcome{})
			}
		}
		if len(i.asks) == 0 {
			stopped = append(stopped, i)
		}
	}
	q.withdraw(stopped, outcome{})
}

// withdraw takes endpoints out of those that wait, with an outcome for who asks.
func (q *queue) withdraw(items []*item, o outcome) {
	if len(items) > 0 {
		q.drop(items)
		q.view.unmark(items)
		finish(items, o)
	}
}

// found takes in that endpoints turned out to be as they are to be, after a call that
// named them had failed.
func (v *View) found(action apig.Action, endpoints []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.queues[action].bisect.found(endpoints)
}

// forget takes in the cases that nobody follows any more: why calls failed that named
// their endpoints remains open, but for those that reached their goal.
func (v *View) forget(cases []*connection.Case) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range cases {
		if c.Refusal != nil && c.Step != connection.StepDone {
			v.queues[c.Goal.Action()].bisect.forget([]string{c.EndpointID})
		}
	}
}

// judge has the bisection learn from a call, and makes the outcome of what it named.
// An endpoint that is connected already is as good as accepted: looking tells.
func (q *queue) judge(c *call) outcome {
	if len(c.items) == 1 && q.action == apig.ActionReceive && apig.IsDecidedAlready(c.err) {
		c.err = nil
	}
	o := outcome{size: len(c.items), err: c.err}
	o.final, o.fatal = q.bisect.judge(c.ctx, ids(c.items), c.err)
	return o
}

// finish tells those who asked for endpoints what became of them.
func finish(items []*item, o outcome) {
	for _, i := range items {
		for a := range i.asks {
			a.end(i, o)
		}
	}
}

// end tells what became of one endpoint.
func (a *asker) end(i *item, o outcome) {
	a.outcomes[i.id] = o
	if delete(a.items, i); len(a.items) == 0 {
		close(a.done)
	}
}

// drop takes endpoints out of those that wait.
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

// Announce tells that a caller of Settle is on its way: one whose plan was just
// made. A call that is being gathered waits for it.
func (v *View) Announce() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.coming = append(v.coming, time.Now())
}

// arrived takes in that one who may have been announced is here.
func (v *View) arrived() {
	v.mu.Lock()
	defer v.mu.Unlock()
	if len(v.coming) > 0 {
		v.coming = v.coming[1:]
	}
}

// othersCome tells whether somebody was announced of late who is not here yet. The
// view is locked.
func (v *View) othersCome(now time.Time) bool {
	v.coming = slices.DeleteFunc(v.coming, func(at time.Time) bool { return now.Sub(at) > arrival })
	return len(v.coming) > 0
}
