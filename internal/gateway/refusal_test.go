// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// An endpoint that the server refused by failing may be decided all the same, and
// show it later; one that it refused in so many words is not.
func TestSettleRefusalThatMayHaveWorked(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err error
		may bool
	}{"400": {badRequest(), false}, "404": {notFound(), false}, "500": {serverError(), true}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, ids(2)...)
				s.before = func(int, decision) error { return test.err }
				ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
				defer cancel()
				cs := cases(endpoint.Accept, ids(2)...)
				wantEnd(t, s.session().Settle(ctx, cs, 0), context.DeadlineExceeded)
				s.wantCalls(1)
				for _, c := range cs {
					if !c.Phase.Open() || !c.Asked() || c.MayTakeEffect() != test.may || !errors.Is(c.Refusal, test.err) {
						t.Errorf("%+v", c)
					}
				}
			})
		})
	}
}

// One endpoint that the server can't decide must not cost the others theirs.
func TestSettleOneIsRefused(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name  string
		err   error
		whole bool // nothing of the call is decided
		calls int
	}{
		// Beside the bad one's 50, 25, 13, 7, 4, 2 and 1, the good halves. Whether a call
		// of 25 can work is not known at first: one of 13 is made instead of it.
		{"400, all or nothing", badRequest(), true, 14},
		{"404, all or nothing", notFound(), true, 13},
		{"500, all or nothing", serverError(), true, 14},
		{"400, the others decided", badRequest(), false, 2},
		{"404, the others decided", notFound(), false, 2},
		{"500, the others decided", serverError(), false, 2},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.latency, s.creating = 10*time.Millisecond, time.Second
				s.connect(endpoint.StatusPendingAcceptance, ids(50)...)
				bad := ids(50)[0]
				s.endpoints[bad].keeps = true
				if test.whole {
					s.before = refuseWhole(bad, test.err)
				} else {
					s.after = refuseWhole(bad, test.err)
				}
				cs, took := cases(endpoint.Accept, ids(50)...), stopwatch()
				settleAll(t, s, cs, 0)
				wantSteps(t, cs, settle.Done, bad)
				wantSteps(t, cs[:1], settle.Refused)
				if !errors.Is(cs[0].Refusal, test.err) {
					t.Errorf("refusal %v", cs[0].Refusal)
				}
				s.wantCalls(test.calls)
				if took() > 5*time.Second {
					t.Errorf("took %s", took())
				}
			})
		})
	}
}

// An endpoint that the gateway is deleting by the time of the call is no error.
func TestSettleRefusedForOneThatLeaves(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, ids(50)...)
		leaves := ids(50)[7]
		s.before = func(n int, _ decision) error {
			if n > 1 {
				return nil
			}
			s.change(leaves, 0, endpoint.StatusDeleting)
			return badRequest()
		}
		cs := cases(endpoint.Accept, ids(50)...)
		settleAll(t, s, cs, 0)
		wantSteps(t, cs, settle.Done, leaves)
		wantSteps(t, cs[7:8], settle.Gone)
		s.wantCalls(3) // 50, then 25 and 24
	})
}

func TestSettleServerThatTakesFewer(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.maxBatch = 20
		s.connect(endpoint.StatusPendingAcceptance, ids(100)...)
		cs := cases(endpoint.Accept, ids(100)...)
		settleAll(t, s, cs, 0)
		wantSteps(t, cs, settle.Done)
		s.wantCalls(2 + 2 + 8) // two of 50 and one of 25, one for a single endpoint, and those of 13
	})
}

// A service that fails every call is not asked once for each endpoint.
func TestSettleServiceFails(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"500":          serverError(),
		"no answer":    &rest.Error{Operation: apig.OperationDecide, Kind: rest.KindUnreachable},
		"no such JSON": decideError(502, "", rest.KindUnreadable),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, ids(1000)...)
				s.before = func(int, decision) error { return err }
				cs, took := cases(endpoint.Accept, ids(1000)...), stopwatch()
				wantEnd(t, s.session().Settle(t.Context(), cs, time.Minute), err)
				refused := 0
				for _, c := range cs {
					if c.Phase == settle.Refused {
						refused++
					} else if c.Phase != settle.ToCall {
						t.Errorf("%s: step %d", c.EndpointID, c.Phase)
					}
				}
				if calls, _ := s.counts(); refused != 16 || calls > 16+6 { // four are under way at once, and two follow before three have failed
					t.Errorf("%v calls, %d refused alone", s.sizes(), refused)
				}
				if took() > time.Second {
					t.Errorf("took %s", took())
				}
			})
		})
	}
}

// A failing service that recovers in time has failed nothing.
func TestSettleServiceRecovers(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, ids(50)...)
		s.before = func(n int, _ decision) error {
			if n <= 3 { // one call, then two
				return serverError()
			}
			return nil
		}
		cs := cases(endpoint.Accept, ids(50)...)
		settleAll(t, s, cs, 0)
		wantSteps(t, cs, settle.Done)
	})
}

// What took effect although its answer says otherwise, or got lost, is found by
// looking, and not asked for again.
func TestSettleLostAnswer(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"500":                            serverError(),
		"no answer":                      &rest.Error{Operation: apig.OperationDecide, Kind: rest.KindUnreachable},
		"no such JSON":                   decideError(504, "", rest.KindUnreadable),
		"refused when it was made again": &rest.Error{Operation: apig.OperationDecide, StatusCode: 403, Kind: rest.KindForbidden, Unsure: true},
	} {
		for _, creating := range []time.Duration{0, time.Second, time.Minute} {
			t.Run(name+" "+creating.String(), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t)
					s.creating = creating
					s.connect(endpoint.StatusPendingAcceptance, "one", "two")
					s.after = func(int, decision) error { return err }
					cs := cases(endpoint.Accept, "one", "two")
					settleAll(t, s, cs, 0)
					wantSteps(t, cs, settle.Done)
					s.wantCalls(1)
				})
			})
		}
	}
}

// A call that got lost alone was not refused, nor was one that was refused only
// when it was made again.
func TestSettleLostCallIsMadeAgain(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"lost":         decideError(0, "", rest.KindUnreachable),
		"then refused": &rest.Error{Operation: apig.OperationDecide, StatusCode: 400, Kind: rest.KindInvalid, Unsure: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, "one")
				s.before = func(n int, _ decision) error {
					if n == 1 {
						return err
					}
					return nil
				}
				cs := cases(endpoint.Accept, "one")
				settleAll(t, s, cs, 0)
				wantSteps(t, cs, settle.Done)
				s.wantCalls(2)
			})
		})
	}
}

// After an error that no other call can mend, no more calls are made; what the
// calls before it decided is waited for.
func TestSettleStopsCalling(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		err    error
		status int
	}{
		"forbidden":   {forbidden(), 403},
		"unsupported": {decideError(412, "APIG.3458", rest.KindUnsupported), 412},
		"credentials": {decideError(401, "APIC.7101", rest.KindUnauthenticated), 401},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.latency, s.creating = 50*time.Millisecond, 10*time.Second
				s.connect(endpoint.StatusPendingAcceptance, ids(500)...)
				s.before = func(n int, _ decision) error {
					if n > 3 {
						return test.err
					}
					return nil
				}
				cs := cases(endpoint.Accept, append(ids(500), "never")...)
				wantCode(t, s.session().Settle(t.Context(), cs, time.Minute), test.status)
				// Four are under way when one fails; where that one's place is
				// given on before it is known, at most the others' follow.
				if calls, _ := s.counts(); calls > 7 {
					t.Errorf("%d calls", calls)
				}
				decided := 0
				for _, c := range cs {
					switch {
					case c.Phase == settle.Done && c.Calls == 1:
						decided++
					case c.Phase == settle.ToCall && c.Calls == 0, c.Phase == settle.Unlisted:
					default:
						t.Errorf("%s: step %d, %d calls", c.EndpointID, c.Phase, c.Calls)
					}
				}
				if decided != 150 {
					t.Errorf("%d were decided", decided)
				}
			})
		})
	}
}

// Calls fail one after the other only as far as they were under way. The cases
// that such a call held know why it was refused.
func TestSettleMakesNoCallAfterAFailure(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.latency = time.Second
		s.connect(endpoint.StatusPendingAcceptance, ids(1000)...)
		s.before = func(int, decision) error { return forbidden() }
		cs := cases(endpoint.Accept, ids(1000)...)
		wantCode(t, s.session().Settle(t.Context(), cs, 0), 403)
		s.wantCalls(4)
		s.wantPages(2)
		refused := 0
		for _, c := range cs {
			if c.Refusal != nil {
				refused++
			}
			if c.Asked() || c.MayTakeEffect() || c.Phase != settle.ToCall {
				t.Errorf("%s: %+v", c.EndpointID, c)
			}
		}
		if refused != 200 {
			t.Errorf("%d know that a call was refused", refused)
		}
	})
}

// A failed call's fellows that were refused, or lost, are looked at once more, so
// that their cases tell the truth.
func TestSettleLooksOnceMoreAfterAFailure(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"refused": serverError(), "lost": decideError(0, "", rest.KindUnreachable)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.latency, s.creating = time.Second, time.Minute
				s.connect(endpoint.StatusPendingAcceptance, ids(100)...)
				s.before = refuseWhole(ids(100)[99], forbidden())
				s.after = func(int, decision) error { return err }
				cs := cases(endpoint.Accept, ids(100)...)
				wantCode(t, s.session().Settle(t.Context(), cs, 0), 403)
				wantSteps(t, cs[:50], settle.Done)
				wantSteps(t, cs[50:], settle.ToCall)
				s.wantCalls(2)
			})
		})
	}
}

// A failure and the end of the wait after it are both told.
func TestSettleTellsBothErrors(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.latency, s.creating = time.Second, time.Hour
		s.connect(endpoint.StatusPendingAcceptance, ids(100)...)
		s.before = refuseWhole(ids(100)[99], forbidden())
		cs := cases(endpoint.Accept, ids(100)...)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		err := s.session().Settle(ctx, cs, 0)
		wantCode(t, err, 403)
		wantEnd(t, err, context.DeadlineExceeded)
		wantSteps(t, cs[:50], settle.Waiting)
	})
}

func TestSettleFailsToLook(t *testing.T) {
	t.Parallel()
	for name, listings := range map[string]int{"at first": 0, "after the call": 1} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusPendingAcceptance, "one")
				s.onPage = func(page) error {
					if len(s.pages) >= listings {
						return gatewayGone()
					}
					return nil
				}
				cs := cases(endpoint.Accept, "one")
				err := s.session().Settle(t.Context(), cs, 0)
				if !apig.IsGatewayGone(err) {
					t.Errorf("error %v", err)
				}
				if s.wantCalls(listings); cs[0].Looked != (listings > 0) || !cs[0].Phase.Open() {
					t.Errorf("%+v", cs[0])
				}
			})
		})
	}
}
