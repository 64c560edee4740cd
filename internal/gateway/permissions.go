// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/bisect"
)

// permissions is what a session shares of who may ask for connections.
type permissions struct {
	// turn is of the one that makes a call. Calls one after the other are
	// all the order that is needed: whoever holds an entry and looks for it then
	// finds what a deletion that began before has done.
	turn *turn

	// Under turn.
	listed map[string]apig.Permission // by account; nil when it has to be asked for
	began  time.Time
	took   time.Duration

	// Under the session's lock.
	failures int // listings that failed
	failure  error
	// deleted is when the deletion of entries was asked for last, as far as it may still
	// show: neither a listing without the entry nor a new entry was seen since.
	deleted map[string]time.Time

	busyAt time.Time // when a call was last answered that the gateway is busy

	adding, deleting *bisect.Bisection
}

func newPermissions() permissions {
	add, remove := bisect.NewSizes()
	return permissions{turn: newTurn(), deleted: map[string]time.Time{}, adding: bisect.New(add), deleting: bisect.New(remove)}
}

// Permissions returns who may ask for connections, by account, the gateway
// owner's own entry included; the map must not be changed. A listing of this run
// serves it that is fresh enough, if nothing was changed since.
func (v *Session) Permissions(ctx context.Context, fresh Freshness) (map[string]apig.Permission, error) {
	came := v.permissionFailures()
	ctx, done, err := v.permissions.turn.take(ctx)
	if err != nil {
		return nil, err
	}
	defer done()
	p := &v.permissions
	if p.listed != nil && fresh.allows(p.began, p.took) {
		return p.listed, nil
	}
	if v.permissionFailures() > came {
		return nil, p.failure // of the one that all were waiting for
	}
	if err := v.outage(ctx); err != nil {
		return nil, err
	}
	began := time.Now()
	listed, err := v.listPermissions(ctx)
	v.noteOutage(ctx, began, err)
	if err != nil {
		if ctx.Err() == nil && isShared(ctx, err) {
			v.mu.Lock()
			p.failures, p.failure = p.failures+1, err
			v.mu.Unlock()
		}
		return nil, err
	}
	p.listed, p.began, p.took = listed, began, time.Since(began)
	v.seeDeletions(listed)
	return listed, nil
}

func (v *Session) permissionFailures() int {
	v.mu.Lock()
	defer v.mu.Unlock()
	return v.permissions.failures
}

// listPermissions lists until it has all of them.
func (v *Session) listPermissions(ctx context.Context) (map[string]apig.Permission, error) {
	for range maxRelistings + 1 {
		listed, shifted, err := v.listPermissionsOnce(ctx)
		if err != nil {
			return nil, err
		}
		if !shifted {
			return listed, nil
		}
	}
	return nil, ErrShifting
}

// changePermissions makes one call for accounts of those that wait, and returns which.
// Of a deletion it leaves out what another resource holds by now. It makes none where
// there is nothing left to ask for, where those who wait are to look first, and where
// no call helps, which is an error without accounts.
func (v *Session) changePermissions(ctx context.Context, c *PermissionChange, add bool, waiting []string) (o permissionOutcome) {
	came := time.Now()
	ctx, done, err := v.permissions.turn.take(ctx)
	if err != nil {
		return permissionOutcome{fatal: true, err: err}
	}
	defer done()
	bisect := v.permissions.adding
	if !add {
		bisect = v.permissions.deleting
		waiting = c.unspared(waiting)
	}
	v.mu.Lock()
	now, err := bisect.SendsAway()
	if !now && v.permissions.busyAt.After(came) {
		now, err = true, bisect.LastBusy() // as all are told who waited for the one who asked
	}
	var accounts []string
	if !now {
		accounts, _ = bisect.Next(waiting, 0)
	}
	calls := bisect.Retrying(ctx, accounts)
	v.mu.Unlock()
	if len(accounts) == 0 {
		return permissionOutcome{err: err}
	}
	v.permissions.listed = nil // whatever comes of it
	err = v.permit(calls, add, accounts)
	v.keepPermissionChange(add, accounts, err)
	v.noteChange(ctx, apig.OperationAddPermissions, err)
	o = permissionOutcome{accounts: accounts, err: err}
	v.mu.Lock()
	defer v.mu.Unlock()
	if o.final, o.fatal = bisect.Judge(ctx, accounts, err); apig.IsBusy(err) {
		v.permissions.busyAt = time.Now()
	}
	return o
}

// foundPermissions takes in that entries turned out to be as they are to be, added or
// deleted, after a call that named them had failed.
func (v *Session) foundPermissions(added, deleted []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.permissions.adding.Found(added)
	v.permissions.deleting.Found(deleted)
}

// forgetPermissions takes in that nobody will find out why calls failed that named
// accounts.
func (v *Session) forgetPermissions(accounts []string) {
	v.mu.Lock()
	defer v.mu.Unlock()
	v.permissions.adding.Forget(accounts)
	v.permissions.deleting.Forget(accounts)
}

// permissionOutcome is what became of a call that changes permissions.
type permissionOutcome struct {
	accounts []string // that it named
	final    bool     // an error is the last word on its account
	fatal    bool     // an error is about more than the accounts
	err      error
}

// keepPermissionChange keeps what a call deleted, or may have.
func (v *Session) keepPermissionChange(add bool, accounts []string, err error) {
	v.mu.Lock()
	defer v.mu.Unlock()
	for _, account := range accounts {
		if !add && (err == nil || apig.MayHaveWorked(err)) {
			v.permissions.deleted[account] = time.Now()
		}
	}
}
