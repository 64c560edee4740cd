// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import "context"

// Trace is told by a context's calls how they stand, for those who wait for what somebody else calls for. It has to return at once.
type Trace func(Standing)

// Standing is how a call stands: before and after each wait and attempt, and at its end.
type Standing struct {
	Call   any    // tells calls apart
	Err    *Error // what the call comes to if its context ends now, but for the context's own error; nil once it is over
	Failed bool   // something failed so far, or the server throttles; otherwise the call is not answered yet
}

type traceKey struct{}

// WithTrace gives a context whose calls are traced, beside what already traces them.
func WithTrace(ctx context.Context, trace Trace) context.Context {
	if outer := traceOf(ctx); outer != nil {
		inner := trace
		trace = func(s Standing) { inner(s); outer(s) }
	}
	return context.WithValue(ctx, traceKey{}, trace)
}

func traceOf(ctx context.Context) Trace {
	trace, _ := ctx.Value(traceKey{}).(Trace)
	return trace
}

// tell tells how the call stands; failed is nil where nothing has.
func (r *run) tell(failed *Error) {
	if r.trace == nil {
		return
	}
	s := Standing{Call: r, Err: failed, Failed: failed != nil}
	if failed == nil {
		s.Err = r.fail(KindUnreachable, nil)
	}
	r.trace(s)
}

// stands is what the call ends with if its context ends now, but for the context's own error; nil where nothing has failed.
// underWay tells of an attempt that is sent and not answered.
func (r *run) stands(underWay bool) *Error {
	if r.last == nil {
		return nil
	}
	e := *r.last
	e.Attempts, e.Unsure = r.attempts, underWay || r.unsure(e.Kind)
	return &e
}

// ended is the error of a call whose context ended: the last answer, if there was one, with the context's error.
func (r *run) ended(ctx context.Context) error {
	if e := r.stands(false); e != nil {
		return e.EndedBy(ctx)
	}
	return r.fail(KindUnreachable, EndOf(ctx))
}
