// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// A caller whose context ends leaves a call; the others stay.
func TestDecideLeave(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		leaves time.Duration // the call is sent after 50 ms and answered a second later
		sent   []string
		open   bool // whether the call took effect, for the one who left
	}{
		{"before it is sent", 10 * time.Millisecond, []string{"stays"}, false},
		{"after it is sent", 500 * time.Millisecond, []string{"leaves", "stays"}, true},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.decideLatency = time.Second
				s.connect(endpoint.StatusPendingAcceptance, "leaves", "stays")
				v, took := s.session(), stopwatch()
				left, stayed := cases(endpoint.Accept, "leaves"), cases(endpoint.Accept, "stays")
				own := errors.New("own deadline")
				ctx, cancel := context.WithTimeoutCause(t.Context(), test.leaves, own)
				defer cancel()
				var group sync.WaitGroup
				group.Go(func() {
					err := v.Settle(ctx, left, 0)
					wantEnd(t, err, own)
					if took() != test.leaves {
						t.Errorf("left after %s", took())
					}
				})
				group.Go(func() {
					if err := v.Settle(t.Context(), stayed, 0); err != nil {
						t.Error(err)
					}
				})
				group.Wait()
				wantSteps(t, stayed, settle.Done)
				s.wantCalls(1)
				if got := slices.Sorted(slices.Values(s.decisions[0].endpoints)); !slices.Equal(got, test.sent) {
					t.Errorf("the call held %v, want %v", got, test.sent)
				}
				if c := left[0]; c.Asked() != test.open || c.Calls != 0 || !c.Phase.Open() {
					t.Errorf("the one who left: %+v", c)
				}
				look(t, v, gateway.Now(), "leaves", "stays") // nothing is left pending
			})
		})
	}
}

// When the last caller leaves, the call ends at once, and its error is told. Those
// who left before it, while nothing was answered, have only their context's.
func TestDecideLeaveLast(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.decideLatency = time.Hour
		s.connect(endpoint.StatusPendingAcceptance, ids(3)...)
		v, took := s.session(), stopwatch()
		errs := make([]error, 3)
		var group sync.WaitGroup
		for i, c := range cases(endpoint.Accept, ids(3)...) {
			group.Go(func() {
				leaves := time.Duration(i+1) * time.Minute
				ctx, cancel := context.WithTimeout(t.Context(), leaves)
				defer cancel()
				errs[i] = v.Settle(ctx, []*settle.Item{c}, 0)
				if took() != leaves {
					t.Errorf("caller %d left after %s", i, took())
				}
				if c.Refusal == nil {
					t.Errorf("caller %d does not know that a call was made", i)
				}
			})
		}
		group.Wait()
		for i, err := range errs {
			wantEnd(t, err, context.DeadlineExceeded)
			if told := errors.As(err, new(*rest.Error)); told != (i == 2) {
				t.Errorf("caller %d: error %v", i, err)
			}
		}
		s.wantCalls(0)
		look(t, v, gateway.Now(), ids(3)...) // nothing is left pending
	})
}

// A call that was answered with nothing but throttling until its caller left did
// nothing; of one that the service failed, nobody knows.
func TestDecideLeaveWithAnAnswer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		answer error
		may    bool
	}{
		"throttled": {decideError(429, "APIGW.0308", rest.KindThrottled), false},
		"busy":      {decideError(409, "APIC.7701", rest.KindBusy), false},
		"failed":    {serverError(), true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, "one")
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				s.before = func(int, decision) error {
					<-ctx.Done()
					return test.answer
				}
				cs := cases(endpoint.Accept, "one")
				if err := s.session().Settle(ctx, cs, 0); !errors.Is(err, test.answer) {
					t.Errorf("error %v", err)
				}
				if c := cs[0]; c.MayTakeEffect() != test.may || c.Asked() != test.may || !errors.Is(c.Refusal, test.answer) || !c.Phase.Open() {
					t.Errorf("%+v", c)
				}
			})
		})
	}
}

// Whoever joins at the very moment when all others leave is not forgotten.
func TestDecideJoinWhenTheLastLeaves(t *testing.T) {
	t.Parallel()
	for range 300 {
		synctest.Test(t, func(t *testing.T) {
			s := newServer(t)
			s.connect(endpoint.StatusPendingAcceptance, "leaves", "joins")
			v := s.session()
			look(t, v, anyTime, "leaves", "joins")
			ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
			defer cancel()
			cs := cases(endpoint.Accept, "leaves", "joins")
			var group sync.WaitGroup
			group.Go(func() { _ = v.Settle(ctx, cs[:1], 0) })
			group.Go(func() {
				passes(10 * time.Millisecond)
				deadline, stop := context.WithTimeout(t.Context(), time.Minute)
				defer stop()
				if err := v.Settle(deadline, cs[1:], 0); err != nil {
					t.Error(err)
				}
			})
			group.Wait()
			wantSteps(t, cs[1:], settle.Done)
		})
	}
}

// noticed is a context that runs something when it is first asked why it ended:
// that is when its caller leaves a call.
type noticed struct {
	context.Context //nolint:containedctx // it is one
	once            sync.Once
	then            func()
}

func (c *noticed) Err() error {
	err := c.Context.Err()
	if err != nil {
		c.once.Do(c.then)
	}
	return err
}

// Whoever comes while the last caller is leaving has a call of its own, which
// does not end with the other's.
func TestDecideJoinWhileTheLastIsLeaving(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, "leaves", "joins")
		v := s.session()
		look(t, v, anyTime, "leaves", "joins")
		cs, began := cases(endpoint.Accept, "leaves", "joins"), time.Now()
		var group sync.WaitGroup
		ends, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
		defer cancel()
		ctx := &noticed{Context: ends, then: func() {
			group.Go(func() {
				if err := v.Settle(t.Context(), cs[1:], 0); err != nil {
					t.Error(err)
				}
			})
			synctest.Wait() // until it has joined a call
		}}
		wantEnd(t, v.Settle(ctx, cs[:1], 0), context.DeadlineExceeded)
		if time.Since(began) != 10*time.Millisecond {
			t.Errorf("left after %s", time.Since(began))
		}
		group.Wait()
		wantSteps(t, cs[1:], settle.Done)
		if s.wantCalls(1); s.decisions[0].at.Sub(began) != 60*time.Millisecond {
			t.Errorf("decided after %s", s.decisions[0].at.Sub(began))
		}
	})
}

// mute is a server that decides, and whose first answer takes longer than its
// caller waits: the error is what came last.
type mute struct {
	*server
	was atomic.Bool
}

func (m *mute) AcceptOrReject(ctx context.Context, gw apig.Gateway, action endpoint.Decision, endpoints []string) ([]endpoint.Connection, error) {
	answer, err := m.server.AcceptOrReject(ctx, gw, action, endpoints)
	if err != nil || m.was.Swap(true) {
		return answer, err
	}
	<-ctx.Done()
	return nil, &rest.Error{Operation: apig.OperationDecide, StatusCode: 500, Kind: rest.KindServer, Err: context.Cause(ctx)}
}

// What a caller was answered last is told when its context ends, once, and what
// was asked for may have been decided.
func TestDecideLeaveAfterAnAnswer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusAccepted, "one")
		passes(time.Hour)
		v := gateway.NewRegistry(&mute{server: s}).Session(theGateway)
		own := errors.New("own deadline")
		ctx, cancel := context.WithTimeoutCause(t.Context(), time.Second, own)
		defer cancel()
		err := v.Settle(ctx, cases(endpoint.Reject, "one"), 0)
		wantCode(t, err, 500)
		if told := strings.Count(fmt.Sprint(err), own.Error()); told != 1 {
			t.Errorf("the end is told %d times: %v", told, err)
		}
		s.stale = time.Minute // listings fall back to what was before
		accepted := cases(endpoint.Accept, "one")
		if err := v.Settle(t.Context(), accepted, 0); err != nil {
			t.Error(err)
		}
		if wantSteps(t, accepted, settle.Done); s.status("one") != endpoint.StatusAccepted {
			t.Errorf("the endpoint is %q", s.status("one"))
		}
	})
}

// A call that waits for its turn is left like any other, and never made for
// nobody.
func TestDecideLeaveWhileOthersAreUnderWay(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.decideLatency = time.Minute
		s.connect(endpoint.StatusPendingAcceptance, append(ids(200), "leaves")...)
		v, took := s.session(), stopwatch()
		look(t, v, anyTime, append(ids(200), "leaves")...)
		var group sync.WaitGroup
		group.Go(func() { wantNone(t, settleEach(t.Context(), v, cases(endpoint.Accept, ids(200)...), 0)) })
		passes(time.Second)
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		left := cases(endpoint.Accept, "leaves")
		wantEnd(t, v.Settle(ctx, left, 0), context.DeadlineExceeded)
		if took() != 2*time.Second || left[0].Asked() {
			t.Errorf("left after %s: %+v", took(), left[0])
		}
		if err := v.Settle(t.Context(), cases(endpoint.Release, "leaves"), 0); err != nil {
			t.Error(err)
		}
		group.Wait()
		s.wantCalls(4)
	})
}

// A context that ended before its caller came costs no call.
func TestDecideWithoutAContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, ids(20)...)
		v := s.session()
		look(t, v, anyTime, ids(20)...)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		for _, err := range settleEach(ctx, v, cases(endpoint.Accept, ids(20)...), 0) {
			wantEnd(t, err, context.Canceled)
		}
		passes(time.Second)
		s.wantCalls(0)
	})
}
