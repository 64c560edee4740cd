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
// gives up doesn't take the others along, and the call ends when the last one has given up. The zero value is ready.
type Group[K comparable, V any] struct {
	// Ends tells whether a call ends for all when its first caller leaves with an error; nil for never. Those who come
	// later would wait in vain, and keep it going.
	Ends func(error) bool

	mu   sync.Mutex
	open map[K]*flight[V]
	// calls are those of all flights, which may wait for each other: who gives up tells which of them was not answered.
	calls Calls
}

type flight[V any] struct {
	waiters int
	ctx     context.Context //nolint:containedctx // the call's own
	cancel  context.CancelCauseFunc
	done    chan struct{} // closed once value and err are set
	value   V
	err     error
}

// Do returns what call returns, for every caller of the same key together. call gets a context of its own, with the
// first caller's values and Deadline, which ends when no caller waits any more. Who leaves before is told what the
// calls came to so far.
func (f *Group[K, V]) Do(ctx context.Context, key K, call func(context.Context) (V, error)) (V, error) {
	fl, first := f.join(ctx, key, call)
	return f.wait(ctx, key, fl, first)
}

// Start makes a call that nobody waits for yet, for whoever does while it is under way. It ends when patience is over
// and nobody waits.
func (f *Group[K, V]) Start(ctx context.Context, key K, patience time.Duration, call func(context.Context) (V, error)) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	fl, first := f.join(ctx, key, call)
	go func() {
		defer cancel()
		_, _ = f.wait(ctx, key, fl, first)
	}()
}

func (f *Group[K, V]) wait(ctx context.Context, key K, fl *flight[V], first bool) (V, error) {
	select {
	case <-fl.done:
		return fl.value, fl.err
	case <-ctx.Done():
	}
	ended, awaited := rest.EndOf(ctx), f.calls.Unanswered(ctx)
	ends := first && f.Ends != nil && f.Ends(awaited)
	// A call that has just ended knows what went on: "throttled", say, is more than "deadline exceeded".
	if f.leave(key, fl, ends, ended) || awaited == nil && fl.ctx.Err() != nil {
		<-fl.done
		if fl.err == nil || errors.As(fl.err, new(*rest.Error)) {
			return fl.value, fl.err
		}
	}
	var none V
	return none, cmp.Or(awaited, ended)
}

// join returns the flight of key, which it starts if there is none.
func (f *Group[K, V]) join(ctx context.Context, key K, call func(context.Context) (V, error)) (fl *flight[V], first bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl, ok := f.open[key]; ok {
		fl.waiters++
		return fl, false
	}
	fl = &flight[V]{waiters: 1, done: make(chan struct{})}
	fl.ctx, fl.cancel = context.WithCancelCause(f.calls.Context(WithDeadline(context.WithoutCancel(ctx), Deadline(ctx))))
	if f.open == nil {
		f.open = map[K]*flight[V]{}
	}
	f.open[key] = fl
	go func() {
		defer fl.cancel(nil)
		fl.value, fl.err = call(fl.ctx)
		f.mu.Lock()
		f.remove(key, fl)
		f.mu.Unlock()
		close(fl.done)
	}()
	return fl, true
}

// leave takes a waiter off fl. Where it was the last, or is to end the call, the call is canceled and nobody else can
// join it.
func (f *Group[K, V]) leave(key K, fl *flight[V], ends bool, ended error) (canceled bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fl.waiters--
	if fl.waiters > 0 && !ends {
		return false
	}
	fl.cancel(ended)
	f.remove(key, fl)
	return true
}

func (f *Group[K, V]) remove(key K, fl *flight[V]) {
	if f.open[key] == fl {
		delete(f.open, key)
	}
}
