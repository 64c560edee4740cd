// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

const (
	// hopelessAfter is how many waits in a row have to end in vain for the next
	// ones to be short.
	hopelessAfter = 10
	// A short wait is this share of the one that was asked for, which is at least
	// one look and longestShort at most. So the waits of a hundred resources, ten at
	// a time, take as long as two.
	shortShare   = 10
	longestShort = 5 * time.Second
)

// waits is what a run learns from waiting for endpoints that a gateway does not
// list. Each wait has a clock of its own. Yet many resources whose endpoints never
// come are not to wait one after the other, as long as Terraform has more of them.
// It is safe for concurrent use.
type waits struct {
	mu     sync.Mutex
	inVain int       // in a row, without anything new being listed
	since  time.Time // when so many were that the next ones are short
}

// wait is the wait of one settlement.
type wait struct {
	began time.Time
	asked time.Duration
}

// until returns the end of a wait, and for how long it is if it is short. It is where
// enough others had ended in vain by about the time at which it began: what ends
// later tells nothing of one that is under way.
func (w *waits) until(one wait) (end time.Time, short time.Duration) {
	cut := min(one.asked, max(pollFirst, min(one.asked/shortShare, longestShort)))
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.inVain >= hopelessAfter && !w.since.After(one.began.Add(cut)) {
		return one.began.Add(cut), cut
	}
	return one.began.Add(one.asked), 0
}

// ended takes in that a wait ended in vain. None at all is no wait.
func (w *waits) ended(one wait, now time.Time) {
	if one.asked <= 0 {
		return
	}
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.inVain++; w.inVain == hopelessAfter {
		w.since = now
	}
}

// listedNew takes in that the gateway has begun to list something.
func (w *waits) listedNew() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.inVain = 0
}

// awaitUntil returns until when a settlement waits that has nothing left but endpoints
// that are not listed; the zero time where that is over.
func (s *settlement) awaitUntil(now time.Time) time.Time {
	if s.wait.began.IsZero() {
		s.wait.began = now
	}
	end, short := s.session.waits.until(s.wait)
	if end.After(now) {
		return end
	}
	s.session.waits.ended(s.wait, now)
	for _, c := range s.open {
		c.ShortWait = short
	}
	return time.Time{}
}

// greet takes in that endpoints which were waited for are listed.
func (s *settlement) greet(seen *snapshot) {
	for _, c := range s.open {
		if _, there := seen.connections[c.EndpointID]; there && c.Phase == settle.Unlisted {
			s.session.waits.listedNew()
		}
	}
}
