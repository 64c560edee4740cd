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
	// halvedRetries is how often a call of a halved batch is repeated when the
	// server fails, or the gateway is busy.
	halvedRetries = 1
	// busyRetries is how often a whole batch is repeated when the gateway is busy:
	// some seconds. One for a single endpoint is for as long as there is time.
	busyRetries = 3
	// arrival is how long one who was announced is taken to be on its way.
	arrival = 200 * time.Millisecond
)

// batchKey names what may travel together: one verb, and batches of one size.
type batchKey struct {
	action apig.Action
	limit  int
}

// call is one call that carries the endpoints of any number of callers.
type call struct {
	key    batchKey
	ctx    context.Context //nolint:containedctx // the call's own: it ends when all its callers have left
	cancel context.CancelCauseFunc

	// Under the view's lock.
	endpoints []string
	askers    map[string]int // how many callers ask, by endpoint
	callers   int
	watch     rest.Watch
	size      int // how many endpoints it holds, once it is sent

	joined chan struct{} // has room for one: somebody joined
	full   chan struct{} // closed when there is no more room
	done   chan struct{} // closed when err is set
	err    error
}

// decide has a batch decided, in one call with what others ask for at the same
// time. It returns how many endpoints that call held, 0 if it was not made: if
// it was and the context ended, whether it took effect is open.
func (v *View) decide(ctx context.Context, batch []*connection.Case) (size int, err error) {
	c, endpoints := v.join(ctx, batch)
	if c == nil {
		return 0, nil
	}
	select {
	case <-c.done:
		return c.size, c.err
	case <-ctx.Done():
		return v.leave(ctx, c, endpoints)
	}
}

// join adds endpoints to the call that takes them, or begins one. It leaves out
// what another holder has claimed, under the same lock: whoever claims an
// endpoint later finds its decision pending.
func (v *View) join(ctx context.Context, batch []*connection.Case) (*call, []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	key := batchKey{batch[0].Goal.Action(), batch[0].Limit()}
	endpoints := v.withoutTakenOver(batch)
	if len(endpoints) == 0 {
		return nil, nil
	}
	c := v.roomFor(key, endpoints)
	if c == nil {
		c = v.newCall(ctx, key)
	}
	c.callers++
	for _, id := range endpoints {
		if c.askers[id]++; c.askers[id] == 1 {
			c.endpoints = append(c.endpoints, id)
			v.mark(id)
		}
	}
	select {
	case c.joined <- struct{}{}:
	default:
	}
	if len(c.endpoints) == key.limit {
		v.dequeue(c)
		close(c.full)
	}
	return c, endpoints
}

// newCall begins a call that others may join. The view is locked.
func (v *View) newCall(ctx context.Context, key batchKey) *call {
	c := &call{
		key:    key,
		askers: map[string]int{},
		joined: make(chan struct{}, 1),
		full:   make(chan struct{}),
		done:   make(chan struct{}),
	}
	c.ctx, c.cancel = context.WithCancelCause(c.watch.Context(v.decisions.Context(context.WithoutCancel(ctx))))
	v.queue[key] = append(v.queue[key], c)
	go v.run(c) //nolint:contextcheck // it has its own
	return c
}

// roomFor returns a call that can take endpoints, or nil. The view is locked.
func (v *View) roomFor(key batchKey, endpoints []string) *call {
	for _, c := range v.queue[key] {
		room := key.limit - len(c.endpoints)
		for _, id := range endpoints {
			if c.askers[id] == 0 {
				room--
			}
		}
		if room >= 0 {
			return c
		}
	}
	return nil
}

// dequeue keeps others from joining a call. The view is locked.
func (v *View) dequeue(c *call) {
	v.queue[c.key] = slices.DeleteFunc(v.queue[c.key], func(other *call) bool { return other == c })
}

func (v *View) withoutTakenOver(batch []*connection.Case) []string {
	endpoints := make([]string, 0, len(batch))
	for _, c := range batch {
		if !v.isTakenOver(c) {
			endpoints = append(endpoints, c.EndpointID)
		}
	}
	return endpoints
}

// leave takes a caller out of a call. The others stay; when there are none, the
// call ends. Whoever leaves is told what it came to so far.
func (v *View) leave(ctx context.Context, c *call, endpoints []string) (size int, err error) {
	v.mu.Lock()
	if c.size == 0 {
		v.withdraw(c, endpoints)
	}
	size = c.size
	c.callers--
	last := c.callers == 0
	if last {
		v.dequeue(c) // who joined now would end with it
	}
	v.mu.Unlock()
	if last {
		c.cancel(context.Cause(ctx))
		<-c.done // at once, and with what was answered last
	}
	select {
	case <-c.done:
		if size > 0 {
			return size, c.err
		}
	default:
	}
	if size == 0 {
		return 0, v.decisions.Ended(ctx)
	}
	return size, c.watch.Ended(ctx)
}

// withdraw takes endpoints that nobody else asks for out of a call that is not
// sent yet. The view is locked.
func (v *View) withdraw(c *call, endpoints []string) {
	var unasked []string
	for _, id := range endpoints {
		if c.askers[id]--; c.askers[id] == 0 {
			unasked = append(unasked, id)
		}
	}
	c.endpoints = slices.DeleteFunc(c.endpoints, func(id string) bool { return slices.Contains(unasked, id) })
	v.unmark(unasked)
}

// run makes the call when it is full or nobody else joins.
func (v *View) run(c *call) {
	defer c.cancel(nil)
	v.gather(c)
	select {
	case v.slots <- struct{}{}:
		defer func() { <-v.slots }()
	case <-c.ctx.Done():
	}
	endpoints := v.close(c)
	if len(endpoints) > 0 {
		// What the answer shows is not used: it may be the status from before,
		// and only a listing tells what became of the decision.
		_, c.err = v.api.AcceptOrReject(c.retrying(c.ctx), v.gateway, c.key.action, endpoints)
	}
	v.mu.Lock()
	v.unmark(endpoints)
	v.keepDecision(c, endpoints)
	if len(endpoints) > 0 && !isFault(c.err) {
		v.answered = v.clock
	}
	v.mu.Unlock()
	close(c.done)
}

// retrying gives a context to make the call with, once it is closed. Halving finds
// the endpoint for which a server fails, or for whose state it says that the gateway
// is busy: the others are not to wait long in each of its rounds, nor at all for what
// lasts. What comes of a call for one alone is final, and is tried as ever.
func (c *call) retrying(ctx context.Context) context.Context {
	switch {
	case c.size == 1:
		return ctx
	case c.key.limit == apig.MaxBatch:
		return rest.WithRetries(ctx, rest.KindBusy, busyRetries)
	default:
		ctx = rest.WithRetries(ctx, rest.KindBusy, halvedRetries)
		return rest.WithRetries(ctx, rest.KindServer, halvedRetries)
	}
}

// gather waits for others to join.
func (v *View) gather(c *call) {
	deadline := time.NewTimer(longestWindow)
	defer deadline.Stop()
	quiet := time.NewTimer(window)
	defer quiet.Stop()
	for {
		select {
		case <-c.joined:
			quiet.Reset(window)
		case <-quiet.C:
			if !v.othersCome() {
				return
			}
			quiet.Reset(window)
		case <-deadline.C:
			return
		case <-c.full:
			return
		case <-c.ctx.Done():
			return
		}
	}
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

// othersCome tells whether somebody was announced of late who is not here yet.
func (v *View) othersCome() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.coming = slices.DeleteFunc(v.coming, func(at time.Time) bool { return time.Since(at) > arrival })
	return len(v.coming) > 0
}

// close keeps others from joining the call, and returns what it carries.
func (v *View) close(c *call) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.dequeue(c)
	c.size = len(c.endpoints)
	return c.endpoints // from now on they stay as they are
}

// mark begins a decision. The view is locked.
func (v *View) mark(id string) {
	if v.marks[id] == nil {
		v.marks[id] = &mark{}
	}
	v.marks[id].pending++
}

// unmark ends decisions. The view is locked.
func (v *View) unmark(endpoints []string) {
	v.clock++
	for _, id := range endpoints {
		v.marks[id].pending--
		v.marks[id].ended = v.clock
	}
	close(v.changed)
	v.changed = make(chan struct{})
}

// keepDecision keeps what a call decided, or may have. The view is locked.
func (v *View) keepDecision(c *call, endpoints []string) {
	if c.err != nil && c.ctx.Err() == nil && !isLost(c.ctx, c.err) {
		return
	}
	for _, id := range endpoints {
		m := v.marks[id]
		if c.err == nil {
			m.last = nil
		}
		m.last = append(m.last, c.key.action)
	}
}

// oppose tells the cases whether the opposite was decided last. A listing that
// began after that decision may show the status from before all the same: what
// looks settled by it would be undone.
func (v *View) oppose(cases []*connection.Case) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, c := range cases {
		m := v.marks[c.EndpointID]
		c.Opposed = m != nil && slices.ContainsFunc(m.last, func(a apig.Action) bool { return a != c.Goal.Action() })
	}
}
