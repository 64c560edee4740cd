// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"cmp"
	"context"
	"errors"
	"maps"
	"slices"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// permit makes a change that has to succeed.
func permit(t *testing.T, v *gateway.Session, c *gateway.PermissionChange) {
	t.Helper()
	err := v.Permit(t.Context(), c)
	assert.Check(t, err == nil && len(c.Refused) <= 0, "error %v, refused %v", err, c.Refused)
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

// What becomes of a change, and of what the server does to its calls.
func TestPermit(t *testing.T) {
	t.Parallel()
	answers := func(err error) func(*server) func(permitCall) error {
		return func(*server) func(permitCall) error { return func(permitCall) error { return err } }
	}
	for name, test := range map[string]struct {
		listed        []string
		stale         time.Duration
		add, remove   []string
		held          string
		before, after func(s *server) func(permitCall) error
		timeout       time.Duration

		refused   []string
		err       any // its status, or one that it is
		want      []string
		asked     []string
		lost      bool
		calls     []string // nil for any
		listings  int
		mostCalls int
	}{
		"ordinary": {
			listed: []string{"owner", "there", "old"}, stale: 3 * time.Second, add: []string{"there", "new"}, remove: []string{"old", "missing"},
			want: []string{"owner", "there", "new"}, asked: []string{"new", "old"}, calls: []string{"add 1", "delete 1"},
		},
		"what another one holds": {listed: []string{"a", "b"}, remove: []string{"a", "b"}, held: "a", want: []string{"a"}, asked: []string{"b"}},
		"one is refused": {
			add: ids(20), before: func(*server) func(permitCall) error { return refusing("e0007", badRequest()) },
			refused: []string{"e0007"}, want: slices.Delete(ids(20), 7, 8), asked: slices.Delete(ids(20), 7, 8),
		},
		"all are refused": {add: ids(500), before: answers(badRequest()), err: 400, mostCalls: 50},
		"refused because it is there": {
			add: []string{"a", "b"}, before: func(s *server) func(permitCall) error {
				return func(c permitCall) error {
					if len(s.permits.calls) > 1 {
						return nil
					}
					s.setPermit("b", true, time.Now())
					return badRequest()
				}
			},
			want: []string{"b", "a"}, asked: []string{"a"},
		},
		"an answer lost":   {add: ids(3), after: answers(serverError()), want: ids(3), lost: true, calls: []string{"add 3"}, listings: 2},
		"deletions failed": {listed: ids(3), remove: ids(3), before: answers(serverError()), refused: ids(3), want: ids(3), lost: true},
		"it fails for good": {
			add: ids(60), before: func(s *server) func(permitCall) error {
				return func(permitCall) error {
					if len(s.permits.calls) > 1 {
						return forbidden()
					}
					return nil
				}
			},
			err: 403, want: ids(50), asked: ids(50), listings: 2,
		},
		"it never shows": {add: ids(1), stale: time.Hour, timeout: time.Minute, err: context.DeadlineExceeded, want: ids(1), asked: ids(1), calls: []string{"add 1"}},
		"it is busy": {
			add: ids(1), before: answers(busy()), timeout: time.Minute, err: 409,
		},
		// Nothing is deleted before all that is to be added is listed, and nothing at all while something is refused.
		"deletions are last": {
			listed: []string{"*"}, stale: 5 * time.Second, add: []string{"a"}, remove: []string{"*"},
			before: func(s *server) func(permitCall) error {
				return func(c permitCall) error {
					listed := s.permitted(time.Now().Add(-s.stale))
					assert.Check(t, c.add || slices.Contains(listed, "a"), "a deletion while %v are listed", listed)
					return nil
				}
			},
			want: []string{"a"}, asked: []string{"*", "a"},
		},
		"no deletion beside a refusal": {
			listed: []string{"a"}, add: []string{"b", "c"}, remove: []string{"a"}, before: func(*server) func(permitCall) error { return refusing("c", badRequest()) },
			refused: []string{"c"}, want: []string{"a", "b"}, asked: []string{"b"},
		},
		"a lost addition, and deletions": {
			listed: []string{"a", "b"}, add: []string{"c"}, remove: []string{"a", "b"}, after: func(*server) func(permitCall) error { return refusing("c", serverError()) },
			want: []string{"c"}, asked: []string{"a", "b"}, lost: true, calls: []string{"add 1", "delete 2"},
		},
	} {
		bubbles(t, name, func(t *testing.T, s *server) {
			s.permit(test.listed...)
			passes(2 * time.Hour)
			if s.stale = test.stale; test.before != nil {
				s.permits.before = test.before(s)
			}
			if test.after != nil {
				s.permits.after = test.after(s)
			}
			ctx := t.Context()
			if test.timeout > 0 {
				ctx = within(t, test.timeout)
			}
			c := &gateway.PermissionChange{Add: test.add, Remove: test.remove}
			if test.held != "" {
				c.Held = func(account string) bool { return account == test.held }
			}
			wantError(t, s.session().Permit(ctx, c), test.err)
			refused, asked := slices.Sorted(maps.Keys(c.Refused)), slices.Sorted(maps.Keys(c.Asked))
			assert.Check(t, (slices.Equal(refused, test.refused) || test.err == 400) && slices.Equal(asked, test.asked) && c.Lost == test.lost,
				"refused %v, asked for %v, lost %t", refused, asked, c.Lost)
			assert.Check(t, len(c.Before) == len(test.listed) && (test.stale >= time.Hour || len(c.Listed) == len(test.want)),
				"listed %v, then %v", c.Before, c.Listed)
			s.wantPermitted(test.want...)
			if test.calls != nil {
				s.wantPermitCalls(cmp.Or(test.listings, s.permits.listings), test.calls...)
			}
			assert.Check(t, s.permits.listings <= 30 && (test.mostCalls <= 0 || len(s.permits.calls) <= test.mostCalls),
				"%d listings, %d calls", s.permits.listings, len(s.permits.calls))
		})
	}
}

// A deletion that is under way when another one adds the entry is no loss.
func TestPermitWhileItIsDeleted(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.permit("a")
		v := s.session()
		_, err := v.Permissions(t.Context(), anyTime)
		assert.Check(t, err)
		s.latency = time.Second
		s.Go(func() { permit(t, v, &gateway.PermissionChange{Remove: []string{"a"}}) })
		passes(time.Millisecond)
		s.Go(func() { permit(t, v, &gateway.PermissionChange{Add: []string{"a"}}) })
		s.Wait()
		s.wantPermitted("a")
	})
}

// Permissions of many resources on a busy gateway cost little more than those of one.
func TestPermitWhileBusy(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.latency = 100 * time.Millisecond
		began := time.Now()
		s.permits.before = func(permitCall) error {
			if time.Since(began) < 5*time.Minute {
				return busy()
			}
			return nil
		}
		v := s.session()
		walk(slices.Collect(slices.Chunk(ids(200), 20)), 10, func(part []string) { permit(t, v, &gateway.PermissionChange{Add: part}) })
		s.wantPermitted(s.permits.accounts...)
		calls := len(s.permits.calls)
		assert.Check(t, len(s.permits.accounts) == 200 && calls <= 120, "%d calls, %d listings", calls, s.permits.listings)
	})
}

func TestPermitInBatches(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		v := s.session()
		permit(t, v, &gateway.PermissionChange{Add: ids(120)})
		s.wantPermitCalls(2, "add 50", "add 50", "add 20")
		permit(t, v, &gateway.PermissionChange{Add: ids(120)})
		s.wantPermitCalls(2, "add 50", "add 50", "add 20") // the listing is recent
		permit(t, v, &gateway.PermissionChange{Remove: ids(51)})
		s.wantPermitCalls(3, "add 50", "add 50", "add 20", "delete 50", "delete 1")
	})
}

// A listing that still shows an entry which this run has deleted does not do for whoever wants it: it would be missing.
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
		bubbles(t, name, func(t *testing.T, s *server) {
			s.latency, s.stale, s.permits.before, s.permits.after = 50*time.Millisecond, test.stale, test.before, test.after
			s.permit("owner", "moving")
			passes(time.Hour)
			v := s.session()
			h := newHolders()
			s.Go(func() {
				held := func(account string) bool { return h.taken("giver", account) }
				_ = v.Permit(t.Context(), &gateway.PermissionChange{Held: held, Remove: []string{"moving"}})
			})
			passes(120 * time.Millisecond) // a listing, a deletion
			h.claim("taker", "moving")
			permit(t, v, &gateway.PermissionChange{Add: []string{"moving"}})
			s.Wait()
			s.wantPermitted("owner", "moving")
			s.wantPermitCalls(s.permits.listings, "delete 1", "add 1")
		})
	}
}

// An old deletion that is remembered after the entry was added is not waited for.
func TestPermitBeforeAnOldDeletionIsRemembered(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.latency = time.Second
		v := s.session()
		time.AfterFunc(5*time.Second/2, func() { // while it is looked for
			v.RememberDeletions(map[string]gateway.Asked{"a": {endpoint.Rejected: time.Now().Add(-time.Hour)}})
		})
		assert.NilError(t, v.Permit(within(t, time.Minute), &gateway.PermissionChange{Add: []string{"a"}}))
		s.wantPermitCalls(2, "add 1")
	})
}

// A listing that failed failed for all who were waiting for it.
func TestPermissionsFailTogether(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.latency, s.permits.shifts = time.Second, -1
		v, took := s.session(), stopwatch()
		for range 20 {
			s.Go(func() {
				_, err := v.Permissions(t.Context(), anyTime)
				assert.Check(t, errors.Is(err, gateway.ErrShifting), "error %v, want ErrShifting", err)
			})
		}
		s.Wait()
		assert.Check(t, took() == 3*time.Second, "took %s", took())
		s.permits.shifts = 2
		_, err := v.Permissions(t.Context(), anyTime)
		assert.Check(t, err, "a new attempt")
	})
}

// Of an account with more than one record, the first counts.
func TestPermissionsOfOneAccount(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.permit("a", "b")
		found, err := s.session().Permissions(t.Context(), anyTime)
		assert.Check(t, err == nil && len(found) == 2 && found["a"].ID == "of a", "%v, %v", found, err)
	})
}
