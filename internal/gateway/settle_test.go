// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"fmt"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// story is what becomes of items that are settled in a new session.
type story struct {
	name    string
	pending int                // endpoints e0000… that wait for a decision, and are settled
	others  []string           // further ones to settle
	goal    endpoint.Goal      // of all
	setup   func(s *server)    // of what else there is
	with    func(*settle.Item) // what else an item is to have
	each    bool               // each item has a caller of its own
	wait    time.Duration      // for what is not listed
	timeout time.Duration      // 0 for none

	want    settle.Phase // of the items, but of those that are to end otherwise
	but     map[settle.Phase][]string
	err     any           // its status, or one that it is; nil for none
	sizes   []int         // of the calls; nil for any
	calls   int           // at most, 0 for any number
	pages   int           // likewise
	took    time.Duration // at most, 0 for any time
	atLeast time.Duration
	check   func(t *testing.T, s *server, cs []*settle.Item)
}

func (st story) run(t *testing.T, s *server) {
	s.connect(endpoint.StatusPendingAcceptance, ids(st.pending)...)
	if st.setup != nil {
		st.setup(s)
	}
	cs := cases(st.goal, append(ids(st.pending), st.others...)...)
	for _, c := range cs {
		if st.with != nil {
			st.with(c)
		}
	}
	ctx, v, took := t.Context(), s.session(), stopwatch()
	if st.timeout > 0 {
		ctx = within(t, st.timeout)
	}
	if st.each {
		for _, err := range settleEach(ctx, v, cs, 0) {
			wantError(t, err, st.err)
		}
	} else {
		wantError(t, v.Settle(ctx, cs, st.wait), st.err)
	}
	var except []string
	for phase, ids := range st.but {
		except = append(except, ids...)
		wantSteps(t, slices.DeleteFunc(slices.Clone(cs), func(c *settle.Item) bool { return !slices.Contains(ids, c.EndpointID) }), phase)
	}
	if st.want != anyPhase {
		wantSteps(t, cs, st.want, except...)
	}
	calls, pages := s.counts()
	assert.Check(t, (st.sizes == nil || slices.Equal(s.sizes(), st.sizes)) && (st.calls <= 0 || calls <= st.calls), "calls of %v", s.sizes())
	assert.Check(t, st.pages <= 0 || pages <= st.pages, "%d listings", pages)
	assert.Check(t, took() >= st.atLeast && (st.took <= 0 || took() <= st.took), "took %s", took())
	if st.check != nil {
		st.check(t, s, cs)
	}
}

func runStories(t *testing.T, stories []story) {
	t.Helper()
	t.Parallel()
	for _, st := range stories {
		bubbles(t, st.name, st.run)
	}
}

// anyPhase is where items may end that a story's own check looks at.
const anyPhase settle.Phase = -1

type phases = map[settle.Phase][]string

func TestSettle(t *testing.T) {
	stories := []story{
		{
			name: "a hundred", pending: 100, setup: func(s *server) { s.latency, s.creating = 50*time.Millisecond, time.Second },
			want: settle.Done, sizes: []int{50, 50}, pages: 5, took: 2 * time.Second,
		},
		{name: "a page and one", pending: 501, want: settle.Done, calls: 11, pages: 4, took: 350 * time.Millisecond},
		{
			name: "to release", goal: endpoint.Release, others: []string{"accepted", "creating", "pending", "failed", "rejected", "absent"},
			setup: func(s *server) {
				s.connect(endpoint.StatusAccepted, "accepted")
				s.connect(endpoint.StatusCreating, "creating")
				s.connect(endpoint.StatusPendingAcceptance, "pending")
				s.connect(endpoint.StatusFailed, "failed")
				s.connect(endpoint.StatusRejected, "rejected")
			},
			want: settle.Done, but: phases{settle.Gone: {"absent"}}, sizes: []int{2},
			check: func(t *testing.T, s *server, _ []*settle.Item) {
				assert.Check(t, s.status("accepted") == endpoint.StatusRejected && s.status("pending") == endpoint.StatusPendingAcceptance && s.status("failed") == endpoint.StatusFailed,
					"they are %q, %q, %q", s.status("accepted"), s.status("pending"), s.status("failed"))
			},
		},
		{
			name: "one fails", pending: 2, setup: func(s *server) { s.creating, s.endpoints["e0000"].fails = time.Second, true },
			want: settle.Done, but: phases{settle.Failed: {"e0000"}}, sizes: []int{2, 1},
		},
		{
			name: "a listing that lags behind is not the answer", pending: 1, setup: func(s *server) { s.stale, s.creating = 5*time.Second, time.Second },
			want: settle.Done, sizes: []int{1}, atLeast: 5 * time.Second,
		},
		{
			name: "consumers leave", pending: 3, others: []string{"left"}, with: func(c *settle.Item) { c.EverListed = true },
			setup: func(s *server) {
				s.creating = 10 * time.Second
				s.after = func(int, decision) error {
					s.change("e0000", 3*time.Second, endpoint.Absent)
					s.change("e0001", 3*time.Second, endpoint.StatusDeleting)
					return nil
				}
			},
			want: settle.Gone, but: phases{settle.Done: {"e0002"}}, sizes: []int{3},
		},
		{
			name: "one that comes later", pending: 1, others: []string{"other", "late"}, with: expectA, wait: time.Minute,
			setup: func(s *server) {
				s.connectLater(10*time.Second, "b", "other")
				s.connectLater(20*time.Second, "a", "late")
			},
			want: settle.Done, but: phases{settle.UnexpectedAccount: {"other"}}, sizes: []int{1, 1},
		},
		{
			name: "those that are there don't wait for others", others: []string{"late", "present", "later"}, wait: 3 * time.Minute,
			setup: func(s *server) {
				s.creating = time.Second
				s.connect(endpoint.StatusPendingAcceptance, "present")
				s.connectLater(20*time.Second, "a", "late")
				s.connectLater(2*time.Minute, "a", "later")
			},
			// The pace of a long wait for the last one is not the pace at which its decision is waited for.
			want: settle.Done, sizes: []int{1, 1, 1}, took: 2*time.Minute + 18*time.Second,
			check: func(t *testing.T, s *server, _ []*settle.Item) {
				assert.Check(t, s.decisions[0].endpoints[0] == "present" && s.decisions[1].endpoints[0] == "late", "decided %v", s.decisions)
			},
		},
		{
			name: "the last look is made when the wait ends", others: []string{"late"}, wait: time.Minute,
			setup: func(s *server) { s.connectLater(time.Minute, "a", "late") }, want: settle.Done,
		},
		{
			name: "the wait begins when nothing else is left to do", pending: 1, others: []string{"late"}, wait: 75 * time.Second,
			setup: func(s *server) {
				s.creating = 10 * time.Minute
				s.connectLater(10*time.Minute+45*time.Second, "a", "late")
			}, want: settle.Done,
		},
		{
			name: "a rejection that is final, until there is no more time", others: []string{"one"}, timeout: time.Minute,
			setup: func(s *server) { s.connect(endpoint.StatusRejected, "one"); s.endpoints["one"].keeps = true },
			want:  settle.Waiting, err: context.DeadlineExceeded, sizes: []int{1},
		},
	}
	for _, wait := range []time.Duration{0, time.Millisecond, 3 * time.Minute} { // which begins when the present one is decided
		stories = append(stories, story{
			name: fmt.Sprint("what never comes, in ", wait), pending: 1, others: []string{"never"}, wait: wait,
			want: settle.Done, but: phases{settle.Unlisted: {"never"}}, atLeast: wait, took: wait + 350*time.Millisecond,
		})
	}
	// The time beside the server's own is small against it. After a second the waits are of about 550 ms: 604 at most.
	for _, creating := range []time.Duration{time.Second, 30 * time.Second, 3 * time.Minute} {
		stories = append(stories, story{
			name: fmt.Sprint("it takes ", creating), pending: 1, setup: func(s *server) { s.creating = creating },
			want: settle.Done, took: creating + max(700*time.Millisecond, creating*2/5), pages: 30,
		})
	}
	for _, end := range []struct {
		at    time.Duration // 1 s look, 1 s call, then a wait
		phase settle.Phase
		sizes []int
	}{
		{500 * time.Millisecond, settle.ToLook, []int{}},
		{1500 * time.Millisecond, settle.Waiting, []int{}},
		{2100 * time.Millisecond, settle.Waiting, []int{1}},
		{3 * time.Second, settle.Waiting, []int{1}},
		{10 * time.Minute, settle.Waiting, []int{1}},
	} {
		stories = append(stories, story{
			name: fmt.Sprint("until ", end.at), pending: 1, setup: func(s *server) { s.latency, s.creating = time.Second, time.Hour }, timeout: end.at,
			want: end.phase, err: context.DeadlineExceeded, sizes: end.sizes, took: end.at,
		})
	}
	runStories(t, stories)
}

func expectA(c *settle.Item) { c.Expected = map[string]struct{}{"a": {}} }
