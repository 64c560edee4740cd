// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package listing

import (
	"context"
	"errors"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// ErrShifting says that nobody can tell whether what was listed is all there is.
var ErrShifting = errors.New("the list changed while its pages were read, or had fewer entries than it counts, each time that it was read")

// List returns all connections that the gateway lists, by endpoint ID; the map must not be changed. A complete listing
// of this run serves it, if it is fresh enough and shows every decision that had ended when List was called; what
// others decide meanwhile may show or not. Its own listing serves those who look for single endpoints later.
//
// A listing that may lack connections is never taken for all there is: after a few attempts that is ErrShifting.
func (l *Listing) List(ctx context.Context, fresh Freshness) (map[string]endpoint.Connection, error) {
	if err := l.decisions.Await(ctx, l.decisions.Pending()); err != nil {
		return nil, err
	}
	s, err := l.listAll(ctx, l.decisions.Epoch(), fresh)
	if err == nil {
		s, err = l.confirmAbsence(ctx, s, l.listed())
	}
	if err != nil {
		return nil, err
	}
	return s.Connections, nil
}

// listAll returns a complete snapshot that shows what was decided by a moment, by the epoch.
func (l *Listing) listAll(ctx context.Context, moment int, fresh Freshness) (*Snapshot, error) {
	for {
		if s := l.servingAll(moment, fresh); s != nil {
			return s, nil
		}
		s, err := l.share(ctx, moment, func(ctx context.Context) (*Snapshot, error) {
			s := l.begin(true)
			s.full = true
			return l.fill(ctx, s)
		})
		if err != nil {
			return nil, err
		}
		if s != nil && s.full && !s.complete {
			return nil, ErrShifting
		}
	}
}

// servingAll returns a complete snapshot that tells of all decisions that had ended by an epoch, if there is one.
func (l *Listing) servingAll(epoch int, fresh Freshness) *Snapshot {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := l.full
	if s == nil || !fresh.Allows(s.Began, s.took) || l.decisions.Ended(s.Epoch, epoch) {
		return nil
	}
	return s
}

// Last returns what the last complete listing of the run found, without a call; nil if there was none. The map must not
// be changed.
func (l *Listing) Last() map[string]endpoint.Connection {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.full == nil {
		return nil
	}
	return l.full.Connections
}
