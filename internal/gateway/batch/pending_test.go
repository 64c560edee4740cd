// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package batch

import (
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// What is known of decisions: which are pending, which ended after a listing began, which
// was the last one, and which nobody has seen take effect.
func TestHistory(t *testing.T) {
	t.Parallel()
	opposed := func(b *Batch, decision endpoint.Decision) *settle.Item {
		i := items(decision, "e")
		b.LastDecisions(i)
		return i[0]
	}
	unseen := func(b *Batch) []endpoint.Decision {
		return slices.Sorted(maps.Keys(b.Unseen([]string{"e", "other"})["e"]))
	}
	run(t, "of a call", func(t *testing.T, g *gateway, b *Batch) {
		g.latency = time.Second
		before := b.NextEpoch()
		g.Go(func() { decide(t.Context(), b, endpoint.Rejected, "e") })
		passes(time.Second / 2)
		shown := items(endpoint.Accepted, "e") // by a listing from before
		shown[0].Phase = settle.Done
		b.Believe(shown, b.Epoch())
		assert.Check(t, slices.Equal(b.Pending(), []string{"e"}) && b.IsOutdated(b.Epoch(), []string{"x", "e"}) && !b.IsOutdated(0, []string{"x"}) &&
			len(unseen(b)) == 1, "under way: pending are %v, unseen %v", b.Pending(), unseen(b))
		ctx, cancel := context.WithTimeout(t.Context(), ms)
		defer cancel()
		err := b.Await(ctx, []string{"e"})
		assert.Check(t, errors.Is(err, context.DeadlineExceeded), "a wait without time: %v", err)
		err = b.Await(t.Context(), []string{"e"})
		assert.Check(t, err == nil && len(g.calls) == 1 && time.Since(g.calls[0].at) == time.Second, "awaited: %v", err)
		g.Wait()
		assert.Check(t, !b.IsOutdated(b.Epoch(), []string{"e"}) && b.IsOutdated(before, []string{"e"}) && b.Ended(before, b.Epoch()) && !b.Ended(b.Epoch(), b.Epoch()) && !b.Ended(before, before),
			"the decision's end is not known by its epoch")
		i := opposed(b, endpoint.Accepted)
		assert.Check(t, i.Opposed && i.OpposedAt.Equal(time.Now()) && !opposed(b, endpoint.Rejected).Opposed, "accepting it: %+v", i)
	})
	run(t, "of a decision that was seen", func(t *testing.T, g *gateway, b *Batch) {
		decide(t.Context(), b, endpoint.Rejected, "e")
		seen := items(endpoint.Rejected, "e")
		seen[0].Observed.Status, seen[0].Phase = endpoint.StatusRejected, settle.Done
		b.Believe(seen, b.NextEpoch())
		b.Remember(map[string]Asked{"e": {endpoint.Rejected: time.Now().Add(-time.Hour)}}) // of another resource, and older
		i := opposed(b, endpoint.Accepted)
		assert.Check(t, i.Opposed && i.OpposedSeen, "accepting it: %+v", i)
		decide(t.Context(), b, endpoint.Rejected, "e")
		assert.Check(t, !opposed(b, endpoint.Accepted).OpposedSeen, "it was asked for again, and is taken for seen")
	})
	granted := func(int, []string) error { return nil }
	refuses := func(int, []string) error { return apiError(400, "", rest.KindInvalid) }
	loses := func(int, []string) error { return apiError(0, "", rest.KindUnreachable) }
	for name, test := range map[string]struct {
		calls []endpoint.Decision
		answers
		unseen  []endpoint.Decision
		opposed bool // to an acceptance
	}{
		"rejected":                      {[]endpoint.Decision{endpoint.Rejected}, answers{granted}, []endpoint.Decision{endpoint.Rejected}, true},
		"refused":                       {[]endpoint.Decision{endpoint.Rejected}, answers{refuses}, nil, false},
		"lost":                          {[]endpoint.Decision{endpoint.Rejected}, answers{loses}, []endpoint.Decision{endpoint.Rejected}, true},
		"overtaken by a call":           {[]endpoint.Decision{endpoint.Rejected, endpoint.Accepted}, answers{granted, granted}, []endpoint.Decision{endpoint.Accepted, endpoint.Rejected}, false},
		"overtaken by one that is lost": {[]endpoint.Decision{endpoint.Rejected, endpoint.Accepted}, answers{granted, loses}, []endpoint.Decision{endpoint.Accepted, endpoint.Rejected}, true},
		"refused after it was granted":  {[]endpoint.Decision{endpoint.Rejected, endpoint.Rejected}, answers{granted, refuses}, []endpoint.Decision{endpoint.Rejected}, true},
	} {
		run(t, name, func(t *testing.T, g *gateway, b *Batch) {
			g.answer = func(n int, endpoints []string) error { return test.answers[n-1](n, endpoints) }
			for _, decision := range test.calls {
				decide(t.Context(), b, decision, "e")
			}
			i := opposed(b, endpoint.Accepted)
			assert.Check(t, slices.Equal(unseen(b), test.unseen) && i.Opposed == test.opposed, "unseen %v, opposed %t", unseen(b), i.Opposed)
		})
	}
	for name, test := range map[string]struct {
		shown   endpoint.Status
		phase   settle.Phase
		late    bool // the listing began before the call
		unseen  []endpoint.Decision
		opposed bool
	}{
		"seen":                  {endpoint.StatusAccepted, settle.Done, false, nil, false},
		"on its way":            {endpoint.StatusCreating, settle.Waiting, false, []endpoint.Decision{endpoint.Rejected}, true},
		"not yet":               {endpoint.StatusPendingAcceptance, settle.Waiting, false, []endpoint.Decision{endpoint.Accepted, endpoint.Rejected}, true},
		"failed":                {endpoint.StatusFailed, settle.Failed, false, []endpoint.Decision{endpoint.Rejected}, true},
		"left":                  {endpoint.Absent, settle.Gone, false, nil, true},
		"seen by an older look": {endpoint.StatusAccepted, settle.Done, true, []endpoint.Decision{endpoint.Accepted, endpoint.Rejected}, true},
	} {
		run(t, name, func(t *testing.T, g *gateway, b *Batch) {
			b.Remember(map[string]Asked{"e": {endpoint.Rejected: time.Now().Add(time.Hour)}}) // by another clock
			g.answer = loses
			epoch := b.Epoch()
			decide(t.Context(), b, endpoint.Accepted, "e")
			if !test.late {
				epoch = b.NextEpoch()
			}
			i := opposed(b, endpoint.Accepted)
			assert.Check(t, !i.OpposedAt.After(time.Now()), "the opposite is of %s", i.OpposedAt)
			i.Observed.Status, i.Phase = test.shown, test.phase
			b.Believe([]*settle.Item{i}, epoch)
			b.LastDecisions([]*settle.Item{i})
			assert.Check(t, slices.Equal(unseen(b), test.unseen) && i.Opposed == test.opposed, "unseen %v, opposed %t", unseen(b), i.Opposed)
		})
	}
}

type answers []func(int, []string) error

// A caller whose context ends leaves a call; the others stay. When the last one leaves,
// the call ends at once, and what it came to is told. Nothing is called for nobody.
func TestLeave(t *testing.T) {
	t.Parallel()
	own, endless := errors.New("own deadline"), time.Hour
	for _, test := range []struct {
		name   string
		leaves []time.Duration // each caller; the call is made after 50 ms, and takes a second
		calls  []int
		sizes  []int // told to each; those whom nothing was called for are told 0
		lost   []bool
	}{
		{"before it is made", []time.Duration{10 * ms, endless}, []int{1}, []int{0, 1}, []bool{false, false}},
		{"as it is made", []time.Duration{50 * ms, endless}, []int{1}, []int{0, 1}, []bool{false, false}},
		{"after it is made", []time.Duration{500 * ms, endless}, []int{2}, []int{2, 2}, []bool{true, false}},
		{"the last one", []time.Duration{400 * ms, 500 * ms}, []int{2}, []int{2, 2}, []bool{true, true}},
		{"all before it is made", []time.Duration{10 * ms, 20 * ms}, nil, []int{0, 0}, []bool{false, false}},
		{"at once", []time.Duration{0, 0}, nil, []int{0, 0}, []bool{false, false}},
	} {
		run(t, test.name, func(t *testing.T, g *gateway, b *Batch) {
			g.latency = time.Second
			began := time.Now()
			for i, leaves := range test.leaves {
				ctx := t.Context()
				if leaves < endless {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeoutCause(ctx, leaves, own)
					defer cancel()
				}
				g.Go(func() {
					o := decide(ctx, b, endpoint.Accepted, numbered(i, i+1)...)
					assert.Check(t, o.Size == test.sizes[i] && (o.Effect == rest.EffectUnknown) == test.lost[i] && (leaves < endless) == errors.Is(o.Err, own),
						"caller %d: %+v", i, o)
					assert.Check(t, leaves >= endless || time.Since(began) == leaves, "caller %d left after %s", i, time.Since(began))
				})
			}
			g.Wait()
			passes(time.Second)
			assert.Check(t, slices.Equal(g.sizes(), test.calls), "calls of %v", g.sizes())
			for _, c := range g.calls {
				latest := slices.Max(test.leaves)
				assert.Check(t, c.deadline.IsZero() == (latest == endless) && (latest >= endless || c.deadline.Equal(began.Add(latest))),
					"the call's deadline is %s, want that after %s", c.deadline, latest)
			}
		})
	}
}

// Whoever comes at the very moment when the last one leaves has a call of its own.
func TestJoinWhenTheLastLeaves(t *testing.T) {
	t.Parallel()
	for i := range 100 {
		run(t, i, func(t *testing.T, g *gateway, b *Batch) {
			ctx, cancel := context.WithTimeout(t.Context(), 10*ms)
			defer cancel()
			g.Go(func() { decide(ctx, b, endpoint.Accepted, "leaves") })
			g.Go(func() {
				passes(10 * ms)
				o := decide(t.Context(), b, endpoint.Accepted, "joins")
				assert.Check(t, o.Err == nil && o.Size == 1, "%+v", o)
			})
			g.Wait()
			assert.Check(t, slices.Equal(g.sizes(), []int{1}), "calls of %v", g.sizes())
		})
	}
}
