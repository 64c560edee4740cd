// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// bubble runs a test on a clock of its own, with a server of its own, and waits for what that runs beside it.
func bubble(t *testing.T, test func(t *testing.T, s *server)) {
	t.Helper()
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		defer s.Wait()
		test(t, s)
	})
}

// bubbles is bubble for one of several tests.
func bubbles(t *testing.T, name any, test func(t *testing.T, s *server)) {
	t.Helper()
	t.Run(fmt.Sprint(name), func(t *testing.T) { bubble(t, test) })
}

// session is a new run's session of the gateway.
func (s *server) session() *gateway.Session { return gateway.NewRegistry(s).Session(theGateway) }

// names are those of the endpoints.
var names = func() (names []string) {
	for i := range 10_000 {
		names = append(names, fmt.Sprintf("e%04d", i))
	}
	return names
}()

// ids names n endpoints.
func ids(n int) []string { return slices.Clone(names[:n]) }

// cases are items to bring to a goal.
func cases(goal endpoint.Goal, ids ...string) []*settle.Item {
	cs := make([]*settle.Item, len(ids))
	for i, id := range ids {
		cs[i] = &settle.Item{EndpointID: id, Goal: goal}
	}
	return cs
}

// within is a context that ends after a while.
func within(t *testing.T, d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(t.Context(), d)
	t.Cleanup(cancel)
	return ctx
}

// passes lets the fake time pass.
func passes(d time.Duration) { <-time.After(d) }

// stopwatch returns how much fake time has passed since.
func stopwatch() func() time.Duration {
	began := time.Now()
	return func() time.Duration { return time.Since(began) }
}

// wantSteps checks where the cases ended.
func wantSteps(t *testing.T, cs []*settle.Item, want settle.Phase, except ...string) {
	t.Helper()
	for _, c := range cs {
		assert.Check(t, (c.Phase == want) != slices.Contains(except, c.EndpointID),
			"%s: step %d, observed %q, %d calls, refusal %v", c.EndpointID, c.Phase, c.Observed.Status, c.Calls, c.Refusal)
	}
}

// wantCalls checks how many action calls there were.
func (s *server) wantCalls(want int) {
	s.t.Helper()
	got, _ := s.counts()
	assert.Check(s.t, got == want, "%d action calls (of %v), want %d", got, s.sizes(), want)
}

// wantPages checks how many list calls there were.
func (s *server) wantPages(want int) {
	s.t.Helper()
	_, got := s.counts()
	assert.Check(s.t, got == want, "%d list calls (%v), want %d", got, s.pages, want)
}

// wantError checks that an error is, or wraps, another one, or an API error of a status; nil is none.
func wantError(t *testing.T, err error, want any) {
	t.Helper()
	switch want := want.(type) {
	case nil:
		assert.Check(t, err)
	case int:
		var apiErr *rest.Error
		assert.Check(t, errors.As(err, &apiErr) && apiErr.StatusCode == want, "error %v, want one of status %d", err, want)
	case error:
		assert.Check(t, errors.Is(err, want), "error %v, want %v", err, want)
	}
}

// bring settles items, which has to succeed.
func bring(t *testing.T, v *gateway.Session, cs []*settle.Item) {
	t.Helper()
	assert.Check(t, v.Settle(t.Context(), cs, 0))
}

// settleEach settles each item by a caller of its own, who comes a gap after the one before, and returns their errors.
func settleEach(ctx context.Context, v *gateway.Session, cs []*settle.Item, gap time.Duration) []error {
	errs := make([]error, len(cs))
	var group sync.WaitGroup
	for i, c := range cs {
		group.Go(func() {
			passes(time.Duration(i) * gap)
			errs[i] = v.Settle(ctx, []*settle.Item{c}, 0)
		})
	}
	group.Wait()
	return errs
}

// wantNone checks that there were no errors.
func wantNone(t *testing.T, errs []error) {
	t.Helper()
	for i, err := range errs {
		assert.Check(t, err, "caller %d", i)
	}
}

// walk visits items, so many at the same time.
func walk[T any](items []T, parallelism int, visit func(T)) {
	queue := make(chan T)
	var group sync.WaitGroup
	for range parallelism {
		group.Go(func() {
			for item := range queue {
				visit(item)
			}
		})
	}
	for _, item := range items {
		queue <- item
	}
	close(queue)
	group.Wait()
}

// anyTime lets any earlier look serve.
var anyTime = gateway.OfThisRun()

// look looks for endpoints, which has to succeed.
func look(t *testing.T, v *gateway.Session, fresh gateway.Freshness, endpoints ...string) map[string]endpoint.Connection {
	t.Helper()
	found, err := v.Get(t.Context(), endpoints, fresh)
	assert.Check(t, err, "look for %v", endpoints)
	return found
}
