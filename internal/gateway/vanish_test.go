// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"iter"
	"slices"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// forgetful leaves an endpoint out of its first listings without a filter, and
// says that they are complete.
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
				page.Connections = slices.DeleteFunc(slices.Clone(page.Connections), func(c endpoint.Connection) bool { return c.ID == f.forgets })
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// An accepted endpoint that a listing leaves out is not gone, and its release
// not done.
func TestListingThatForgets(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, "kept", "forgotten")
		f := &forgetful{server: s, forgets: "forgotten", times: 2}
		v := gateway.NewRegistry(f).Session(theGateway)
		v.EverListed("kept", "forgotten")
		look(t, v, anyTime, "kept") // for somebody else, and it serves all
		if found := look(t, v, anyTime, "forgotten"); found["forgotten"].Status != endpoint.StatusAccepted {
			t.Errorf("taken for gone: %v", found)
		}
		passes(time.Minute)
		cs := cases(endpoint.Release, "kept", "forgotten")
		for _, c := range cs {
			c.EverListed = true
		}
		bring(t, v, cs)
		wantSteps(t, cs, settle.Done)
		if s.status("forgotten") != endpoint.StatusRejected {
			t.Errorf("forgotten is %q", s.status("forgotten"))
		}
	})
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
			if found := look(t, v, gateway.Since(began), all...); found[last].Status != endpoint.StatusAccepted {
				t.Error("taken for gone")
			}
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
			if found := look(t, v, anyTime, "kept", "gone"); found["gone"].Status != endpoint.Absent {
				t.Errorf("found %v", found)
			}
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
		if _, pages := s.counts(); pages > 30 {
			t.Errorf("%d list calls", pages)
		}
	})
}
