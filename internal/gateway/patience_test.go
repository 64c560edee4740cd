// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package gateway_test

import (
	"context"
	"fmt"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

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
