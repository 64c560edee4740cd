// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package pace

import (
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// Waits are short once enough of them ended in vain before, with nothing new in between.
func TestUnlisted(t *testing.T) {
	t.Parallel()
	start := time.Unix(1000, 0)
	inVain := func(n int, asked time.Duration) func(*Unlisted) {
		return func(u *Unlisted) {
			for range n {
				u.Ended(asked, start)
			}
		}
	}
	for name, test := range map[string]struct {
		before func(*Unlisted)
		began  time.Time
		asked  time.Duration
		short  time.Duration
	}{
		"nine in vain":                  {inVain(9, time.Minute), start, time.Minute, 0},
		"ten in vain":                   {inVain(10, time.Minute), start, time.Minute, 5 * time.Second},
		"and many more":                 {inVain(30, time.Minute), start, time.Minute, 5 * time.Second},
		"a wait that is shorter":        {inVain(10, time.Minute), start, 6 * time.Second, 600 * time.Millisecond},
		"one look at least":             {inVain(10, time.Minute), start, time.Second, 250 * time.Millisecond},
		"no longer than asked for":      {inVain(10, time.Minute), start, time.Millisecond, time.Millisecond},
		"ten that did not wait":         {inVain(10, 0), start, time.Minute, 0},
		"a wait that ends before those": {inVain(10, time.Minute), start.Add(-5*time.Second - 1), time.Minute, 0},
		"one that ends with those":      {inVain(10, time.Minute), start.Add(-5 * time.Second), time.Minute, 5 * time.Second},
		"something new": {func(u *Unlisted) {
			inVain(10, time.Minute)(u)
			u.Listed()
			inVain(9, time.Minute)(u)
		}, start, time.Minute, 0},
	} {
		var u Unlisted
		test.before(&u)
		end, short := u.Until(test.began, test.asked)
		assert.Check(t, short == test.short && end.Equal(test.began.Add(max(test.short, map[bool]time.Duration{true: test.asked}[test.short == 0]))),
			"%s: until %s, %s", name, end, short)
	}
}

// The first look comes a little before what a call takes as a rule. A faster one counts
// at once, a slower one by and by.
func TestPaceLearns(t *testing.T) {
	t.Parallel()
	var p Pace
	first := func() time.Duration { return p.After("accept")() }
	wait := first()
	assert.Check(t, wait >= pollFirst*9/10 && wait <= pollFirst*11/10, "at first %s", wait)
	for _, step := range []struct{ took, first, second time.Duration }{
		{100 * time.Second, pollMax, pollFirst}, {10 * time.Second, 9500 * time.Millisecond, pollFirst}, {14 * time.Second, 10450 * time.Millisecond, pollFirst}, {time.Second, 950 * time.Millisecond, 100 * time.Millisecond}, {time.Millisecond, shortestPoll, shortestPoll},
	} {
		p.Learn("accept", step.took)
		next := p.After("accept")
		assert.Check(t, is.Equal(next(), step.first), "after %s", step.took)
		wait := next()
		assert.Check(t, wait >= step.second*9/10 && wait <= step.second*11/10, "after %s: then %s, want about %s", step.took, wait, step.second)
	}
	wait = p.After("reject")()
	assert.Check(t, wait >= pollFirst*9/10, "another kind: %s", wait)
}

// Who waits until about the same time looks at the same time.
func TestPaceShares(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var p Pace
		at := p.Next(10 * time.Second)
		for wait, shared := range map[time.Duration]bool{8 * time.Second: true, 13 * time.Second: true, 7 * time.Second: false, 15 * time.Second: false} {
			got := p.Next(wait)
			assert.Check(t, got.Equal(at) == shared, "a wait of %s ends at %s, the other at %s", wait, got, at)
		}
		<-time.After(11 * time.Second)
		assert.Check(t, !p.Next(time.Millisecond).Equal(at), "a look that is over is shared")
	})
}
