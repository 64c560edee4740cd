// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"errors"
	"maps"
	"slices"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/bisect"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// PermissionChange says which accounts are to get or lose their entries, and afterwards what became of them.
type PermissionChange struct {
	Add    []string // accounts, or apig.AllAccounts
	Remove []string
	// Held tells whether another resource holds an account's entry, which then stays. It may be nil.
	Held func(account string) bool

	// Before is what the gateway listed before anything was done, by account; nil when it was not asked successfully.
	Before map[string]apig.Permission
	// Listed is what the gateway listed last, likewise. After a failure it may be from before the last call.
	Listed map[string]apig.Permission
	// Asked are the accounts that a call was made for and answered without an error.
	Asked map[string]struct{}
	// Lost tells that the answer to a call was lost, so that it may have taken effect, or still may.
	Lost bool
	// Refused are the accounts that were asked for alone and refused, and are not as they are to be.
	Refused map[string]error
}

// permitting is one run of Permit.
type permitting struct {
	*PermissionChange

	permissions *permissions
	called      bool                   // it has begun to make calls
	failed      map[string]error       // accounts whose last call failed; nil where that was not the last word
	again       map[string]*readdition // accounts to add whose deletion may still show
	busy        *rest.Error            // the last answer, if it says that the gateway is busy
}

// Permit makes a change: it looks first, calls for what is not as it is to be, and waits until the gateway lists it so.
// It deletes nothing before all that is to be added is listed: an account that another entry let in, the one of every
// account for example, is not to be without any in between, or for good.
//
// An error is what kept it from that: the context's or the API's. Accounts that were refused alone are none, but told
// in the change; the others do not suffer for them.
func (s *Session) Permit(ctx context.Context, change *PermissionChange) error {
	run := &permitting{
		PermissionChange: change, permissions: s.permissions,
		failed: map[string]error{}, again: map[string]*readdition{},
	}
	change.Asked, change.Refused = map[string]struct{}{}, map[string]error{}
	began := time.Now()
	err := run.run(ctx)
	for account, refusal := range change.Refused {
		s.calls.noteVain(ctx, apig.OperationAddPermissions, began, account, refusal)
	}
	if accounts := slices.Concat(change.Add, change.Remove); len(accounts) > 0 {
		s.calls.noteVain(ctx, apig.OperationAddPermissions, began, accounts[0], err)
	}
	return err
}

// run looks and calls until all is as it is to be, or nothing more can be done.
func (p *permitting) run(ctx context.Context) error {
	s := p.permissions
	defer func() { s.forget(slices.Collect(maps.Keys(p.failed))) }()
	fresh, next := Recent(), s.pace.After("")
	for {
		waiting, add, err := p.look(ctx, fresh)
		if err != nil || len(waiting) == 0 {
			return err
		}
		if !p.called {
			if err := s.calls.changeOutage(ctx, apig.OperationAddPermissions); err != nil {
				return err
			}
			p.called = true
		}
		granted, err := p.call(ctx, waiting, add)
		if err != nil {
			if ctx.Err() == nil { // what did work is to be known
				if listed, lookErr := s.list(ctx, Now()); lookErr == nil {
					p.Listed = listed
				}
			}
			return err
		}
		if fresh = Now(); granted {
			if next = s.pace.After(""); len(p.failed) == 0 {
				continue
			}
		}
		if err := rest.Sleep(ctx, time.Until(s.pace.Next(next()))); err != nil {
			if p.busy != nil {
				return p.busy.EndedBy(ctx)
			}
			return err
		}
		fresh = Now()
	}
}

// look returns the accounts to add, or, once all of those are there, the accounts to remove.
func (p *permitting) look(ctx context.Context, fresh Freshness) (waiting []string, add bool, err error) {
	listed, err := p.permissions.list(ctx, fresh)
	if err != nil {
		return nil, false, err
	}
	if p.Listed = listed; p.Before == nil {
		p.Before = listed
	}
	p.follow()
	p.judgeFailures()
	wanted := bisect.Without(p.Add, p.Refused)
	refused := len(wanted) < len(p.Add)
	if missing := slices.DeleteFunc(wanted, p.isAdded); len(missing) > 0 || refused {
		return missing, true, nil
	}
	left := bisect.Without(p.Remove, p.Refused)
	return p.unspared(slices.DeleteFunc(left, func(account string) bool { return !p.isListed(account) })), false, nil
}

func (p *permitting) isListed(account string) bool {
	_, there := p.Listed[account]
	return there
}

// isAdded tells whether an account is there, and no deletion from before may still show.
func (p *permitting) isAdded(account string) bool {
	_, asked := p.Asked[account]
	_, deleted := p.permissions.deletedAt(account)
	return p.isListed(account) && p.again[account] == nil && (asked || !deleted)
}

// judgeFailures takes in what is listed now of those whose call failed: some are as they are to be all the same. What
// failed alone and is not is refused.
func (p *permitting) judgeFailures() {
	var found []string
	var adds bool
	for account, final := range p.failed {
		adds = slices.Contains(p.Add, account) // or all are to be removed: a round makes calls of one kind
		if p.isListed(account) == adds {
			found = append(found, account)
		} else if final != nil && p.again[account] == nil {
			p.Refused[account] = final
		}
	}
	p.permissions.found(adds, found)
	clear(p.failed)
}

func (c *PermissionChange) unspared(accounts []string) []string {
	if c.Held == nil {
		return accounts
	}
	return slices.DeleteFunc(slices.Clone(accounts), c.Held)
}

// call makes the calls that are missing. It tells whether any was granted, and returns the error that ends the change.
func (p *permitting) call(ctx context.Context, waiting []string, add bool) (granted bool, err error) {
	waiting = bisect.Without(bisect.Without(waiting, p.Asked), p.again)
	for len(waiting) > 0 {
		named, o := p.permissions.change(ctx, p.PermissionChange, add, waiting)
		granted = granted || len(named) > 0 && o.Err == nil
		if err := p.judge(ctx, named, o); err != nil || len(named) == 0 { // none is to be made now
			return granted, err
		}
		waiting = slices.DeleteFunc(waiting, func(account string) bool { return slices.Contains(named, account) })
	}
	return granted, nil
}

// judge takes in how a call went. It returns the error that no further call would help.
func (p *permitting) judge(ctx context.Context, accounts []string, o settle.Outcome) error {
	p.Lost = p.Lost || len(accounts) > 0 && apig.EffectOf(o.Err) == rest.EffectUnknown
	p.busy = nil
	switch {
	case o.Err == nil:
		for _, account := range accounts {
			p.Asked[account] = struct{}{}
			delete(p.failed, account)
			p.doubt(account)
		}
	case ctx.Err() != nil:
		return errors.Join(context.Cause(ctx), o.Err)
	case apig.IsBusy(o.Err):
		errors.As(o.Err, &p.busy)
	case o.Fatal, len(accounts) == 0:
		return o.Err
	default:
		for _, account := range accounts {
			p.failed[account] = nil
		}
		if o.Final {
			p.failed[accounts[0]] = o.Err
			p.doubt(accounts[0]) // it may be refused as being there already
		}
	}
	return nil
}
