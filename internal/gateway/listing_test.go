// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
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

// A wait on a large gateway asks for what it waits for, also when many were asked for in the same run.
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

// forgetful leaves an endpoint out of its first listings without a filter, and says that they are complete.
type forgetful struct {
	*server
	forgets string
	times   int
}

func (f *forgetful) ListConnections(ctx context.Context, gw apig.Gateway, filter apig.ConnectionFilter) iter.Seq2[apig.ConnectionPage, error] {
	forgets := filter.ID == "" && f.times > 0
	if forgets {
		f.times--
	}
	return func(yield func(apig.ConnectionPage, error) bool) {
		for page, err := range f.server.ListConnections(ctx, gw, filter) {
			if forgets {
				page.Entries = slices.DeleteFunc(slices.Clone(page.Entries), func(c endpoint.Connection) bool { return c.ID == f.forgets })
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// What this run has seen is not gone either because a later listing leaves it
// out, whether the server narrows a listing or not, nor what was told of since.
func TestListingThatForgetsWhatWasSeen(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct{ noFilter, forOthers bool }{
		"its own listing":                  {false, false},
		"its own, without filters":         {true, false},
		"somebody else's":                  {false, true},
		"somebody else's, without filters": {true, true},
	} {
		bubbles(t, name, func(t *testing.T, s *server) {
			s.noFilter = test.noFilter
			all := ids(2 * apig.PageSize)
			others, last := all[:len(all)-1], all[len(all)-1]
			s.connect(endpoint.StatusAccepted, all...)
			f := &forgetful{server: s, forgets: last}
			v := gateway.NewRegistry(f).Session(theGateway)
			look(t, v, anyTime, all...)
			passes(time.Minute)
			f.times = 1
			began := time.Now()
			if test.forOthers {
				look(t, v, gateway.Since(began), others...)
			}
			assert.Check(t, look(t, v, gateway.Since(began), all...)[last].Status == endpoint.StatusAccepted, "taken for gone")
		})
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

// Endpoints that are gone cost one more call, and no more later.
func TestGoneIsAskedForOnceMore(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, "kept")
		v := s.session()
		v.EverListed("kept", "gone")
		for range 2 {
			found := look(t, v, anyTime, "kept", "gone")
			assert.Check(t, found["gone"].Status == endpoint.Absent, "found %v", found)
			s.wantPages(2)
		}
		passes(time.Minute)
		look(t, v, gateway.Now(), "kept", "gone")
		s.wantPages(3)
	})
}

// When many have left, the listings are believed.
func TestGatewayThatWasEmptied(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		v := s.session()
		v.EverListed(ids(500)...)
		for _, id := range ids(500) {
			look(t, v, anyTime, id)
		}
		_, pages := s.counts()
		assert.Check(t, pages <= 30, "%d list calls", pages)
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
