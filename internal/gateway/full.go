// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"errors"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// ErrShifting says that nobody can tell whether what was listed is all there is.
var ErrShifting = errors.New("the list changed while its pages were read, or had fewer entries than it counts, each time that it was read")

// All returns all connections that the gateway lists, by endpoint ID; the map
// must not be changed. A complete listing of this run serves it, if it is fresh
// enough and shows every decision that had ended when All was called; what
// others decide meanwhile may show or not. Its own listing serves those who look
// for single endpoints later.
//
// A listing that may lack connections is never taken for all there is: after a
// few attempts that is ErrShifting.
func (v *Session) List(ctx context.Context, fresh Freshness) (map[string]endpoint.Connection, error) {
	if err := v.awaitDecisions(ctx, v.pending()); err != nil {
		return nil, err
	}
	s, err := v.listAll(ctx, v.now(), fresh)
	if err == nil {
		s, err = v.confirmAbsence(ctx, s, v.lacking(s))
	}
	if err != nil {
		return nil, err
	}
	return s.connections, nil
}

// listAll returns a complete snapshot that shows what was decided by a moment,
// by the epoch.
func (v *Session) listAll(ctx context.Context, moment int, fresh Freshness) (*snapshot, error) {
	if s := v.servingAll(moment, fresh); s != nil {
		return s, nil
	}
	ctx, done, err := v.listing.take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if s := v.servingAll(moment, fresh); s != nil {
		return s, nil
	}
	if err := v.failedSince(moment); err != nil {
		return nil, err
	}
	if v.shiftedSince(moment) {
		return nil, ErrShifting
	}
	if err := v.outage(ctx); err != nil {
		return nil, err
	}
	s := v.begin(true)
	s.whole = true
	err = v.fill(ctx, s)
	v.end(ctx, s, err)
	if err == nil && !s.complete {
		err = ErrShifting
		v.mu.Lock()
		v.shiftedAt = s.epoch
		v.mu.Unlock()
	}
	return s, err
}

// shiftedSince tells whether the attempts at a complete listing that began after
// a moment, by the epoch, were in vain: all who were waiting share that.
func (v *Session) shiftedSince(moment int) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.shiftedAt > moment
}

// servingAll returns a complete snapshot that tells of all decisions that had
// ended by a moment, if there is one.
func (v *Session) servingAll(moment int, fresh Freshness) *snapshot {
	v.mu.Lock()
	defer v.mu.Unlock()
	s := v.whole
	if s == nil || !fresh.allows(s.began, s.took) {
		return nil
	}
	for _, m := range v.marks {
		if m.ended > s.epoch && m.ended <= moment {
			return nil
		}
	}
	return s
}

// pending are the endpoints on which decisions are queued or under way.
func (v *Session) pending() []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var ids []string
	for id, m := range v.marks {
		if m.pending > 0 {
			ids = append(ids, id)
		}
	}
	return ids
}

// lacking are the endpoints that the gateway listed the last time, in this run or
// before, and that a snapshot does not hold.
func (v *Session) lacking(s *snapshot) (ids []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for id := range v.listed {
		if _, found := s.connections[id]; !found {
			ids = append(ids, id)
		}
	}
	return ids
}

// Whole returns what the last complete listing of the run found, without a call;
// nil if there was none. The map must not be changed.
func (v *Session) Listed() map[string]endpoint.Connection {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.whole == nil {
		return nil
	}
	return v.whole.connections
}
