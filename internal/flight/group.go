// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package flight makes one call for all who ask at once: those who wait and leave learn what it came to so far. It
// knows nothing of what is called.
package flight

import (
	"cmp"
	"context"
	"errors"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// Group lets callers who ask for the same thing at the same time share one call. Unlike singleflight, a caller who
// gives up doesn't take the others along, and the call ends when the last one has given up. The next one begins once it
// has ended. The zero value is ready.
type Group[K comparable, V any] struct {
	// Ends tells whether a call ends for all when its first caller leaves with an error; nil for never. Those who come
	// later would wait in vain, and keep it going.
	Ends func(error) bool

	mu   sync.Mutex
	last map[K]*flight[V] // under way, or failed
	// calls are those of all flights, which may wait for each other: who gives up tells which of them was not answered.
	calls Calls
}

type flight[V any] struct {
	waiters int
	closed  bool            // to further callers: it was given up, or has ended
	ctx     context.Context //nolint:containedctx // the call's own
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed once value and err are set
	value   V
	err     error
}

// Do returns what call returns, for every caller of the same key together. call gets a context of its own, with the
// first caller's values and Deadline, which ends when no caller waits any more. Who leaves before is told what the
// calls came to so far, and who comes when its own time is over, what the last one came to.
func (f *Group[K, V]) Do(ctx context.Context, key K, call func(context.Context) (V, error)) (V, error) {
	fl, first := f.join(ctx, key, call)
	return f.wait(ctx, fl, first)
}

// Start makes a call that nobody waits for yet, for whoever does while it is under way. It ends when patience is over
// and nobody waits.
func (f *Group[K, V]) Start(ctx context.Context, key K, patience time.Duration, call func(context.Context) (V, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	fl, first := f.join(ctx, key, call)
	go func() {
		defer cancel()
		_, _ = f.wait(ctx, fl, first)
	}()
}

func (f *Group[K, V]) wait(ctx context.Context, fl *flight[V], first bool) (V, error) {
	select {
	case <-fl.done:
		return fl.value, fl.err
	case <-ctx.Done():
	}
	ended, awaited := rest.EndOf(ctx), f.calls.Unanswered(ctx)
	ends := first && f.Ends != nil && f.Ends(awaited)
	// A call that has just ended knows what went on: "throttled", say, is more than "deadline exceeded".
	if f.leave(fl, ends, ended) {
		<-fl.done
		if fl.err == nil || errors.As(fl.err, new(*rest.Error)) {
			return fl.value, fl.err
		}
	}
	var none V
	return none, cmp.Or(awaited, ended)
}

// join returns the flight of key, which it starts if none is open.
func (f *Group[K, V]) join(ctx context.Context, key K, call func(context.Context) (V, error)) (fl *flight[V], first bool) {
	over := isOver(ctx)
	f.mu.Lock()
	defer f.mu.Unlock()
	before := f.last[key]
	if before != nil && (over || !before.closed) {
		before.waiters++
		return before, false
	}
	fl = &flight[V]{waiters: 1, done: make(chan struct{})}
	fl.ctx, fl.cancel = context.WithCancelCause(f.calls.Context(WithDeadline(context.WithoutCancel(ctx), Deadline(ctx))))
	if f.last == nil {
		f.last = map[K]*flight[V]{}
	}
	f.last[key] = fl
	go f.fly(key, fl, before, call)
	return fl, true
}

func (f *Group[K, V]) fly(key K, fl, before *flight[V], call func(context.Context) (V, error)) {
	defer fl.cancel(nil)
	if before != nil {
		<-before.done
	}
	fl.value, fl.err = call(fl.ctx)
	f.mu.Lock()
	fl.closed = true
	if fl.err == nil && f.last[key] == fl {
		delete(f.last, key)
	}
	f.mu.Unlock()
	close(fl.done)
}

// isOver tells whether a caller's time is over.
func isOver(ctx context.Context) bool {
	if deadline, limited := ctx.Deadline(); limited && !time.Now().Before(deadline) {
		<-ctx.Done() // it is about to end
	}
	return ctx.Err() != nil
}

// leave takes a waiter off fl. Where it was the last, or is to end the call, the call is canceled and nobody else can
// join it. It tells whether the call has ended or is about to.
func (f *Group[K, V]) leave(fl *flight[V], ends bool, ended error) (closed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fl.waiters--
	if fl.waiters <= 0 || ends {
		fl.cancel(ended)
		fl.closed = true
	}
	return fl.closed
}
