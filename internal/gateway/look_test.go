// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

func TestRegistryHasOneViewForEachGateway(t *testing.T) {
	t.Parallel()
	registry := gateway.NewRegistry(newServer(t))
	other := theGateway
	other.InstanceID = "other"
	session := registry.Session(theGateway)
	assert.Check(t, registry.Session(theGateway) == session && registry.Session(other) != session, "views are mixed up")
}

func TestLookTakesTheWayOfFewerCalls(t *testing.T) {
	t.Parallel()
	all := ids(1500) // three pages
	for _, test := range []struct {
		name          string
		listed        int
		noTotal       bool
		wanted        []string
		first, second int // calls, without and with knowing how many there are
	}{
		{name: "no connection at all", listed: 0, wanted: all[:1], first: 1, second: 1},
		{name: "one page", listed: 500, wanted: all[:1], first: 1, second: 1},
		{name: "two pages, one wanted", listed: 501, wanted: all[500:501], first: 2, second: 1},
		{name: "two pages, two wanted", listed: 501, wanted: all[499:501], first: 2, second: 2},
		{name: "one of the first page", listed: 1500, wanted: all[:1], first: 1, second: 1},
		{name: "one of the last page", listed: 1500, wanted: all[1499:], first: 2, second: 1},
		{name: "one of each end", listed: 1500, wanted: []string{all[0], all[1499]}, first: 2, second: 2},
		{name: "two of the last page", listed: 1500, wanted: all[1498:], first: 3, second: 2},
		{name: "three of the last page", listed: 1500, wanted: all[1497:], first: 3, second: 3},
		{name: "all", listed: 1500, wanted: all, first: 3, second: 3},
		{name: "one that is not listed", listed: 1500, wanted: []string{"other"}, first: 2, second: 1},
		{name: "without a total", listed: 1499, noTotal: true, wanted: all[:1], first: 3, second: 3},
	} {
		bubbles(t, test.name, func(t *testing.T, s *server) {
			s.noTotal = test.noTotal
			s.connect(endpoint.StatusAccepted, all[:test.listed]...)
			v := s.session()
			for _, want := range []int{test.first, test.first + test.second} {
				found := look(t, v, gateway.Now(), test.wanted...)
				for _, id := range test.wanted {
					_, listed := found[id]
					assert.Check(t, listed == slices.Contains(all[:test.listed], id), "%s: found is %t", id, listed)
				}
				s.wantPages(want)
				passes(time.Second)
			}
		})
	}
}

func TestLookFails(t *testing.T) {
	t.Parallel()
	for name, filter := range map[string]bool{"by pages": false, "by filters": true} {
		bubbles(t, name, func(t *testing.T, s *server) {
			s.connect(endpoint.StatusAccepted, ids(5000)...)
			broken := true
			s.onPage = func(p page) error {
				if broken && (p.filter != "" || !filter && p.offset > 0) {
					return forbidden()
				}
				return nil
			}
			v := s.session()
			wanted := ids(5000)[1000:1005]
			if !filter {
				wanted = ids(5000)
			}
			_, err := v.Get(t.Context(), wanted, anyTime)
			wantError(t, err, 403)
			// What failed serves nobody, and stands in nobody's way.
			broken = false
			assert.Check(t, len(look(t, v, anyTime, wanted...)) >= len(wanted), "not all were found")
		})
	}
}

// Where the server does not narrow a listing by an endpoint, that is found out
// once, and everything is listed page by page.
func TestLookWhereTheFilterIsIgnored(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.noFilter = true
		s.connect(endpoint.StatusAccepted, ids(10*apig.PageSize)...)
		v := s.session()
		all := ids(10 * apig.PageSize)
		look(t, v, anyTime, all[0])
		s.wantPages(1)
		passes(time.Minute)
		look(t, v, gateway.Now(), all[len(all)-9:]...)
		_, before := s.counts()
		assert.Check(t, before <= 1+4+10, "%d listings", before) // as many filters as travel at once, and all pages
		v.EverListed("gone", "gone too")
		passes(time.Minute)
		look(t, v, gateway.Now(), "gone", "gone too", all[0])
		s.wantPages(before + 2*10)

		v.EverListed("gone since") // the last listing does not hold it
		s.latency = time.Second
		for range 2 {
			s.Go(func() { look(t, v, anyTime, "gone since") })
		}
		s.Wait()
		s.wantPages(before + 3*10)
	})
}

// What is decided while a snapshot is confirmed outdates it.
func TestLookConfirmedMeanwhile(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, "one")
		v := s.session()
		look(t, v, anyTime, "one")
		v.EverListed("gone")
		decided := false
		s.onPage = func(p page) error {
			if p.filter == "gone" && !decided {
				decided = true
				s.Go(func() { bring(t, v, cases(endpoint.Reject, "one")) })
				s.mu.Unlock()
				passes(time.Second)
				s.mu.Lock()
				assert.Check(t, len(s.decisions) == 1, "decided %v", s.decisions)
			}
			return nil
		}
		assert.Check(t, is.Equal(look(t, v, anyTime, "one", "gone")["one"].Status, endpoint.StatusRejected), "one")
		assert.Check(t, decided, "nothing was confirmed")
	})
}

// shifting makes an endpoint skip from the second page to the first one between the two calls, in the first n listings.
func (s *server) shifting(id string, n int) {
	listings := 0
	s.onPage = func(p page) error {
		if p.filter != "" || p.offset == 0 && listings >= n {
			return nil
		}
		s.order = slices.DeleteFunc(s.order, func(other string) bool { return other == id })
		if p.offset == 0 {
			listings++
			s.order = append(s.order, id)
		} else {
			s.order = append([]string{id}, s.order...)
		}
		return nil
	}
}

func TestLookListsAgainWhatShifted(t *testing.T) {
	t.Parallel()
	absent := []string{"x0", "x1", "x2"} // enough to make pages cheaper than filters
	for _, test := range []struct {
		name   string
		shifts int
		wanted []string
		calls  int
	}{
		{"nothing is missing", 1, []string{"e0003"}, 2},
		{"found by listing again", 1, append(absent, "skips"), 4},
		{"found by listing a third time", 2, append(absent, "skips"), 6},
		{"found by filter, being cheaper", 9, []string{"skips", "e0003"}, 3},
		{"found by filters, listings being in vain", 9, append(absent, "skips"), 6 + 4},
	} {
		bubbles(t, test.name, func(t *testing.T, s *server) {
			s.connect(endpoint.StatusAccepted, append(ids(600), "skips")...)
			s.shifting("skips", test.shifts)
			found := look(t, s.session(), anyTime, test.wanted...)
			s.wantPages(test.calls)
			_, ok := found["skips"]
			assert.Check(t, !slices.Contains(test.wanted, "skips") || ok, "a listed endpoint was taken for absent")
		})
	}
}

// A server that both shifts and does not narrow a listing is asked for each one
// all the same, before it is taken for absent.
func TestLookListsAgainWithoutFilters(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.noFilter = true
		s.connect(endpoint.StatusAccepted, append(ids(600), "skips")...)
		s.shifting("skips", 9)
		v := s.session()
		look(t, v, anyTime, "skips") // and finds out that there is no filter
		passes(time.Minute)
		_, ok := look(t, v, gateway.Now(), "x0", "x1", "x2", "skips")["skips"]
		assert.Check(t, ok, "a listed endpoint was taken for absent")
	})
}

// Which earlier listing answers depends on what the question is for, and for a recent
// one on how long the gateway takes to list.
func TestFreshness(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		intent  string
		fresh   func() gateway.Freshness
		latency time.Duration
		later   time.Duration // after the first listing began
		serves  bool
	}{
		{"of this run", gateway.OfThisRun, 0, time.Hour, true},
		{"recent", gateway.Recent, 0, time.Second, true},
		{"recent", gateway.Recent, 0, time.Second + time.Millisecond, false},
		{"recent", gateway.Recent, 3 * time.Second, 6 * time.Second, true},
		{"recent", gateway.Recent, 3 * time.Second, 6*time.Second + time.Millisecond, false},
		{"now", gateway.Now, 0, time.Millisecond, false},
		{"now", gateway.Now, 3 * time.Second, 4 * time.Second, false},
	} {
		for what, read := range reads {
			bubbles(t, fmt.Sprint(what, " ", test.intent, " ", test.latency, " ", test.later), func(t *testing.T, s *server) {
				s.latency = test.latency
				s.connect(endpoint.StatusAccepted, ids(1)...)
				v, took := s.session(), stopwatch()
				assert.NilError(t, read(t.Context(), v, gateway.OfThisRun()))
				passes(test.later - took())
				again := stopwatch()
				_, before := s.counts()
				lists := s.permits.listings
				assert.NilError(t, read(t.Context(), v, test.fresh()))
				_, after := s.counts()
				served := after == before && s.permits.listings == lists && again() == 0
				assert.Check(t, served == test.serves, "served is %t", served)
			})
		}
	}
}

func all(t *testing.T, v *gateway.Session, want int) map[string]endpoint.Connection {
	t.Helper()
	found, err := v.List(t.Context(), anyTime)
	assert.Check(t, err == nil && len(found) == want, "%d connections, want %d: %v", len(found), want, err)
	return found
}

// What was decided before shows, what is being decided is waited for.
func TestAllShowsDecisions(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.decideLatency = time.Second
		s.connect(endpoint.StatusAccepted, "one", "two", "three")
		v := s.session()
		all(t, v, 3)
		bring(t, v, cases(endpoint.Reject, "two"))
		assert.Check(t, is.Equal(all(t, v, 3)["two"].Status, endpoint.StatusRejected), "two")
		s.Go(func() { bring(t, v, cases(endpoint.Reject, "three")) })
		synctest.Wait() // the call is being gathered
		assert.Check(t, is.Equal(all(t, v, 3)["three"].Status, endpoint.StatusRejected), "three")
	})
}

// What others decide after All was called costs it no listing of its own.
func TestAllIsSharedWhileOthersDecide(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.latency = time.Second
		s.connect(endpoint.StatusAccepted, ids(600)...)
		v := s.session()
		look(t, v, anyTime, ids(600)...) // which Settle rests on
		passes(time.Millisecond)
		for range 3 {
			s.Go(func() {
				took := stopwatch()
				found, err := v.List(t.Context(), gateway.Now())
				assert.Check(t, err == nil && len(found) == 600 && took() == 2*time.Second, "%d connections after %s: %v", len(found), took(), err)
			})
		}
		synctest.Wait() // the first lists, and the others wait for it
		s.Go(func() { bring(t, v, cases(endpoint.Reject, ids(600)[0])) })
		s.Wait()
		s.wantCalls(1)
	})
}

// A listing that shifts while it is confirmed is begun again like any other.
func TestAllShiftsWhenConfirmed(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, ids(1200)...)
		pages := 0
		s.onPage = func(page) error {
			if pages++; pages == 5 { // the second of the second listing
				s.change(ids(1200)[0], 0, endpoint.Absent)
			}
			return nil
		}
		v := s.session()
		for i := range 10 { // more than there are pages, so that all are listed once more
			v.EverListed(fmt.Sprintf("gone-%d", i))
		}
		got, err := v.List(t.Context(), anyTime)
		assert.Check(t, err == nil && len(got) == 1199 && pages >= 6, "%d connections in %d pages, %v", len(got), pages, err)
	})
}
