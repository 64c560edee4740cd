// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// check compares everything with what passed between here and the server.
func (r *stressRun) check() {
	answered := 0
	for _, l := range r.looks {
		r.checkLook(l)
		if l.err == nil {
			answered++
		}
	}
	for _, st := range r.settled {
		r.checkSettled(st)
	}
	for _, c := range r.calls {
		r.checkCall(c)
	}
	// Those who come at once share one listing, and its error.
	assert.Check(r.t, r.with.fails >= 0.1 || r.with.span < time.Second || answered >= len(r.looks)/10,
		"only %d of %d looks were answered", answered, len(r.looks))
	r.checkEnd()
}

// checkLook finds, for each endpoint, a listing that showed what the caller was
// told, and that began neither before the caller would have it nor before the
// end of a decision on the endpoint.
func (r *stressRun) checkLook(l *looked) {
	if l.err != nil {
		r.checkError("look", l.err, l.began, l.ended, l.deadline)
		return
	}
	for _, id := range l.endpoints {
		from := l.notBefore
		for _, c := range r.calls {
			if slices.Contains(c.endpoints, id) && c.began.Before(l.ended) && c.ended.After(from) {
				from = c.ended
			}
		}
		assert.Check(r.t, r.wasShown(id, l.found[id], from, l.ended),
			"look from %s to %s: %s was never %q between %s and then", r.at(l.began), r.at(l.ended), id, l.found[id].Status, r.at(from))
	}
}

// wasShown tells whether a listing in a span of time showed a connection, and
// the server had it like that while it was being listed.
func (r *stressRun) wasShown(id string, want endpoint.Connection, from, to time.Time) bool {
	return slices.ContainsFunc(r.listings, func(l *listing) bool {
		if l.err != nil || l.began.Before(from) || l.ended.After(to) {
			return false
		}
		shown, ok := l.shown[id]
		covered := ok || l.whole || l.filter == id
		return covered && shown == want && r.was(id, want, l.began, l.ended)
	})
}

// was tells whether the server had a connection in a status, in a span of time.
func (r *stressRun) was(id string, want endpoint.Connection, from, to time.Time) bool {
	e, ok := r.endpoints[id]
	if !ok {
		return want.Status == endpoint.Absent
	}
	fits := func(c change) bool {
		return c.status == want.Status && (c.status == endpoint.Absent || c.updatedAt == want.UpdatedAt)
	}
	return fits(e.shown(from)) || slices.ContainsFunc(e.history, func(c change) bool {
		return !c.at.Before(from) && !c.at.After(to) && fits(c)
	})
}

// checkError finds where an error comes from: the caller's own context, or a
// call that failed meanwhile.
func (r *stressRun) checkError(what string, err error, began, ended, deadline time.Time) {
	assert.Check(r.t, !ended.After(deadline), "%s ended %s after its deadline", what, ended.Sub(deadline))
	if errors.Is(err, context.DeadlineExceeded) {
		assert.Check(r.t, !ended.Before(deadline), "%s ended %s before its deadline: %v", what, deadline.Sub(ended), err)
		return
	}
	from := began
	if strings.HasPrefix(err.Error(), "not tried") {
		from = began.Add(-time.Minute) // an outage is remembered for as long
	}
	during := func(failed error, at time.Time) bool {
		return failed != nil && errors.Is(err, failed) && !at.Before(from) && !at.After(ended)
	}
	assert.Check(r.t, slices.ContainsFunc(r.listings, func(l *listing) bool { return during(l.err, l.ended) }) || slices.ContainsFunc(r.calls, func(c *calling) bool { return during(c.err, c.ended) }),
		"%s failed with %v, like no call of its time", what, err)
}

func (r *stressRun) checkSettled(st *settled) {
	if st.err != nil {
		r.checkError("settle", st.err, st.began, st.ended, st.deadline)
	}
	for _, c := range st.cases {
		answered, made := r.answeredCalls(st, c)
		if c.Calls > len(answered) {
			r.t.Errorf("%s counts %d calls, of which %d were answered", c.EndpointID, c.Calls, len(answered))
			continue
		}
		assert.Check(r.t, !c.Looked || r.wasShown(c.EndpointID, c.Observed, r.lookedFrom(st, c, answered), st.ended),
			"settle from %s to %s: %s was never %q after %d calls, step %d", r.at(st.began), r.at(st.ended), c.EndpointID, c.Observed.Status, c.Calls, c.Phase)
		assert.Check(r.t, r.isExplained(st, c, made),
			"%s, to %s (%d): step %d at %q, %d calls, refusal %v, error %v", c.EndpointID, c.Goal, c.Goal, c.Phase, c.Observed.Status, c.Calls, c.Refusal, st.err)
	}
}

// answeredCalls returns when the calls ended that may be those of a case and
// went well, and all that were made.
func (r *stressRun) answeredCalls(st *settled, c *settle.Item) (ends []time.Time, made []*calling) {
	for _, call := range r.calls {
		if call.action != c.Goal.Decision() || !slices.Contains(call.endpoints, c.EndpointID) || call.began.Before(st.began) || call.began.After(st.ended) {
			continue
		}
		made = append(made, call)
		if call.err == nil {
			ends = append(ends, call.ended)
		}
	}
	slices.SortFunc(ends, time.Time.Compare)
	return ends, made
}

// longestLook is how long a look takes at most: a few calls, there and back.
func (r *stressRun) longestLook() time.Duration { return 4 * 2 * r.with.slow }

// lookedFrom is when a look began, at the earliest, that a closed case rests on.
func (r *stressRun) lookedFrom(st *settled, c *settle.Item, answered []time.Time) time.Time {
	if c.Phase.Open() || c.Phase == settle.Spared || c.Calls == 0 {
		return st.began.Add(-max(time.Second, 2*r.longestLook()))
	}
	return answered[c.Calls-1]
}

// isExplained tells whether what was observed and what was called led to where
// a case ended.
func (r *stressRun) isExplained(st *settled, c *settle.Item, made []*calling) bool {
	verdict := endpoint.Judge(c.Goal, c.Observed.Status)
	switch c.Phase {
	case settle.Done:
		return verdict == endpoint.Settled
	case settle.Gone:
		return verdict == endpoint.Gone
	case settle.Failed:
		return c.Observed.Status == endpoint.StatusFailed && c.Calls > 0
	case settle.Refused:
		return verdict == endpoint.Undecided && slices.ContainsFunc(made, func(call *calling) bool {
			return len(call.endpoints) == 1 && call.err != nil && errors.Is(c.Refusal, call.err)
		})
	case settle.Spared:
		return c.Goal == endpoint.Release && r.holders.taken(st.holder, c.EndpointID)
	case settle.Unlisted:
		return c.Goal == endpoint.Accept && !c.EverListed && c.Observed.Status == endpoint.Absent
	case settle.UnexpectedAccount:
		return false
	default:
		return st.err != nil
	}
}

// checkCall finds who asked for what was decided.
func (r *stressRun) checkCall(call *calling) {
	for _, id := range call.endpoints {
		assert.Check(r.t, slices.ContainsFunc(r.settled, func(st *settled) bool {
			return !call.began.Before(st.began) && !call.began.After(st.ended) && slices.ContainsFunc(st.cases, func(c *settle.Item) bool {
				return c.EndpointID == id && c.Goal.Decision() == call.action && c.Looked
			})
		}),
			"nobody asked to %s %s at %s", call.action, id, r.at(call.began))
	}
}

// checkEnd makes all changes once more, one after the other, and compares what
// comes of them; nothing is pending any more.
func (r *stressRun) checkEnd() {
	c := r.chaos
	c.slow, c.fails = 0, 0
	passes(r.with.creating)
	ctx, cancel := context.WithTimeout(r.t.Context(), time.Nanosecond)
	defer cancel()
	found, err := r.session.Get(ctx, r.ids, gateway.Now())
	assert.Check(r.t, err, "something is pending still")
	for _, id := range r.ids {
		assert.Check(r.t, is.Equal(r.replay(id), found[id].Status), id)
	}
}

// replay is where an endpoint ends when the changes are made one by one.
func (r *stressRun) replay(id string) endpoint.Status {
	status, changes := r.initial[id], r.console
	for i := range len(r.effects) + 1 {
		for len(changes) > 0 && changes[0].before <= i {
			if changes[0].id == id {
				status = changes[0].status
			}
			changes = changes[1:]
		}
		if i == len(r.effects) || !slices.Contains(r.effects[i].endpoints, id) {
			continue
		}
		switch {
		case r.effects[i].action == endpoint.Rejected:
			status = endpoint.StatusRejected
		case r.endpoints[id].fails:
			status = endpoint.StatusFailed
		default:
			status = endpoint.StatusAccepted
		}
	}
	return status
}

func (r *stressRun) at(moment time.Time) time.Duration { return moment.Sub(r.began) }
