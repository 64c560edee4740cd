// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package listing

import (
	"context"
	"errors"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// gateway lists each endpoint that is asked for, one page in a second, and decides nothing.
type gateway struct {
	err    error // of each listing
	own    bool  // an error is that of the one who lists alone
	outage error
	shifts bool // each listing, while it is paged

	pending []string

	mu    sync.Mutex
	epoch int
	pages int
}

func (g *gateway) Connections(ctx context.Context, filter apig.ConnectionFilter, _ func()) iter.Seq2[apig.ConnectionPage, error] {
	return func(yield func(apig.ConnectionPage, error) bool) {
		select {
		case <-time.After(time.Second):
		case <-ctx.Done():
			yield(apig.ConnectionPage{}, context.Cause(ctx))
			return
		}
		g.mu.Lock()
		g.pages++
		g.mu.Unlock()
		page := apig.ConnectionPage{Entries: []endpoint.Connection{{ID: "a"}, {ID: "b"}}, Total: 2, Shifted: g.shifts}
		if filter.ID != "" {
			page.Shifted = false
			page.Entries = slices.DeleteFunc(page.Entries, func(c endpoint.Connection) bool { return c.ID != filter.ID })
		}
		yield(page, g.err)
	}
}

func (g *gateway) Outage(context.Context) error                  { return g.outage }
func (g *gateway) Looked(context.Context, time.Time, error) bool { return !g.own }
func (g *gateway) ListedNew()                                    {}
func (g *gateway) Pending() []string                             { return g.pending }
func (g *gateway) Await(context.Context, []string) error         { return nil }
func (g *gateway) IsOutdated(int, []string) bool                 { return false }
func (g *gateway) Ended(int, int) bool                           { return false }
func (g *gateway) Epoch() int                                    { g.mu.Lock(); defer g.mu.Unlock(); return g.epoch }

func (g *gateway) NextEpoch() int { g.mu.Lock(); defer g.mu.Unlock(); g.epoch++; return g.epoch }

// run runs a test on a clock of its own.
func run(t *testing.T, name string, test func(t *testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		t.Parallel()
		synctest.Test(t, test)
	})
}

func all(ctx context.Context, l *Listing) (int, error) {
	found, err := l.List(ctx, OfThisRun())
	return len(found), err
}

func allAnew(ctx context.Context, l *Listing) (int, error) {
	found, err := l.List(ctx, Now())
	return len(found), err
}

func one(ctx context.Context, l *Listing) (int, error) {
	s, err := l.Get(ctx, []string{"a"}, OfThisRun())
	if err != nil {
		return 0, err
	}
	return len(s.Connections), nil
}

// One listing at a time is made for all who ask, and what it came to is told to whoever waited when it began.
func TestListingIsShared(t *testing.T) {
	t.Parallel()
	no, left := errors.New("no"), errors.New("left")
	type caller struct {
		comes, leaves time.Duration // zero: it stays
		ask           func(context.Context, *Listing) (int, error)
		answered      time.Duration // negative: whenever
		err           error
	}
	const half, second = time.Second / 2, time.Second
	for name, test := range map[string]struct {
		gateway *gateway
		callers []caller
		pages   int
	}{
		"all at once":                    {&gateway{}, []caller{{0, 0, one, second, nil}, {0, 0, all, second, nil}, {0, 0, one, second, nil}}, 1},
		"later ones":                     {&gateway{}, []caller{{0, 0, all, second, nil}, {half, 0, one, second, nil}, {2 * second, 0, all, 2 * second, nil}}, 1},
		"beside one that is under way":   {&gateway{}, []caller{{0, 0, one, second, nil}, {2 * second, 0, allAnew, 3 * second, nil}, {5 * half, 0, one, 5 * half, nil}}, 2},
		"one leaves":                     {&gateway{}, []caller{{0, 0, one, second, nil}, {0, half, one, half, left}}, 1},
		"the first one leaves":           {&gateway{}, []caller{{0, half, one, half, left}, {0, 0, all, second, nil}}, 1},
		"all leave":                      {&gateway{}, []caller{{0, half, one, half, left}, {0, half, one, half, left}}, 0},
		"it fails":                       {&gateway{err: no}, []caller{{0, 0, one, second, no}, {half, 0, one, 2 * second, no}, {half, 0, all, 2 * second, no}}, 2},
		"it fails for one alone":         {&gateway{err: no, own: true}, []caller{{0, 0, one, second, no}, {half, 0, one, -1, no}, {half, 0, all, -1, no}}, 3},
		"it would be in vain":            {&gateway{outage: no}, []caller{{0, 0, one, 0, no}, {0, 0, all, 0, no}}, 0},
		"it shifts, with what is wanted": {&gateway{shifts: true}, []caller{{0, 0, one, second, nil}}, 1},
		"it shifts, for all":             {&gateway{shifts: true}, []caller{{0, 0, all, 3 * second, ErrShifting}, {half, 0, all, 6 * second, ErrShifting}, {half, 0, all, 6 * second, ErrShifting}}, 6},
		"it shifts, others get it":       {&gateway{shifts: true}, []caller{{0, 0, all, 3 * second, ErrShifting}, {half, 0, one, 3 * second, nil}}, 3},
	} {
		run(t, name, func(t *testing.T) {
			g := test.gateway
			l, began := New(g, g), time.Now()
			var group sync.WaitGroup
			for i, c := range test.callers {
				<-time.After(c.comes - time.Since(began))
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				if c.leaves > 0 {
					time.AfterFunc(c.leaves, func() { cancel(left) })
				}
				group.Go(func() {
					found, err := c.ask(ctx, l)
					took := time.Since(began)
					assert.Check(t, errors.Is(err, c.err) && (err == nil) == (found > 0) && (c.answered < 0 || took == c.answered),
						"%d: found %d after %s, %v", i, found, took, err)
				})
				synctest.Wait()
			}
			group.Wait()
			seen := []*settle.Item{{EndpointID: "a"}}
			l.Recall(seen)
			assert.Check(t, g.pages == test.pages && seen[0].EverListed == (g.pages > 0 && g.err == nil), "%d pages, listed is %t", g.pages, seen[0].EverListed)
		})
	}
}

// An endpoint that was listed before and is not any more is asked for once more, for all who look for it, and has left
// then. Those who ask for different ones do so one after the other; what fails does so for all who waited.
func TestAbsenceIsConfirmed(t *testing.T) {
	t.Parallel()
	no := errors.New("no")
	each := []string{"c", "d", "e", "f", "g", "h"}
	var many []string
	for n := range trustedAfter + 5 {
		many = append(many, string(rune('A'+n)))
	}
	for name, test := range map[string]struct {
		endpoints []string // of one caller each
		err       error
		pages     int // beside the first listing
	}{
		"each its own":        {each, nil, 6},
		"until it is trusted": {many, nil, trustedAfter},
		"all the same":        {slices.Repeat(each[:1], 6), nil, 1},
		"and the calls fail":  {each, no, 2}, // for the first, and for all who waited
		"of the same as well": {slices.Repeat(each[:1], 6), no, 2},
	} {
		run(t, name, func(t *testing.T) {
			g := &gateway{}
			l := New(g, g)
			_, err := one(t.Context(), l)
			assert.NilError(t, err)
			l.EverListed(test.endpoints...)
			g.err = test.err
			began := time.Now()
			var group sync.WaitGroup
			for _, id := range test.endpoints {
				group.Go(func() {
					s, err := l.Get(t.Context(), []string{id}, OfThisRun())
					assert.Check(t, errors.Is(err, test.err) && (err != nil || s.Connections[id].ID == ""), "found %v, error %v", s, err)
				})
				synctest.Wait()
			}
			group.Wait()
			took := time.Since(began)
			assert.Check(t, g.pages == 1+test.pages && took == time.Duration(test.pages)*time.Second, "%d pages in %s", g.pages, took)
		})
	}
}

// large is a gateway with three pages of connections, which notes what it is asked for.
type large struct {
	gateway

	ids     []string // those that anybody asks for
	forgets string   // one that a listing of all leaves out

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
			if filter.ID == "" && id != g.forgets || filter.ID == id {
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
// anew, but not against those who wait for single ones; what these see does not push the listing of all aside.
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
		get(t, l, OfThisRun(), "c", "d")
		g.expect(t, "a", "b")
		for _, id := range []string{"a", "b"} {
			<-time.After(time.Minute)
			get(t, l, Recent(), id)
		}
		get(t, l, Now(), "c")
		g.expect(t, "a", "b", "c")
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

// Who looks does so for those as well who are about to, and for nothing that is being decided on.
func TestLookedForTogether(t *testing.T) {
	inBubble(t, func(t *testing.T, g *large, l *Listing) {
		done := l.Expect([]string{"a"}, time.Now())
		l.Expect([]string{"f"}, time.Now().Add(time.Hour))
		get(t, l, Now(), "b")
		g.expect(t, "a", "b")
		done()
		g.pending = []string{"c"}
		l.want(g.pending, g.Epoch())
		get(t, l, Now(), "b")
		g.expect(t, "b")
	})
}

// What was listed is not gone because a later listing leaves it out, be that the own one or somebody else's: it is asked for.
func TestListingThatForgets(t *testing.T) {
	inBubble(t, func(t *testing.T, g *large, l *Listing) {
		get(t, l, Now(), g.ids...)
		g.forgets = "f"
		get(t, l, Now(), g.ids...)
		g.expect(t, "", "", "f")
		now := Now()
		_, err := l.Get(t.Context(), []string{"x", "y", "z"}, now)
		assert.Check(t, err)
		get(t, l, now, "f")
		g.expect(t, "", "f")
		found, err := allAnew(t.Context(), l)
		assert.Check(t, err == nil && found == len(g.ids), "%d are found, %v", found, err)
	})
}

// What a listing of all shows is known to have been listed; what the next one shows besides is new.
func TestNews(t *testing.T) {
	inBubble(t, func(t *testing.T, g *large, l *Listing) {
		assert.Check(t, l.Last() == nil)
		for n, id := range []string{"a", "g", "h"} {
			if g.ids = append(g.ids, id); n > 0 {
				l.EverListed("h")
			}
			_, err := l.List(t.Context(), Now())
			assert.NilError(t, err)
			assert.Check(t, g.news == min(n, 1) && len(l.Last()) == 6+n, "after listing %d, %d are new, %d were listed last", n, g.news, len(l.Last()))
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
