// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package listing

import (
	"context"
	"maps"
	"sync"

	"golang.org/x/sync/errgroup"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

// MaxRelistings is how often a listing that shifted while it was paged is begun again.
const MaxRelistings = 2

// fill lists until it is sure which of the endpoints asked for the gateway lists. A listing that shifted may lack some;
// should it do so again and again, those are asked for one by one, since what is taken for absent is taken for gone.
func (l *Listing) fill(ctx context.Context, s *Snapshot) (*Snapshot, error) {
	err := l.complete(ctx, s)
	if err == nil {
		l.keep(s)
	}
	return s, err
}

func (l *Listing) complete(ctx context.Context, s *Snapshot) error {
	for range MaxRelistings + 1 {
		if s.full {
			clear(s.Connections) // who was listed before and has left since is no part of it
		}
		missing := s.missing()
		shifted, err := l.list(ctx, s, missing, l.filterIsCheaper(s, missing, l.pages()))
		if err != nil {
			return err
		}
		if !shifted || len(s.missing()) == 0 && !s.full {
			shifted, err = l.confirm(ctx, s)
			if err != nil || !shifted {
				return err
			}
		}
	}
	if _, err := l.listEach(ctx, s, s.missing(), true); err != nil {
		return err
	}
	l.remember(s)
	return nil
}

// confirm asks once more for the endpoints that the gateway listed before and does not list now: an accepted one that
// is taken for gone would be forgotten. It tells whether that took a listing which shifted, and so is no answer.
func (l *Listing) confirm(ctx context.Context, s *Snapshot) (shifted bool, err error) {
	endpoints := s.missing()
	if s.full {
		endpoints = l.listed()
	}
	vanished := l.vanished(s, endpoints)
	for _, id := range vanished {
		s.asked[id] = struct{}{}
	}
	if len(vanished) > 0 {
		if shifted, err = l.list(ctx, s, vanished, len(vanished) <= max(l.pages(), 1)); err != nil || shifted {
			return shifted, err
		}
	}
	l.remember(s)
	return false, nil
}

// confirmAbsence returns a snapshot that is sure of the endpoints: those that were listed before, and that a listing
// made for somebody else does not hold, are asked for once more.
func (l *Listing) confirmAbsence(ctx context.Context, s *Snapshot, endpoints []string) (*Snapshot, error) {
	for moment := l.decisions.Epoch(); ; {
		doubted := l.unconfirmed(s, endpoints)
		if len(doubted) == 0 {
			return s, nil
		}
		again, err := l.share(ctx, moment, func(ctx context.Context) (*Snapshot, error) { return l.askAgain(ctx, doubted) })
		if err != nil {
			return nil, err
		}
		if again != nil && again.covers(doubted) {
			sure := *s
			sure.Connections = maps.Clone(s.Connections)
			maps.Copy(sure.Connections, again.Connections)
			return &sure, nil
		}
	}
}

// askAgain returns what the gateway lists of endpoints, which it may have left out of a listing.
func (l *Listing) askAgain(ctx context.Context, endpoints []string) (*Snapshot, error) {
	s := l.begin(false)
	clear(s.asked)
	for _, id := range endpoints {
		s.asked[id] = struct{}{}
	}
	_, err := l.list(ctx, s, endpoints, true)
	if err == nil {
		l.remember(s)
	}
	return s, err
}

// list adds endpoints to the snapshot: each by a filter or, also if the server turns out not to filter, page by page.
func (l *Listing) list(ctx context.Context, s *Snapshot, endpoints []string, each bool) (shifted bool, err error) {
	if each {
		if done, err := l.listEach(ctx, s, endpoints, false); done || err != nil {
			return false, err
		}
	}
	return l.listPages(ctx, s)
}

// listPages lists page by page, until filters for what is not found yet cost less than the pages to come.
func (l *Listing) listPages(ctx context.Context, s *Snapshot) (shifted bool, err error) {
	seen := 0
	anew := func() {
		if seen = 0; s.full {
			clear(s.Connections)
		}
	}
	for page, err := range l.source.Connections(ctx, apig.ConnectionFilter{}, anew) {
		if err != nil {
			return false, err
		}
		for _, c := range page.Entries {
			s.Connections[c.ID] = c
		}
		s.calls++
		seen += len(page.Entries)
		shifted = page.Shifted // told on the last one
		l.cost.total.Store(page.Total)
		if wanted := s.missing(); l.filterIsCheaper(s, wanted, pagesFor(page.Total-int64(seen))) {
			if done, err := l.listEach(ctx, s, wanted, false); done || err != nil {
				return false, err
			}
		}
	}
	s.complete = !shifted
	return shifted, nil
}

// filterIsCheaper compares one call for each endpoint with one for each page. Where a listing serves those who come later
// as well, it is like renting or buying: once as many calls have been made without a complete one as that takes, it is
// made. That costs twice as much as knowing beforehand, at the most.
func (l *Listing) filterIsCheaper(s *Snapshot, wanted []string, pages int) bool {
	if s.full || pages <= 1 || len(wanted) >= pages {
		return false
	}
	return !s.lasting || int(l.cost.callsSinceFullListing.Load())+len(wanted) < pages
}

// listEach asks for each of the endpoints by the filter. Unless it must, it ends, and is not done, when the server turns
// out not to narrow the listing: then each costs as much as all.
func (l *Listing) listEach(ctx context.Context, s *Snapshot, endpoints []string, must bool) (done bool, err error) {
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(concurrency)
	var mu sync.Mutex
	for _, id := range endpoints {
		group.Go(func() error {
			if l.cost.filterIgnored.Load() && !must {
				return nil
			}
			for page, err := range l.source.Connections(ctx, apig.ConnectionFilter{ID: id}, func() {}) {
				if err != nil {
					return err
				}
				mu.Lock()
				s.calls++
				for _, c := range page.Entries {
					s.Connections[c.ID] = c
				}
				mu.Unlock()
				if page.Unfiltered {
					l.cost.filterIgnored.Store(true)
					if !must {
						return nil
					}
				}
			}
			return nil
		})
	}
	err = group.Wait()
	return !l.cost.filterIgnored.Load(), err
}

// missing are the endpoints that were asked for and not found so far.
func (s *Snapshot) missing() []string {
	var ids []string
	for id := range s.asked {
		if _, ok := s.Connections[id]; !ok {
			ids = append(ids, id)
		}
	}
	return ids
}

// pages is how many a listing of all takes, as far as is known.
func (l *Listing) pages() int { return pagesFor(l.cost.total.Load()) }

func pagesFor(connections int64) int {
	return int((connections + apig.PageSize - 1) / apig.PageSize)
}
