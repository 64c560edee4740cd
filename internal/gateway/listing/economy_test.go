// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package listing

import (
	"context"
	"errors"
	"iter"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// large is a gateway with three pages of connections, which notes what it is asked for.
type large struct {
	gateway

	ids   []string // those that anybody asks for
	calls []string // the endpoint that each call asked for, "" for a listing of all
	news  int
	fault error // of each call, which takes a second all the same
	known bool  // the fault is remembered
}

func (g *large) Connections(_ context.Context, filter apig.ConnectionFilter, _ func()) iter.Seq2[apig.ConnectionPage, error] {
	return func(yield func(apig.ConnectionPage, error) bool) {
		<-time.After(time.Second)
		g.mu.Lock()
		g.calls = append(g.calls, filter.ID)
		g.mu.Unlock()
		page := apig.ConnectionPage{Total: 2*apig.PageSize + 1}
		for _, id := range g.ids {
			if filter.ID == "" || filter.ID == id {
				page.Entries = append(page.Entries, endpoint.Connection{ID: id})
			}
		}
		yield(page, g.fault)
	}
}

func (g *large) ListedNew() { g.news++ }

func (g *large) Looked(_ context.Context, _ time.Time, err error) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.known = err != nil
	return true
}

func (g *large) Outage(context.Context) error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.known {
		return g.fault
	}
	return nil
}

func inBubble(t *testing.T, test func(t *testing.T, g *large, l *Listing)) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		g := &large{ids: []string{"a", "b", "c", "d", "e", "f"}}
		l := New(g, g)
		l.cost.total.Store(2*apig.PageSize + 1)
		test(t, g, l)
	})
}

func get(t *testing.T, l *Listing, fresh Freshness, endpoints ...string) {
	t.Helper()
	s, err := l.Get(t.Context(), endpoints, fresh)
	assert.NilError(t, err)
	for _, id := range endpoints {
		assert.Check(t, s.Connections[id].ID == id, "%s is not found", id)
	}
}

func (g *large) expect(t *testing.T, calls ...string) {
	t.Helper()
	slices.Sort(g.calls)
	assert.Check(t, slices.Equal(g.calls, calls), "calls for %q, want %q", g.calls, calls)
	g.calls = nil
}

// As many calls for single endpoints are made as pages would take, and then all are listed. After that, the next ones count
// anew.
func TestFilterOrPages(t *testing.T) {
	inBubble(t, func(t *testing.T, g *large, l *Listing) {
		for range 2 {
			for _, id := range []string{"a", "b", "c"} {
				<-time.After(time.Minute)
				get(t, l, Recent(), id)
			}
			g.expect(t, "", "a", "b")
		}
		get(t, l, Now(), "a", "b")
		g.expect(t, "a", "b")
		get(t, l, Now(), "a", "b", "c")
		g.expect(t, "")
	})
}

// Who found what it looked for, and is about to leave, is not looked for once more. Who came since is.
func TestServedAreLeftOut(t *testing.T) {
	inBubble(t, func(t *testing.T, g *large, l *Listing) {
		l.want([]string{"a"}, g.Epoch())
		get(t, l, Now(), "a")
		get(t, l, Now(), "b")
		g.expect(t, "a", "b")
		get(t, l, Now(), "b")
		g.expect(t, "a", "b") // the last listing was not for a
		l.want([]string{"b"}, g.Epoch())
		get(t, l, Now(), "c")
		g.expect(t, "b", "c")
	})
}

// What a listing of all shows is known to have been listed; what the next one shows besides is new.
func TestNews(t *testing.T) {
	inBubble(t, func(t *testing.T, g *large, l *Listing) {
		for n, id := range []string{"a", "g", "h"} {
			if g.ids = append(g.ids, id); n > 0 {
				l.EverListed("h")
			}
			_, err := l.List(t.Context(), Now())
			assert.NilError(t, err)
			assert.Check(t, g.news == min(n, 1), "after listing %d, %d are new", n, g.news)
		}
		items := []*settle.Item{{EndpointID: "g"}, {EndpointID: "i"}}
		l.Recall(items)
		assert.Check(t, items[0].EverListed && !items[1].EverListed, "%+v", items)
	})
}

// Who comes while a listing that was given up has not ended yet is told what it came to, and does not begin another one in
// vain.
func TestListingThatWasGivenUp(t *testing.T) {
	inBubble(t, func(t *testing.T, g *large, l *Listing) {
		g.fault = errors.New("no")
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		go func() { _, _ = l.Get(ctx, []string{"a"}, Now()) }()
		<-time.After(3 * time.Second / 4)
		_, err := l.Get(t.Context(), []string{"b"}, Now())
		assert.Check(t, errors.Is(err, g.fault), "told %v", err)
		g.expect(t, "a")
	})
}

// A listing that ends with the time of the one who makes it tells nothing to others who waited for it.
func TestListingThatEndsWithItsFirst(t *testing.T) {
	inBubble(t, func(t *testing.T, _ *large, l *Listing) {
		l.flights.Ends = func(error) bool { return true }
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		list := func(ctx context.Context) (*Snapshot, error) {
			<-ctx.Done()
			return &Snapshot{Epoch: 1}, context.Cause(ctx)
		}
		go func() { _, _ = l.share(ctx, 0, list) }()
		synctest.Wait()
		s, err := l.share(t.Context(), 0, list)
		assert.Check(t, s == nil && err == nil, "told %v, %v", s, err)
	})
}
