// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package listing

import (
	"maps"
	"slices"

	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// trustedAfter is how many endpoints must have been asked for once more in vain for the listings of the run to be
// trusted.
const trustedAfter = 20

// absences is what is known of endpoints that may be gone.
type absences struct {
	listed    map[string]struct{} // endpoints that the gateway listed the last time, in this run or before
	left      map[string]struct{} // endpoints that it once did not list any more
	confirmed int                 // endpoints that were asked for once more and are gone indeed
}

// unconfirmed are those of the endpoints whose absence is not believed yet. When many were that turned out to be gone,
// the run's listings are believed.
func (l *Listing) unconfirmed(s *Snapshot, endpoints []string) []string {
	l.mu.Lock()
	trusted := l.absences.confirmed >= trustedAfter
	l.mu.Unlock()
	if trusted {
		return nil
	}
	return l.vanished(s, endpoints)
}

// vanished are those of the endpoints that are not found and were listed before.
func (l *Listing) vanished(s *Snapshot, endpoints []string) []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	var ids []string
	for _, id := range endpoints {
		_, found := s.Connections[id]
		if _, before := l.absences.listed[id]; before && !found {
			ids = append(ids, id)
		}
	}
	return ids
}

// EverListed tells that the gateway listed the endpoints before this run.
func (l *Listing) EverListed(endpoints ...string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, id := range endpoints {
		l.absences.listed[id] = struct{}{}
	}
}

// listed are all endpoints that the gateway listed the last time, in this run or before.
func (l *Listing) listed() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Collect(maps.Keys(l.absences.listed))
}

// remember keeps what a listing that is sure showed: which endpoints are there, and which of those that were are there
// no more. After a complete listing, what none has shown is new.
func (l *Listing) remember(s *Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range s.Connections {
		_, before := l.absences.listed[id]
		if _, left := l.absences.left[id]; !before && !left && l.full != nil {
			l.source.ListedNew()
		}
		l.absences.listed[id] = struct{}{}
	}
	for id := range s.asked {
		_, there := s.Connections[id]
		if _, before := l.absences.listed[id]; before && !there {
			delete(l.absences.listed, id)
			l.absences.left[id] = struct{}{}
			l.absences.confirmed++
		}
	}
}

// Recall tells the items which endpoints the gateway has listed in this run, for whomever, or before it: those that are
// gone have left, and will not come.
func (l *Listing) Recall(items []*settle.Item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range items {
		_, there := l.absences.listed[c.EndpointID]
		_, left := l.absences.left[c.EndpointID]
		c.EverListed = c.EverListed || there || left
	}
}
