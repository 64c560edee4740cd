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
)

// PermissionChange says which accounts are to be allowed to ask for connections
// and which are not, and afterwards what became of them.
type PermissionChange struct {
	Holder string   // whose entries they are: what another has claimed is not removed
	Add    []string // accounts, or apig.AllAccounts
	Remove []string

	// Before is what the gateway listed before anything was done; nil when it was
	// not asked successfully.
	Before map[string]apig.Permission
	// Listed is what the gateway listed last, by account; nil when it was not
	// asked successfully. After a failure it may be from before the last call.
	Listed map[string]apig.Permission
	// Asked are the accounts that a call was made for and answered without an error.
	Asked map[string]struct{}
	// Lost tells that the answer to a call was lost, so that it may have taken
	// effect, or still may.
	Lost bool
	// Refused are the accounts that were asked for alone and refused, and are not
	// as they are to be.
	Refused map[string]error
}

// permitting is one run of Permit.
type permitting struct {
	*PermissionChange

	view    *View
	limit   map[string]int // how many accounts a call with this one may hold
	alone   map[string]error
	tried   map[string]struct{} // what was refused alone: what is listed then is there
	refusal error               // the last one
	granted bool                // a call went well
	failing int                 // calls on end that the service failed
}

// Permit makes a change: it looks first, calls for what is not as it is to be,
// and waits until the gateway lists it so. It deletes nothing before all that is
// to be added is listed: an account that another entry let in, the one of every
// account for example, is not to be without any in between, or for good.
//
// An error is what kept it from that: the context's or the API's. Accounts that
// were refused alone are none, but told in the change; the others do not suffer
// for them.
func (v *View) Permit(ctx context.Context, change *PermissionChange) error {
	p := &permitting{PermissionChange: change, view: v, limit: map[string]int{}, alone: map[string]error{}, tried: map[string]struct{}{}}
	p.Asked, p.Refused = map[string]struct{}{}, map[string]error{}
	notBefore, pace := time.Now().Add(-lookAge), v.newPace("")
	for {
		listed, err := v.Permissions(ctx, notBefore)
		if err != nil {
			return err
		}
		if p.Listed = listed; p.Before == nil {
			p.Before = listed
		}
		p.judgeRefusals()
		add, remove := p.missing(), p.present()
		if len(add) > 0 || p.refusesAddition() {
			remove = nil
		}
		if len(add)+len(remove) == 0 {
			return nil
		}
		called, err := p.call(ctx, add, remove)
		if err != nil {
			if ctx.Err() == nil { // what did work is to be known
				if listed, lookErr := v.Permissions(ctx, time.Now()); lookErr == nil {
					p.Listed = listed
				}
			}
			return err
		}
		notBefore = time.Now()
		if called {
			pace = v.newPace("")
			continue
		}
		if err := sleep(ctx, pace.next()); err != nil {
			return err
		}
		notBefore = time.Now()
	}
}

// judgeRefusals takes in of those that were refused alone whether they still
// need what was refused.
func (p *permitting) judgeRefusals() {
	for account, err := range p.alone {
		p.tried[account] = struct{}{}
		if _, there := p.Listed[account]; there != slices.Contains(p.Add, account) {
			p.Refused[account] = err
		}
	}
	clear(p.alone)
}

func (p *permitting) refusesAddition() bool {
	return slices.ContainsFunc(p.Add, func(account string) bool { return p.Refused[account] != nil })
}

// missing are the accounts that are to be added and are not there, or are listed
// although this run has deleted them.
func (p *permitting) missing() []string {
	return p.open(p.Add, func(account string, there bool) bool {
		_, tried := p.tried[account]
		return !there || !tried && p.view.permissionDeleted(account)
	})
}

// present are those that are to be removed and are there.
func (p *permitting) present() []string {
	return p.view.notTaken(p.Holder, p.open(p.Remove, func(_ string, there bool) bool { return there }))
}

func (p *permitting) open(accounts []string, needed func(account string, there bool) bool) []string {
	var open []string
	for _, account := range accounts {
		_, there := p.Listed[account]
		if _, refused := p.Refused[account]; needed(account, there) && !refused {
			open = append(open, account)
		}
	}
	return open
}

// call makes the calls for those that none was made for so far. It tells whether
// there was any, and returns the error that ends the change.
func (p *permitting) call(ctx context.Context, add, remove []string) (called bool, err error) {
	for _, side := range []struct {
		add      bool
		accounts []string
	}{{true, add}, {false, remove}} {
		for _, batch := range p.batches(side.accounts) {
			called = true
			asked, err := p.view.changePermissions(ctx, p.PermissionChange, side.add, batch)
			if err := p.judge(ctx, asked, err); err != nil {
				return true, err
			}
		}
	}
	return called, nil
}

// batches groups those that no call was made for into calls.
func (p *permitting) batches(accounts []string) [][]string {
	bySize := map[int][]string{}
	for _, account := range accounts {
		if _, asked := p.Asked[account]; asked {
			continue
		}
		limit := p.limit[account]
		if limit == 0 {
			limit = apig.MaxBatch
		}
		bySize[limit] = append(bySize[limit], account)
	}
	var batches [][]string
	for _, limit := range slices.Sorted(maps.Keys(bySize)) {
		batches = slices.AppendSeq(batches, slices.Chunk(bySize[limit], limit))
	}
	if !p.granted && p.refusal != nil {
		batches = batches[:min(len(batches), probes)]
	}
	return batches
}

// judge takes in how a call went. It returns the error that no further call
// would help.
func (p *permitting) judge(ctx context.Context, asked []string, err error) error {
	if len(asked) > 0 && isFault(err) {
		p.Lost = true
	}
	switch {
	case err == nil:
		for _, account := range asked {
			p.Asked[account] = struct{}{}
		}
		p.granted, p.failing = p.granted || len(asked) > 0, 0
		return nil
	case ctx.Err() != nil:
		return errors.Join(context.Cause(ctx), err)
	case isFault(err):
		// It may have worked all the same: a look tells.
		if p.failing++; p.failing >= failingRounds {
			return err
		}
		return nil
	case isRefusal(ctx, err):
		p.refusal, p.failing = err, 0
		for _, account := range asked {
			p.limit[account] = (len(asked) + 1) / 2
		}
		if len(asked) == 1 {
			p.alone[asked[0]] = err
		}
		if !p.granted && len(p.Refused)+len(p.alone) >= enoughRefused {
			return err // whatever it is asked for, the server refuses
		}
		return nil
	default:
		return err
	}
}

// sleep lets time pass, unless the context ends.
func sleep(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
