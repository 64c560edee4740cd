// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// An endpoint that this run has listed, for whomever, and that is gone, has left:
// nobody waits for it.
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
				if err := v.Settle(t.Context(), cs, time.Hour); err != nil {
					t.Error(err)
				}
				wantSteps(t, cs, settle.Done, "leaves")
				wantSteps(t, cs[1:], settle.Gone)
				if !cs[1].EverListed || took() > time.Second {
					t.Errorf("known is %t, took %s", cs[1].EverListed, took())
				}
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
			if err := v.Settle(t.Context(), cs, time.Hour); err != nil {
				t.Error(err)
			}
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
		if _, err := v.List(t.Context(), gateway.Now()); err != nil {
			t.Error(err)
		}
		s.mu.Lock()
		s.change("passes", 0, endpoint.Absent)
		s.mu.Unlock()
		<-done
		wantSteps(t, cs, settle.Gone)
		if took() > 2*time.Minute {
			t.Errorf("took %s", took())
		}
	})
}
