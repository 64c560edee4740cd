// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
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

// A rejection that worked, though its answer was a failure, is not taken for undone by
// whoever accepts the endpoint next: a listing may show it as it was before.
func TestFailureThatWorked(t *testing.T) {
	t.Parallel()
	for name, failure := range map[string]error{
		"500": serverError(), "504": decideError(504, "", rest.KindServer), "no answer": decideError(0, "", rest.KindUnreachable),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusAccepted, "one")
				s.stale = 10 * time.Second
				passes(time.Minute)
				s.after = func(_ int, d decision) error {
					if d.action == endpoint.Rejected {
						return failure
					}
					return nil
				}
				v := s.session()
				var taken atomic.Bool
				var group sync.WaitGroup
				group.Go(func() {
					released := cases(endpoint.Release, "one")
					released[0].Held = taken.Load
					if err := v.Settle(t.Context(), released, 0); err != nil {
						t.Error(err)
					}
				})
				passes(200 * time.Millisecond)
				taken.Store(true)
				if err := v.Settle(t.Context(), cases(endpoint.Accept, "one"), 0); err != nil {
					t.Error(err)
				}
				group.Wait()
				if passes(time.Minute); s.status("one") != endpoint.StatusAccepted {
					t.Errorf("it ends %q", s.status("one"))
				}
			})
		})
	}
}

// What is left of the calls that failed, once all others were granted, is bad, however
// much it is: that says nothing about the service, nor to those who come later.
func TestManyBadAreLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		all := ids(300)
		p := &platform{bad: all[180:200], badly: failure, statuses: map[string]endpoint.Status{}}
		for _, id := range all {
			p.statuses[id] = endpoint.StatusPendingAcceptance
		}
		v := viewOf(p, 5)
		cs := cases(endpoint.Accept, all[:200]...)
		if err := p.ask(t, v, 1, cs); err != nil {
			t.Error(err)
		}
		wantSteps(t, cs[:180], settle.Done)
		wantSteps(t, cs[180:], settle.Refused)
		p.attempts = nil
		cs = cases(endpoint.Accept, all[200:]...)
		if err := p.ask(t, v, 1, cs); err != nil {
			t.Error(err)
		}
		if wantSteps(t, cs, settle.Done); len(p.attempts) > 3 {
			t.Errorf("calls of %v", p.attempts)
		}
	})
}

// Where it is not found out why a call failed, since the caller left or the consumer
// has, no smaller size is learnt for those who come later.
func TestNoSizeIsLearnt(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"the caller left", "the consumer left"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				all := ids(250)
				s.connect(endpoint.StatusPendingAcceptance, all...)
				s.before = func(_ int, d decision) error {
					if !slices.Contains(d.endpoints, all[1]) {
						return nil
					}
					if name == "the consumer left" {
						s.change(all[1], 0, endpoint.Absent)
					}
					return serverError()
				}
				v := s.session()
				ctx, cancel := context.WithCancel(t.Context())
				if name == "the caller left" {
					time.AfterFunc(120*time.Millisecond, cancel)
				}
				defer cancel()
				var group sync.WaitGroup
				group.Go(func() { _ = v.Settle(t.Context(), cases(endpoint.Accept, all[0]), 0) })
				group.Go(func() { _ = v.Settle(ctx, cases(endpoint.Accept, all[1]), 0) })
				group.Wait()
				before, _ := s.counts()
				if err := v.Settle(t.Context(), cases(endpoint.Accept, all[50:]...), 0); err != nil {
					t.Error(err)
				}
				if sizes := s.sizes()[before:]; !slices.Equal(sizes, []int{50, 50, 50, 50}) {
					t.Errorf("calls of %v", sizes)
				}
			})
		})
	}
}

// That one verb takes many endpoints a call says nothing about the other one.
func TestVerbsDoNotTakeAlike(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		all := ids(350)
		s.connect(endpoint.StatusPendingAcceptance, all...)
		s.before = func(_ int, d decision) error {
			if d.action == endpoint.Accepted && len(d.endpoints) > 10 {
				return decideError(504, "", rest.KindServer)
			}
			return nil
		}
		v := s.session()
		if err := v.Settle(t.Context(), cases(endpoint.Reject, all[300:]...), 0); err != nil {
			t.Error(err)
		}
		cs := cases(endpoint.Accept, all[:300]...)
		if err := v.Settle(t.Context(), cs, 0); err != nil {
			t.Error(err)
		}
		failed := 0
		for _, size := range s.sizes()[1:] {
			if size > 10 {
				failed++
			}
		}
		if wantSteps(t, cs, settle.Done); failed > 12 {
			t.Errorf("calls of %v", s.sizes())
		}
	})
}

// busyUntil answers calls that name one of the endpoints, or any call where none is
// named, as a gateway that is busy, for some time.
func (s *server) busyUntil(d time.Duration, err error, endpoints ...string) {
	until := time.Now().Add(d)
	s.before = func(_ int, call decision) error {
		is := func(id string) bool { return slices.Contains(endpoints, id) }
		if time.Now().Before(until) && (len(endpoints) == 0 || slices.ContainsFunc(call.endpoints, is)) {
			return err
		}
		return nil
	}
}

// A busy gateway is called at the pace at which it is looked at, not half as often.
func TestBusyForOne(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, "one")
		s.busyUntil(5*time.Minute, decideError(409, "APIC.7701", rest.KindBusy))
		settleAll(t, s, cases(endpoint.Accept, "one"), 0)
		for i, d := range s.decisions[1:] {
			if gap := d.at.Sub(s.decisions[i].at); gap > 17*time.Second {
				t.Errorf("call %d is made %s after the one before", i+1, gap)
			}
		}
		if calls, _ := s.counts(); calls > 40 {
			t.Errorf("%d calls", calls)
		}
	})
}

// How long a busy gateway asks to wait is heeded.
func TestBusyAsksToWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, "one")
		s.busyUntil(time.Minute, &rest.Error{Operation: apig.OperationDecide, StatusCode: 409, Kind: rest.KindBusy, RetryAfter: 40 * time.Second})
		settleAll(t, s, cases(endpoint.Accept, "one"), 0)
		s.wantCalls(3)
	})
}

// Endpoints that are being created don't keep those waiting that are not, however many
// they are.
func TestCreatingBesideOthers(t *testing.T) {
	t.Parallel()
	for _, share := range []int{2, 4} {
		t.Run(fmt.Sprint(share), func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.latency = 100 * time.Millisecond
				all := ids(100)
				s.connect(endpoint.StatusPendingAcceptance, all...)
				var creating []string
				for i := 0; i < len(all); i += share {
					creating = append(creating, all[i])
				}
				s.busyUntil(9*time.Minute, decideError(400, "EndPoint.2019", rest.KindBusy), creating...)
				took, left := stopwatch(), len(all)-len(creating)
				v := s.session()
				err := v.Settle(t.Context(), cases(endpoint.Accept, all...), 0, func(c *settle.Item) {
					if !slices.Contains(creating, c.EndpointID) {
						if left--; left == 0 && took() > 90*time.Second {
							t.Errorf("the last one that is ready is accepted after %s", took())
						}
					}
				})
				if err != nil || left != 0 {
					t.Errorf("error %v, %d left", err, left)
				}
			})
		})
	}
}

// signing is a service that its callers sign in for, at another one, before each call
// that decides.
type signing struct {
	signIn []answer // what the other one answers, one after the other; then it lets in
	lose   int      // calls that are not answered

	mu     sync.Mutex
	signed int
	calls  int
}

func (p *signing) RoundTrip(r *http.Request) (*http.Response, error) {
	body := `{"connections":[{"id":"e0000","status":"pendingAcceptance"},{"id":"e0001","status":"pendingAcceptance"}],"total":2}`
	if r.Method != http.MethodGet {
		other := &rest.Client{HTTP: &http.Client{Transport: signInService{p}}, MaxRetries: 5}
		if _, err := other.Do(r.Context(), rest.Request{Operation: "sign in", Method: http.MethodPost, URL: &url.URL{Scheme: "https", Host: "iam"}}, nil); err != nil {
			return nil, err
		}
		p.mu.Lock()
		p.calls++
		lost := p.calls <= p.lose
		p.mu.Unlock()
		if body = `{"connections":[]}`; lost {
			return nil, io.EOF
		}
	}
	return &http.Response{StatusCode: 200, Body: io.NopCloser(strings.NewReader(body)), Request: r}, nil
}

type signInService struct{ *signing }

func (p signInService) RoundTrip(r *http.Request) (*http.Response, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	status := 200
	if p.signed < len(p.signIn) {
		status = p.signIn[p.signed].status
	}
	if p.signed++; status == 0 {
		status = 200
	}
	return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(`{}`)), Request: r}, nil
}

// Signing in that fails is no fault of the endpoints, and is repeated however few times
// their own call may be.
func TestSignInFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		signIn []answer
		lose   int
		status int  // of the error
		may    bool // whether what was asked for may take effect
		signed int
	}{
		{"once", []answer{{status: 503}}, 0, 0, false, 2},
		{"for good", slices.Repeat([]answer{{status: 503}}, 20), 0, 503, false, 6},
		{"with a refusal", slices.Repeat([]answer{{status: 401}}, 20), 0, 401, false, 1},
		{"after a call got lost", slices.Concat([]answer{{}}, slices.Repeat([]answer{{status: 401}}, 20)), 1, 401, true, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				p := &signing{signIn: test.signIn, lose: test.lose}
				cs := cases(endpoint.Accept, ids(2)...)
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				err := viewOf(p, 5).Settle(ctx, cs, 0)
				var e *rest.Error
				if test.status > 0 && (!errors.As(err, &e) || e.StatusCode != test.status || cs[0].Phase == settle.Refused) {
					t.Errorf("error %v, step %d", err, cs[0].Phase)
				}
				if may := cs[0].MayTakeEffect(); test.status > 0 && may != test.may {
					t.Errorf("may take effect: %t", may)
				}
				if p.signed < test.signed || test.status > 0 && p.signed > test.signed {
					t.Errorf("signed in %d times, want %d", p.signed, test.signed)
				}
			})
		})
	}
}

// A code that says that an endpoint is connected already is no word for its rejection.
func TestRejectIsDecidedAlready(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusAccepted, "one")
		s.before = func(int, decision) error { return decideError(400, "EndPoint.2014", rest.KindInvalid) }
		cs := cases(endpoint.Reject, "one")
		settleAll(t, s, cs, 0)
		wantSteps(t, cs, settle.Refused)
	})
}

// Permissions of many resources on a busy gateway cost little more than those of one.
func TestPermitWhileBusy(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.latency = 100 * time.Millisecond
		began := time.Now()
		s.permits.before = func(permitCall) error {
			if time.Since(began) < 5*time.Minute {
				return decideError(409, "APIC.7701", rest.KindBusy)
			}
			return nil
		}
		v := s.session()
		var group sync.WaitGroup
		for part := range slices.Chunk(ids(200), 20) {
			group.Go(func() { permit(t, v, &gateway.PermissionChange{Add: part}) })
		}
		group.Wait()
		s.wantPermitted(s.permits.accounts...)
		if calls := len(s.permits.calls); len(s.permits.accounts) != 200 || calls > 120 {
			t.Errorf("%d calls, %d listings", calls, s.permits.listings)
		}
	})
}
