// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package batch

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// A caller whose context ends leaves a call; the others stay. When the last one leaves,
// the call ends at once, and what it came to is told. Nothing is called for nobody.
func TestLeave(t *testing.T) {
	t.Parallel()
	own := errors.New("own deadline")
	for _, test := range []struct {
		name   string
		leaves []time.Duration // each caller; the call is made after 50 ms, and takes a second
		calls  []int
		sizes  []int // told to each; those whom nothing was called for are told 0
		lost   []bool
	}{
		{"before it is made", []time.Duration{10 * ms, time.Hour}, []int{1}, []int{0, 1}, []bool{false, false}},
		{"as it is made", []time.Duration{50 * ms, time.Hour}, []int{1}, []int{0, 1}, []bool{false, false}},
		{"after it is made", []time.Duration{500 * ms, time.Hour}, []int{2}, []int{2, 2}, []bool{true, false}},
		{"the last one", []time.Duration{400 * ms, 500 * ms}, []int{2}, []int{2, 2}, []bool{true, true}},
		{"all before it is made", []time.Duration{10 * ms, 20 * ms}, nil, []int{0, 0}, []bool{false, false}},
		{"at once", []time.Duration{0, 0}, nil, []int{0, 0}, []bool{false, false}},
	} {
		run(t, test.name, func(t *testing.T, g *gateway, b *Batch) {
			g.latency = time.Second
			began := time.Now()
			var group sync.WaitGroup
			for i, leaves := range test.leaves {
				ctx, cancel := context.WithTimeoutCause(t.Context(), leaves, own)
				defer cancel()
				group.Go(func() {
					o := decide(ctx, b, endpoint.Accepted, numbered(i, i+1)...)
					if o.Size != test.sizes[i] || (o.Effect == rest.EffectUnknown) != test.lost[i] || (leaves < time.Hour) != errors.Is(o.Err, own) {
						t.Errorf("caller %d: %+v", i, o)
					}
					if leaves < time.Hour && time.Since(began) != leaves {
						t.Errorf("caller %d left after %s", i, time.Since(began))
					}
				})
			}
			group.Wait()
			passes(time.Second)
			if wantIdle(t, b); !slices.Equal(g.sizes(), test.calls) {
				t.Errorf("calls of %v", g.sizes())
			}
			for _, c := range g.calls {
				if latest := began.Add(slices.Max(test.leaves)); !c.deadline.Equal(latest) {
					t.Errorf("the call's deadline is %s, want %s", c.deadline, latest)
				}
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
			var group sync.WaitGroup
			group.Go(func() { decide(ctx, b, endpoint.Accepted, "leaves") })
			group.Go(func() {
				passes(10 * ms)
				if o := decide(t.Context(), b, endpoint.Accepted, "joins"); o.Err != nil || o.Size != 1 {
					t.Errorf("%+v", o)
				}
			})
			group.Wait()
			if wantIdle(t, b); !slices.Equal(g.sizes(), []int{1}) {
				t.Errorf("calls of %v", g.sizes())
			}
		})
	}
}
