// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package bisect says which keys the next call names, and finds out what is at fault where calls fail. It makes no call, and
// knows nothing of who waits for one.
package bisect

import (
	"context"
	"math"
	"slices"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

const (
	// stuckAfter is how many calls have to fail in a row for the next ones to be made for one key each: it may be the service.
	stuckAfter = 3
	// faultAfter is how many different keys have to fail alone in a row for the service to be at fault.
	faultAfter = 16
	// fewRetries is how often a call for one key is repeated when the service fails it, and has failed another in the end.
	fewRetries = 1
	// goldenRatio takes keys from all over a list: its multiples spread evenly.
	goldenRatio = 0.6180339887
)

// Bisection says which keys (endpoints, or accounts) the next call names, and learns from how calls went. A call that
// failed is made again in two halves, and so on down to one key. It tells apart what may be at fault:
//
//   - a key: it fails alone, and the others do not suffer for it;
//   - the size: every key of a call that failed was granted in a smaller one. That size is remembered. Until it is known,
//     sizes that no call was granted with are tried by one call at a time, each half as large as the last one;
//   - the service: many different keys fail alone, and nothing is granted. Then no more calls are made.
//
// It does no I/O, knows no time, and is not safe for concurrent use.
type Bisection struct {
	sizes *Sizes

	failedIn map[string]int      // how many keys the last call named that failed and named this one
	repeated map[string]struct{} // keys whose call failed in a passing way and may be made once more as it was

	failures int                 // calls that failed since one was granted
	looked   bool                // whether anybody looked since at what those calls did
	alone    map[string]struct{} // keys that failed alone since a call was granted, for no reason of their own
	fresh    bool                // no call that named one of those had failed before
	definite bool                // the service failed a call for one key, and not in a passing way
	fault    error               // the last failure of a service that is at fault

	grants    int                 // calls that were granted
	busy      int                 // answers on end that the gateway is busy
	lastBusy  error               // the last of them
	busyAt    map[string]int      // grants when a call that named the key was last answered so
	busyAlone map[string]struct{} // keys that a call named alone which was answered so
	probes    int                 // goes up with each call after which another key is to be tried alone
}

// New makes the bisection of a verb.
func New(s *Sizes) *Bisection {
	return &Bisection{
		sizes: s, failedIn: map[string]int{}, repeated: map[string]struct{}{},
		alone: map[string]struct{}{}, busyAt: map[string]int{}, busyAlone: map[string]struct{}{},
	}
}

// Next returns the keys of the next call among those that wait, in the order in which they came, and whether it is
// full. It returns none while a call under way has to be awaited.
func (b *Bisection) Next(waiting []string, underWay int) (keys []string, full bool) {
	if len(waiting) == 0 || b.stuck() && underWay > 0 {
		return nil, false
	}
	waiting = b.busyLast(waiting)
	if b.stuck() {
		_, at := math.Modf(goldenRatio * float64(b.probes))
		return []string{waiting[int(at*float64(len(waiting)))]}, true
	}
	most := b.most(waiting[0])
	if !b.sizes.proven(most) && underWay > 0 {
		return nil, false
	}
	for _, key := range waiting {
		if b.most(key) != most {
			continue
		}
		if keys = append(keys, key); len(keys) == most {
			return keys, true
		}
	}
	return keys, false
}

// stuck tells whether calls fail, or the gateway is busy, whatever they name.
func (b *Bisection) stuck() bool { return b.busy > 0 || b.failures >= stuckAfter }

// busyLast leaves out the keys that the gateway was busy with, as long as there are others: first all of them, then those
// that it was busy with alone.
func (b *Bisection) busyLast(waiting []string) []string {
	if len(b.busyAt) == 0 {
		return waiting
	}
	for _, keys := range [][]string{Without(waiting, b.busyAt), Without(waiting, b.busyAlone)} {
		if len(keys) > 0 {
			return keys
		}
	}
	return waiting
}

// most is how many keys the next call may name that names this one. Where a larger one than the limit failed, the size
// explains it.
func (b *Bisection) most(key string) int {
	most := b.sizes.most()
	if failed := b.failedIn[key]; failed > 0 && failed <= *b.sizes.limit {
		most = min(most, half(failed))
	}
	return most
}

// SendsAway tells whether no call is to be made for those who wait now, and why: the service is at fault; the gateway
// is busy, as two answers say; or, without an error, they are to look first, since calls that failed may have worked.
// The last two it says once: whoever comes again is called for.
func (b *Bisection) SendsAway() (now bool, err error) {
	switch {
	case b.fault != nil:
		return true, b.fault
	case b.busy > 1:
		b.busy = 1
		return true, b.lastBusy
	case b.failures >= stuckAfter && !b.looked:
		b.looked = true
		return true, nil
	}
	return false, nil
}

// Retrying gives the context to make a call with. One for several keys is taken apart where the service fails, and
// looked after where its answer got lost. One that finds the gateway busy is made again by those who wait for it, at
// their own pace. One for a key alone is repeated like any other call, until the service failed another key in the end.
func (b *Bisection) Retrying(ctx context.Context, keys []string) context.Context {
	ctx = rest.WithRetries(ctx, 0, rest.KindBusy)
	switch {
	case len(keys) > 1:
		return rest.WithRetries(ctx, 0, rest.KindServer, rest.KindUnreachable, rest.KindUnreadable)
	case b.stuck() && len(b.alone) > 0:
		return rest.WithRetries(ctx, fewRetries, rest.KindServer, rest.KindUnreachable, rest.KindUnreadable)
	case b.definite:
		return rest.WithRetries(ctx, fewRetries, rest.KindServer)
	default:
		return ctx
	}
}

// Judge takes in how a call went. It tells whether an error is the last word on the call's only key, or about more than
// what the call named.
func (b *Bisection) Judge(ctx context.Context, keys []string, err error) (final, fatal bool) {
	switch {
	case err == nil:
		b.granted(keys)
	case ctx.Err() != nil, apig.ReasonOf(err) == apig.ReasonPermissionsFull:
		return false, true
	case apig.IsBusy(err):
		b.busyCall(keys, err)
	case apig.EffectOf(err) != rest.EffectNone:
		return b.failed(keys, err), false
	default:
		return false, true
	}
	return false, false
}

func (b *Bisection) granted(keys []string) {
	b.progress(keys)
	b.grants++
	b.busy = 0
	b.sizes.grantedCall(keys)
}

// Found takes in keys that turned out to be as they are to be after a failed call.
func (b *Bisection) Found(keys []string) {
	if len(keys) > 0 {
		b.progress(keys)
		b.sizes.explain(keys, 0)
	}
}

// Forget takes in that nobody will find out why calls for keys failed.
func (b *Bisection) Forget(keys []string) { b.sizes.blame(keys) }

func (b *Bisection) progress(keys []string) {
	b.failures, b.looked, b.fresh = 0, false, false
	clear(b.alone)
	for _, key := range keys {
		delete(b.failedIn, key)
		delete(b.repeated, key)
		delete(b.busyAt, key)
		delete(b.busyAlone, key)
	}
}

// failed takes in that a call was refused, or its answer lost. It tells whether that is the last word on its only key.
func (b *Bisection) failed(keys []string, err error) (final bool) {
	b.busy = 0
	own := apig.IsEndpointsOwn(err) || apig.IsDecidedAlready(err)
	if !own {
		b.failures++
	}
	if b.again(keys, err) {
		return false
	}
	if len(keys) > 1 {
		for _, key := range keys {
			b.failedIn[key] = len(keys)
		}
		if own {
			b.sizes.blame(keys)
		} else {
			b.sizes.refused(keys)
		}
		return false
	}
	b.sizes.blame(keys)
	if own {
		return true
	}
	b.definite = b.definite || apig.EffectOf(err) == rest.EffectUnknown && !apig.MayPass(err)
	b.fresh = b.fresh || b.failedIn[keys[0]] == 0
	b.alone[keys[0]] = struct{}{}
	b.probes++
	// Once others were granted, those that are left of the calls which failed are
	// likely to be the bad ones, however many: that says nothing about the service.
	if len(b.alone) >= faultAfter && (b.grants == 0 || b.fresh) {
		b.fault = &FaultError{Err: err}
	}
	return true
}

// again tells whether a call that failed in a passing way is made once more with as many keys.
func (b *Bisection) again(keys []string, err error) bool {
	if b.failures >= stuckAfter || !apig.MayPass(err) {
		return false
	}
	fresh := slices.ContainsFunc(keys, func(key string) bool {
		_, was := b.repeated[key]
		return !was
	})
	for _, key := range keys {
		b.repeated[key] = struct{}{}
	}
	return fresh
}

// busyCall takes in that the gateway was too busy for a call. Where another one was granted since the last time, one of the
// keys is to blame: the call is taken apart.
func (b *Bisection) busyCall(keys []string, err error) {
	b.probes++
	apart := false
	for _, key := range keys {
		if at, was := b.busyAt[key]; was && at < b.grants && len(keys) > 1 {
			b.failedIn[key], apart = len(keys), true
		}
		b.busyAt[key] = b.grants
	}
	if len(keys) == 1 {
		b.busyAlone[keys[0]] = struct{}{}
	}
	if b.lastBusy = err; !apart {
		b.busy++
	}
}

// Calm takes in that nobody waits: that the gateway is busy is not held against those who come later.
func (b *Bisection) Calm() { b.busy = min(b.busy, 1) }

// LastBusy is the last answer that the gateway is busy.
func (b *Bisection) LastBusy() error { return b.lastBusy }

// Without are the keys that are not in a set.
func Without[V any](keys []string, set map[string]V) []string {
	return slices.DeleteFunc(slices.Clone(keys), func(key string) bool {
		_, in := set[key]
		return in
	})
}

// half is the larger half of a number.
func half(n int) int { return (n + 1) / 2 }

// FaultError says that a service failed for whatever it was asked for, and was asked for nothing more then.
type FaultError struct {
	Err error // the last answer
}

func (e *FaultError) Error() string { return e.Err.Error() }

// Unwrap gives the last answer.
func (e *FaultError) Unwrap() error { return e.Err }

// Sizes is what is known of how many keys a gateway takes in a call of a verb. A limit holds for its other verb too.
type Sizes struct {
	limit   *int // no call names more, of either verb
	largest int  // that was granted
	doubts  []*doubt
}

// doubt is a call that failed and was larger than any that was granted.
type doubt struct {
	size    int
	left    map[string]struct{} // keys that were not granted since
	smaller int                 // the largest call that was granted for any of the others
}

// NewSizes makes those of two verbs.
func NewSizes() (one, other *Sizes) {
	limit := apig.MaxBatch
	return &Sizes{limit: &limit}, &Sizes{limit: &limit}
}

// most is how many keys a call may name: half as many as one that is in doubt.
func (s *Sizes) most() int {
	most := *s.limit
	for _, d := range s.doubts {
		most = min(most, half(d.size))
	}
	return most
}

// proven tells whether calls of a size may be made at the same time.
func (s *Sizes) proven(size int) bool { return len(s.doubts) == 0 || size <= s.largest }

// refused takes in a call that failed. If calls as large were granted, one of its keys is to blame.
func (s *Sizes) refused(keys []string) {
	if len(keys) <= s.largest {
		s.blame(keys)
		return
	}
	d := &doubt{size: len(keys), left: make(map[string]struct{}, len(keys))}
	for _, key := range keys {
		d.left[key] = struct{}{}
	}
	s.doubts = append(s.doubts, d)
}

// blame takes in that one of the keys is to blame for what failed.
func (s *Sizes) blame(keys []string) {
	s.doubts = slices.DeleteFunc(s.doubts, func(d *doubt) bool {
		return slices.ContainsFunc(keys, func(key string) bool {
			_, has := d.left[key]
			return has
		})
	})
}

func (s *Sizes) grantedCall(keys []string) {
	s.largest = max(s.largest, len(keys))
	s.doubts = slices.DeleteFunc(s.doubts, func(d *doubt) bool { return d.size <= s.largest })
	s.explain(keys, len(keys))
}

// explain takes keys that reached their goal out of what is in doubt, by a call of a size or by none. A size is at fault
// once all keys of a failed call are explained.
func (s *Sizes) explain(keys []string, size int) {
	for _, d := range s.doubts {
		for _, key := range keys {
			if _, has := d.left[key]; has {
				delete(d.left, key)
				d.smaller = max(d.smaller, size)
			}
		}
		if len(d.left) == 0 && d.smaller > 0 {
			*s.limit = min(*s.limit, d.smaller)
		}
	}
	s.doubts = slices.DeleteFunc(s.doubts, func(d *doubt) bool { return len(d.left) == 0 || d.size > *s.limit })
}
