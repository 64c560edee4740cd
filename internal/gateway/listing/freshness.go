// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package listing

import "time"

// recentAge is how long before a question a recent listing may have begun. A gateway that takes longer to list has
// twice as long as that took.
const recentAge = time.Second

// Freshness says which listings of this run may answer a question, by what the answer is for. No listing answers for an
// endpoint that this run decided on after the listing began. The zero value is OfThisRun.
type Freshness struct {
	asked  time.Time // zero: any listing will do
	recent bool      // one that began shortly before will do, too
}

// OfThisRun takes any listing of the run. It is for those who are to see one picture of a gateway and come before
// anything is changed: plans, reads and imports of resources, and queries.
func OfThisRun() Freshness { return Freshness{} }

// Recent takes a listing that began shortly before the question. It is for those who come after something else in an
// apply, which may have changed what the gateway lists without this run knowing of it: data sources, actions, and what
// looks before it decides. Many of them in a row share a listing.
func Recent() Freshness { return Freshness{asked: time.Now(), recent: true} }

// Now takes only a listing that begins after the question. It is for those who doubt an answer.
func Now() Freshness { return Since(time.Now()) }

// Since takes a listing that began at an instant or later. It is for those who look for the effect of what they did
// before that instant.
func Since(at time.Time) Freshness { return Freshness{asked: at} }

// Allows tells whether a listing may answer that began at a time and took so long.
func (f Freshness) Allows(began time.Time, took time.Duration) bool {
	oldest := f.asked
	if f.recent {
		oldest = oldest.Add(-max(recentAge, 2*took))
	}
	return !began.Before(oldest)
}

// lasts tells whether a listing that is made for the question may answer later ones of its kind as well.
func (f Freshness) lasts() bool { return f.recent || f.asked.IsZero() }
