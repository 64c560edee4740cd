// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"
)

// Watch follows calls, for those who wait for what somebody else calls for: it knows what a call that is under way, and
// failed so far, would end with if its context ended now. The zero value is ready; it is safe for concurrent use.
type Watch struct {
	mu      sync.Mutex
	failing []standing // the one told of last at the end
	// before is what the last call came to that its context ended, and when that was; nil once one ended by itself. Who
	// calls next, and has no time for an answer, fails for the same reason.
	before *Error
	ended  time.Time

	open []standing // all calls that are under way, with what they come to if nobody answers
	// left is what the last call came to that was given up without an answer, and leftAt when that was; nil once one ended
	// by itself.
	left   *Error
	leftAt time.Time
}

// keptFor is how long what a call came to explains those after it.
const keptFor = time.Minute

// standing is how a call stands whose attempts failed so far.
type standing struct {
	call *run
	err  *Error
}

type watchesKey struct{}

// Context gives a context whose calls are followed, beside what already follows them.
func (w *Watch) Context(ctx context.Context) context.Context {
	return context.WithValue(ctx, watchesKey{}, append(slices.Clip(watchesOf(ctx)), w))
}

func watchesOf(ctx context.Context) []*Watch {
	watches, _ := ctx.Value(watchesKey{}).([]*Watch)
	return watches
}

// Ended is for one who waited for a call until a context ended. It is the error that the caller would get whose context
// ended then, with the last answer; the context's own where none of the attempts has failed so far.
func (w *Watch) Ended(ctx context.Context) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	last := w.recent()
	if n := len(w.failing); n > 0 {
		last = w.failing[n-1].err
	}
	if last == nil {
		return context.Cause(ctx)
	}
	return last.EndedBy(ctx)
}

// Unanswered is like Ended, but tells of the call that is not answered where none of the attempts has failed. It is nil
// where there is none of late.
func (w *Watch) Unanswered(ctx context.Context) error {
	if e, ok := errors.AsType[*Error](w.Ended(ctx)); ok {
		return e
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if n := len(w.open); n > 0 {
		return w.open[n-1].err.EndedBy(ctx)
	}
	if w.left != nil && time.Since(w.leftAt) <= keptFor {
		return w.left.EndedBy(ctx)
	}
	return nil
}

// begin takes in that a call is made.
func (w *Watch) begin(call *run, unanswered *Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = append(w.open, standing{call, unanswered})
}

// end takes in that it is over, and what it came to if it was given up.
func (w *Watch) end(call *run, left *Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.open = slices.DeleteFunc(w.open, func(s standing) bool { return s.call == call })
	w.left, w.leftAt = left, time.Now()
}

// take takes in how a call stands; nil for one of which nothing failed, or that is over.
func (w *Watch) take(call *run, err *Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.failing = slices.DeleteFunc(w.failing, func(s standing) bool { return s.call == call })
	if err != nil {
		w.failing = append(w.failing, standing{call, err})
	}
}

// keep takes in what the last call came to.
func (w *Watch) keep(err *Error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.before, w.ended = err, time.Now()
}

func (w *Watch) kept() *Error {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.recent()
}

// recent is what the last call came to, unless that was long ago. The watch is locked.
func (w *Watch) recent() *Error {
	if time.Since(w.ended) > keptFor {
		return nil
	}
	return w.before
}

// tell tells those who watch the call how it stands.
func (r *run) tell(err *Error) {
	for _, w := range r.watches {
		w.take(r, err)
	}
}

// close tells them that it is over. What it came to is kept before it is no more under way.
func (r *run) close(ctx context.Context, err error) {
	stands := r.stands(false)
	for _, w := range r.watches {
		switch {
		case err == nil, ctx.Err() == nil:
			w.keep(nil)
		case r.final == nil && r.last != nil:
			w.keep(stands)
		}
		w.take(r, nil)
		w.end(r, r.left(ctx, err))
	}
}

// left is what the call came to where its context ended without an answer: to that of another call where the transport
// waited for one.
func (r *run) left(ctx context.Context, err error) *Error {
	if err == nil || ctx.Err() == nil {
		return nil
	}
	e := *r.fail(KindUnreachable, nil)
	if inner, ok := errors.AsType[*Error](r.final); ok {
		e = *inner
	}
	if e.StatusCode == 0 {
		e.Err = nil // that the context ended, which is told anyway
	}
	return &e
}

// stands is what the call ends with if its context ends now, but for the context's own error; nil where nothing has
// failed, be it of an earlier call. underWay tells of an attempt that is sent and not answered.
func (r *run) stands(underWay bool) *Error {
	var e Error
	if r.last != nil {
		e = *r.last
		e.Attempts = r.attempts
	} else if before := r.before(); before != nil {
		e = *before
	} else {
		return nil
	}
	e.Unsure = underWay || r.unsure(e.Kind)
	return &e
}

// before is what the call before this one came to, as far as somebody watches both.
func (r *run) before() *Error {
	for _, w := range slices.Backward(r.watches) {
		if before := w.kept(); before != nil {
			return before
		}
	}
	return nil
}

// ended is the error of a call whose context ended: the last answer, if there was one, with the context's error.
func (r *run) ended(ctx context.Context) error {
	if e := r.stands(false); e != nil {
		return e.EndedBy(ctx)
	}
	return r.fail(KindUnreachable, contextError(ctx))
}
