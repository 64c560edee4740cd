// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// A hundred resources of one endpoint each cost what Terraform's parallelism makes unavoidable, and hardly more.
func TestWaves(t *testing.T) {
	t.Parallel()
	for _, test := range []struct{ parallelism, calls, pages int }{{10, 12, 60}, {100, 4, 12}, {1, 100, 400}} {
		bubbles(t, fmt.Sprint(test.parallelism), func(t *testing.T, s *server) {
			s.latency, s.creating = 50*time.Millisecond, time.Second
			s.connect(endpoint.StatusPendingAcceptance, ids(100)...)
			v, cs, took := s.session(), cases(endpoint.Accept, ids(100)...), stopwatch()
			walk(cs, test.parallelism, func(c *settle.Item) {
				bring(t, v, []*settle.Item{c})
			})
			wantSteps(t, cs, settle.Done)
			calls, pages := s.counts()
			assert.Check(t, calls <= test.calls && pages <= test.pages, "%d action calls, %d listings", calls, pages)
			floor := time.Duration(100/test.parallelism) * (s.creating + 3*s.latency)
			assert.Check(t, took() <= floor*13/10, "took %s, the floor is %s", took(), floor)
		})
	}
}

// A new waiter is not kept at the pace that an old wait has come to.
func TestWaitOfANewcomer(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.creating = time.Hour
		s.connect(endpoint.StatusPendingAcceptance, "slow", "quick")
		v := s.session()
		s.Go(func() {
			wantError(t, v.Settle(within(t, 3*time.Minute), cases(endpoint.Accept, "slow"), 0), context.DeadlineExceeded)
		})
		passes(2 * time.Minute)
		s.creating = time.Second
		took := stopwatch()
		bring(t, v, cases(endpoint.Accept, "quick"))
		assert.Check(t, took() <= 1700*time.Millisecond, "took %s", took())
	})
}

// What one decision took is expected of the next; one that took longer raises that by a part of the difference only.
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
		bubbles(t, test.name, func(t *testing.T, s *server) {
			s.connect(endpoint.StatusPendingAcceptance, ids(3)...)
			v := s.session()
			look(t, v, anyTime, ids(3)...)
			var before int
			var took func() time.Duration
			for i, creating := range test.creating {
				s.creating = creating
				_, before = s.counts()
				took = stopwatch()
				bring(t, v, cases(endpoint.Accept, ids(3)[i]))
			}
			_, after := s.counts()
			assert.Check(t, took() <= test.longest && after-before <= test.pages, "the last one took %s and %d listings", took(), after-before)
		})
	}
}

// await settles one endpoint that is to be accepted, and returns how long that took.
func await(t *testing.T, v *gateway.Session, id string, wait time.Duration) (*settle.Item, time.Duration) {
	t.Helper()
	cs, took := cases(endpoint.Accept, id), stopwatch()
	assert.Check(t, v.Settle(t.Context(), cs, wait))
	return cs[0], took()
}

// Each wait is as long as it is to be, whoever has waited before or beside it.
func TestWaitHasItsOwnClock(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		begins, comes time.Duration
		want          settle.Phase
	}{
		"after the other's end":     {90 * time.Second, 120 * time.Second, settle.Done},
		"beside the other":          {30 * time.Second, 80 * time.Second, settle.Done},
		"and it does not come":      {30 * time.Second, 91 * time.Second, settle.Unlisted},
		"and it does not come then": {90 * time.Second, 151 * time.Second, settle.Unlisted},
	} {
		bubbles(t, name, func(t *testing.T, s *server) {
			s.connectLater(test.comes, "a", "second")
			v := s.session()
			s.Go(func() {
				c, took := await(t, v, "first", time.Minute)
				assert.Check(t, c.Phase == settle.Unlisted && took == time.Minute, "the first: step %d after %s", c.Phase, took)
			})
			passes(test.begins)
			c, took := await(t, v, "second", time.Minute)
			assert.Check(t, c.Phase == test.want && (test.want != settle.Unlisted || took == time.Minute), "step %d after %s", c.Phase, took)
		})
	}
}

// Where nothing ever comes, the waits of many resources take as long as a few, however
// many of them Terraform visits at the same time.
func TestWaitsInVain(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		resources, parallelism int
		wait                   time.Duration
		waits                  float64 // in all
		others                 int     // endpoints that the gateway lists
	}{
		{100, 10, 3 * time.Minute, 2, 0},
		{100, 10, 6 * time.Second, 2, 600},
		{100, 10, time.Second, 4, 0},
		{100, 100, 3 * time.Minute, 1, 0},
		{100, 1, 3 * time.Minute, 13, 0},
	} {
		bubbles(t, test, func(t *testing.T, s *server) {
			s.latency = 50 * time.Millisecond
			s.connect(endpoint.StatusAccepted, ids(test.others)...)
			v, took := s.session(), stopwatch()
			cs := make([]*settle.Item, test.resources)
			for i := range cs {
				cs[i] = &settle.Item{EndpointID: fmt.Sprint("never-", i), Goal: endpoint.Accept}
			}
			walk(cs, test.parallelism, func(c *settle.Item) {
				assert.Check(t, v.Settle(t.Context(), []*settle.Item{c}, test.wait))
			})
			wantSteps(t, cs, settle.Unlisted)
			assert.Check(t, took().Seconds() <= test.waits*test.wait.Seconds()+10, "took %s", took())
			first, last := cs[0], cs[test.resources-1]
			assert.Check(t, first.ShortWait == 0 && (test.parallelism >= 100 || last.ShortWait != 0), "short are %s and %s", first.ShortWait, last.ShortWait)
		})
	}
}

// What ends a wait early is only what ended before it began, without anything new.
func TestWaitIsNotShort(t *testing.T) {
	t.Parallel()
	inVain := func(t *testing.T, v *gateway.Session, n int) {
		t.Helper()
		walk(ids(n), n, func(id string) { await(t, v, "never-"+id, time.Minute) })
	}
	for name, before := range map[string]func(t *testing.T, s *server, v *gateway.Session){
		"something new": func(t *testing.T, s *server, v *gateway.Session) {
			inVain(t, v, 10)
			s.connectLater(0, "a", "new")
			look(t, v, gateway.Now(), "other")
		},
		"something new on a large gateway": func(t *testing.T, s *server, v *gateway.Session) {
			s.connect(endpoint.StatusAccepted, ids(1200)...)
			inVain(t, v, 9)
			s.connectLater(30*time.Second, "a", "comes")
			s.Go(func() { await(t, v, "comes", time.Minute) })
			inVain(t, v, 9)
			s.Wait()
		},
		"ten that are interrupted": func(t *testing.T, _ *server, v *gateway.Session) {
			for range 10 {
				_ = v.Settle(within(t, 2*time.Second), cases(endpoint.Accept, "never"), time.Minute)
			}
		},
	} {
		bubbles(t, name, func(t *testing.T, s *server) {
			v := s.session()
			before(t, s, v)
			s.connectLater(50*time.Second, "a", "late")
			c, took := await(t, v, "late", time.Minute)
			assert.Check(t, c.Phase == settle.Done, "step %d after %s", c.Phase, took)
		})
	}
}

// A short wait sees what comes at once, and one that succeeds gives hope to the next.
func TestShortWaitThatSucceeds(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		v := s.session()
		for i := range 10 {
			await(t, v, fmt.Sprint("never-", i), time.Minute)
		}
		c, took := await(t, v, "never", time.Minute)
		assert.Check(t, c.ShortWait == 5*time.Second && took == c.ShortWait, "a wait of %s took %s", c.ShortWait, took)
		s.connectLater(4*time.Second, "a", "comes")
		c, _ = await(t, v, "comes", time.Minute)
		assert.Check(t, c.Phase == settle.Done && c.ShortWait == 0, "step %d, short wait %s", c.Phase, c.ShortWait)
		_, took = await(t, v, "other", time.Minute)
		assert.Check(t, took == time.Minute, "the next one took %s", took)
	})
}
