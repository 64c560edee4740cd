// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

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

// says answers listings so: the n-th, counted from 1.
func (s *server) says(answer func(n int, of apig.Gateway) error) {
	n := 0
	s.onPage = func(p page) error { n++; return answer(n, p.of) }
}

// first has the first n listings fail, -1 all of them.
func first(n int, err error) func(int, apig.Gateway) error {
	return func(call int, _ apig.Gateway) error {
		if n < 0 || call <= n {
			return err
		}
		return nil
	}
}

// reader reads a gateway.
type reader func(context.Context, *gateway.Session, gateway.Freshness) error

func (r reader) now(ctx context.Context, v *gateway.Session) error { return r(ctx, v, gateway.Now()) }

// reads are the ways to read a gateway.
var reads = map[string]reader{
	"looks": func(ctx context.Context, v *gateway.Session, fresh gateway.Freshness) error {
		_, err := v.Get(ctx, ids(1), fresh)
		return err
	},
	"lists": func(ctx context.Context, v *gateway.Session, fresh gateway.Freshness) error {
		_, err := v.List(ctx, fresh)
		return err
	},
	"permits": func(ctx context.Context, v *gateway.Session, fresh gateway.Freshness) error {
		_, err := v.Permissions(ctx, fresh)
		return err
	},
}

// eachRead runs a test for each way to read a gateway.
func eachRead(t *testing.T, test func(t *testing.T, s *server, read reader)) {
	t.Helper()
	for way, read := range reads {
		bubbles(t, way, func(t *testing.T, s *server) { test(t, s, read) })
	}
}

// A gateway that is said not to exist for a moment is there all the same.
func TestGoneForAMoment(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"APIC.7302", "APIG.3030", "APIC.7314"} {
		for _, n := range []int{1, 2, 3, 6} {
			eachRead(t, func(t *testing.T, s *server, read reader) {
				s.says(first(n, listGone(code)))
				assert.Check(t, read.now(t.Context(), s.session()), "%s %d times", code, n)
			})
		}
	}
}

// One that is said so for ten seconds is gone. One caller asks, and what it is told serves all of the run.
func TestGoneForGood(t *testing.T) {
	t.Parallel()
	eachRead(t, func(t *testing.T, s *server, read reader) {
		s.says(first(-1, listGone("APIC.7302")))
		v, passed := s.session(), stopwatch()
		walk(ids(20), 20, func(string) {
			err := read.now(t.Context(), v)
			assert.Check(t, gateway.IsGone(err), err)
		})
		assert.Check(t, s.asked >= 4 && s.asked <= 10 && passed() >= 10*time.Second, "believed after %d calls and %s", s.asked, passed())
		before := s.asked
		for other, read := range reads {
			err := read.now(t.Context(), v)
			assert.Check(t, gateway.IsGone(err) && s.asked <= before, "then %s, after %d further calls: %v", other, s.asked-before, err)
		}
		passes(2 * time.Minute)
		err := read.now(t.Context(), v)
		assert.Check(t, gateway.IsGone(err) && s.asked == before+1, "later, after %d further calls: %v", s.asked-before, err)
		s.onPage = nil
		passes(2 * time.Minute)
		err = read.now(t.Context(), v)
		assert.Check(t, err == nil && !v.IsGone(), "when it is back: %v", err)
	})
}

// Where there is less time, it has to be said three times over what is left.
func TestGoneInHaste(t *testing.T) {
	t.Parallel()
	eachRead(t, func(t *testing.T, s *server, read reader) {
		ctx := within(t, 2*time.Second)
		s.says(first(-1, listGone("APIG.3030")))
		err := read.now(ctx, s.session())
		assert.Check(t, gateway.IsGone(err) && s.asked >= 3 && ctx.Err() == nil, "after %d calls: %v", s.asked, err)
	})
}

// Nothing else tells that a gateway is gone.
func TestNotGone(t *testing.T) {
	t.Parallel()
	iam := fmt.Errorf("list connections: %w", &rest.Error{Operation: "create IAM token", StatusCode: 404, Code: "APIC.7302", Kind: rest.KindNotFound})
	denied := &rest.Error{Operation: apig.OperationList, StatusCode: 403, Kind: rest.KindForbidden}
	then := func(n int, first, then error) func(int, apig.Gateway) error {
		return func(call int, _ apig.Gateway) error { return map[bool]error{true: first, false: then}[call < n] }
	}
	for name, says := range map[string]func(int, apig.Gateway) error{
		"IAM says so":         first(-1, iam),
		"IAM says so later":   then(3, listGone("APIC.7302"), iam),
		"no endpoint service": first(-1, listGone("APIC.7314")),
		"once was no service": then(2, listGone("APIC.7314"), listGone("APIC.7302")),
		"forbidden then":      then(3, listGone("APIC.7302"), denied),
	} {
		eachRead(t, func(t *testing.T, s *server, read reader) {
			s.says(says)
			err := read.now(t.Context(), s.session())
			assert.Check(t, err != nil && !gateway.IsGone(err), "%s: %v", name, err)
		})
	}
}

// Who is interrupted while asking believes nothing, and others go on.
func TestGoneInterrupted(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.says(first(-1, listGone("APIC.7302")))
		v := s.session()
		ctx, cancel := context.WithCancel(t.Context())
		s.Go(func() {
			err := reads["looks"].now(ctx, v)
			assert.Check(t, !gateway.IsGone(err) && errors.Is(err, context.Canceled), "interrupted: %v", err)
		})
		for _, read := range reads {
			s.Go(func() {
				err := read.now(t.Context(), v)
				assert.Check(t, gateway.IsGone(err), "the others: %v", err)
			})
		}
		passes(3 * time.Second)
		cancel()
	})
}

// A listing that broke off in the middle begins again, and has no connection that left meanwhile.
func TestGoneInTheMiddle(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, ids(1200)...) // three pages
		s.says(func(n int, _ apig.Gateway) error {
			if n != 3 {
				return nil
			}
			s.change("e0500", 0, endpoint.Absent)
			return listGone("APIC.7302")
		})
		listed, err := s.session().List(t.Context(), gateway.Now())
		_, left := listed["e0500"]
		assert.Check(t, err == nil && len(listed) == 1199 && !left, "%d connections, %v", len(listed), err)
	})
}

// What is to be decided is decided, whatever the call for it was answered for a moment.
func TestGoneWhenDeciding(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"APIC.7302", "APIG.3030", "APIC.7314"} {
		for _, n := range []int{1, 5} {
			bubbles(t, fmt.Sprint(code, n), func(t *testing.T, s *server) {
				s.connect(endpoint.StatusAccepted, "one", "two")
				s.permit("a", "b")
				s.before = fails(n, decideError(404, code, rest.KindNotFound))
				s.permits.before = func(permitCall) error {
					if len(s.permits.calls) <= n {
						return &rest.Error{Operation: apig.OperationDeletePermissions, StatusCode: 404, Code: code, Kind: rest.KindNotFound}
					}
					return nil
				}
				v, cs := s.session(), cases(endpoint.Release, "one", "two")
				bring(t, v, cs)
				wantSteps(t, cs, settle.Done)
				permit(t, s.session(), &gateway.PermissionChange{Add: []string{"c"}, Remove: []string{"a"}})
				s.wantPermitted("b", "c")
			})
		}
	}
}

// Where only the call that decides is answered so, for good, the gateway is not gone, and nothing is taken for done.
func TestGoneForOneCall(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		s.connect(endpoint.StatusAccepted, "one")
		s.before = func(int, decision) error { return gatewayGone() }
		cs := cases(endpoint.Release, "one")
		err := s.session().Settle(t.Context(), cs, 0)
		assert.Check(t, !gateway.IsGone(err) && errors.As(err, new(*gateway.DoubtError)) && !cs[0].Phase.Reached(), "step %d, %v", cs[0].Phase, err)
	})
}

// A gateway that goes while something is decided is gone, also for one who has little time.
func TestGoneWhileDeciding(t *testing.T) {
	t.Parallel()
	for _, timeout := range []time.Duration{3 * time.Second, time.Minute} {
		bubbles(t, timeout, func(t *testing.T, s *server) {
			s.connect(endpoint.StatusAccepted, "one")
			gone := false
			s.before = func(int, decision) error { gone = true; return gatewayGone() }
			s.onPage = func(page) error {
				if gone {
					return listGone("APIC.7302")
				}
				return nil
			}
			ctx, cs := within(t, timeout), cases(endpoint.Release, "one")
			err := s.session().Settle(ctx, cs, 0)
			assert.Check(t, gateway.IsGone(err) && !cs[0].Phase.Reached() && ctx.Err() == nil, "step %d, %v", cs[0].Phase, err)
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
		bubbles(t, name, func(t *testing.T, s *server) {
			s.says(func(_ int, of apig.Gateway) error {
				if slices.Contains(c.there, of) {
					return nil
				}
				return listGone("APIC.7302")
			})
			registry := gateway.NewRegistry(s)
			var got []int
			var mu sync.Mutex
			for _, of := range []apig.Gateway{theGateway, other} {
				s.Go(func() {
					err := reads["looks"].now(t.Context(), registry.Session(of))
					if gone, ok := errors.AsType[*gateway.GoneError](err); ok {
						mu.Lock()
						defer mu.Unlock()
						got = append(got, gone.Only())
					}
				})
			}
			s.Wait()
			assert.Check(t, is.DeepEqual(c.want, got))
		})
	}
}

// Who may be the first to use a gateway asks for a minute, by a clock of its own.
func TestPatiently(t *testing.T) {
	t.Parallel()
	for _, code := range []string{"APIC.7302", "APIG.3030", "APIC.7314"} {
		for name, read := range reads {
			synctest.Test(t, func(t *testing.T) {
				s, passed := newServer(t), stopwatch()
				s.says(func(int, apig.Gateway) error {
					if passed() < 80*time.Second {
						return listGone(code)
					}
					return nil
				})
				v := s.session()
				errs := make([]error, 3)
				for i, wait := range []time.Duration{0, 50 * time.Second, 70 * time.Second} {
					s.Go(func() {
						passes(wait)
						errs[i] = v.Patiently(t.Context(), func(ctx context.Context) error { return read.now(ctx, v) })
					})
				}
				s.Wait()
				// The third one comes after the first one's minute was in vain, and is told so at once.
				assert.Check(t, errs[0] != nil && errs[1] == nil && errs[2] != nil && gateway.IsGone(errs[0]) != (code == "APIC.7314"),
					"%s, %s: %v", code, name, errs)
			})
		}
	}
}

// Many are as patient as one, with the same calls; a gateway that is known is no new one.
func TestPatientlyTogether(t *testing.T) {
	bubble(t, func(t *testing.T, _ *server) {
		calls := func(creations int, prepare func(*gateway.Session, *server)) (calls int, took time.Duration) {
			s := newServer(t)
			s.says(first(-1, listGone("APIC.7302")))
			v := s.session()
			prepare(v, s)
			passed, before := stopwatch(), s.asked
			for i := range creations {
				s.Go(func() {
					err := v.Patiently(t.Context(), func(ctx context.Context) error {
						_, err := v.Get(ctx, []string{fmt.Sprint("e", i)}, gateway.Since(time.Now().Add(-time.Second)))
						return err
					})
					assert.Check(t, gateway.IsGone(err), "%v", err)
				})
			}
			s.Wait()
			return s.asked - before, passed()
		}
		one, minute := calls(1, func(*gateway.Session, *server) {})
		many, _ := calls(20, func(*gateway.Session, *server) {})
		assert.Check(t, many <= one+3 && minute >= time.Minute, "%d calls for 20, %d for one, in %s", many, one, minute)
		for name, prepare := range map[string]func(*gateway.Session, *server){
			"it answered": func(v *gateway.Session, s *server) {
				gone := s.onPage
				s.onPage = nil
				assert.Check(t, reads["lists"].now(t.Context(), v))
				passes(time.Minute)
				s.onPage = gone
			},
			"it was in the state": func(v *gateway.Session, _ *server) { v.Existed() },
			"the run is a plan":   func(v *gateway.Session, _ *server) { v.Read() },
			"it turns out to be a plan meanwhile": func(v *gateway.Session, _ *server) {
				go func() { passes(3 * time.Second); v.Read() }()
			},
			"endpoints were": func(v *gateway.Session, _ *server) { v.EverListed("e1") },
		} {
			_, took := calls(3, prepare)
			assert.Check(t, took <= 15*time.Second, "%s: waited for %s", name, took)
		}
	})
}

// A creation is bounded by its timeout, and tells before it what there is to tell.
func TestPatientlyInTime(t *testing.T) {
	bubble(t, func(t *testing.T, s *server) {
		ctx := within(t, 5*time.Second)
		s.says(first(-1, listGone("APIC.7302")))
		v := s.session()
		err := v.Patiently(ctx, func(ctx context.Context) error { return reads["lists"].now(ctx, v) })
		assert.Check(t, gateway.IsGone(err) && ctx.Err() == nil, "%v", err)
		// Who has more time is not held to that.
		passed := stopwatch()
		err = v.Patiently(t.Context(), func(ctx context.Context) error { return reads["lists"].now(ctx, v) })
		assert.Check(t, gateway.IsGone(err) && passed() >= time.Minute, "then, after %s: %v", passed(), err)
	})
}
