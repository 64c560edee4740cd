// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
)

// listGone is what a listing is answered with.
func listGone(code string) error {
	return &rest.Error{Operation: apig.OperationList, StatusCode: 404, Code: code, Kind: rest.KindNotFound}
}

// blinker lists one connection, or nobody's permissions, unless it says something else.
type blinker struct {
	gateway.API

	says  func(n int, of apig.Gateway) error // to the n-th listing, counted from 1
	pages int                                // of a listing; 0 is one

	mu    sync.Mutex
	calls int
}

func (b *blinker) listing(of apig.Gateway) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.calls++
	return b.says(b.calls, of)
}

func (b *blinker) ListConnections(_ context.Context, of apig.Gateway, _ apig.ConnectionFilter) iter.Seq2[apig.ConnectionPage, error] {
	return func(yield func(apig.ConnectionPage, error) bool) {
		for i := range max(b.pages, 1) {
			if err := b.listing(of); err != nil {
				yield(apig.ConnectionPage{}, err)
				return
			}
			c := endpoint.Connection{ID: fmt.Sprint("e", i), Status: endpoint.StatusAccepted}
			if !yield(apig.ConnectionPage{Connections: []endpoint.Connection{c}, Total: int64(max(b.pages, 1))}, nil) {
				return
			}
		}
	}
}

func (b *blinker) ListPermissions(_ context.Context, of apig.Gateway) iter.Seq2[apig.PermissionPage, error] {
	return func(yield func(apig.PermissionPage, error) bool) { yield(apig.PermissionPage{}, b.listing(of)) }
}

func (b *blinker) session() *gateway.Session { return gateway.NewRegistry(b).Session(theGateway) }

// first has the first n listings fail, -1 all of them.
func first(n int, err error) func(int, apig.Gateway) error {
	return func(call int, _ apig.Gateway) error {
		if n < 0 || call <= n {
			return err
		}
		return nil
	}
}

// until has the listings fail for a while.
func until(d time.Duration, err error) func(int, apig.Gateway) error {
	began := time.Now()
	return func(int, apig.Gateway) error {
		if time.Since(began) < d {
			return err
		}
		return nil
	}
}

// reads are the ways to read a gateway.
var reads = map[string]func(context.Context, *gateway.Session) error{
	"looks": func(ctx context.Context, v *gateway.Session) error {
		_, err := v.Get(ctx, []string{"e0"}, gateway.Now())
		return err
	},
	"lists": func(ctx context.Context, v *gateway.Session) error { _, err := v.List(ctx, gateway.Now()); return err },
	"permits": func(ctx context.Context, v *gateway.Session) error {
		_, err := v.Permissions(ctx, gateway.Now())
		return err
	},
}

// A gateway that is said not to exist for a moment is there all the same.
func TestGoneForAMoment(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		for _, code := range []string{"APIC.7302", "APIG.3030", "APIC.7314"} {
			for n := 1; n <= 6; n++ {
				synctest.Test(t, func(t *testing.T) {
					b := &blinker{says: first(n, listGone(code))}
					if err := read(t.Context(), b.session()); err != nil {
						t.Errorf("%s, %s %d times: %v", name, code, n, err)
					}
				})
			}
		}
	}
}

// One that is said so for ten seconds is gone. One caller asks, and what it is told serves all of the run.
func TestGoneForGood(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		synctest.Test(t, func(t *testing.T) {
			b := &blinker{says: first(-1, listGone("APIC.7302"))}
			v, passed := b.session(), stopwatch()
			var group sync.WaitGroup
			for range 20 {
				group.Go(func() {
					if err := read(t.Context(), v); !gateway.IsGone(err) {
						t.Errorf("%s: %v", name, err)
					}
				})
			}
			group.Wait()
			if b.calls < 4 || b.calls > 10 || passed() < 10*time.Second {
				t.Errorf("%s: believed after %d calls and %s", name, b.calls, passed())
			}
			before := b.calls
			for other, read := range reads {
				if err := read(t.Context(), v); !gateway.IsGone(err) || b.calls > before {
					t.Errorf("%s: then %s, after %d further calls: %v", name, other, b.calls-before, err)
				}
			}
			passes(2 * time.Minute)
			if err := read(t.Context(), v); !gateway.IsGone(err) || b.calls != before+1 {
				t.Errorf("%s: later, after %d further calls: %v", name, b.calls-before, err)
			}
			b.says = first(0, nil)
			passes(2 * time.Minute)
			if err := read(t.Context(), v); err != nil {
				t.Errorf("%s: when it is back: %v", name, err)
			}
		})
	}
}

// Where there is less time, it has to be said three times over what is left.
func TestGoneInHaste(t *testing.T) {
	t.Parallel()
	for name, read := range reads {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Second)
			defer cancel()
			b := &blinker{says: first(-1, listGone("APIG.3030"))}
			if err := read(ctx, b.session()); !gateway.IsGone(err) || b.calls < 3 || ctx.Err() != nil {
				t.Errorf("%s: after %d calls: %v", name, b.calls, err)
			}
		})
	}
}

// Nothing else tells that a gateway is gone.
func TestNotGone(t *testing.T) {
	t.Parallel()
	iam := fmt.Errorf("list connections: %w", &rest.Error{Operation: "create IAM token", StatusCode: 404, Code: "APIC.7302", Kind: rest.KindNotFound})
	for name, says := range map[string]func(int, apig.Gateway) error{
		"IAM says so": first(-1, iam),
		"IAM says so later": func(n int, _ apig.Gateway) error {
			return map[bool]error{true: listGone("APIC.7302"), false: iam}[n < 3]
		},
		"no endpoint service": first(-1, listGone("APIC.7314")),
		"once was no service": func(n int, _ apig.Gateway) error {
			return map[bool]error{true: listGone("APIC.7314"), false: listGone("APIC.7302")}[n == 2]
		},
		"forbidden then": func(n int, _ apig.Gateway) error {
			return map[bool]error{true: listGone("APIC.7302"), false: &rest.Error{Operation: apig.OperationList, StatusCode: 403, Kind: rest.KindForbidden}}[n < 3]
		},
	} {
		for way, read := range reads {
			synctest.Test(t, func(t *testing.T) {
				if err := read(t.Context(), (&blinker{says: says}).session()); err == nil || gateway.IsGone(err) {
					t.Errorf("%s, %s: %v", name, way, err)
				}
			})
		}
	}
}

// Who is interrupted while asking believes nothing, and others go on.
func TestGoneInterrupted(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &blinker{says: first(-1, listGone("APIC.7302"))}
		v := b.session()
		ctx, cancel := context.WithCancel(t.Context())
		var group sync.WaitGroup
		group.Go(func() {
			err := reads["looks"](ctx, v)
			if gateway.IsGone(err) || !errors.Is(err, context.Canceled) {
				t.Errorf("interrupted: %v", err)
			}
		})
		for _, read := range reads {
			group.Go(func() {
				if err := read(t.Context(), v); !gateway.IsGone(err) {
					t.Errorf("the others: %v", err)
				}
			})
		}
		passes(3 * time.Second)
		cancel()
		group.Wait()
	})
}

// A listing that broke off in the middle begins again, and has no connection that left meanwhile.
func TestGoneInTheMiddle(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		b := &blinker{pages: 3}
		b.says = func(n int, _ apig.Gateway) error {
			if n == 3 {
				b.pages = 2
				return listGone("APIC.7302")
			}
			return nil
		}
		listed, err := b.session().List(t.Context(), gateway.Now())
		if _, left := listed["e2"]; err != nil || len(listed) != 2 || left {
			t.Errorf("%v, %v", listed, err)
		}
	})
}

// What is to be decided is decided, whatever the call for it was answered for a moment.
func TestGoneWhenDeciding(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"APIC.7302", "APIG.3030", "APIC.7314"} {
		for n := 1; n <= 5; n++ {
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.connect(endpoint.StatusAccepted, "one", "two")
				s.before = func(call int, _ decision) error {
					if call <= n {
						return decideError(404, code, rest.KindNotFound)
					}
					return nil
				}
				cs := cases(endpoint.Release, "one", "two")
				if err := s.session().Settle(t.Context(), cs, 0); err != nil || s.status("one") != endpoint.StatusRejected || s.status("two") != endpoint.StatusRejected {
					t.Errorf("%s %d times: %v", code, n, err)
				}
				wantSteps(t, cs, settle.Done)
			})
			synctest.Test(t, func(t *testing.T) {
				s := newServer(t)
				s.permit("a", "b")
				s.permits.before = func(permitCall) error {
					if len(s.permits.calls) <= n {
						return &rest.Error{Operation: apig.OperationDeletePermissions, StatusCode: 404, Code: code, Kind: rest.KindNotFound}
					}
					return nil
				}
				if err := s.session().Permit(t.Context(), &gateway.PermissionChange{Add: []string{"c"}, Remove: []string{"a"}}); err != nil {
					t.Errorf("%s %d times: %v", code, n, err)
				}
				s.wantPermitted("b", "c")
			})
		}
	}
}

// Where only the call that decides is answered so, for good, the gateway is not gone, and nothing is taken for done.
func TestGoneForOneCall(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := newServer(t)
		s.connect(endpoint.StatusAccepted, "one")
		s.before = func(int, decision) error { return gatewayGone() }
		cs := cases(endpoint.Release, "one")
		err := s.session().Settle(t.Context(), cs, 0)
		if gateway.IsGone(err) || !errors.As(err, new(*gateway.DoubtError)) || cs[0].Phase.Reached() {
			t.Errorf("step %d, %v", cs[0].Phase, err)
		}
	})
}

// A gateway that goes while something is decided is gone, also for one who has little time.
func TestGoneWhileDeciding(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{3 * time.Second, time.Minute} {
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), timeout)
			defer cancel()
			s := newServer(t)
			s.connect(endpoint.StatusAccepted, "one")
			gone := false
			s.before = func(int, decision) error { gone = true; return gatewayGone() }
			s.onPage = func(page) error {
				if gone {
					return listGone("APIC.7302")
				}
				return nil
			}
			cs := cases(endpoint.Release, "one")
			if err := s.session().Settle(ctx, cs, 0); !gateway.IsGone(err) || cs[0].Phase.Reached() || ctx.Err() != nil {
				t.Errorf("%s: step %d, %v", timeout, cs[0].Phase, err)
			}
			synctest.Wait()
		})
	}
}

// Where nothing else is heard of any gateway, each error tells so.
func TestGoneEverywhere(t *testing.T) {
	t.Parallel()
	other := apig.Gateway{Region: theGateway.Region, ProjectID: "p", InstanceID: "other"}
	for name, c := range map[string]struct {
		there []apig.Gateway
		want  []int // of the gateways that are gone
	}{
		"both":     {nil, []int{2, 2}},
		"one of 2": {[]apig.Gateway{other}, []int{0}},
	} {
		synctest.Test(t, func(t *testing.T) {
			b := &blinker{says: func(_ int, of apig.Gateway) error {
				if slices.Contains(c.there, of) {
					return nil
				}
				return listGone("APIC.7302")
			}}
			registry := gateway.NewRegistry(b)
			var group sync.WaitGroup
			var got []int
			var mu sync.Mutex
			for _, of := range []apig.Gateway{theGateway, other} {
				group.Go(func() {
					err := reads["looks"](t.Context(), registry.Session(of))
					if gone, ok := errors.AsType[*gateway.GoneError](err); ok {
						mu.Lock()
						defer mu.Unlock()
						got = append(got, gone.Only())
					}
				})
			}
			if group.Wait(); !slices.Equal(got, c.want) {
				t.Errorf("%s: %v", name, got)
			}
		})
	}
}
