// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
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

// Who comes while a listing is under way that can't serve it waits for the next
// one, together with all others.
func TestLookForWhatIsWantedByAll(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.latency = time.Second
		s.connect(endpoint.StatusAccepted, ids(10_000)...)
		v, took := s.session(), stopwatch()
		for i := range 10 {
			s.Go(func() {
				passes(time.Duration(i) * 10 * time.Millisecond)
				id := ids(10_000)[9000+i]
				assert.Check(t, look(t, v, anyTime, id)[id].Status == endpoint.StatusAccepted, "%s was not found", id)
			})
		}
		s.Wait()
		// A page and a filter for the first; nine filters, four at a time, for the rest.
		s.wantPages(11)
		assert.Check(t, took() == 5*time.Second, "took %s", took())
	})
}

// A wait on a large gateway asks for what it waits for, also when many were
// asked for in the same run.
func TestWaitOnALargeGateway(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.creating = 30 * time.Second
		s.connect(endpoint.StatusAccepted, ids(10_000)...)
		s.connect(endpoint.StatusPendingAcceptance, "waits")
		v := s.session()
		s.Go(func() { bring(t, v, cases(endpoint.Accept, "waits")) })
		passes(time.Second)
		for i := range 18 {
			look(t, v, anyTime, fmt.Sprintf("e%04d", 9000+i))
		}
		s.Wait()
		_, pages := s.counts()
		assert.Check(t, pages <= 2+18+18, "%d list calls", pages)
	})
}

// Of those who wait for the same instant, the first who looks asks for all.
func TestWaitersAreLookedForTogether(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, ids(10_000)...)
		s.connect(endpoint.StatusPendingAcceptance, "w0", "w1", "w2", "w3")
		s.creating = time.Second / 10
		v := s.session()
		look(t, v, anyTime, append(ids(10_000), "w0", "w1", "w2", "w3")...)
		s.latency = time.Second
		_, before := s.counts()
		wantNone(t, settleEach(t.Context(), v, cases(endpoint.Accept, "w0", "w1", "w2", "w3"), 0))
		at := map[time.Time]int{}
		for _, p := range s.pages[before:] {
			at[p.at]++
		}
		assert.Check(t, len(at) == 1 && len(s.pages) == before+4, "asked %v, want all at once", at)
	})
}

// What is being decided on is not asked for in vain.
func TestLookLeavesOutWhatIsBeingDecided(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.decideLatency = time.Second
		s.connect(endpoint.StatusAccepted, ids(3000)...)
		v, few := s.session(), ids(10)
		look(t, v, anyTime, ids(3000)...)
		s.Go(func() { _ = v.Settle(t.Context(), cases(endpoint.Reject, few...), 0) })
		passes(time.Second / 2)
		for _, id := range few {
			s.Go(func() { look(t, v, anyTime, id) })
		}
		synctest.Wait()
		_, before := s.counts()
		look(t, v, gateway.Now(), "e2999")
		s.wantPages(before + 1)
	})
}

// Who is served by an earlier listing does not wait for the one under way.
func TestLookBesideAListing(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.latency = time.Second
		s.connect(endpoint.StatusAccepted, "one")
		v := s.session()
		look(t, v, anyTime, "one")
		s.Go(func() { look(t, v, gateway.Since(time.Now().Add(time.Nanosecond)), "one") })
		passes(time.Second / 2)
		took := stopwatch()
		look(t, v, anyTime, "one")
		assert.Check(t, took() <= 0, "took %s", took())
	})
}

// What a look by filter saw does not push a whole listing aside.
func TestLookKeepsAWholeListing(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, ids(3000)...)
		v := s.session()
		look(t, v, anyTime, ids(3000)...)
		s.wantPages(6)
		passes(time.Second)
		look(t, v, gateway.Now(), "e2999")
		look(t, v, anyTime, ids(3000)...)
		s.wantPages(7)
	})
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
