// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// A call waits for callers who were announced, for as long as they may take.
func TestDecideWithThoseAnnounced(t *testing.T) {
	t.Parallel()
	const ms = time.Millisecond
	for _, test := range []struct {
		name      string
		announced int
		callers   int
		gap       time.Duration
		sizes     []int
		at        time.Duration // when the first call is answered, give or take a window
	}{
		{"nobody", 0, 2, 100 * ms, []int{1, 1}, 50 * ms},
		{"one who comes", 2, 2, 120 * ms, []int{2}, 170 * ms},
		{"many who come", 10, 10, 20 * ms, []int{10}, 230 * ms},
		{"many who come in a row", 30, 30, 6 * ms, []int{30}, 224 * ms},
		{"one who does not come", 2, 1, 0, []int{1}, 250 * ms},
		{"one who comes too late", 2, 2, 300 * ms, []int{1, 1}, 250 * ms},
		{"a full call", 60, 55, 0, []int{50, 5}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, ids(test.callers)...)
				v, began := s.session(), time.Now()
				for range test.announced {
					v.Expect()
				}
				cs := cases(endpoint.Accept, ids(test.callers)...)
				wantNone(t, settleEach(t.Context(), v, cs, test.gap))
				wantSteps(t, cs, settle.Done)
				if !slices.Equal(s.sizes(), test.sizes) {
					t.Errorf("calls of %v, want %v", s.sizes(), test.sizes)
				}
				if got := s.decisions[0].at.Sub(began); got > test.at+30*ms || got < test.at-30*ms {
					t.Errorf("the first call was answered after %s, want %s", got, test.at)
				}
			})
		})
	}
}

// A caller who was announced has not arrived before it has looked.
func TestDecideWithOneWhoLooks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.latency = 60 * time.Millisecond
		s.connect(endpoint.StatusPendingAcceptance, "one", "other")
		v := s.session()
		look(t, v, anyTime, "one", "other")
		passes(lookAge - 75*time.Millisecond) // which serves the one, and is too old for the other
		v.Expect()
		v.Expect()
		cs := cases(endpoint.Accept, "one", "other")
		wantNone(t, settleEach(t.Context(), v, cs, 20*time.Millisecond))
		wantSteps(t, cs, settle.Done)
		s.wantCalls(1)
	})
}

// Nobody waits for a caller who was announced and could not look.
func TestDecideWithoutOneWhoCannotLook(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, "one")
		v := s.session()
		v.Expect()
		v.Expect()
		s.onPage = func(page) error { return forbidden() }
		wantCode(t, v.Settle(t.Context(), cases(endpoint.Accept, "other"), 0), 403)
		s.onPage = nil
		began := time.Now()
		if err := v.Settle(t.Context(), cases(endpoint.Accept, "one"), 0); err != nil {
			t.Error(err)
		}
		if at := s.decisions[0].at.Sub(began); at != 50*time.Millisecond {
			t.Errorf("decided after %s", at)
		}
	})
}

// lookAge is how old a look may be that a first decision rests on.
const lookAge = 5 * time.Second
