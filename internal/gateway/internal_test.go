// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

func said(code string) error {
	return &rest.Error{Operation: apig.OperationList, StatusCode: 404, Code: code}
}

// One caller asks until it is convinced, or has no more time.
func TestEvidenceOfOne(t *testing.T) {
	t.Parallel()
	const over = 10 * time.Second
	for name, c := range map[string]struct {
		left, took time.Duration // until the deadline, for an answer
		least      int           // answers
		within     time.Duration // the belief comes not before
	}{
		"no deadline":     {0, 0, 4, over},
		"much time":       {time.Hour, 0, 4, over},
		"slow answers":    {0, 3 * time.Second, 4, over},
		"just enough":     {12 * time.Second, 100 * time.Millisecond, 4, over},
		"too little":      {9 * time.Second, 100 * time.Millisecond, 3, 7 * time.Second},
		"little":          {time.Second, 0, 3, 900 * time.Millisecond},
		"next to no time": {30 * time.Millisecond, 0, 3, 27 * time.Millisecond},
	} {
		start := time.Unix(0, 0)
		now, deadline := start.Add(c.took), time.Time{}
		if c.left > 0 {
			deadline = start.Add(c.took + c.left)
		}
		var e evidence
		e.take(start, now, said("APIC.7302"))
		h := newHearing(now, deadline, over)
		for range 20 {
			if e.convinces(h) {
				break
			}
			if due := e.due(h); due.After(now) {
				now = due
			}
			began := now
			now = now.Add(c.took)
			e.take(began, now, said("APIC.7302"))
		}
		assert.Check(t, e.convinces(h) && e.said >= c.least && e.last.Sub(e.since) >= c.within && (deadline.IsZero() || !now.After(deadline)),
			"%s: %d answers over %s, convinced: %t, %s before the deadline", name, e.said, e.last.Sub(e.since), e.convinces(h), deadline.Sub(now))
	}
}

// Answers of one moment are one, however many callers they are given to.
func TestEvidenceOfOneMoment(t *testing.T) {
	t.Parallel()
	var e evidence
	start := time.Unix(0, 0)
	for i := range 10 {
		e.take(start, start.Add(time.Duration(i+1)*time.Millisecond), said("APIG.3030"))
	}
	assert.Check(t, e.said == 1, "counted %d", e.said)
	for i := range 4 {
		at := e.last.Add(time.Duration(i) * 100 * time.Millisecond)
		e.take(at, at, said("APIG.3030"))
	}
	assert.Check(t, e.said >= enoughSaid && !e.convinces(newHearing(start, time.Time{}, 10*time.Second)),
		"convinced by %d answers over %s", e.said, e.last.Sub(e.since))
}

// What is said while less time is left convinces only those who have no more.
func TestEvidenceIsEachOnesOwn(t *testing.T) {
	t.Parallel()
	start := time.Unix(0, 0)
	hasty := newHearing(start, start.Add(time.Second), 10*time.Second)
	other := newHearing(start, start.Add(time.Minute), 10*time.Second)
	var e evidence
	e.take(start, start, said("APIC.7302"))
	for range 20 {
		e.take(e.due(hasty), e.due(hasty), said("APIC.7302"))
		if e.convinces(hasty) {
			break
		}
	}
	assert.Check(t, e.convinces(hasty) && !e.convinces(other), "convinces the hasty one: %t, the other one: %t", e.convinces(hasty), e.convinces(other))
}

// An entry that is added while its deletion may still show is believed once it is another
// one, has been away and back, or the deletion is old; one that went is called for again.
func TestReaddition(t *testing.T) {
	t.Parallel()
	type listing struct {
		at    time.Duration // since the deletion
		id    string        // "" where it is not listed
		done  bool
		again bool
	}
	for name, listings := range map[string][]listing{
		"another one":   {{time.Second, "old", false, false}, {2 * time.Second, "new", true, false}},
		"lost":          {{time.Second, "old", false, false}, {5 * time.Second, "", false, false}, {6 * time.Second, "", false, false}, {7 * time.Second, "", false, true}},
		"back":          {{5 * time.Second, "", false, false}, {6 * time.Second, "old", true, false}},
		"never deleted": {{119 * time.Second, "old", false, false}, {120 * time.Second, "old", true, false}},
	} {
		deleted := time.Date(2026, 11, 29, 2, 3, 4, 0, time.UTC)
		r := &readdition{was: apig.Permission{ID: "old"}, deleted: deleted, lag: 2 * time.Second}
		for i, l := range listings {
			done, again := r.next(apig.Permission{ID: l.id}, l.id != "", deleted.Add(l.at))
			assert.Check(t, done == l.done && again == l.again, "%s, listing %d: done %t, again %t", name, i, done, again)
		}
	}
}
