// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"maps"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// maxRelistings is how often a listing that shifted while it was paged is begun
// again.
const maxRelistings = 2

// fill lists until it is sure which of the endpoints asked for the gateway
// lists. A listing that shifted may lack some; should it do so again and again,
// those are asked for one by one, since what is taken for absent is taken for
// gone.
func (v *Session) fill(ctx context.Context, s *snapshot) error {
	for range maxRelistings + 1 {
		if s.whole {
			clear(s.connections) // who was listed before and has left since is no part of it
		}
		shifted, err := v.list(ctx, s)
		if err != nil {
			return err
		}
		if !shifted || len(s.missing()) == 0 && !s.whole {
			shifted, err = v.confirm(ctx, s)
			if err != nil || !shifted {
				return err
			}
		}
	}
	if _, err := v.listEach(ctx, s, s.missing(), true); err != nil {
		return err
	}
	v.remember(s)
	return nil
}

// confirm asks once more for the endpoints that the gateway listed before and
// does not list now: an accepted one that is taken for gone would be forgotten.
// It tells whether that took a listing which shifted, and so is no answer.
func (v *Session) confirm(ctx context.Context, s *snapshot) (shifted bool, err error) {
	vanished := v.vanished(s, s.missing())
	if s.whole {
		vanished = v.lacking(s)
	}
	for _, id := range vanished {
		s.asked[id] = struct{}{}
	}
	if len(vanished) > 0 {
		done := false
		if len(vanished) <= max(pagesFor(v.knownTotal()), 1) {
			done, err = v.listEach(ctx, s, vanished, false)
		}
		if !done && err == nil {
			shifted, err = v.listPages(ctx, s)
		}
		if err != nil || shifted {
			return shifted, err
		}
	}
	v.remember(s)
	return false, nil
}

// confirmed returns a snapshot that is sure of the endpoints: those that were
// listed before, and that a listing made for somebody else does not hold, are
// asked for once more, one caller after the other.
func (v *Session) confirmAbsence(ctx context.Context, s *snapshot, endpoints []string) (*snapshot, error) {
	if len(v.unconfirmed(s, endpoints)) == 0 {
		return s, nil
	}
	came := v.now()
	ctx, done, err := v.listing.take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	doubted := v.unconfirmed(s, endpoints)
	if len(doubted) == 0 { // somebody else has asked meanwhile
		return s, nil
	}
	if err := v.failedSince(came); err != nil {
		return nil, err
	}
	found, err := v.askAgain(ctx, doubted)
	if err != nil {
		return nil, err
	}
	sure := *s
	sure.connections = maps.Clone(s.connections)
	maps.Copy(sure.connections, found)
	return &sure, nil
}

// askAgain returns what the gateway lists of endpoints, which it may have left
// out of a listing. An error is shared by all who were waiting to ask.
func (v *Session) askAgain(ctx context.Context, endpoints []string) (map[string]endpoint.Connection, error) {
	s := v.begin(false)
	s.asked = map[string]struct{}{}
	for _, id := range endpoints {
		s.asked[id] = struct{}{}
	}
	done, err := v.listEach(ctx, s, endpoints, false)
	if !done && err == nil {
		_, err = v.listPages(ctx, s)
	}
	if err != nil {
		v.end(ctx, s, err)
		return nil, err
	}
	v.remember(s)
	return s.connections, nil
}

// doubted are those of the endpoints whose absence is not believed yet. When
// many were that turned out to be gone, the run's listings are believed.
func (v *Session) unconfirmed(s *snapshot, endpoints []string) []string {
	if v.trustsListings() {
		return nil
	}
	return v.vanished(s, endpoints)
}

// trustedAfter is how many endpoints must have been asked for once more in vain
// for the listings of the run to be trusted.
const trustedAfter = 20

func (v *Session) trustsListings() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.confirmedAbsences >= trustedAfter
}

// vanished are those of the endpoints that are not found and were listed before.
func (v *Session) vanished(s *snapshot, endpoints []string) []string {
	v.mu.Lock()
	defer v.mu.Unlock()
	var ids []string
	for _, id := range endpoints {
		_, found := s.connections[id]
		if _, before := v.listed[id]; before && !found {
			ids = append(ids, id)
		}
	}
	return ids
}

// Known tells that the gateway listed the endpoints before this run.
func (v *Session) EverListed(endpoints ...string) {
	if len(endpoints) > 0 {
		v.Existed()
	}
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, id := range endpoints {
		v.listed[id] = struct{}{}
	}
}

// list adds to the snapshot in the way that costs fewer calls: page by page, or
// by one filter for each endpoint that is not found yet as soon as those are
// fewer than the pages to come.
func (v *Session) list(ctx context.Context, s *snapshot) (shifted bool, err error) {
	if wanted := s.missing(); v.filterIsCheaper(s, wanted, pagesFor(v.knownTotal())) {
		if done, err := v.listEach(ctx, s, wanted, false); done || err != nil {
			return false, err
		}
	}
	return v.listPages(ctx, s)
}

func (v *Session) listPages(ctx context.Context, s *snapshot) (shifted bool, err error) {
	seen := 0
	anew := func() {
		if seen = 0; s.whole {
			clear(s.connections)
		}
	}
	for page, err := range v.connections(ctx, apig.ConnectionFilter{}, anew) {
		if err != nil {
			return false, err
		}
		for _, c := range page.Connections {
			s.connections[c.ID] = c
		}
		s.calls++
		seen += len(page.Connections)
		shifted = page.Shifted // told on the last one
		v.setTotal(page.Total)
		if wanted := s.missing(); v.filterIsCheaper(s, wanted, pagesFor(page.Total-int64(seen))) {
			if done, err := v.listEach(ctx, s, wanted, false); done || err != nil {
				return false, err
			}
		}
	}
	s.complete = !shifted
	return shifted, nil
}

// filterIsCheaper compares one call for each endpoint with one for each page.
// Where others come later and can be served by what is listed now, it is like
// renting or buying: many who ask for one endpoint each, one after the other,
// are better served by a complete listing, and once as many calls have been
// made without one as it takes, it is made. That costs twice as much as knowing
// beforehand, at the most.
func (v *Session) filterIsCheaper(s *snapshot, wanted []string, pages int) bool {
	if s.whole || pages <= 1 || len(wanted) >= pages {
		return false
	}
	return !s.lasting || v.callsSince()+len(wanted) < pages
}

// listEach asks for each of the endpoints by the filter. Unless it has to, it
// ends, and is not done, when the server turns out not to narrow the listing:
// then each costs as much as all.
func (v *Session) listEach(ctx context.Context, s *snapshot, endpoints []string, must bool) (done bool, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	var mu sync.Mutex
	for _, id := range endpoints {
		group.Go(func() error {
			if v.isFilterIgnored() && !must {
				return nil
			}
			for page, err := range v.connections(ctx, apig.ConnectionFilter{ID: id}, func() {}) {
				if err != nil {
					return err
				}
				mu.Lock()
				s.calls++
				for _, c := range page.Connections {
					s.connections[c.ID] = c
				}
				mu.Unlock()
				if page.Unfiltered {
					v.setFilterIgnored()
					if !must {
						return nil
					}
				}
			}
			return nil
		})
	}
	err = group.Wait()
	return !v.isFilterIgnored(), err
}

// setUnfiltered tells that the server does not narrow a listing by an endpoint:
// asking for one by one costs all pages each time.
func (v *Session) setFilterIgnored() {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.filterIgnored = true
}

func (v *Session) isFilterIgnored() bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.filterIgnored
}

func (v *Session) callsSince() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.callsSinceFullListing
}

func (v *Session) knownTotal() int64 {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.total
}

func (v *Session) setTotal(total int64) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.total = total
}

// missing are the endpoints that were asked for and not found so far.
func (s *snapshot) missing() []string {
	var ids []string
	for id := range s.asked {
		if _, ok := s.connections[id]; !ok {
			ids = append(ids, id)
		}
	}
	return ids
}

func pagesFor(connections int64) int {
	return int((connections + apig.PageSize - 1) / apig.PageSize)
}
