// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// Which earlier listing answers depends on what the question is for, and for a recent
// one on how long the gateway takes to list.
func TestFreshness(t *testing.T) {
	t.Parallel()
	ask := map[string]func(t *testing.T, v *gateway.Session, fresh gateway.Freshness) error{
		"one": func(t *testing.T, v *gateway.Session, fresh gateway.Freshness) error {
			_, err := v.Get(t.Context(), ids(1), fresh)
			return err
		},
		"all": func(t *testing.T, v *gateway.Session, fresh gateway.Freshness) error {
			_, err := v.List(t.Context(), fresh)
			return err
		},
		"permissions": func(t *testing.T, v *gateway.Session, fresh gateway.Freshness) error {
			_, err := v.Permissions(t.Context(), fresh)
			return err
		},
	}
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
		for what, asks := range ask {
			bubbles(t, fmt.Sprint(what, " ", test.intent, " ", test.latency, " ", test.later), func(t *testing.T, s *server) {
				s.latency = test.latency
				s.connect(endpoint.StatusAccepted, ids(1)...)
				v, took := s.session(), stopwatch()
				if err := asks(t, v, gateway.OfThisRun()); err != nil {
					t.Fatal(err)
				}
				passes(test.later - took())
				again := stopwatch()
				_, before := s.counts()
				lists := s.permits.listings
				if err := asks(t, v, test.fresh()); err != nil {
					t.Fatal(err)
				}
				_, after := s.counts()
				if served := after == before && s.permits.listings == lists && again() == 0; served != test.serves {
					t.Errorf("served is %t", served)
				}
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
		var group sync.WaitGroup
		for range 3 {
			group.Go(func() {
				if _, err := v.List(t.Context(), gateway.Recent()); err != nil {
					t.Error(err)
				}
			})
			passes(3 * time.Second)
		}
		group.Wait()
		s.wantPages(1)
	})
}
