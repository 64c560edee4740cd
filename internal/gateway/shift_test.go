// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// shifting makes an endpoint skip from the second page to the first one between
// the two calls, in the first n listings.
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
			if _, ok := found["skips"]; slices.Contains(test.wanted, "skips") && !ok {
				t.Error("a listed endpoint was taken for absent")
			}
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
		if _, ok := look(t, v, gateway.Now(), "x0", "x1", "x2", "skips")["skips"]; !ok {
			t.Error("a listed endpoint was taken for absent")
		}
	})
}

// A listing that shifted does not confirm that those are gone which the one
// before it lacked.
func TestGoneIsNotConfirmedByAListThatShifts(t *testing.T) {
	t.Parallel()
	gone := []string{"gone", "gone too", "gone as well"} // too many for filters, with one more
	for name, ask := range map[string]func(context.Context, *gateway.Session) (map[string]endpoint.Connection, error){
		"of all": func(ctx context.Context, v *gateway.Session) (map[string]endpoint.Connection, error) {
			return v.List(ctx, anyTime)
		},
		"of some": func(ctx context.Context, v *gateway.Session) (map[string]endpoint.Connection, error) {
			return v.Get(ctx, append(gone, "e0000"), anyTime)
		},
	} {
		bubbles(t, name, func(t *testing.T, s *server) {
			s.connect(endpoint.StatusAccepted, append(ids(600), "skips")...)
			f := &forgetful{server: s, forgets: "e0000", times: 3}
			v := gateway.NewRegistry(f).Session(theGateway)
			v.EverListed(append(gone, "e0000")...)
			s.onPage = func(p page) error {
				if p.offset > 0 { // the first listing is done
					s.shifting("skips", 1)
				}
				return nil
			}
			found, err := ask(t.Context(), v)
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := found["e0000"]; !ok {
				t.Error("a listed endpoint was taken for gone")
			}
		})
	}
}

// A listing that shifted found all that its caller wanted, and may yet lack
// what the next one wants.
func TestLookThatShiftedProvesNoAbsence(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, append(ids(600), "skips")...)
		s.shifting("skips", 1)
		v := s.session()
		look(t, v, anyTime, "e0003")
		look(t, v, anyTime, "e0599")
		if _, ok := look(t, v, anyTime, "skips")["skips"]; !ok {
			t.Error("a listed endpoint was taken for absent")
		}
	})
}
