// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

const (
	// lookAge is how old a look may be that the first decisions rest on: the
	// first of many resources looks for the ones after it as well.
	lookAge = 5 * time.Second

	// failingRounds is after how many rounds of nothing but server errors the
	// service, rather than one of the endpoints, is taken to be at fault.
	failingRounds = 3

	// probes is how many calls a round makes when all calls so far were refused:
	// halving hundreds of batches in vain only adds load.
	probes = 4

	// enoughRefused is how many are refused alone, and nothing granted, before the
	// server is taken to refuse whatever it is asked for. So many that a list most
	// of which is refused rarely looks like it: what is left then is not asked for.
	enoughRefused = 16
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
func (v *View) Settle(ctx context.Context, cases []*connection.Case, waitForEndpoints time.Duration, tell ...func(*connection.Case)) error {
	for _, c := range cases {
		if c.Known {
			v.Known(c.EndpointID)
		}
	}
	// What another has claimed by the end is its, however the attempt on it went.
	defer v.giveUp(cases)
	s := settlement{view: v, open: slices.Clone(cases), wait: waitForEndpoints, pace: v.newPace(""), tell: tell}
	err := s.look(ctx, time.Now().Add(-lookAge))
	v.arrived() // by now it is known whether there is anything to decide
	if err != nil {
		return err
	}
	if slices.ContainsFunc(cases, func(c *connection.Case) bool { return c.Step == connection.StepUnexpectedAccount }) {
		return ErrUnexpectedAccount
	}
	return s.explained(ctx, s.run(ctx))
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
	return true, s.look(ctx, at)
}

// settlement is one run of Settle.
type settlement struct {
	view    *View
	open    []*connection.Case
	wait    time.Duration
	pace    *pollPace
	failure error // of a call: no more calls are made
	tell    []func(*connection.Case)

	granted bool  // a call went well
	refusal error // the last one
	alone   int   // how many endpoints were refused alone

	failing      int   // rounds on end in which the service failed every call
	failingSince int   // by the view's clock, when the first of them began
	fault        error // of the last of them
}

// look observes all open cases and closes those that need nothing more.
func (s *settlement) look(ctx context.Context, notBefore time.Time) error {
	if len(s.open) == 0 {
		return nil
	}
	seen, err := s.view.look(ctx, endpointIDs(s.open), notBefore)
	if err != nil {
		return err
	}
	s.view.oppose(s.open)
	now := time.Now()
	took := map[apig.Action]time.Duration{}
	for _, c := range s.open {
		c.Observe(seen.connections[c.EndpointID], now)
		if t := c.Took(seen.began); t > took[c.Goal.Action()] {
			took[c.Goal.Action()] = t
		}
	}
	// What another holder has decided by now is not this one's to wait for.
	s.view.giveUp(s.open)
	s.close()
	for action, t := range took {
		s.view.learn(action, t)
	}
	return nil
}

// call makes the calls that the open cases need.
func (s *settlement) call(ctx context.Context) error {
	var need []*connection.Case
	for _, c := range s.open {
		if c.Step == connection.StepCall {
			need = append(need, c)
		}
	}
	if len(need) == 0 {
		return nil
	}
	if err := s.serviceFault(ctx); err != nil {
		return err
	}
	if !s.granted && s.alone >= enoughRefused {
		return s.refusal
	}
	began := s.view.now()
	var results []error
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(concurrency)
	var stop atomic.Bool
	for _, batch := range s.probed(connection.Batches(need)) {
		// A call that fails does not cancel the others under way: whether a
		// call that was cut off took effect, nobody could tell.
		group.Go(func() error {
			if stop.Load() { // while this one waited for its turn
				return nil
			}
			size, err := s.callBatch(ctx, batch)
			mu.Lock()
			results = append(results, err)
			s.judgeCall(ctx, size, err)
			mu.Unlock()
			if err == nil || isRefusal(ctx, err) || isLost(ctx, err) {
				return nil
			}
			stop.Store(true)
			return err
		})
	}
	err := group.Wait()
	// What was just decided is waited for from the beginning, not at the pace
	// that a long wait for something else has come to.
	s.pace = s.view.newPace(decided(need))
	s.close()
	s.judgeRound(began, results)
	return err
}

// decided returns the action that the first of the cases was decided by just
// now, or none.
func decided(cases []*connection.Case) apig.Action {
	for _, c := range cases {
		if c.Step == connection.StepWait && c.Refusal == nil {
			return c.Goal.Action()
		}
	}
	return ""
}

// close lets go of the cases that need nothing more.
func (s *settlement) close() {
	s.open = slices.DeleteFunc(s.open, func(c *connection.Case) bool {
		if c.Step.Open() {
			return false
		}
		for _, tell := range s.tell {
			tell(c)
		}
		return true
	})
}

// callBatch makes one call and tells its cases how it went. It returns how many
// endpoints that call held, those of others included.
func (s *settlement) callBatch(ctx context.Context, batch []*connection.Case) (size int, err error) {
	size, err = s.view.decide(ctx, batch)
	now := time.Now()
	for _, c := range batch {
		switch {
		case c.Step == connection.StepTakenOver:
		case err == nil:
			c.Called(now)
		case isRefusal(ctx, err):
			if isFault(err) {
				c.Lost(err)
			}
			c.Refused(err, size)
		case isLost(ctx, err), size > 0 && ctx.Err() != nil && mayHaveWorked(err):
			c.Lost(err)
		case size > 0:
			c.PutOff(err)
		}
	}
	return size, err
}

// keepWaiting closes all cases but those that a call was made for and that were
// not looked at since, or are on their way.
func (s *settlement) keepWaiting() {
	s.open = slices.DeleteFunc(s.open, func(c *connection.Case) bool {
		return c.Step != connection.StepWait || !c.Asked()
	})
}

// probed are the batches to call for: all of them, unless nothing but refusals
// came so far.
func (s *settlement) probed(batches [][]*connection.Case) [][]*connection.Case {
	if s.granted || s.refusal == nil {
		return batches
	}
	return batches[:min(len(batches), probes)]
}

func (s *settlement) judgeCall(ctx context.Context, size int, err error) {
	switch {
	case err == nil:
		s.granted = true
	case isRefusal(ctx, err):
		s.refusal = err
		if size == 1 {
			s.alone++
		}
	}
}

// judgeRound counts the rounds in which the service failed every call.
func (s *settlement) judgeRound(began int, results []error) {
	if slices.ContainsFunc(results, func(err error) bool { return !isFault(err) }) {
		s.failing = 0
		return
	}
	if s.failing == 0 {
		s.failingSince = began
	}
	s.failing++
	s.fault = results[0]
}

// serviceFault ends a settlement when the service itself fails: halving batches
// finds an endpoint that is at fault, and only adds load where none is. When
// calls of others went well meanwhile, it is one of the endpoints; but what gets
// lost again and again is not in batches that halve.
func (s *settlement) serviceFault(ctx context.Context) error {
	if s.failing < failingRounds {
		return nil
	}
	if isRefusal(ctx, s.fault) && s.view.answeredSince(s.failingSince) {
		s.failing = 0
		return nil
	}
	return s.fault
}

// pause waits until it is time for another look, and returns when that is; the
// zero time when there is nothing left to look for.
func (s *settlement) pause(ctx context.Context) (time.Time, error) {
	if len(s.open) == 0 {
		return time.Time{}, nil
	}
	at := s.view.nextPoll(s.pace.next())
	if s.awaitsListingOnly() {
		deadline := s.view.missingDeadline(s.wait)
		if !deadline.After(time.Now()) {
			return time.Time{}, nil
		}
		if at.After(deadline) {
			at = deadline
		}
	}
	defer s.view.awaits(endpointIDs(s.open), at)()
	timer := time.NewTimer(time.Until(at))
	defer timer.Stop()
	select {
	case <-timer.C:
		return at, nil
	case <-ctx.Done():
		return time.Time{}, context.Cause(ctx)
	}
}

func (s *settlement) awaitsListingOnly() bool {
	return !slices.ContainsFunc(s.open, func(c *connection.Case) bool { return c.Step != connection.StepAwaitListing })
}

func endpointIDs(cases []*connection.Case) []string {
	ids := make([]string, len(cases))
	for i, c := range cases {
		ids[i] = c.EndpointID
	}
	return ids
}
