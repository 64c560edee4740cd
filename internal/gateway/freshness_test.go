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
