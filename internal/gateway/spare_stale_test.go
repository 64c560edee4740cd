// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// A listing that shows the status from before the giver's call, though it began
// after it, does not keep the taker from making its own.
func TestTakeoverByAnOldStatus(t *testing.T) {
	t.Parallel()
	for _, stale := range []time.Duration{300 * time.Millisecond, 500 * time.Millisecond, 2 * time.Second} {
		for _, creating := range []time.Duration{0, time.Second} {
			t.Run(fmt.Sprint(stale, creating), func(t *testing.T) {
				t.Parallel()
				takeOverAtAnyTime(t, -time.Second/2, func(s *server) { s.latency, s.stale, s.creating = 50*time.Millisecond, stale, creating })
			})
		}
	}
}

// What is shown is not believed after the opposite was decided in this run, or
// may have been, and only then.
func TestOldStatusAfterTheOpposite(t *testing.T) {
	t.Parallel()
	lost := decideError(0, "", rest.KindUnreachable)
	for name, c := range map[string]struct {
		first, second endpoint.Goal
		status        endpoint.Status // when the first one decides
		lost          []int           // the calls whose answers are lost
		calls         int             // of the second one
		want          endpoint.Status
	}{
		"the opposite":          {endpoint.Reject, endpoint.Accept, endpoint.StatusAccepted, nil, 1, endpoint.StatusAccepted},
		"the other way round":   {endpoint.Accept, endpoint.Reject, endpoint.StatusRejected, nil, 1, endpoint.StatusRejected},
		"the opposite, perhaps": {endpoint.Reject, endpoint.Accept, endpoint.StatusAccepted, []int{1}, 1, endpoint.StatusAccepted},
		"and the call is lost":  {endpoint.Reject, endpoint.Accept, endpoint.StatusAccepted, []int{2}, 2, endpoint.StatusAccepted},
		"the same":              {endpoint.Release, endpoint.Reject, endpoint.StatusAccepted, nil, 0, endpoint.StatusRejected},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(c.status, "one")
				v := s.session()
				passes(time.Hour)
				first, second := cases(c.first, "one"), cases(c.second, "one")
				s.after = func(n int, _ decision) error {
					if slices.Contains(c.lost, n) {
						return lost
					}
					return nil
				}
				if err := v.Settle(t.Context(), first, 0); err != nil {
					t.Error(err)
				}
				before, _ := s.counts()
				if c.calls > 0 {
					s.stale = 2 * time.Second // listings fall back to what was before
				}
				if err := v.Settle(t.Context(), second, 0); err != nil {
					t.Error(err)
				}
				wantSteps(t, second, settle.Done)
				if s.wantCalls(before + c.calls); s.status("one") != c.want {
					t.Errorf("the endpoint is %q, want %q", s.status("one"), c.want)
				}
			})
		})
	}
}
