// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// waitingFor is a resource that waits for an endpoint.
func waitingFor(wait string, ids ...string) fields {
	return with(accepted(ids...), "wait_for_endpoints", wait)
}

// A resource that comes late in an apply waits as long as one that came first.
func TestWait_itsOwnClock(t *testing.T) {
	t.Parallel()
	for name, second := range map[string]func(w *walker) (object, fields){
		"a creation": func(*walker) (object, fields) { return object{}, waitingFor("6s", endpointID(2)) },
		"an update": func(w *walker) (object, fields) {
			return w.create(accepted(endpointID(3))), waitingFor("6s", endpointID(3), endpointID(2))
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				m.ask("accepted", endpointID(3))
				prior, config := second(w)
				began := time.Now()
				for n, after := range map[int]time.Duration{1: 3 * time.Second, 2: 14 * time.Second} {
					m.ConnectAfter(after, testInstance, mockapig.Connection{ID: endpointID(n), DomainID: partnerDomain})
				}
				w.walk()
				apply := func(prior object, config fields) {
					planned, _ := w.plan(prior, config) // which warns of what is not listed yet
					_, diags := w.apply(prior, planned, config)
					expectNoDiagnostics(t, diags)
				}
				apply(object{}, waitingFor("6s", endpointID(1)))
				passes(11*time.Second - time.Since(began))
				apply(prior, config)
				m.expectStatuses(t, "accepted", endpointIDs(1, 3)...)
			})
		})
	}
}

// Many resources whose endpoints never come are told of soon, and why.
func TestWait_inVain(t *testing.T) {
	t.Parallel()
	inMemory(t, mockapig.Config{}, func(t *testing.T, _ *mock, w *walker) {
		config := map[string]wanted{}
		for n := range 100 {
			config[fmt.Sprintf("r%02d", n)] = wanted{config: waitingFor("6s", endpointID(n))}
		}
		w.atOnce = 10
		changes, told := w.plans(config)
		if len(told.errors) > 0 {
			t.Fatal(told.errors[0])
		}
		began := time.Now()
		told = w.applies(changes, -1)
		if took := time.Since(began); len(told.errors) != 100 || took > 18*time.Second {
			t.Errorf("%d errors after %s", len(told.errors), took)
		}
		for want, atLeast := range map[string]int{
			"did not begin to within `wait_for_endpoints` (6s), counted from when nothing else was left to do":         10,
			"did not begin to within 600ms. That is shorter than `wait_for_endpoints` (6s), since this run has waited": 80,
		} {
			says := 0
			for _, text := range told.errors {
				if strings.Contains(text, want) {
					says++
				}
			}
			if says < atLeast {
				t.Errorf("%d say %q, want %d at least:\n%s", says, want, atLeast, told.errors[len(told.errors)-1])
			}
		}
	})
}
