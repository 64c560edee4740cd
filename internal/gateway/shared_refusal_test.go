// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway/bisect"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// refuseAny makes calls that hold any of the endpoints fail.
func refuseAny(err error, bad ...string) func(int, decision) error {
	return func(_ int, d decision) error {
		if slices.ContainsFunc(d.endpoints, func(id string) bool { return slices.Contains(bad, id) }) {
			return err
		}
		return nil
	}
}

// Of forty callers who share a call, only those fail whose endpoint the server
// refuses, each with the error of a call for it alone.
func TestSharedCallIsRefused(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{"400": badRequest(), "404": notFound(), "500": serverError()} {
		for _, whole := range []bool{true, false} {
			for _, bad := range [][]string{ids(1), {"e0007"}, {"e0003", "e0039"}} {
				t.Run(fmt.Sprintf("%s, whole %t, %d bad", name, whole, len(bad)), func(t *testing.T) {
					t.Parallel()
					synctest.Test(t, func(t *testing.T) {
						s := newServer(t)
						s.latency, s.creating = 50*time.Millisecond, time.Second
						s.connect(endpoint.StatusPendingAcceptance, ids(40)...)
						for _, id := range bad {
							s.endpoints[id].keeps = true
						}
						if whole {
							s.before = refuseAny(err, bad...)
						} else {
							s.after = refuseAny(err, bad...)
						}
						cs, took := cases(endpoint.Accept, ids(40)...), stopwatch()
						errs := settleEach(t.Context(), s.session(), cs, 0)
						wantSteps(t, cs, settle.Done, bad...)
						for i, c := range cs {
							refused := c.Phase == settle.Refused && errors.Is(c.Refusal, err)
							if refused != slices.Contains(bad, c.EndpointID) || errs[i] != nil {
								t.Errorf("%s: step %d, refusal %v, error %v", c.EndpointID, c.Phase, c.Refusal, errs[i])
							}
						}
						// Halving takes six rounds, with two calls or three for each bad one in each.
						if calls, _ := s.counts(); calls > 2+16*len(bad) {
							t.Errorf("calls of %v", s.sizes())
						}
						if took() > 6*time.Second {
							t.Errorf("took %s", took())
						}
					})
				})
			}
		}
	}
}

// The one that is refused has its own error, not that of the call that it
// shared with others.
func TestSharedCallIsRefusedWithItsOwnError(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, ids(40)...)
		for _, id := range ids(2) {
			s.endpoints[id].keeps = true
		}
		s.before = func(n int, d decision) error {
			if refuseAny(badRequest(), ids(2)...)(n, d) == nil {
				return nil
			}
			if len(d.endpoints) > 1 {
				return badRequest()
			}
			return fmt.Errorf("for %s alone: %w", d.endpoints[0], badRequest())
		}
		cs := cases(endpoint.Accept, ids(40)...)
		wantNone(t, settleEach(t.Context(), s.session(), cs, 0))
		for _, c := range cs[:2] {
			if c.Refusal == nil || c.Refusal.Error() != fmt.Sprintf("for %s alone: %s", c.EndpointID, badRequest()) {
				t.Errorf("%s: %v", c.EndpointID, c.Refusal)
			}
		}
	})
}

// A service that fails every call is found out, and not asked once for each endpoint:
// sixteen are refused alone, and the others are told why no call is made for them. One
// that recovers in time has failed nobody.
func TestSharedCallServiceFails(t *testing.T) {
	t.Parallel()
	for name, err := range map[string]error{
		"500":       serverError(),
		"no answer": &rest.Error{Operation: apig.OperationDecide, Kind: rest.KindUnreachable},
	} {
		for _, recovers := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, recovers %t", name, recovers), func(t *testing.T) {
				t.Parallel()
				synctest.Test(t, func(t *testing.T) {
					s := newServer(t)
					s.connect(endpoint.StatusPendingAcceptance, ids(100)...)
					s.before = func(n int, _ decision) error {
						if recovers && n > 3 {
							return nil
						}
						return err
					}
					cs := cases(endpoint.Accept, ids(100)...)
					errs := settleEach(t.Context(), s.session(), cs, 0)
					if recovers {
						wantNone(t, errs)
						wantSteps(t, cs, settle.Done)
						return
					}
					refused := 0
					for i, got := range errs {
						var fault *bisect.FaultError
						switch {
						case cs[i].Phase == settle.Refused && got == nil:
							refused++
						case !errors.As(got, &fault) || !errors.Is(got, err):
							t.Errorf("%s: step %d, error %v", cs[i].EndpointID, cs[i].Phase, got)
						}
					}
					if calls, _ := s.counts(); refused != 16 || calls > 4+16 {
						t.Errorf("calls of %v, %d refused", s.sizes(), refused)
					}
				})
			})
		}
	}
}

// A shared call that fails for good fails for all, at once.
func TestSharedCallFails(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusPendingAcceptance, ids(40)...)
		s.before = func(int, decision) error { return forbidden() }
		took := stopwatch()
		for _, err := range settleEach(t.Context(), s.session(), cases(endpoint.Accept, ids(40)...), 0) {
			wantCode(t, err, 403)
		}
		s.wantCalls(1)
		if took() > time.Second {
			t.Errorf("took %s", took())
		}
	})
}

// The answer of a shared call gets lost: who looks, finds that it took effect.
func TestSharedCallAnswerIsLost(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.creating = time.Second
		s.connect(endpoint.StatusPendingAcceptance, ids(40)...)
		s.after = func(int, decision) error {
			return &rest.Error{Operation: apig.OperationDecide, Kind: rest.KindUnreachable}
		}
		cs := cases(endpoint.Accept, ids(40)...)
		wantNone(t, settleEach(t.Context(), s.session(), cs, 0))
		wantSteps(t, cs, settle.Done)
		s.wantCalls(1)
	})
}

// A refusal takes as long as a call; that decisions take longer to show is no
// reason to wait that long before the next round.
func TestRefusalIsNotWaitedFor(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.creating = 10 * time.Second
		s.connect(endpoint.StatusPendingAcceptance, ids(41)...)
		v := s.session()
		if err := v.Settle(t.Context(), cases(endpoint.Accept, "e0040"), 0); err != nil {
			t.Error(err)
		}
		s.endpoints["e0000"].keeps = true
		s.before = refuseAny(badRequest(), "e0000")
		cs, took := cases(endpoint.Accept, ids(40)...), stopwatch()
		wantNone(t, settleEach(t.Context(), v, cs, 0))
		wantSteps(t, cs, settle.Done, "e0000")
		if took() > 20*time.Second {
			t.Errorf("took %s", took())
		}
	})
}
