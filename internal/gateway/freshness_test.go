// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

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

// Who asks while a listing is under way that began shortly before takes that.
func TestFreshnessOfAListingUnderWay(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.latency = 10 * time.Second
		s.connect(endpoint.StatusAccepted, ids(1)...)
		v := s.session()
		for range 3 {
			s.Go(func() {
				_, err := v.List(t.Context(), gateway.Recent())
				assert.Check(t, err)
			})
			passes(3 * time.Second)
		}
		s.Wait()
		s.wantPages(1)
	})
}

func all(t *testing.T, v *gateway.Session, want int) map[string]endpoint.Connection {
	t.Helper()
	found, err := v.List(t.Context(), anyTime)
	assert.Check(t, err == nil && len(found) == want, "%d connections, want %d: %v", len(found), want, err)
	return found
}

// One listing serves those who ask for all and those who look for single
// endpoints, in either order and at the same time.
func TestAllIsShared(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.latency = 50 * time.Millisecond
		s.connect(endpoint.StatusAccepted, ids(1200)...)
		v := s.session()
		for range 3 {
			s.Go(func() { all(t, v, 1200) })
		}
		s.Wait()
		s.wantPages(3)
		look(t, v, anyTime, ids(1200)[700])
		all(t, v, 1200)
		s.wantPages(3)

		v = s.session()
		look(t, v, anyTime, ids(1200)...)
		all(t, v, 1200)
		s.wantPages(6)
	})
}

// Looks that found what they asked for before the last page are no complete
// listing, and neither is one by filters.
func TestAllIsNotServedByLess(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, ids(2000)...)
		v := s.session()
		look(t, v, gateway.Now(), ids(1)...)
		look(t, v, gateway.Now(), ids(2)...)
		all(t, v, 2000)
		assert.Check(t, all(t, s.session(), 2000)[ids(2000)[1999]].Status == endpoint.StatusAccepted, "the last one is missing")
	})
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

// A list that shifts is read again; who has left meanwhile is no part of it.
func TestAllOfAListThatShifts(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, ids(1200)...)
		s.onPage = func(page) error {
			if len(s.pages) == 1 {
				s.change(ids(1)[0], 0, endpoint.Absent)
			}
			return nil
		}
		_, there := all(t, s.session(), 1199)[ids(1)[0]]
		assert.Check(t, !there, "one that has left is listed")
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
