// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

// permits is who may ask for connections with a server's gateway. Fields are like the server's own.
type permits struct {
	shifts int // how many listings shift, -1: all
	before func(permitCall) error
	after  func(permitCall) error

	accounts []string
	changes  []permitChange
	calls    []permitCall
	listings int
}

// permitChange is when an account came, or went.
type permitChange struct {
	at      time.Time
	account string
	there   bool
}

// permitCall is one call that adds or deletes.
type permitCall struct {
	add      bool
	accounts []string
}

// permit seeds accounts.
func (s *server) permit(accounts ...string) {
	for _, account := range accounts {
		s.setPermit(account, true, time.Time{})
	}
}

func (s *server) setPermit(account string, there bool, at time.Time) {
	if !slices.Contains(s.permits.accounts, account) {
		s.permits.accounts = append(s.permits.accounts, account)
	}
	s.permits.changes = append(s.permits.changes, permitChange{at, account, there})
}

// permitted are the accounts that are permitted at a time.
func (s *server) permitted(at time.Time) []string {
	there := map[string]bool{}
	for _, c := range s.permits.changes {
		if !c.at.After(at) {
			there[c.account] = c.there
		}
	}
	return slices.DeleteFunc(slices.Clone(s.permits.accounts), func(account string) bool { return !there[account] })
}

func (s *server) wantPermitted(want ...string) {
	s.t.Helper()
	s.mu.Lock()
	defer s.mu.Unlock()
	slices.Sort(want)
	got := s.permitted(time.Now())
	assert.Check(s.t, slices.Equal(slices.Sorted(slices.Values(got)), want), "permitted are %v, want %v", got, want)
}

// wantPermitCalls checks the calls, as "add 2", and how many listings there were.
func (s *server) wantPermitCalls(listings int, want ...string) {
	s.t.Helper()
	var got []string
	for _, c := range s.permits.calls {
		verb := "delete"
		if c.add {
			verb = "add"
		}
		got = append(got, fmt.Sprintf("%s %d", verb, len(c.accounts)))
	}
	assert.Check(s.t, slices.Equal(got, want) && s.permits.listings == listings, "%d listings and %v, want %d and %v", s.permits.listings, got, listings, want)
}

func (s *server) ListPermissions(ctx context.Context, gw apig.Gateway) iter.Seq2[apig.PermissionPage, error] {
	return func(yield func(apig.PermissionPage, error) bool) {
		err := s.travel(ctx, apig.OperationListPermissions, s.latency)
		if err != nil {
			yield(apig.PermissionPage{}, err)
			return
		}
		s.mu.Lock()
		if err := s.turn(page{time.Now(), gw, "", 0}); err != nil {
			s.mu.Unlock()
			yield(apig.PermissionPage{}, err)
			return
		}
		s.permits.listings++
		answer := apig.PermissionPage{Shifted: s.permits.shifts != 0}
		if s.permits.shifts > 0 {
			s.permits.shifts--
		}
		for _, account := range s.permitted(time.Now().Add(-s.stale)) {
			answer.Entries = append(answer.Entries, apig.Permission{ID: "of " + account, Account: account}, apig.Permission{ID: "another of " + account, Account: account})
		}
		s.mu.Unlock()
		yield(answer, nil)
	}
}

func (s *server) AddPermissions(ctx context.Context, _ apig.Gateway, accounts []string) error {
	return s.changePermits(ctx, apig.OperationAddPermissions, permitCall{true, slices.Clone(accounts)})
}

func (s *server) DeletePermissions(ctx context.Context, _ apig.Gateway, accounts []string) error {
	return s.changePermits(ctx, apig.OperationDeletePermissions, permitCall{false, slices.Clone(accounts)})
}

func (s *server) changePermits(ctx context.Context, operation string, c permitCall) error {
	if err := s.travel(ctx, operation, s.latency+s.decideLatency); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.permits.calls = append(s.permits.calls, c)
	assert.Check(s.t, len(c.accounts) >= 1 && len(c.accounts) <= apig.MaxBatch, "%d accounts in one call", len(c.accounts))
	if s.permits.before != nil {
		if err := s.permits.before(c); err != nil {
			return err
		}
	}
	for _, account := range c.accounts {
		s.setPermit(account, c.add, time.Now())
	}
	if s.permits.after != nil {
		return s.permits.after(c)
	}
	return nil
}
