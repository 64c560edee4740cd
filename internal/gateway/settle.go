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

	"github.com/cenkalti/backoff/v5"
	"golang.org/x/sync/errgroup"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

const (
	// lookAge is how old a look may be that the first decisions rest on. The
	// one that the plan of the same apply made is seconds old at the most.
	lookAge = 5 * time.Second

	// The wait between two looks begins with pollFirst and grows by
	// pollGrowth, so that the time lost on top of the server's own stays a
	// fraction of it.
	pollFirst  = 250 * time.Millisecond
	pollGrowth = 1.3
	pollJitter = 0.1
	pollMax    = 15 * time.Second

	// failingRounds is after how many rounds of nothing but server errors the
	// service, rather than one of the endpoints, is taken to be at fault.
	failingRounds = 3
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
func (v *View) Settle(ctx context.Context, cases []*connection.Case, waitForEndpoints time.Duration) error {
	s := settlement{view: v, open: cases, wait: waitForEndpoints, poll: newPoll()}
	if err := s.look(ctx, time.Now().Add(-lookAge)); err != nil {
		return err
	}
	if slices.ContainsFunc(cases, func(c *connection.Case) bool { return c.Step == connection.StepUnexpectedAccount }) {
		return ErrUnexpectedAccount
	}
	for {
		if s.failure == nil {
			s.failure = s.call(ctx)
		}
		if s.failure != nil {
			s.keepWaiting()
		}
		more, err := s.pause(ctx)
		if err != nil || !more {
			return errors.Join(s.failure, err)
		}
		if err := s.look(ctx, time.Now()); err != nil {
			return errors.Join(s.failure, err)
		}
	}
}

// settlement is one run of Settle.
type settlement struct {
	view    *View
	open    []*connection.Case
	wait    time.Duration
	poll    *backoff.ExponentialBackOff
	failing int   // rounds on end in which the service failed every call
	failure error // of a call: no more calls are made
}

func newPoll() *backoff.ExponentialBackOff {
	return &backoff.ExponentialBackOff{
		InitialInterval:     pollFirst,
		Multiplier:          pollGrowth,
		RandomizationFactor: pollJitter,
		MaxInterval:         pollMax,
	}
}

// look observes all open cases and closes those that need nothing more.
func (s *settlement) look(ctx context.Context, notBefore time.Time) error {
	ids := make([]string, len(s.open))
	for i, c := range s.open {
		ids[i] = c.EndpointID
	}
	if len(ids) == 0 {
		return nil
	}
	connections, err := s.view.Look(ctx, ids, notBefore)
	if err != nil {
		return err
	}
	now := time.Now()
	open := make([]*connection.Case, 0, len(s.open))
	for _, c := range s.open {
		c.Observe(connections[c.EndpointID], now)
		if c.Step.Open() {
			open = append(open, c)
		}
	}
	s.open = open
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
	results := make([]error, 0)
	var mu sync.Mutex
	var group errgroup.Group
	group.SetLimit(concurrency)
	var stop atomic.Bool
	for _, batch := range connection.Batches(need) {
		if stop.Load() {
			break
		}
		// A call that fails does not cancel the others under way: whether a
		// call that was cut off took effect, nobody could tell.
		group.Go(func() error {
			if stop.Load() { // while this one waited for its turn
				return nil
			}
			err := s.callBatch(ctx, batch)
			mu.Lock()
			results = append(results, err)
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
	s.poll.Reset()
	if err != nil {
		return err
	}
	return s.judgeRound(results)
}

// callBatch makes one call and tells its cases how it went.
func (s *settlement) callBatch(ctx context.Context, batch []*connection.Case) error {
	err := s.view.decide(ctx, batch[0].Goal.Action(), endpointIDs(batch))
	now := time.Now()
	for _, c := range batch {
		switch {
		case err == nil:
			c.Called(now)
		case isRefusal(ctx, err):
			c.Refused(err, len(batch))
		case isLost(ctx, err):
			c.Lost(err)
		}
	}
	return err
}

// keepWaiting closes all cases but those that a call was made for and that were
// not looked at since, or are on their way.
func (s *settlement) keepWaiting() {
	s.open = slices.DeleteFunc(s.open, func(c *connection.Case) bool {
		return c.Step != connection.StepWait || !c.Asked()
	})
}

// judgeRound ends a settlement when the service itself fails: halving batches
// finds an endpoint that is at fault, and only adds load where none is.
func (s *settlement) judgeRound(results []error) error {
	for _, err := range results {
		if !isFault(err) {
			s.failing = 0
			return nil
		}
	}
	s.failing++
	if s.failing >= failingRounds {
		return results[0]
	}
	return nil
}

// isRefusal tells whether the server answered that it will not do what a call
// asked, which may be on account of a single endpoint of it.
func isRefusal(ctx context.Context, err error) bool {
	var apiErr *rest.Error
	if ctx.Err() != nil || !errors.As(err, &apiErr) {
		return false
	}
	switch apiErr.Kind {
	case rest.KindInvalid, rest.KindServer:
		return true
	case rest.KindNotFound:
		return !apig.IsGatewayGone(err)
	default:
		return false
	}
}

// isLost tells whether a call failed in a way that leaves open whether it took
// effect: its answer did not arrive, or not whole.
func isLost(ctx context.Context, err error) bool {
	return ctx.Err() == nil && !isRefusal(ctx, err) && isFault(err)
}

// isFault tells whether the service, or what is between here and it, failed.
func isFault(err error) bool {
	var apiErr *rest.Error
	if !errors.As(err, &apiErr) {
		return false
	}
	switch apiErr.Kind {
	case rest.KindServer, rest.KindUnreachable, rest.KindUnreadable:
		return true
	default:
		return false
	}
}

// pause waits until it is time for another look. It reports false when there is
// nothing left to look for.
func (s *settlement) pause(ctx context.Context) (more bool, err error) {
	if len(s.open) == 0 {
		return false, nil
	}
	next := s.poll.NextBackOff()
	if s.awaitsListingOnly() {
		left := time.Until(s.view.missingDeadline(s.wait))
		if left <= 0 {
			return false, nil
		}
		next = min(next, left)
	}
	timer := time.NewTimer(next)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true, nil
	case <-ctx.Done():
		return false, context.Cause(ctx)
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
