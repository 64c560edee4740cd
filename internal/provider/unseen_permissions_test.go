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

// A deletion of an entry that was interrupted, and takes effect seconds later: its plan says
// so, and the entry is as configured in the end, also where the deletion never comes.
func TestUnseen_permissions(t *testing.T) {
	t.Parallel()
	one, two := fmt.Sprintf("%032x", 0xa1), fmt.Sprintf("%032x", 0xa2)
	lets := func(accounts ...any) map[string]fields {
		return a(fields{"instance_id": testInstance, "domain_ids": accounts})
	}
	retained := a(with(lets(one)["a"], "on_destroy", "retain"))
	for name, tc := range map[string]struct {
		behavior mockapig.Behavior
		after    map[string]fields
		force    bool
		lost     bool // the deletion never takes effect
		there    bool // the second account's entry, in the end
		within   time.Duration
	}{
		"put back":          {mockapig.Behavior{}, lets(one, two), false, false, true, 30 * time.Second},
		"put back, refused": {mockapig.Behavior{AddRefused: true}, lets(one, two), false, false, true, 30 * time.Second},
		"put back, lost":    {mockapig.Behavior{}, lets(one, two), false, true, true, 150 * time.Second},
		"replaced":          {mockapig.Behavior{}, lets(one, two), true, false, true, 30 * time.Second},
		"retained":          {mockapig.Behavior{}, retained, false, false, true, 30 * time.Second},
		"again":             {mockapig.Behavior{}, lets(one), false, false, false, 30 * time.Second},
		"destroyed":         {mockapig.Behavior{}, nil, false, false, false, 30 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			inMemory(t, mockapig.Config{}, func(t *testing.T, m *mock, w *walker) {
				config := func(all map[string]fields) map[string]wanted {
					to := map[string]wanted{}
					for address, c := range all {
						to[address] = wanted{kind: permissionsType, config: c}
					}
					return to
				}
				w.run(config(lets(one, two)))
				m.SetBehavior(tc.behavior)
				w.interruptedIn(m, mockapig.Fault{Operation: mockapig.OpDeletePermissions}, config(lets(one)))
				after := config(tc.after)
				for address, c := range after {
					c.force = tc.force
					after[address] = c
				}
				changes, told := w.plans(after)
				if !told.warned(mayYet+": "+two+": ") || !strings.Contains(strings.Join(told.warnings, " "), "asked to be deleted at") {
					t.Errorf("the plan does not say so: %q", told.warnings)
				}
				for _, c := range changes {
					if c.what == "" {
						t.Error("nothing is planned")
					}
				}
				if !tc.lost {
					time.AfterFunc(5*time.Second, func() { m.Forbid(testInstance, two) })
				}
				began := time.Now()
				for _, text := range w.applies(changes, -1).errors {
					t.Error(text)
				}
				if took := time.Since(began); took > tc.within {
					t.Errorf("it took %s", took)
				}
				passes(10 * time.Second)
				there := false
				for _, p := range m.Permissions(testInstance) {
					there = there || strings.HasSuffix(p.Permission, two)
				}
				if there != tc.there {
					t.Errorf("the entry is there: %t", there)
				}
				w.settledIn(config(tc.after))
				if _, told := w.plans(config(tc.after)); told.warned(mayYet) {
					t.Errorf("it is still said: %q", told.warnings)
				}
			})
		})
	}
}
