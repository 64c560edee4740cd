// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"cmp"
	"context"
	"errors"
	"iter"
	"maps"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// permit makes a change that has to succeed.
func permit(t *testing.T, v *gateway.Session, c *gateway.PermissionChange) {
	t.Helper()
	if err := v.Permit(t.Context(), c); err != nil || len(c.Refused) > 0 {
		t.Errorf("error %v, refused %v", err, c.Refused)
	}
}

func TestPermit(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.stale = 3 * time.Second
		s.permit("owner", "there", "old")
		c := &gateway.PermissionChange{Add: []string{"there", "new"}, Remove: []string{"old", "missing"}}
		permit(t, s.session(), c)
		s.wantPermitted("owner", "there", "new")
		if _, listed := c.Listed["new"]; !listed || len(c.Listed) != 3 {
			t.Errorf("listed %v", c.Listed)
		}
		if asked := slices.Sorted(maps.Keys(c.Asked)); !slices.Equal(asked, []string{"new", "old"}) {
			t.Errorf("asked for %v", asked)
		}
	})
}

func TestPermitInBatches(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		v := s.session()
		permit(t, v, &gateway.PermissionChange{Add: ids(120)})
		s.wantPermitCalls(2, "add 50", "add 50", "add 20")
		permit(t, v, &gateway.PermissionChange{Add: ids(120)})
		s.wantPermitCalls(2, "add 50", "add 50", "add 20") // the listing is recent
		permit(t, v, &gateway.PermissionChange{Remove: ids(51)})
		s.wantPermitCalls(3, "add 50", "add 50", "add 20", "delete 50", "delete 1")
	})
}

// A listing that still shows an entry which this run has deleted does not do for
// whoever wants it: it would be missing.
func TestPermitWhatWasDeleted(t *testing.T) {
	t.Parallel()
	failed := func(c permitCall) error {
		if c.add {
			return nil
		}
		return serverError()
	}
	for name, test := range map[string]struct {
		stale         time.Duration
		before, after func(permitCall) error
	}{
		"listed late":             {stale: 3 * time.Second},
		"listed at once":          {},
		"answered with an error":  {stale: 3 * time.Second, after: failed},
		"still there, a bad call": {before: func(c permitCall) error { return cmp.Or(failed(c), badRequest()) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.latency, s.stale, s.permits.before, s.permits.after = 50*time.Millisecond, test.stale, test.before, test.after
				s.permit("owner", "moving")
				passes(time.Hour)
				v := s.session()
				h := newHolders()
				var group sync.WaitGroup
				group.Go(func() {
					held := func(account string) bool { return h.taken("giver", account) }
					_ = v.Permit(t.Context(), &gateway.PermissionChange{Held: held, Remove: []string{"moving"}})
				})
				passes(120 * time.Millisecond) // a listing, a deletion
				h.claim("taker", "moving")
				permit(t, v, &gateway.PermissionChange{Add: []string{"moving"}})
				group.Wait()
				s.wantPermitted("owner", "moving")
				s.wantPermitCalls(s.permits.listings, "delete 1", "add 1")
			})
		})
	}
}

// One listing serves all of a walk, until something is changed.
func TestPermissionsAreShared(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.latency = 50 * time.Millisecond
		s.permit("a")
		v := s.session()
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if found, err := v.Permissions(t.Context(), anyTime); err != nil || found["a"].ID != "of a" {
					t.Errorf("%v, %v", found, err)
				}
			})
		}
		group.Wait()
		s.wantPermitCalls(1)
		passes(time.Hour)
		if _, err := v.Permissions(t.Context(), gateway.Now()); err != nil {
			t.Error(err)
		}
		s.wantPermitCalls(2)
	})
}

// A listing that failed failed for all who were waiting for it.
func TestPermissionsFailTogether(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.latency, s.permits.shifts = time.Second, -1
		v, took := s.session(), stopwatch()
		var group sync.WaitGroup
		for range 20 {
			group.Go(func() {
				if _, err := v.Permissions(t.Context(), anyTime); !errors.Is(err, gateway.ErrShifting) {
					t.Errorf("error %v, want ErrShifting", err)
				}
			})
		}
		group.Wait()
		if took() != 3*time.Second {
			t.Errorf("took %s", took())
		}
		s.permits.shifts = 2
		if _, err := v.Permissions(t.Context(), anyTime); err != nil {
			t.Errorf("a new attempt: %v", err)
		}
	})
}

// refusing refuses calls that name an account.
func refusing(account string, err error) func(permitCall) error {
	return func(c permitCall) error {
		if slices.Contains(c.accounts, account) {
			return err
		}
		return nil
	}
}

// One that the server refuses does not keep the others from being permitted.
func TestPermitOneIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.permits.before = refusing("e0007", badRequest())
		c := &gateway.PermissionChange{Add: ids(20)}
		if err := s.session().Permit(t.Context(), c); err != nil {
			t.Fatal(err)
		}
		if len(c.Refused) != 1 || len(c.Listed) != 19 {
			t.Errorf("refused %v, listed %v", c.Refused, c.Listed)
		}
		wantCode(t, c.Refused["e0007"], 400)
	})
}

// Nothing is deleted before all that is to be added is listed, and nothing at all
// while something is refused.
func TestPermitDeletesLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.stale = 5 * time.Second
		s.permit("*")
		v := s.session()
		s.permits.before = func(c permitCall) error {
			if listed := s.permitted(time.Now().Add(-s.stale)); !c.add && !slices.Contains(listed, "a") {
				t.Errorf("a deletion while %v are listed", listed)
			}
			return nil
		}
		permit(t, v, &gateway.PermissionChange{Add: []string{"a"}, Remove: []string{"*"}})
		s.wantPermitted("a")

		s.permits.before = refusing("c", badRequest())
		c := &gateway.PermissionChange{Add: []string{"b", "c"}, Remove: []string{"a"}}
		if err := v.Permit(t.Context(), c); err != nil || len(c.Refused) != 1 {
			t.Errorf("error %v, refused %v", err, c.Refused)
		}
		s.wantPermitted("a", "b")

		s.permits.before = func(permitCall) error { return nil }
		s.permits.after = func(c permitCall) error {
			if c.add && len(s.permits.calls)%2 == 1 {
				return serverError() // it is lost, and looked after
			}
			return nil
		}
		permit(t, v, &gateway.PermissionChange{Add: []string{"c"}, Remove: []string{"a", "b"}})
		s.wantPermitted("c")
	})
}

// A server that refuses everything is not asked for each account.
func TestPermitEverythingIsRefused(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.permits.before = func(permitCall) error { return badRequest() }
		wantCode(t, s.session().Permit(t.Context(), &gateway.PermissionChange{Add: ids(500)}), 400)
		if n := len(s.permits.calls); n > 50 {
			t.Errorf("%d calls", n)
		}
	})
}

// A refusal that others' doing explains is none: what was added meanwhile is there.
func TestPermitRefusedBecauseItIsThere(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.permits.before = func(c permitCall) error {
			if len(s.permits.calls) > 1 {
				return nil
			}
			s.setPermit("b", true, time.Now())
			return badRequest()
		}
		permit(t, s.session(), &gateway.PermissionChange{Add: []string{"a", "b", "c"}})
		s.wantPermitted("b", "a", "c")
	})
}

// A call whose answer got lost is looked after, and made again only if it has to.
func TestPermitAnswerIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.permits.after = func(permitCall) error { return serverError() }
		c := &gateway.PermissionChange{Add: ids(3)}
		permit(t, s.session(), c)
		s.wantPermitCalls(2, "add 3")
		if !c.Lost || len(c.Asked) > 0 || len(c.Before) > 0 || len(c.Listed) != 3 {
			t.Errorf("lost %t, asked for %v, listed %v and then %v", c.Lost, c.Asked, c.Before, c.Listed)
		}

		s.permits.before = func(permitCall) error { return serverError() }
		c = &gateway.PermissionChange{Remove: ids(3)}
		if err := s.session().Permit(t.Context(), c); err != nil || len(c.Refused) != 3 {
			t.Errorf("error %v, refused %v", err, c.Refused)
		}
		s.wantPermitted(ids(3)...)
	})
}

// After an error it is known what was done.
func TestPermitFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.permits.before = func(permitCall) error {
			if len(s.permits.calls) > 1 {
				return forbidden()
			}
			return nil
		}
		c := &gateway.PermissionChange{Add: ids(60)}
		wantCode(t, s.session().Permit(t.Context(), c), 403)
		if len(c.Listed) != 50 {
			t.Errorf("%d listed", len(c.Listed))
		}
	})
}

// What never shows is waited for until the time is up.
func TestPermitNeverShows(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.stale = time.Hour
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		c := &gateway.PermissionChange{Add: ids(1)}
		if err := s.session().Permit(ctx, c); !errors.Is(err, context.DeadlineExceeded) || len(c.Asked) != 1 {
			t.Errorf("error %v, asked %v", err, c.Asked)
		}
		if s.permits.listings > 30 || len(s.permits.calls) != 1 {
			t.Errorf("%d listings, %d calls", s.permits.listings, len(s.permits.calls))
		}
	})
}

// What another one holds is not removed, and whoever comes to hold it later finds
// it removed.
func TestPermitLeavesWhatIsTaken(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.permit("a", "b")
		v := s.session()
		permit(t, v, &gateway.PermissionChange{Held: func(account string) bool { return account == "a" }, Remove: []string{"a", "b"}})
		s.wantPermitted("a")

		// The deletion is under way when another one adds it.
		s.latency = time.Second
		var group sync.WaitGroup
		group.Go(func() { permit(t, v, &gateway.PermissionChange{Remove: []string{"a"}}) })
		passes(time.Millisecond)
		group.Go(func() { permit(t, v, &gateway.PermissionChange{Add: []string{"a"}}) })
		group.Wait()
		s.wantPermitted("a")
	})
}

// doubled lists a second record of each account.
type doubled struct{ *server }

func (d doubled) ListPermissions(ctx context.Context, gw apig.Gateway) iter.Seq2[apig.PermissionPage, error] {
	return func(yield func(apig.PermissionPage, error) bool) {
		for page, err := range d.server.ListPermissions(ctx, gw) {
			for _, p := range page.Permissions {
				page.Permissions = append(page.Permissions, apig.Permission{ID: "another of " + p.Account, Account: p.Account})
			}
			if !yield(page, err) {
				return
			}
		}
	}
}

// Of an account with more than one record, the first counts.
func TestPermissionsOfOneAccount(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.permit("a", "b")
		found, err := gateway.NewRegistry(doubled{s}).Session(theGateway).Permissions(t.Context(), anyTime)
		if err != nil || len(found) != 2 || found["a"].ID != "of a" {
			t.Errorf("%v, %v", found, err)
		}
	})
}
