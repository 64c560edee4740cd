// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package listing

import (
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// remember keeps what a listing that is sure showed: which endpoints are there, and
// which of those that were are there no more. After a complete listing, what none has
// shown is new.
func (l *Listing) remember(s *Snapshot) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for id := range s.Connections {
		_, before := l.absences.listed[id]
		if _, left := l.absences.left[id]; !before && !left && l.full != nil {
			l.source.ListedNew()
		}
		l.absences.listed[id] = struct{}{}
		delete(l.absences.left, id)
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

// Recall tells the items which endpoints the gateway has listed in this run, for
// whomever, or before it: those that are gone have left, and will not come.
func (l *Listing) Recall(items []*settle.Item) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, c := range items {
		_, there := l.absences.listed[c.EndpointID]
		_, left := l.absences.left[c.EndpointID]
		c.EverListed = c.EverListed || there || left
	}
}
