// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"maps"
	"slices"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// readdition follows an entry that is added while its deletion may still show. A call that
// was answered may have found the old entry there, and be lost with it.
type readdition struct {
	was     apig.Permission // that was listed at the call; zero if none was
	deleted time.Time
	gone    time.Time     // when it was first not listed since
	lag     time.Duration // how long after the deletion the addition may show
}

// next says what the entry needs after it was looked for: nothing, another call, or to be
// looked for again, where both are false.
func (r *readdition) next(listed apig.Permission, there bool, now time.Time) (done, call bool) {
	switch {
	case there:
		return !r.gone.IsZero() || listed != r.was || now.Sub(r.deleted) >= settle.DoubtFor, false
	case r.gone.IsZero():
		r.gone = now
		return false, false
	default:
		return false, now.Sub(r.gone) >= r.lag
	}
}

// follow takes in what is listed of the entries that are added again, and lets those be
// called for once more whose addition was lost.
func (p *permitting) follow() {
	now := time.Now()
	for account, r := range p.again {
		listed, there := p.Listed[account]
		done, call := r.next(listed, there, now)
		if done || call {
			delete(p.again, account)
			delete(p.Asked, account)
		}
		if done {
			p.permissions.overtaken(account)
			p.sure[account] = struct{}{}
		}
	}
}

// doubt begins to follow an account to add that was called for, or was refused, if its
// deletion may still show.
func (p *permitting) doubt(account string) {
	if at, deleted := p.permissions.deletedAt(account); deleted && slices.Contains(p.Add, account) {
		lag := min(max(time.Since(at), settle.ShowsSoon), settle.ShowsLate)
		p.again[account] = &readdition{was: p.Listed[account], deleted: at, lag: lag}
	}
}

// deletedAt is when the deletion of an account's entry was asked for, if it may still show:
// a listing that has the entry may be from before.
func (p *permissions) deletedAt(account string) (at time.Time, deleted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, deleted = p.deleted[account]
	return at, deleted
}

// overtaken takes in that the entry of an account is there after its deletion.
func (p *permissions) overtaken(account string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.deleted, account)
}

// seeDeletions takes in which deletions a listing shows.
func (p *permissions) seeDeletions(listed map[string]apig.Permission) {
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.deleted, func(account string, _ time.Time) bool { _, there := listed[account]; return !there })
}

// RememberDeletions takes in what an earlier run asked to be deleted, and did not see gone.
func (s *Session) RememberDeletions(unseen map[string]Asked) {
	p := s.permissions
	p.mu.Lock()
	defer p.mu.Unlock()
	for account, asked := range unseen {
		at, was := asked[endpoint.Rejected]
		if now := time.Now(); at.After(now) { // by another machine's clock
			at = now
		}
		if was && p.deleted[account].Before(at) {
			p.deleted[account] = at
		}
	}
}

// UnseenDeletions are those of accounts' entries that were asked for, in this run or as an
// earlier one left it, and not seen since: by account, as decisions to reject.
func (s *Session) UnseenDeletions(accounts []string) map[string]Asked {
	p := s.permissions
	p.mu.Lock()
	defer p.mu.Unlock()
	unseen := map[string]Asked{}
	for _, account := range accounts {
		if at, deleted := p.deleted[account]; deleted {
			unseen[account] = Asked{endpoint.Rejected: at}
		}
	}
	return unseen
}
