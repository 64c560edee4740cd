// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// evidence is what a run has seen of the gateway. What was not tried is nil.
type evidence struct {
	spare string
	all   []exchange // in their order, those below too

	byPrefix, byStranger *exchange // listings for a part of the spare one's ID, and for an ID that is nobody's
	redecide             *exchange // the acceptance of the spare one, which is accepted
	alone, pair          *exchange // the acceptance of an ID that is nobody's: alone, and beside the spare one
	again                int       // where in all the spare one, rejected, is to be accepted again; 0 for never
}

// finding is the answer to a question.
type finding struct {
	says  string   // what the gateway does; "" where that was not observed
	names []string // the mock's behaviors that do this, one of them; none where the mock has none
	how   string   // what showed it, or why nothing did
}

// asFriendly names the mock's behavior where no other does.
var asFriendly = []string{friendly}

// notObserved is a finding of nothing.
func notObserved(why string) finding { return finding{how: why} }

// question is one about what the vendor does not document.
type question struct {
	about  string
	names  []string // the mock's behaviors (mockapig.Behaviors) that it tells apart from the friendly one
	answer func(evidence) finding
}

// questions are the rows of the report. A new behavior of the mock that a run
// can observe belongs here; one that no row names is reported as not observed.
var questions = []question{
	{"`total` in the answers", []string{"omit-total"}, totals},
	{"a listing's filter `id`", []string{"id-prefix", "id-ignored"}, filter},
	{"the order of a listing", []string{"newest-first"}, order},
	{"what the answer to a decision shows", []string{"answer-creating", "answer-old", "answer-bare"}, answers},
	{"`creating` before `accepted`", nil, creating},
	{"a listing right after a decision", []string{"stale"}, staleness},
	{"accepting what is accepted", allOf(redecisionNames), redecision},
	{"accepting an endpoint that is unknown", allOf(unknownNames), unknown},
	{"two endpoints in one call", allOf(twoNames), two},
	{"accepting what was rejected", []string{"rejected-ignored", "rejected-refused"}, finality},
}

func totals(e evidence) finding {
	with, without := 0, 0
	for _, x := range e.all {
		switch {
		case x.Action != "" || !x.works():
		case x.Total != nil:
			with++
		default:
			without++
		}
	}
	how := fmt.Sprintf("%d listings with it, %d without", with, without)
	switch {
	case with+without == 0:
		return notObserved("no listing was answered")
	case without > 0:
		return finding{says: "left out", names: []string{"omit-total"}, how: how}
	default:
		return finding{says: "there", names: asFriendly, how: how}
	}
}

func filter(e evidence) finding {
	if e.byPrefix == nil || e.byStranger == nil {
		return notObserved("not tried")
	}
	if !e.byPrefix.works() || !e.byStranger.works() {
		return notObserved("refused: " + outcome(e.byPrefix, e.byStranger))
	}
	byPrefix, byStranger := len(e.byPrefix.Connections), len(e.byStranger.Connections)
	how := fmt.Sprintf("%d found by an ID without its last character, %d by one that is nobody's", byPrefix, byStranger)
	switch {
	case byStranger > 0:
		return finding{says: "ignored", names: []string{"id-ignored"}, how: how}
	case byPrefix > 0:
		return finding{says: "by prefix", names: []string{"id-prefix"}, how: how}
	default:
		return finding{says: "exact", names: asFriendly, how: how}
	}
}

// order looks at the longest listing.
func order(e evidence) finding {
	var longest []connection
	for _, x := range e.all {
		if x.Action == "" && len(x.Connections) > len(longest) {
			longest = x.Connections
		}
	}
	byTime := func(a, b connection) int { return strings.Compare(a.Created, b.Created) }
	reversed := func(a, b connection) int { return byTime(b, a) }
	how := fmt.Sprintf("%d connections by `created_at`", len(longest))
	oldest, newest := slices.IsSortedFunc(longest, byTime), slices.IsSortedFunc(longest, reversed)
	switch {
	case len(longest) < 2:
		return notObserved("fewer than two connections")
	case oldest && newest:
		return notObserved("all were created at the same time")
	case oldest:
		return finding{says: "oldest first", names: asFriendly, how: how}
	case newest:
		return finding{says: "newest first", names: []string{"newest-first"}, how: how}
	default:
		return finding{says: "neither oldest nor newest first", how: how}
	}
}

// decided is a decision that worked and changed the spare endpoint.
type decided struct {
	exchange
	at     int             // where in all
	before endpoint.Status // what the last listing before showed
}

// changes finds the decisions that worked and changed the spare endpoint, as a listing showed before the next decision.
func (e evidence) changes() []decided {
	var found []decided
	var before endpoint.Status // "" where another decision came after the listing
	for i, x := range e.all {
		if status := x.lists(e.spare); status != "" {
			before = status
		}
		if !x.decides(e.spare) {
			continue
		}
		d := decided{x, i, before}
		moved := func(x exchange) bool { return x.lists(e.spare) != before }
		if x.works() && before != "" && before != x.goal() && slices.ContainsFunc(e.after(d), moved) {
			found = append(found, d)
		}
		before = ""
	}
	return found
}

// goal is the status that a decision asks for.
func (e exchange) goal() endpoint.Status {
	if e.Action == apig.ActionReject {
		return endpoint.StatusRejected
	}
	return endpoint.StatusAccepted
}

const noChange = "no decision changed anything; set APIG_SMOKE_REJECT=1, or begin with a pending endpoint"

func answers(e evidence) finding {
	changes := e.changes()
	if len(changes) == 0 {
		return notObserved(noChange)
	}
	// An acceptance tells more than a rejection, which is not known to pass through any status.
	i := max(0, slices.IndexFunc(changes, func(d decided) bool { return d.Action == apig.ActionReceive }))
	d := changes[i]
	shown := d.statusOf(e.spare)
	how := fmt.Sprintf("`%s` of what was `%s` answered `%s`", d.Action, d.before, shown)
	switch shown {
	case "":
		return finding{says: "no connection", names: []string{"answer-bare"}, how: fmt.Sprintf("`%s` answered none", d.Action)}
	case d.before:
		return finding{says: "the status from before", names: []string{"answer-old"}, how: how}
	case d.goal():
		return finding{says: "the status that was asked for", names: asFriendly, how: how}
	case endpoint.StatusCreating:
		return finding{says: "`creating`", names: []string{"answer-creating"}, how: how}
	default:
		return finding{says: fmt.Sprintf("`%s`", shown), how: how}
	}
}

// after returns the listings with the spare endpoint that began after a decision ended, up to the next decision.
func (e evidence) after(d decided) []exchange {
	var listings []exchange
	for _, x := range e.all[d.at+1:] {
		if x.decides(e.spare) {
			break
		}
		if x.lists(e.spare) != "" && !x.began.Before(d.ended) {
			listings = append(listings, x)
		}
	}
	return listings
}

func creating(e evidence) finding {
	looked := 0
	for _, d := range e.changes() {
		if d.Action != apig.ActionReceive {
			continue
		}
		listings := e.after(d)
		looked += len(listings)
		for _, x := range listings {
			if x.lists(e.spare) == endpoint.StatusCreating {
				return finding{says: "seen", how: fmt.Sprintf("listed %s after the call; %s", short(x.began.Sub(d.ended)), reached(e, d, listings))}
			}
		}
	}
	if looked == 0 {
		return notObserved(noChange)
	}
	return finding{says: "not seen", how: fmt.Sprintf("%d listings after an acceptance", looked)}
}

// reached tells when a decision's goal was listed first.
func reached(e evidence, d decided, listings []exchange) string {
	for _, x := range listings {
		if x.lists(e.spare) == d.goal() {
			return fmt.Sprintf("`%s` first %s after it", d.goal(), short(x.began.Sub(d.ended)))
		}
	}
	return fmt.Sprintf("`%s` not until the next decision", d.goal())
}

func staleness(e evidence) finding {
	current := ""
	for _, d := range e.changes() {
		listings := e.after(d)
		if len(listings) == 0 {
			continue
		}
		first := listings[0]
		if first.lists(e.spare) == d.before {
			return finding{
				says: "shows the status from before", names: []string{"stale"},
				how: fmt.Sprintf("`%s` listed %s after a `%s`; %s", d.before, short(first.began.Sub(d.ended)), d.Action, reached(e, d, listings)),
			}
		}
		if current == "" {
			current = fmt.Sprintf("`%s` listed %s after a `%s`", first.lists(e.spare), short(first.began.Sub(d.ended)), d.Action)
		}
	}
	if current == "" {
		return notObserved(noChange)
	}
	return finding{says: "shows the decision", names: asFriendly, how: current}
}

func short(d time.Duration) string { return d.Round(time.Millisecond).String() }
