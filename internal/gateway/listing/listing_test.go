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
)

// gateway lists each endpoint that is asked for, one page in a second, and decides nothing.
type gateway struct {
	err    error // of each listing
	own    bool  // an error is that of the one who lists alone
	outage error
	shifts bool // each listing, while it is paged

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
func (g *gateway) Pending() []string                             { return nil }
func (g *gateway) Await(context.Context, []string) error         { return nil }
func (g *gateway) IsOutdated(int, []string) bool                 { return false }
func (g *gateway) Ended(int, int) bool                           { return false }
func (g *gateway) Epoch() int                                    { g.mu.Lock(); defer g.mu.Unlock(); return g.epoch }

func (g *gateway) NextEpoch() int { g.mu.Lock(); defer g.mu.Unlock(); g.epoch++; return g.epoch }

func all(ctx context.Context, l *Listing) (int, error) {
	found, err := l.List(ctx, OfThisRun())
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
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
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
				assert.Check(t, g.pages == test.pages, "%d pages", g.pages)
			})
		})
	}
}

// An endpoint that was listed before and is not any more is asked for once more, for all who look for it, and has left
// then. Those who ask for different ones do so one after the other; what fails does so for all who waited.
func TestAbsenceIsConfirmed(t *testing.T) {
	t.Parallel()
	no := errors.New("no")
	each := []string{"c", "d", "e", "f", "g", "h"}
	for name, test := range map[string]struct {
		endpoints []string // of one caller each
		err       error
		pages     int // beside the first listing
	}{
		"each its own":        {each, nil, 6},
		"all the same":        {slices.Repeat(each[:1], 6), nil, 1},
		"and the calls fail":  {each, no, 2}, // for the first, and for all who waited
		"of the same as well": {slices.Repeat(each[:1], 6), no, 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
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
		})
	}
}
