// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"
)

// Outages remembers for a while which calls were in vain for as long as their callers had time: were each resource to find out for
// itself that a server does not answer, a thousand would take hours. The zero value is ready; it is safe for concurrent use.
type Outages struct {
	mu     sync.Mutex
	kept   map[any]outage
	single map[any]outage // by a further key: the last one of a first key alone
	worked map[any]time.Time
}

// outage is what a caller came to.
type outage struct {
	key   any // the first one
	err   error
	at    time.Time
	tried time.Duration // how long it took
	ended bool          // the caller had no more time, so that one who has more may fare better
}

const (
	rememberedFor  = time.Minute      // at most, and no longer than it took to find out
	shortestOutage = 10 * time.Second // what took less is no outage: to find it out once more costs little
)

// Recent is the error of a call about any of the keys that would be in vain: as another one was, just now, whose caller had as
// much time as there is until the context's deadline. It is nil where the call should be made.
func (o *Outages) Recent(ctx context.Context, keys ...any) error {
	deadline, limited := ctx.Deadline()
	if !limited {
		return nil
	}
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, key := range keys {
		last, ok := o.kept[key]
		if !ok || time.Since(last.at) >= min(last.tried, rememberedFor) {
			continue
		}
		if last.ended && time.Until(deadline) > last.tried+last.tried/10 {
			continue
		}
		return fmt.Errorf("not tried, since another call was in vain for %s until a moment ago: %w", last.tried.Round(time.Second), last.err)
	}
	return nil
}

// Note takes in what a call came to that began at a time: one about the first of the keys, and about all of them where nobody
// answered, or where it went the same with another first key. Keys of a call that worked meanwhile have no part in it.
func (o *Outages) Note(ctx context.Context, began time.Time, err error, keys ...any) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.kept == nil {
		o.kept, o.single, o.worked = map[any]outage{}, map[any]outage{}, map[any]time.Time{}
	}
	if err == nil {
		for _, key := range keys {
			o.worked[key] = time.Now()
			delete(o.kept, key)
			delete(o.single, key)
		}
		return
	}
	ended := errors.Is(EndOf(ctx), context.DeadlineExceeded)
	if ctx.Err() != nil && !ended || !IsOutage(err) {
		return
	}
	e, _ := errors.AsType[*Error](err)
	now := time.Now()
	if now.Sub(began) < shortestOutage {
		return
	}
	noted := outage{key: keys[0], err: err, at: now, tried: now.Sub(began), ended: ended}
	for i, key := range keys {
		if o.worked[key].After(began) {
			continue
		}
		if i == 0 || e.StatusCode == 0 || o.single[key].another(noted) {
			o.kept[key] = noted
		}
		if i > 0 {
			o.single[key] = noted
		}
	}
}

// another tells whether an outage is one of another first key, and not long ago.
func (o outage) another(than outage) bool {
	return o.key != nil && o.key != than.key && than.at.Sub(o.at) < than.tried+rememberedFor
}

// IsOutage tells whether the server, or what is between here and it, was at fault, and may be for some time.
func IsOutage(err error) bool {
	e, ok := errors.AsType[*Error](err)
	if !ok {
		return false
	}
	switch e.Kind {
	case KindServer, KindThrottled:
		return true
	case KindUnreachable, KindUnreadable:
		return !e.Lasting
	default:
		return false
	}
}
