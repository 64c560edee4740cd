// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/bisect"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/listing"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/pace"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// permissions is what a session shares of who may ask for connections. It is safe for concurrent use.
type permissions struct {
	calls *calls
	pace  *pace.Pace

	// turn is of the one that makes a call. No other order is needed: whoever holds an entry and looks for it finds what a
	// deletion that began before has done.
	turn *flight.Turn

	// Under turn.
	listed  map[string]apig.Permission // by account; nil when it has to be asked for
	began   time.Time
	took    time.Duration
	failure error // of the last listing that failed

	failures atomic.Int64 // listings that failed

	mu sync.Mutex
	// deleted is when the deletion of entries was asked for last, as far as it may still show: neither a listing without
	// the entry nor a new entry was seen since.
	deleted map[string]time.Time

	busyAt  time.Time                  // when a call was last answered that the gateway is busy
	bisects map[bool]*bisect.Bisection // of additions, and of deletions
}

func newPermissions(calls *calls, pace *pace.Pace) *permissions {
	add, remove := bisect.NewSizes()
	return &permissions{calls: calls, pace: pace, turn: flight.NewTurn(), deleted: map[string]time.Time{}, bisects: map[bool]*bisect.Bisection{true: bisect.New(add), false: bisect.New(remove)}}
}

// Permissions returns who may ask for connections, by account, the gateway owner's own entry included; the map must not
// be changed. A listing of this run serves it that is fresh enough, if nothing was changed since.
func (s *Session) Permissions(ctx context.Context, fresh Freshness) (map[string]apig.Permission, error) {
	return s.permissions.list(ctx, fresh)
}

func (p *permissions) list(ctx context.Context, fresh Freshness) (map[string]apig.Permission, error) {
	came := p.failures.Load()
	ctx, done, err := p.turn.Take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if p.listed != nil && fresh.Allows(p.began, p.took) {
		return p.listed, nil
	}
	if p.failures.Load() > came {
		return nil, p.failure // of the one that all were waiting for
	}
	if err := p.calls.Outage(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	listed, err := p.listAll(ctx)
	shared := p.calls.Looked(ctx, began, err)
	if err != nil {
		if ctx.Err() == nil && shared {
			p.failure = err
			p.failures.Add(1)
		}
		return nil, err
	}
	p.listed, p.began, p.took = listed, began, time.Since(began)
	p.mu.Lock()
	defer p.mu.Unlock()
	maps.DeleteFunc(p.deleted, func(account string, _ time.Time) bool { _, there := listed[account]; return !there })
	return listed, nil
}

func (p *permissions) listAll(ctx context.Context) (map[string]apig.Permission, error) {
	for range listing.MaxRelistings + 1 {
		listed, shifted, err := p.calls.listPermissionsOnce(ctx)
		if err != nil || !shifted {
			return listed, err
		}
	}
	return nil, ErrShifting
}

// change makes one call for accounts of those that wait, and returns which. A deletion leaves out what others hold by now.
// It makes none where nothing is left, where those who wait are to look first, and, with an error, where no call helps.
func (p *permissions) change(ctx context.Context, c *PermissionChange, add bool, waiting []string) (accounts []string, o settle.Outcome) {
	came := time.Now()
	ctx, done, err := p.turn.Take(ctx)
	if err != nil {
		return nil, settle.Outcome{Fatal: true, Err: err}
	}
	defer done()
	side := p.bisects[add]
	if !add {
		waiting = c.unspared(waiting)
	}
	p.mu.Lock()
	now, err := side.SendsAway()
	if !now && p.busyAt.After(came) {
		now, err = true, side.LastBusy() // as all are told who waited for the one who asked
	}
	if !now {
		accounts, _ = side.Next(waiting, 0)
	}
	calls := side.Retrying(ctx, accounts)
	p.mu.Unlock()
	if len(accounts) == 0 {
		return nil, settle.Outcome{Err: err}
	}
	p.listed = nil // whatever comes of it
	err = p.calls.permit(calls, add, accounts)
	p.calls.noteChange(ctx, apig.OperationAddPermissions, err)
	o.Err = err
	p.mu.Lock()
	defer p.mu.Unlock()
	if !add && (err == nil || apig.EffectOf(err) == rest.EffectUnknown) {
		for _, account := range accounts {
			p.deleted[account] = time.Now()
		}
	}
	if o.Final, o.Fatal = side.Judge(ctx, accounts, err); apig.IsBusy(err) {
		p.busyAt = time.Now()
	}
	return accounts, o
}

// found takes in that entries are as they are to be, there or not, although a call that named them failed.
func (p *permissions) found(there bool, accounts []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.bisects[there].Found(accounts)
}

// forget takes in that nobody will find out why calls failed that named accounts.
func (p *permissions) forget(accounts []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, side := range p.bisects {
		side.Forget(accounts)
	}
}

// readdition follows an entry that is added while its deletion may still show: the call may have found the old entry there,
// and be lost with it.
type readdition struct {
	was     apig.Permission // that was listed at the call; zero if none was
	deleted time.Time
	gone    time.Time     // when it was first not listed since
	lag     time.Duration // how long after the deletion the addition may show
}

// next says what the entry needs after it was looked for: nothing, another call, or, where both are false, to be looked for.
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

// follow looks at the entries that are added again. A lost addition is called for once more.
func (p *permitting) follow() {
	s, now := p.permissions, time.Now()
	s.mu.Lock()
	defer s.mu.Unlock()
	for account, r := range p.again {
		listed, there := p.Listed[account]
		done, call := r.next(listed, there, now)
		if done || call {
			delete(p.again, account)
			delete(p.Asked, account)
		}
		if done {
			delete(s.deleted, account)
		}
	}
}

// doubt begins to follow an account to add that was called for, or was refused, if its deletion may still show.
func (p *permitting) doubt(account string) {
	if at, deleted := p.permissions.deletedAt(account); deleted && slices.Contains(p.Add, account) {
		lag := min(max(time.Since(at), settle.ShowsSoon), settle.ShowsLate)
		p.again[account] = &readdition{was: p.Listed[account], deleted: at, lag: lag}
	}
}

// deletedAt is when the deletion of an account's entry was asked for, if it may still show.
func (p *permissions) deletedAt(account string) (at time.Time, deleted bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	at, deleted = p.deleted[account]
	return at, deleted
}

// RememberDeletions takes in what an earlier run asked to be deleted, and did not see gone.
func (s *Session) RememberDeletions(unseen map[string]Asked) {
	p := s.permissions
	p.mu.Lock()
	defer p.mu.Unlock()
	for account, asked := range unseen {
		at := earlier(asked[endpoint.Rejected], time.Now()) // it may be by another machine's clock
		if p.deleted[account].Before(at) {
			p.deleted[account] = at
		}
	}
}

// UnseenDeletions are the deletions that were asked for and not seen since, by account, as decisions to reject.
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
