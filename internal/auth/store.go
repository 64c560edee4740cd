// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"maps"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

const (
	renewalPatience     = 10 * time.Second // how long a renewal may take while what is to be renewed is still good
	renewalPause        = 30 * time.Second // how long that is used then, before the next try
	refusalPause        = 5 * time.Minute  // how long what was refused is used again, after something new was refused like it
	preparationPatience = 5 * time.Minute  // how long a value is asked for that nobody waits for
)

// life is how long something may be used, by this machine's clock.
type life struct {
	renewAt time.Time // when to replace it; zero: only when it is refused
	end     time.Time // when it is refused for sure; zero like renewAt
}

func (l life) lifetime() life { return l }

// store keeps a value for each key, gets and renews it once for all who ask at the same time. Safe for concurrent use.
type store[K comparable, V interface{ lifetime() life }] struct {
	obtain func(context.Context, K) (V, error)
	now    func() time.Time
	also   func(V) []K // further keys that a value is for

	mu      sync.Mutex
	values  map[K]stored[V]
	held    map[K]time.Time // until when a refused value is not dropped
	flights flight.Group[K, V]
}

type stored[V any] struct {
	value   V
	renewAt time.Time
}

func newStore[K comparable, V interface{ lifetime() life }](obtain func(context.Context, K) (V, error)) *store[K, V] {
	return &store[K, V]{obtain: obtain, now: time.Now, also: func(V) []K { return nil }, values: map[K]stored[V]{}, held: map[K]time.Time{}}
}

// get returns the value at hand while it is good, or a new one.
func (s *store[K, V]) get(ctx context.Context, key K) (V, error) {
	if v, ok := s.cached(key); ok {
		return v, nil
	}
	return s.flights.Do(ctx, key, s.fetch(key))
}

// prepare gets the value for key in the background, for the first get of it. A failure is not kept: that get tries anew.
func (s *store[K, V]) prepare(ctx context.Context, key K) {
	s.flights.Start(ctx, key, preparationPatience, s.fetch(key))
}

func (s *store[K, V]) fetch(key K) func(context.Context) (V, error) {
	return func(ctx context.Context) (V, error) {
		// Another flight may have landed between the look before and this one's start.
		if v, ok := s.cached(key); ok {
			return v, nil
		}
		return s.renew(ctx, key)
	}
}

func (s *store[K, V]) at(key K) (stored[V], bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, ok := s.values[key]
	return at, ok
}

func (s *store[K, V]) cached(key K) (V, bool) {
	at, ok := s.at(key)
	return at.value, ok && (at.renewAt.IsZero() || s.now().Before(at.renewAt))
}

// good returns the value for key, and whether it has not ended for sure, also if it is to be renewed.
func (s *store[K, V]) good(key K) (stored[V], bool) {
	at, ok := s.at(key)
	return at, ok && s.now().Before(at.value.lifetime().end)
}

// renew gets a value. While the one before is good, it serves some more seconds after a failure, even after a refusal.
func (s *store[K, V]) renew(ctx context.Context, key K) (V, error) {
	before, ok := s.good(key)
	limited, cancel := ctx, func() {}
	if ok {
		limited, cancel = context.WithTimeout(ctx, min(renewalPatience, before.value.lifetime().end.Sub(s.now())))
	}
	defer cancel()
	v, err := s.obtain(limited, key)
	switch {
	case err == nil:
		s.keep(key, v, v.lifetime().renewAt)
	case ok && ctx.Err() == nil && s.postpone(key, before.renewAt):
		return before.value, nil
	}
	return v, err
}

// postpone lets the value to be renewed at renewAt serve for renewalPause, and reports whether it is still there.
func (s *store[K, V]) postpone(key K, renewAt time.Time) bool {
	at, ok := s.good(key)
	if !ok || !at.renewAt.Equal(renewAt) {
		return false
	}
	s.keep(key, at.value, s.now().Add(min(renewalPause, at.value.lifetime().end.Sub(s.now()))))
	return true
}

// keep remembers v for key, and for all else that it is for.
func (s *store[K, V]) keep(key K, v V, renewAt time.Time) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, key := range append(s.also(v), key) {
		s.values[key] = stored[V]{v, renewAt}
	}
}

// drop forgets refused values, and reports whether the next get of key brings another one. A held value stays.
func (s *store[K, V]) drop(key K, refused func(V) bool) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if at, ok := s.values[key]; ok && refused(at.value) && s.now().Before(s.held[key]) {
		return false
	}
	maps.DeleteFunc(s.values, func(_ K, at stored[V]) bool { return refused(at.value) })
	return true
}

// hold keeps the value of key for refusalPause: calls that were refused with a new one already would each make another.
func (s *store[K, V]) hold(key K) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.held[key] = s.now().Add(refusalPause)
}

// refused reports whether the same credentials would get err again, or there is nobody to ask, for whom each resource would wait.
func refused(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return ok && (e.Kind == rest.KindUnauthenticated || e.Kind == rest.KindForbidden) || errors.Is(err, ErrNoMetadata)
}

// refusals remembers which credentials were refused, and with what, since IAM locks a user who is refused a few times.
// Safe for concurrent use; the zero value is ready.
type refusals struct{ kept sync.Map }

// refusedError is a refusal that is remembered where it came from: whoever signs in by way of it has nothing to remember.
type refusedError struct{ error }

// Unwrap returns the refusal.
func (e *refusedError) Unwrap() error { return e.error }

// of returns what the credentials were refused with, nil if they weren't.
func (r *refusals) of(credentials any) error {
	kept, _ := r.kept.Load(credentials)
	err, _ := kept.(error)
	return err
}

// note returns err, and remembers it if it is a refusal of the credentials.
func (r *refusals) note(credentials any, err error) error {
	if !refused(err) || errors.As(err, new(*refusedError)) {
		return err
	}
	err = &refusedError{err}
	r.kept.Store(credentials, err)
	return err
}
