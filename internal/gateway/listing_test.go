// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// A walk over many resources of one endpoint each costs hardly more listings
// than one resource with all of them, however large the gateway is.
func TestLookOfManyCallers(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		listed, callers, parallelism int
		pages                        int
	}{
		{400, 400, 10, 1},
		{1000, 1000, 1, 2},
		{1000, 1000, 1000, 2},
		{2000, 1, 1, 2},
		{2000, 300, 1, 8},
		{2000, 300, 300, 8},
		{2000, 2000, 10, 8},
	} {
		for _, order := range []string{"in order", "at random"} {
			bubbles(t, fmt.Sprint(test, order), func(t *testing.T, s *server) {
				s.latency = 50 * time.Millisecond
				s.connect(endpoint.StatusAccepted, ids(test.listed)...)
				wanted := ids(test.listed)
				if order == "at random" {
					rand.New(rand.NewPCG(1, 2)).Shuffle(len(wanted), func(i, j int) { wanted[i], wanted[j] = wanted[j], wanted[i] })
				}
				v := s.session()
				walk(wanted[:test.callers], test.parallelism, func(id string) {
					assert.Check(t, look(t, v, anyTime, id)[id].Status == endpoint.StatusAccepted, "%s was not found", id)
				})
				_, pages := s.counts()
				assert.Check(t, pages <= test.pages, "%d list calls, want %d at most", pages, test.pages)
			})
		}
	}
}

// An endpoint is never judged by a listing that began before a decision on it
// ended, be it queued, under way or done by the time that the listing is there.
func TestLookAcrossADecision(t *testing.T) {
	t.Parallel()
	for _, lists := range []int{10, 35, 500, 1100, 2000} {
		for _, begins := range []int{1, 29, 31, 500, 1029} {
			bubbles(t, fmt.Sprintf("%d ms, after %d ms", lists, begins), func(t *testing.T, s *server) {
				s.latency = time.Duration(lists) * time.Millisecond
				s.decideLatency = time.Second - s.latency // a second in all
				s.connect(endpoint.StatusPendingAcceptance, "one", "two")
				v := s.session()
				look(t, v, anyTime, "one", "two")
				s.Go(func() { // decides after 50 ms, for a second
					bring(t, v, cases(endpoint.Reject, "one"))
				})
				passes(time.Duration(begins) * time.Millisecond)
				began := time.Now()
				for _, wanted := range [][]string{{"two"}, {"one"}, {"one", "two"}} {
					s.Go(func() {
						found := look(t, v, gateway.Since(began.Add(time.Nanosecond)), wanted...)
						if !slices.Contains(wanted, "one") {
							return
						}
						calls, _ := s.counts()
						assert.Check(t, calls != 0 && time.Since(s.decisions[0].at) >= s.latency,
							"judged by a listing from before the decision: %q", found["one"].Status)
					})
				}
			})
		}
	}
}

// Without a total, one that is gone is asked for alone all the same.
func TestGoneWithoutATotal(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.noTotal = true
		s.connect(endpoint.StatusAccepted, ids(3*apig.PageSize-1)...)
		v := s.session()
		v.EverListed("gone")
		look(t, v, anyTime, "gone")
		s.wantPages(3 + 1)
	})
}

// An endpoint that this run has listed, for whomever, and that is gone, has left: nobody waits for it.
func TestLeftDuringTheRun(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		others int // endpoints of the gateway beside it
		sees   func(t *testing.T, v *gateway.Session)
		shows  endpoint.Status // at the end
	}{
		"listed with all":              {0, func(t *testing.T, v *gateway.Session) { all(t, v, 2) }, endpoint.Absent},
		"with all of a large gateway":  {1200, func(t *testing.T, v *gateway.Session) { all(t, v, 1202) }, endpoint.Absent},
		"looked for":                   {0, func(t *testing.T, v *gateway.Session) { look(t, v, anyTime, "leaves") }, endpoint.Absent},
		"found beside what is":         {0, func(t *testing.T, v *gateway.Session) { look(t, v, anyTime, "stays") }, endpoint.Absent},
		"looked for on a large one":    {1200, func(t *testing.T, v *gateway.Session) { look(t, v, anyTime, "leaves") }, endpoint.Absent},
		"being deleted":                {0, func(*testing.T, *gateway.Session) {}, endpoint.StatusDeleting},
		"listed, and being deleted":    {0, func(t *testing.T, v *gateway.Session) { all(t, v, 2) }, endpoint.StatusDeleting},
		"known to have gone, for long": {0, func(t *testing.T, v *gateway.Session) { v.EverListed("leaves") }, endpoint.Absent},
	} {
		bubbles(t, name, func(t *testing.T, s *server) {
			s.connect(endpoint.StatusAccepted, ids(test.others)...)
			s.connect(endpoint.StatusPendingAcceptance, "stays", "leaves")
			v := s.session()
			test.sees(t, v)
			s.change("leaves", 0, test.shows)
			passes(time.Minute)
			for range 2 { // the second one's listings show it neither
				cs, took := cases(endpoint.Accept, "stays", "leaves"), stopwatch()
				assert.Check(t, v.Settle(t.Context(), cs, time.Hour))
				wantSteps(t, cs, settle.Done, "leaves")
				wantSteps(t, cs[1:], settle.Gone)
				assert.Check(t, cs[1].EverListed && took() <= time.Second, "known is %t, took %s", cs[1].EverListed, took())
			}
		})
	}
}

// It has left, too, where somebody else's listing shows it while it is waited for.
func TestLeftWhileWaiting(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		v := s.session()
		done := make(chan struct{})
		cs, took := cases(endpoint.Accept, "passes"), stopwatch()
		go func() {
			defer close(done)
			assert.Check(t, v.Settle(t.Context(), cs, time.Hour))
		}()
		passes(time.Minute)
		for _, before := s.counts(); ; passes(time.Millisecond) { // right after a look, so that the next one is seconds away
			if _, now := s.counts(); now > before {
				break
			}
		}
		s.mu.Lock()
		s.connectLater(0, "a", "passes")
		s.mu.Unlock()
		_, err := v.List(t.Context(), gateway.Now())
		assert.Check(t, err)
		s.mu.Lock()
		s.change("passes", 0, endpoint.Absent)
		s.mu.Unlock()
		<-done
		wantSteps(t, cs, settle.Gone)
		assert.Check(t, took() <= 2*time.Minute, "took %s", took())
	})
}
