// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package pace

import (
	"sync"
	"time"
)

const (
	// hopelessAfter is how many waits in a row have to end in vain for the next
	// ones to be short.
	hopelessAfter = 10
	// A short wait is this share of the one that was asked for, one look at least and
	// longestShort at most. So the waits of a hundred resources, ten at a time, take as
	// long as two.
	shortShare   = 10
	longestShort = 5 * time.Second
)

// Unlisted is what a run learns from waiting for what a gateway does not list: many
// resources whose endpoints never come do not wait one after the other. The zero value is
// ready; it is safe for concurrent use.
type Unlisted struct {
	mu     sync.Mutex
	inVain int       // waits in a row, without anything new being listed
	since  time.Time // when so many were that the next ones are short
}

// Until returns the end of a wait that began at a time, and for how long it is if it is
// short: where enough others had ended in vain by about that time.
func (u *Unlisted) Until(began time.Time, asked time.Duration) (end time.Time, short time.Duration) {
	cut := min(asked, max(pollFirst, min(asked/shortShare, longestShort)))
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.inVain >= hopelessAfter && !u.since.After(began.Add(cut)) {
		return began.Add(cut), cut
	}
	return began.Add(asked), 0
}

// Ended takes in that a wait ended in vain. None at all is no wait.
func (u *Unlisted) Ended(asked time.Duration, now time.Time) {
	if asked <= 0 {
		return
	}
	u.mu.Lock()
	defer u.mu.Unlock()
	if u.inVain++; u.inVain == hopelessAfter {
		u.since = now
	}
}

// Listed takes in that the gateway has begun to list something.
func (u *Unlisted) Listed() {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.inVain = 0
}
