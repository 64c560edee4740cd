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
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// Of many who wait until their time is up for a call that fails again and again, each knows why, and whether what it
// asked for may have been done: not only the last one, or the one who makes the call.
func TestAllKnowWhyTheyWaited(t *testing.T) {
	t.Parallel()
	for _, a := range []answer{throttled, conflict, failure} {
		for _, listing := range []bool{false, true} {
			for _, gap := range []time.Duration{0, 300 * time.Millisecond} {
				if gap == 0 && !listing && a == failure {
					continue // those who wait for a call know nothing of one that has just ended
				}
				bubbles(t, fmt.Sprint(a.status, " of a listing: ", listing, " ", gap), func(t *testing.T, s *server) {
					p, n := &platform{down: &a}, 60
					if gap > 0 {
						n = 230 // more than travel at once: some wait for a call to be made
					}
					if listing {
						p, n = &platform{dark: &a, latency: 20 * time.Millisecond}, 20
					}
					v := viewOf(p.connect(n), 100)
					knows := func(what string, err error) {
						var e *rest.Error
						assert.Check(t, errors.As(err, &e) && e.Code == a.code && e.RequestID == "r-1" && errors.Is(err, context.DeadlineExceeded),
							"%s: %v", what, err)
					}
					for i, c := range cases(endpoint.Accept, ids(n)...) {
						s.Go(func() {
							knows(c.EndpointID, v.Settle(within(t, 12*time.Second+time.Duration(i)*gap), []*settle.Item{c}, 0))
							failed := a.status == 500 && c.Asked()
							assert.Check(t, c.Calls == 0 && c.MayTakeEffect() == failed, "%s: %+v", c.EndpointID, c)
						})
					}
					s.Go(func() {
						passes(5 * time.Second)
						_, err := v.List(within(t, 6*time.Second), gateway.Now())
						if !listing && a == conflict {
							assert.Check(t, err) // between two calls, nothing is pending
							return
						}
						if knows("all", err); listing {
							_, err := v.Permissions(within(t, 6*time.Second), gateway.Now())
							knows("permissions", err)
						}
					})
				})
			}
		}
	}
}

// A hundred resources of which Terraform visits ten at a time fail within one timeout
// where their gateways can't be asked, or changed; those that come later try again.
func TestOutages(t *testing.T) {
	t.Parallel()
	const timeout = 10 * time.Minute
	for what, ask := range map[string]func(context.Context, *gateway.Session, int) error{
		"endpoints": func(ctx context.Context, v *gateway.Session, i int) error {
			c := &settle.Item{EndpointID: ids(100)[i], Goal: endpoint.Accept}
			return errors.Join(v.Settle(ctx, []*settle.Item{c}, 0), c.Refusal)
		},
		"accounts": func(ctx context.Context, v *gateway.Session, i int) error {
			change := &gateway.PermissionChange{Add: []string{fmt.Sprint("account-", i)}}
			return errors.Join(v.Permit(ctx, change), change.Refused[change.Add[0]])
		},
		"listings": func(ctx context.Context, v *gateway.Session, i int) (err error) {
			switch i % 3 {
			case 0:
				_, err = v.Get(ctx, []string{fmt.Sprint("endpoint-", i)}, anyTime)
			case 1:
				_, err = v.List(ctx, anyTime)
			default:
				_, err = v.Permissions(ctx, anyTime)
			}
			return err
		},
	} {
		for _, a := range []answer{mute, throttled, overloaded} {
			for _, gateways := range []int{1, 5} {
				bubbles(t, fmt.Sprint(what, a.status, gateways), func(t *testing.T, _ *server) {
					p := (&platform{down: &a}).connect(100)
					if what == "listings" {
						p.dark = &a
					}
					registry := registryOf(p, 5)
					resource := func(i int) error {
						of := theGateway
						of.InstanceID = fmt.Sprint("instance-", i%gateways)
						return ask(within(t, timeout), registry.Session(of), i/gateways)
					}
					took, all := stopwatch(), make([]int, 100)
					for i := range all {
						all[i] = i
					}
					walk(all, 10, func(i int) { assert.Check(t, resource(i) != nil, "%d: no error", i) })
					limit := timeout + time.Minute
					if a.status != 0 && gateways > 1 {
						limit = 4 * timeout // what one gateway answers the others are asked for, until a second one answers so
					}
					assert.Check(t, took() <= limit, "it took %s", took())
					passes(time.Minute)
					p.mu.Lock()
					p.down, p.dark, p.accounts = nil, nil, []string{"account-0"}
					p.statuses["e0000"] = endpoint.StatusAccepted
					p.mu.Unlock()
					err := resource(0)
					assert.Check(t, err == nil || errors.As(err, new(*gateway.FaultError)), "after the outage: %v", err)
				})
			}
		}
	}
}

// Where others could be decided meanwhile, that one endpoint can't be is no outage.
func TestOneUndecidableEndpointIsNoOutage(t *testing.T) {
	bubble(t, func(t *testing.T, _ *server) {
		v := viewOf((&platform{bad: ids(1), badly: mute}).connect(10), 5)
		cs := cases(endpoint.Accept, ids(2)...)
		errs := settleEach(within(t, 10*time.Minute), v, cs, 0)
		assert.Check(t, (errs[0] != nil || cs[0].Refusal != nil) && errs[1] == nil && cs[1].Phase == settle.Done, "%v", errs)
		assert.Check(t, v.Settle(within(t, time.Minute), cases(endpoint.Accept, "e0002"), 0))
	})
}

// signing is a platform whose callers sign in, at another service, before each call that decides.
type signing struct {
	*platform
	signIn []int // what the other one answers, one after the other; then it lets in

	lock   sync.Mutex
	signed int
}

func (s *signing) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.URL.Host == "iam" {
		s.lock.Lock()
		defer s.lock.Unlock()
		status := 200
		if s.signed < len(s.signIn) {
			status = s.signIn[s.signed]
		}
		s.signed++
		return &http.Response{StatusCode: status, Body: io.NopCloser(strings.NewReader(`{}`)), Request: r}, nil
	}
	if r.Method != http.MethodGet {
		other := &rest.Client{HTTP: &http.Client{Transport: s}, MaxRetries: 5}
		if _, err := other.Do(r.Context(), rest.Request{Operation: "sign in", Method: http.MethodPost, URL: &url.URL{Scheme: "https", Host: "iam"}}, nil); err != nil {
			return nil, err
		}
	}
	return s.platform.RoundTrip(r)
}

// Signing in that fails is no fault of the endpoints, and is repeated however few times their own call may be.
func TestSignInFails(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name   string
		signIn []int
		drops  int  // calls that are not answered
		err    any  // its status
		may    bool // whether what was asked for may take effect
		signed int
	}{
		{"once", []int{503}, 0, nil, false, 2},
		{"for good", slices.Repeat([]int{503}, 20), 0, 503, false, 6},
		{"with a refusal", slices.Repeat([]int{401}, 20), 0, 401, false, 1},
		{"after a call got lost", append([]int{200}, slices.Repeat([]int{401}, 20)...), 1, 401, true, 2},
	} {
		bubbles(t, test.name, func(t *testing.T, _ *server) {
			p, cs := &signing{platform: (&platform{drops: test.drops}).connect(2), signIn: test.signIn}, cases(endpoint.Accept, ids(2)...)
			wantError(t, viewOf(p, 5).Settle(within(t, time.Minute), cs, 0), test.err)
			assert.Check(t, test.err == nil || cs[1].Phase != settle.Refused && cs[1].MayTakeEffect() == test.may, "%+v", cs[1])
			assert.Check(t, p.signed == test.signed, "signed in %d times, want %d", p.signed, test.signed)
		})
	}
}
