// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package settle brings endpoints to where they are to be. It knows nothing of the
// API's calls, nor of who shares them.
package settle

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// ErrUnexpectedAccount says that an endpoint to accept belongs to an account
// that is not expected. Nothing was decided.
var ErrUnexpectedAccount = errors.New("an endpoint belongs to an account that is not expected")

// Seen is what a listing showed.
type Seen struct {
	Connections map[string]endpoint.Connection // by endpoint ID; not all that are there
	Began       time.Time
	Epoch       int
}

// Outcome is what became of one endpoint that was to be decided.
type Outcome struct {
	Size   int         // how many endpoints its call named, 0 if none was made
	Final  bool        // an error is the last word on the endpoint: no other call is to be made for it
	Fatal  bool        // an error is about more than what the call named: no other call helps
	Err    error       // nil, too, where no call was made and the endpoint is to be looked at first
	Effect rest.Effect // of a call that failed; none, and not fatal: the gateway is busy
}

// Looker looks for endpoints.
type Looker interface {
	// Look takes a listing that began at an instant or later; where that is zero, a recent one.
	Look(ctx context.Context, endpoints []string, since time.Time) (Seen, error)
	// Expect tells that somebody is going to look for endpoints, until done is called.
	Expect(endpoints []string, at time.Time) (done func())
	// Recall tells the items which endpoints the gateway has ever listed.
	Recall(items []*Item)
}

// Decider makes the calls.
type Decider interface {
	Decide(ctx context.Context, decision endpoint.Decision, items []*Item) map[string]Outcome
	// LastDecisions tells the items what was decided last.
	LastDecisions(items []*Item)
	// Believe takes in what a listing of an epoch told items.
	Believe(items []*Item, epoch int)
	// Found takes in endpoints that turned out to be as they are to be after a call that named them failed.
	Found(decision endpoint.Decision, endpoints []string)
	// Forget takes in the items that nobody follows any more.
	Forget(items []*Item)
	// Arrive takes in that a caller is here, and knows whether there is anything to decide.
	Arrive()
}

// Pacer says when to look next.
type Pacer interface {
	After(kind string) (next func() time.Duration)
	Next(wait time.Duration) time.Time
	Learn(kind string, took time.Duration)
}

// Outages remembers calls that were in vain.
type Outages interface {
	// Outage is the error of calls that would be in vain, as others were just now.
	Outage(ctx context.Context) error
	// Unsettled takes in items that not all were settled by the attempts since a time, and the error that ended those.
	Unsettled(ctx context.Context, began time.Time, items []*Item, err error)
}

// Patience says how long to wait for endpoints that are not listed.
type Patience interface {
	Until(began time.Time, asked time.Duration) (end time.Time, short time.Duration)
	Ended(asked time.Duration, now time.Time)
	Listed()
}

// Settler brings items to their goals on one gateway.
type Settler struct {
	Looker
	Decider
	Outages
	Pacer
	Patience
}

// settlement is one run of Settle.
type settlement struct {
	Settler

	open    []*Item
	next    func() time.Duration // the wait before the next look
	called  bool                 // it has begun to make calls
	failure error                // of a call: no more calls are made
	tell    []func(*Item)

	wait  time.Duration // for what is not listed
	began time.Time     // when that wait did
}

// Settle brings each item to its goal: it looks first, calls for what needs a call, and waits until everything is settled.
// Items to accept that the gateway has never listed are waited for last, for as long as waitForEndpoints.
//
// The items hold what became of each of them. An error is what kept some from being settled: the context's, the API's, or
// ErrUnexpectedAccount, before the first call. After a call that failed, what the calls before it decided is still waited
// for. Each item that needs nothing more is told of at once, one after the other.
func (s Settler) Settle(ctx context.Context, items []*Item, waitForEndpoints time.Duration, tell ...func(*Item)) error {
	defer s.Forget(items)
	// What another resource holds by the end is its, however the attempt on it went.
	defer spare(items)
	began := time.Now()
	run := &settlement{Settler: s, open: slices.Clone(items), next: s.After(""), tell: tell, wait: waitForEndpoints}
	err := run.look(ctx, time.Time{})
	s.Arrive()
	if err != nil {
		return err
	}
	if slices.ContainsFunc(items, func(i *Item) bool { return i.Phase == UnexpectedAccount }) {
		return ErrUnexpectedAccount
	}
	err = run.explained(ctx, run.settle(ctx))
	s.Unsettled(ctx, began, items, err)
	return err
}

// settle calls and looks until nothing more is to be done.
func (s *settlement) settle(ctx context.Context) error {
	for {
		if s.failure == nil {
			s.failure = s.call(ctx)
		}
		if s.failure != nil {
			if ctx.Err() != nil {
				return s.failure
			}
			s.closeUncalled()
		}
		at, err := s.pause(ctx)
		if err == nil && !at.IsZero() {
			err = s.look(ctx, at)
		}
		if err != nil || at.IsZero() {
			return errors.Join(s.failure, err)
		}
	}
}

// explained adds to a bare timeout what the last call came to for an item that was to be called for again.
func (s *settlement) explained(ctx context.Context, err error) error {
	if ctx.Err() == nil || errors.As(err, new(*rest.Error)) {
		return err
	}
	for _, i := range s.open {
		if failed, ok := errors.AsType[*rest.Error](i.Refusal); ok && !i.refusedAlone {
			return failed.EndedBy(ctx)
		}
	}
	return err
}

// look observes all open items and closes those that need nothing more.
func (s *settlement) look(ctx context.Context, since time.Time) error {
	if len(s.open) == 0 {
		return nil
	}
	seen, err := s.Look(ctx, endpointIDs(s.open), since)
	if err != nil {
		return err
	}
	s.LastDecisions(s.open)
	s.Recall(s.open)
	now := time.Now()
	took := map[endpoint.Decision]time.Duration{}
	found := map[endpoint.Decision][]string{}
	for _, i := range s.open {
		if _, there := seen.Connections[i.EndpointID]; there && i.Phase == Unlisted {
			s.Listed()
		}
		i.observe(seen.Connections[i.EndpointID], now)
		decision := i.Goal.Decision()
		if i.Refusal != nil && i.Phase == Done {
			found[decision] = append(found[decision], i.EndpointID)
		}
		took[decision] = max(took[decision], i.took(seen.Began))
	}
	s.Believe(s.open, seen.Epoch)
	// What another resource has decided by now is not this one's to wait for.
	spare(s.open)
	s.close()
	for decision, t := range took {
		if t > 0 {
			s.Learn(string(decision), t)
		}
	}
	for decision, endpoints := range found {
		s.Found(decision, endpoints)
	}
	return nil
}

// call makes the calls that the open items need. Its error is what keeps further ones from being made.
func (s *settlement) call(ctx context.Context) error {
	need := map[endpoint.Decision][]*Item{}
	for _, i := range s.open {
		if decision := i.Goal.Decision(); i.Phase == ToCall {
			need[decision] = append(need[decision], i)
		}
	}
	if len(need) > 0 && !s.called {
		if err := s.Outage(ctx); err != nil {
			return err
		}
		s.called = true
	}
	var group errgroup.Group
	for decision, items := range need {
		group.Go(func() error {
			outcomes := s.Decide(ctx, decision, items)
			now := time.Now()
			var failure error
			for _, i := range items {
				failure = cmp.Or(failure, i.take(ctx, outcomes[i.EndpointID], now))
			}
			return failure
		})
	}
	err := group.Wait()
	// What was just decided is waited for from the beginning, not at the pace of a long wait for something else.
	for decision, items := range need {
		waiting := func(i *Item) bool { return i.Phase == Waiting }
		switch {
		case slices.ContainsFunc(items, func(i *Item) bool { return waiting(i) && i.Refusal == nil }):
			s.next = s.After(string(decision))
		case slices.ContainsFunc(items, waiting):
			s.next = s.After("")
		}
	}
	s.close()
	return err
}

// spare ends the items whose endpoints other resources hold by now, and that did not reach their goal.
func spare(items []*Item) {
	for _, i := range items {
		if !i.Phase.Reached() {
			i.Spare()
		}
	}
}

// close lets go of the items that need nothing more.
func (s *settlement) close() {
	s.open = slices.DeleteFunc(s.open, func(i *Item) bool {
		if i.Phase.Open() {
			return false
		}
		for _, tell := range s.tell {
			tell(i)
		}
		s.Forget([]*Item{i})
		return true
	})
}

// closeUncalled lets go of all items but those that wait for what a call did.
func (s *settlement) closeUncalled() {
	s.open = slices.DeleteFunc(s.open, func(i *Item) bool { return i.Phase != Waiting || !i.Asked() })
}

// pause waits until it is time for another look, and returns when that is; the zero time when there is none.
func (s *settlement) pause(ctx context.Context) (time.Time, error) {
	if len(s.open) == 0 {
		return time.Time{}, nil
	}
	at := s.Next(max(s.next(), s.askedToWait()))
	if !slices.ContainsFunc(s.open, func(i *Item) bool { return i.Phase != Unlisted }) {
		end := s.awaitUntil(time.Now())
		if end.IsZero() {
			return time.Time{}, nil
		}
		if at.After(end) {
			at = end
		}
	}
	defer s.Expect(endpointIDs(s.open), at)()
	return at, rest.Sleep(ctx, time.Until(at))
}

// askedToWait is how long a busy gateway asks to wait before it is called again.
func (s *settlement) askedToWait() (wait time.Duration) {
	for _, i := range s.open {
		if busy, ok := errors.AsType[*rest.Error](i.Refusal); ok && busy.Kind == rest.KindBusy && !busy.Unsure {
			wait = max(wait, busy.RetryAfter)
		}
	}
	return wait
}

// awaitUntil returns until when to wait for endpoints that are not listed; the zero time where that is over.
func (s *settlement) awaitUntil(now time.Time) time.Time {
	if s.began.IsZero() {
		s.began = now
	}
	end, short := s.Until(s.began, s.wait)
	if end.After(now) {
		return end
	}
	s.Ended(s.wait, now)
	for _, i := range s.open {
		i.ShortWait = short
	}
	return time.Time{}
}

func endpointIDs(items []*Item) []string {
	ids := make([]string, len(items))
	for n, i := range items {
		ids[n] = i.EndpointID
	}
	return ids
}
