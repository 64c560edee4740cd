// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// Many waits share their listings, and those that come later gain from what the
// earlier ones found out about the server.
func TestWaitsShareListings(t *testing.T) {
	t.Parallel()
	for _, latency := range []time.Duration{0, 50 * time.Millisecond} {
		t.Run(latency.String(), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.latency, s.creating = latency, time.Second
				s.connect(endpoint.StatusPendingAcceptance, ids(30)...)
				v, cs := s.session(), cases(endpoint.Accept, ids(30)...)
				var pages []int
				for wave := range slices.Chunk(cs, 10) {
					_, before := s.counts()
					took := stopwatch()
					wantNone(t, settleEach(t.Context(), v, wave, 0))
					_, after := s.counts()
					pages = append(pages, after-before)
					if took() > 1700*time.Millisecond+3*latency {
						t.Errorf("a wave took %s", took())
					}
				}
				wantSteps(t, cs, settle.Done)
				s.wantCalls(3)
				if pages[0] > 6 || pages[1] >= pages[0] || pages[2] >= pages[0] {
					t.Errorf("listings of the waves: %v", pages)
				}
			})
		})
	}
}

// A hundred resources of one endpoint each cost what Terraform's parallelism
// makes unavoidable, and hardly more.
func TestWaves(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ parallelism, calls, pages int }{{10, 12, 60}, {100, 4, 12}, {1, 100, 400}} {
		t.Run(fmt.Sprint(test.parallelism), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.latency, s.creating = 50*time.Millisecond, time.Second
				s.connect(endpoint.StatusPendingAcceptance, ids(100)...)
				v, cs, took := s.session(), cases(endpoint.Accept, ids(100)...), stopwatch()
				walk(cs, test.parallelism, func(c *settle.Item) {
					if err := v.Settle(t.Context(), []*settle.Item{c}, 0); err != nil {
						t.Error(err)
					}
				})
				wantSteps(t, cs, settle.Done)
				calls, pages := s.counts()
				if calls > test.calls || pages > test.pages {
					t.Errorf("%d action calls, %d listings", calls, pages)
				}
				floor := time.Duration(100/test.parallelism) * (s.creating + 3*s.latency)
				if took() > floor*13/10 {
					t.Errorf("took %s, the floor is %s", took(), floor)
				}
			})
		})
	}
}

// walk visits items, so many at the same time.
func walk[T any](items []T, parallelism int, visit func(T)) {
	queue := make(chan T)
	var group sync.WaitGroup
	for range parallelism {
		group.Go(func() {
			for item := range queue {
				visit(item)
			}
		})
	}
	for _, item := range items {
		queue <- item
	}
	close(queue)
	group.Wait()
}

// Each waits until its own deadline, and the listings stay shared.
func TestWaitsEndOneByOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.creating = time.Hour
		s.connect(endpoint.StatusPendingAcceptance, ids(20)...)
		v, took := s.session(), stopwatch()
		var group sync.WaitGroup
		for i, c := range cases(endpoint.Accept, ids(20)...) {
			group.Go(func() {
				deadline := time.Duration(i+1) * 777 * time.Millisecond
				ctx, cancel := context.WithTimeout(t.Context(), deadline)
				defer cancel()
				wantEnd(t, v.Settle(ctx, []*settle.Item{c}, 0), context.DeadlineExceeded)
				if took() != deadline {
					t.Errorf("%s: ended after %s, want %s", c.EndpointID, took(), deadline)
				}
			})
		}
		group.Wait()
		if _, pages := s.counts(); pages > 15 {
			t.Errorf("%d listings", pages)
		}
	})
}

// A new waiter is not kept at the pace that an old wait has come to.
func TestWaitOfANewcomer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.creating = time.Hour
		s.connect(endpoint.StatusPendingAcceptance, "slow", "quick")
		v := s.session()
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
		defer cancel()
		var group sync.WaitGroup
		group.Go(func() { wantEnd(t, v.Settle(ctx, cases(endpoint.Accept, "slow"), 0), context.DeadlineExceeded) })
		passes(2 * time.Minute)
		s.creating = time.Second
		took := stopwatch()
		if err := v.Settle(t.Context(), cases(endpoint.Accept, "quick"), 0); err != nil {
			t.Error(err)
		}
		if took() > 1700*time.Millisecond {
			t.Errorf("took %s", took())
		}
		group.Wait()
	})
}

// What one decision took is expected of the next; one that took longer raises
// that by a part of the difference only.
func TestWaitLearns(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name     string
		creating []time.Duration
		longest  time.Duration // of the last
		pages    int           // of the last
	}{
		{"always the same", []time.Duration{10 * time.Second, 10 * time.Second}, 11 * time.Second, 5},
		{"once slower", []time.Duration{time.Second, 9 * time.Second, time.Second}, 4 * time.Second, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, ids(3)...)
				v := s.session()
				look(t, v, anyTime, ids(3)...)
				var before int
				var took func() time.Duration
				for i, creating := range test.creating {
					s.creating = creating
					_, before = s.counts()
					took = stopwatch()
					if err := v.Settle(t.Context(), cases(endpoint.Accept, ids(3)[i]), 0); err != nil {
						t.Error(err)
					}
				}
				if _, after := s.counts(); took() > test.longest || after-before > test.pages {
					t.Errorf("the last one took %s and %d listings", took(), after-before)
				}
			})
		})
	}
}
