// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"errors"
	"slices"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// ErrUnexpectedAccount says that an endpoint to accept belongs to an account
// that is not expected. Nothing was decided.
var ErrUnexpectedAccount = errors.New("an endpoint belongs to an account that is not expected")

// Settle brings each case to its goal: it looks first, calls for what needs a
// call, and waits until everything is settled. Cases to accept that the gateway
// has never listed are waited for last, for as long as waitForEndpoints.
//
// The cases hold what became of each of them. An error is what kept some from
// being settled: the context's, the API's, or ErrUnexpectedAccount, which is
// found out before the first call. After a call that failed, what the calls
// before it decided is still waited for, so that the cases tell the truth.
//
// Each case that needs nothing more, for good or ill, is told of at once, one
// after the other, to those who want to be told.
func (v *Session) Settle(ctx context.Context, cases []*settle.Item, waitForEndpoints time.Duration, tell ...func(*settle.Item)) error {
	for _, c := range cases {
		if c.EverListed {
			v.EverListed(c.EndpointID)
		}
	}
	defer v.forget(cases)
	// What another resource holds by the end is its, however the attempt on it went.
	defer spare(cases)
	s := settlement{session: v, open: slices.Clone(cases), wait: wait{asked: waitForEndpoints}, pace: v.newPace(""), began: time.Now(), tell: tell}
	err := s.look(ctx, Recent())
	v.arrive() // by now it is known whether there is anything to decide
	if err != nil {
		return err
	}
	if slices.ContainsFunc(cases, func(c *settle.Item) bool { return c.Phase == settle.UnexpectedAccount }) {
		return ErrUnexpectedAccount
	}
	err = s.explained(ctx, s.run(ctx))
	v.noteUnsettled(ctx, s.began, cases, err)
	return err
}

// run calls and looks until nothing more is to be done.
func (s *settlement) run(ctx context.Context) error {
	for {
		if s.failure == nil {
			s.failure = s.call(ctx)
		}
		if s.failure != nil {
			if ctx.Err() != nil {
				return s.failure
			}
			s.keepWaiting()
		}
		more, err := s.lookAgain(ctx)
		if err != nil || !more {
			return errors.Join(s.failure, err)
		}
	}
}

// explained is an error with what took all the time, where a context's end tells
// nothing of it: the gateway was busy, between two calls too.
func (s *settlement) explained(ctx context.Context, err error) error {
	if ctx.Err() == nil || errors.As(err, new(*rest.Error)) {
		return err
	}
	for _, c := range s.open {
		if busy, ok := errors.AsType[*rest.Error](c.Refusal); ok && busy.Kind == rest.KindBusy {
			return busy.EndedBy(ctx)
		}
	}
	return err
}

// lookAgain waits, and looks. It reports false when there is nothing left to
// look for.
func (s *settlement) lookAgain(ctx context.Context) (more bool, err error) {
	at, err := s.pause(ctx)
	if err != nil || at.IsZero() {
		return false, err
	}
	return true, s.look(ctx, Since(at))
}

// settlement is one run of Settle.
type settlement struct {
	session *Session
	open    []*settle.Item
	wait    wait // for what is not listed
	pace    *pollPace
	began   time.Time
	called  bool  // it has begun to make calls
	failure error // of a call: no more calls are made
	tell    []func(*settle.Item)
}

// look observes all open cases and closes those that need nothing more.
func (s *settlement) look(ctx context.Context, fresh Freshness) error {
	if len(s.open) == 0 {
		return nil
	}
	seen, err := s.session.get(ctx, endpointIDs(s.open), fresh)
	if err != nil {
		return err
	}
	s.session.tellLastDecisions(s.open)
	s.session.recall(s.open)
	s.greet(seen)
	now := time.Now()
	took := map[endpoint.Decision]time.Duration{}
	found := map[endpoint.Decision][]string{}
	for _, c := range s.open {
		c.Observe(seen.connections[c.EndpointID], now)
		if c.Refusal != nil && c.Phase == settle.Done {
			found[c.Goal.Decision()] = append(found[c.Goal.Decision()], c.EndpointID)
		}
		if t := c.Took(seen.began); t > took[c.Goal.Decision()] {
			took[c.Goal.Decision()] = t
		}
	}
	s.session.believe(s.open, seen)
	// What another resource has decided by now is not this one's to wait for.
	spare(s.open)
	s.close()
	for action, t := range took {
		s.session.learn(action, t)
	}
	for action, endpoints := range found {
		s.session.found(action, endpoints)
	}
	return nil
}

// call makes the calls that the open cases need. Its error is what keeps further ones
// from being made.
func (s *settlement) call(ctx context.Context) error {
	need := map[endpoint.Decision][]*settle.Item{}
	for _, c := range s.open {
		if c.Phase == settle.ToCall {
			need[c.Goal.Decision()] = append(need[c.Goal.Decision()], c)
		}
	}
	if len(need) > 0 && !s.called {
		if err := s.session.changeOutage(ctx, apig.OperationDecide); err != nil {
			return err
		}
		s.called = true
	}
	var group errgroup.Group
	for action, cases := range need {
		group.Go(func() error {
			outcomes := s.session.decide(ctx, action, cases)
			now := time.Now()
			var failure error
			for _, c := range cases {
				if err := take(ctx, c, outcomes[c.EndpointID], now); err != nil && failure == nil {
					failure = err
				}
			}
			return failure
		})
	}
	err := group.Wait()
	// What was just decided is waited for from the beginning, not at the pace
	// that a long wait for something else has come to.
	for action, cases := range need {
		if slices.ContainsFunc(cases, func(c *settle.Item) bool { return c.Phase == settle.Waiting }) {
			s.pace = s.session.newPace(decided(cases, action))
		}
	}
	s.close()
	return err
}

// take tells a case how its call went. It returns an error that is about more than
// the one endpoint.
func take(ctx context.Context, c *settle.Item, o outcome, now time.Time) error {
	switch {
	case c.Phase == settle.Spared, o.err == nil && o.size == 0:
	case o.err == nil:
		c.Called(now)
	case ctx.Err() != nil, o.fatal:
		if o.size > 0 && ctx.Err() != nil && apig.MayHaveWorked(o.err) {
			c.Lost(o.err)
		} else if o.size > 0 {
			c.PutOff(o.err)
		}
		return o.err
	case apig.IsBusy(o.err):
		c.PutOff(o.err)
		return nil
	default:
		if apig.IsFault(o.err) {
			c.Lost(o.err)
		}
		c.Refused(o.err, o.final)
	}
	return nil
}

// decided returns the action if any of the cases was decided by it just now, or none.
func decided(cases []*settle.Item, action endpoint.Decision) endpoint.Decision {
	if slices.ContainsFunc(cases, func(c *settle.Item) bool { return c.Phase == settle.Waiting && c.Refusal == nil }) {
		return action
	}
	return ""
}

// spare ends the cases whose endpoints other resources hold by now, and that did
// not reach their goal.
func spare(cases []*settle.Item) {
	for _, c := range cases {
		if !c.Phase.Reached() {
			c.Spare()
		}
	}
}

// close lets go of the cases that need nothing more.
func (s *settlement) close() {
	s.open = slices.DeleteFunc(s.open, func(c *settle.Item) bool {
		if c.Phase.Open() {
			return false
		}
		for _, tell := range s.tell {
			tell(c)
		}
		s.session.forget([]*settle.Item{c})
		return true
	})
}

// keepWaiting closes all cases but those that a call was made for and that were
// not looked at since, or are on their way.
func (s *settlement) keepWaiting() {
	s.open = slices.DeleteFunc(s.open, func(c *settle.Item) bool {
		return c.Phase != settle.Waiting || !c.Asked()
	})
}

// pause waits until it is time for another look, and returns when that is; the
// zero time when there is nothing left to look for.
func (s *settlement) pause(ctx context.Context) (time.Time, error) {
	if len(s.open) == 0 {
		return time.Time{}, nil
	}
	at := s.session.nextPoll(max(s.pace.next(), s.askedToWait()))
	if s.awaitsListingOnly() {
		end := s.awaitUntil(time.Now())
		if end.IsZero() {
			return time.Time{}, nil
		}
		if at.After(end) {
			at = end
		}
	}
	defer s.session.awaits(endpointIDs(s.open), at)()
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	}
}

// askedToWait is how long a busy gateway asks to wait before it is called again.
func (s *settlement) askedToWait() (wait time.Duration) {
	for _, c := range s.open {
		if apig.IsBusy(c.Refusal) {
			wait = max(wait, apig.FailedCall(c.Refusal).RetryAfter)
		}
	}
	return wait
}

func (s *settlement) awaitsListingOnly() bool {
	return !slices.ContainsFunc(s.open, func(c *settle.Item) bool { return c.Phase != settle.Unlisted })
}

func endpointIDs(cases []*settle.Item) []string {
	ids := make([]string, len(cases))
	for i, c := range cases {
		ids[i] = c.EndpointID
	}
	return ids
}
