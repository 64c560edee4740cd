// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"sync"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/flight"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/bisect"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/listing"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/pace"
)

// permissions is what a session shares of who may ask for connections. It is safe for
// concurrent use.
type permissions struct {
	calls *calls
	pace  *pace.Pace

	// turn is of the one that makes a call. Calls one after the other are
	// all the order that is needed: whoever holds an entry and looks for it then
	// finds what a deletion that began before has done.
	turn *flight.Turn

	// Under turn.
	listed map[string]apig.Permission // by account; nil when it has to be asked for
	began  time.Time
	took   time.Duration

	mu       sync.Mutex
	failures int // listings that failed
	failure  error
	// deleted is when the deletion of entries was asked for last, as far as it may still
	// show: neither a listing without the entry nor a new entry was seen since.
	deleted map[string]time.Time

	busyAt time.Time // when a call was last answered that the gateway is busy

	adding, deleting *bisect.Bisection
}

func newPermissions(calls *calls, pace *pace.Pace) *permissions {
	add, remove := bisect.NewSizes()
	return &permissions{calls: calls, pace: pace, turn: flight.NewTurn(), deleted: map[string]time.Time{}, adding: bisect.New(add), deleting: bisect.New(remove)}
}

// Permissions returns who may ask for connections, by account, the gateway
// owner's own entry included; the map must not be changed. A listing of this run
// serves it that is fresh enough, if nothing was changed since.
func (s *Session) Permissions(ctx context.Context, fresh Freshness) (map[string]apig.Permission, error) {
	return s.permissions.list(ctx, fresh)
}

// Permit makes a change: it looks first, calls for what is not as it is to be,
// and waits until the gateway lists it so. It deletes nothing before all that is
// to be added is listed: an account that another entry let in, the one of every
// account for example, is not to be without any in between, or for good.
//
// An error is what kept it from that: the context's or the API's. Accounts that
// were refused alone are none, but told in the change; the others do not suffer
// for them.
func (s *Session) Permit(ctx context.Context, change *PermissionChange) error {
	return s.permissions.permit(ctx, change)
}

// list returns who may ask for connections.
func (p *permissions) list(ctx context.Context, fresh Freshness) (map[string]apig.Permission, error) {
	came := p.failed()
	ctx, done, err := p.turn.Take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	if p.listed != nil && fresh.Allows(p.began, p.took) {
		return p.listed, nil
	}
	if p.failed() > came {
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
			p.mu.Lock()
			p.failures, p.failure = p.failures+1, err
			p.mu.Unlock()
		}
		return nil, err
	}
	p.listed, p.began, p.took = listed, began, time.Since(began)
	p.seeDeletions(listed)
	return listed, nil
}

func (p *permissions) failed() int {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.failures
}

// listAll lists until it has all of them.
func (p *permissions) listAll(ctx context.Context) (map[string]apig.Permission, error) {
	for range listing.MaxRelistings + 1 {
		listed, shifted, err := p.calls.listPermissionsOnce(ctx)
		if err != nil {
			return nil, err
		}
		if !shifted {
			return listed, nil
		}
	}
	return nil, ErrShifting
}

// change makes one call for accounts of those that wait, and returns which.
// Of a deletion it leaves out what another resource holds by now. It makes none where
// there is nothing left to ask for, where those who wait are to look first, and where
// no call helps, which is an error without accounts.
func (p *permissions) change(ctx context.Context, c *PermissionChange, add bool, waiting []string) (o permissionOutcome) {
	came := time.Now()
	ctx, done, err := p.turn.Take(ctx)
	if err != nil {
		return permissionOutcome{fatal: true, err: err}
	}
	defer done()
	side := p.adding
	if !add {
		side = p.deleting
		waiting = c.unspared(waiting)
	}
	p.mu.Lock()
	now, err := side.SendsAway()
	if !now && p.busyAt.After(came) {
		now, err = true, side.LastBusy() // as all are told who waited for the one who asked
	}
	var accounts []string
	if !now {
		accounts, _ = side.Next(waiting, 0)
	}
	calls := side.Retrying(ctx, accounts)
	p.mu.Unlock()
	if len(accounts) == 0 {
		return permissionOutcome{err: err}
	}
	p.listed = nil // whatever comes of it
	err = p.calls.permit(calls, add, accounts)
	p.keep(add, accounts, err)
	p.calls.noteChange(ctx, apig.OperationAddPermissions, err)
	o = permissionOutcome{accounts: accounts, err: err}
	p.mu.Lock()
	defer p.mu.Unlock()
	if o.final, o.fatal = side.Judge(ctx, accounts, err); apig.IsBusy(err) {
		p.busyAt = time.Now()
	}
	return o
}

// found takes in that entries turned out to be as they are to be, added or
// deleted, after a call that named them had failed.
func (p *permissions) found(added, deleted []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.adding.Found(added)
	p.deleting.Found(deleted)
}

// forget takes in that nobody will find out why calls failed that named
// accounts.
func (p *permissions) forget(accounts []string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.adding.Forget(accounts)
	p.deleting.Forget(accounts)
}

// permissionOutcome is what became of a call that changes permissions.
type permissionOutcome struct {
	accounts []string // that it named
	final    bool     // an error is the last word on its account
	fatal    bool     // an error is about more than the accounts
	err      error
}

// keep keeps what a call deleted, or may have.
func (p *permissions) keep(add bool, accounts []string, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, account := range accounts {
		if !add && (err == nil || apig.MayHaveWorked(err)) {
			p.deleted[account] = time.Now()
		}
	}
}
