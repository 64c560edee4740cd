// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package flight makes one call for all who ask at once: those who wait and leave learn what it came to
// so far. It knows nothing of what is called.
package flight

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// Group lets callers who ask for the same thing at the same time share one
// call. Unlike singleflight, a caller who gives up doesn't take the others
// along, and the call ends when the last one has given up. The zero value is
// ready.
type Group[K comparable, V any] struct {
	mu   sync.Mutex
	open map[K]*flight[V]
	// calls are those of all flights, which may wait for each other: who gives up
	// tells which of them was not answered.
	calls rest.Watch
}

type flight[V any] struct {
	waiters int
	cancel  context.CancelFunc
	done    chan struct{} // closed once value and err are set
	value   V
	err     error
}

// Do returns what call returns, for every caller of the same key together.
// call gets a context with the values of the first caller's, which ends when
// no caller waits any more.
func (f *Group[K, V]) Do(ctx context.Context, key K, call func(context.Context) (V, error)) (V, error) {
	fl := f.join(ctx, key, call)
	select {
	case <-fl.done:
		return fl.value, fl.err
	case <-ctx.Done():
	}
	var none V
	ended := context.Cause(ctx)
	if !errors.Is(ended, ctx.Err()) {
		ended = fmt.Errorf("%w: %w", ctx.Err(), ended)
	}
	awaited := f.calls.Unanswered(ctx)
	if !f.leave(key, fl) {
		return none, cmp.Or(awaited, ended)
	}
	// The last one waits for the call it has just canceled, which ends at once
	// and knows what went on: "throttled", say, is more than "deadline exceeded".
	<-fl.done
	switch {
	case fl.err == nil:
		return fl.value, nil
	case awaited != nil && !errors.As(fl.err, new(*rest.Error)):
		return none, awaited
	default:
		return none, fmt.Errorf("%w: %w", ended, fl.err)
	}
}

// Start makes a call that nobody waits for yet, for whoever does while it is under
// way. It ends by itself when patience is over and nobody waits.
func (f *Group[K, V]) Start(ctx context.Context, key K, patience time.Duration, call func(context.Context) (V, error)) {
	fl := f.join(ctx, key, func(ctx context.Context) (V, error) {
		alone := time.AfterFunc(patience, func() { f.abandon(key) })
		defer alone.Stop()
		return call(ctx)
	})
	f.mu.Lock()
	defer f.mu.Unlock()
	fl.waiters--
}

// abandon cancels the flight of key if nobody waits for it.
func (f *Group[K, V]) abandon(key K) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl, ok := f.open[key]; ok && fl.waiters == 0 {
		fl.cancel()
		f.remove(key, fl)
	}
}

// join returns the flight of key, which it starts if there is none.
func (f *Group[K, V]) join(ctx context.Context, key K, call func(context.Context) (V, error)) *flight[V] {
	f.mu.Lock()
	defer f.mu.Unlock()
	if fl, ok := f.open[key]; ok {
		fl.waiters++
		return fl
	}
	callCtx, cancel := context.WithCancel(f.calls.Context(context.WithoutCancel(ctx)))
	fl := &flight[V]{waiters: 1, cancel: cancel, done: make(chan struct{})}
	if f.open == nil {
		f.open = map[K]*flight[V]{}
	}
	f.open[key] = fl
	go func() {
		defer cancel()
		fl.value, fl.err = call(callCtx)
		f.mu.Lock()
		f.remove(key, fl)
		f.mu.Unlock()
		close(fl.done)
	}()
	return fl
}

// leave takes a waiter off fl and reports whether it was the last, in which
// case the call is canceled and nobody else can join it.
func (f *Group[K, V]) leave(key K, fl *flight[V]) (last bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	fl.waiters--
	if fl.waiters > 0 {
		return false
	}
	fl.cancel()
	f.remove(key, fl)
	return true
}

func (f *Group[K, V]) remove(key K, fl *flight[V]) {
	if f.open[key] == fl {
		delete(f.open, key)
	}
}
