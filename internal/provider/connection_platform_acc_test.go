// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Whatever the platform does with a call for several endpoints, an apply accepts what
// can be accepted and a destroy rejects what can be rejected, in few calls; the
// endpoints that can't be are named, also where they are first in the list.
func TestConnection_platforms(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name      string
		behavior  mockapig.Behavior
		endpoints int
		each      bool  // a resource for each endpoint
		bad       []int // endpoints that are refused, by number
		most      int   // calls
	}{
		{"one a call, by 500", mockapig.Behavior{MaxBatch: 1, TooMany: mockapig.CodesBare}, 100, false, nil, 115},
		{"one a call, by 500, many resources", mockapig.Behavior{MaxBatch: 1, TooMany: mockapig.CodesBare}, 40, true, nil, 55},
		{"one a call, by 500, ten bad", mockapig.Behavior{MaxBatch: 1, TooMany: mockapig.CodesBare, Codes: mockapig.CodesBare}, 100, false, numbers(1, 10), 145},
		{"one a call, by 400", mockapig.Behavior{MaxBatch: 1, TooMany: mockapig.CodesPlain}, 100, false, nil, 115},
		{"one a call, by 400, ten bad", mockapig.Behavior{MaxBatch: 1, TooMany: mockapig.CodesPlain, Codes: mockapig.CodesPlain}, 100, false, numbers(1, 10), 115},
		{"ten a call, by 500", mockapig.Behavior{MaxBatch: 10, TooMany: mockapig.CodesBare}, 100, false, nil, 35},
		{"all or nothing, one bad", mockapig.Behavior{Codes: mockapig.CodesBare}, 1000, false, []int{777}, 60},
		{"all or nothing, ten bad", mockapig.Behavior{Codes: mockapig.CodesBare}, 1000, false, numbers(1, 10), 60},
		{"stops at the bad, two bad", mockapig.Behavior{Batch: mockapig.BatchStops, Codes: mockapig.CodesBare}, 100, false, []int{30, 60}, 60},
		{"stops at the bad, ten bad", mockapig.Behavior{Batch: mockapig.BatchStops, Codes: mockapig.CodesBare}, 100, false, numbers(1, 10), 75},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			all := endpointIDs(1, test.endpoints)
			var bad []string
			for _, n := range test.bad {
				bad = append(bad, endpointID(n))
			}
			good := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return slices.Contains(bad, id) })
			code := min(len(bad), 1)
			start := func(status string, story func(t *testing.T, m *mock, c *stage)) {
				onStage(t, mockapig.Config{Behavior: test.behavior}, func(t *testing.T, m *mock, start func(string) *stage) {
					m.ask(status, all...)
					config := m.connections("accepted", all)
					if test.each {
						config = m.provider() + block("test", "accepted", "[each.key]", "for_each = toset("+hclList(all)+")")
					}
					story(t, m, start(config))
				})
			}
			refuse := func(m *mock, times int) {
				for _, id := range bad {
					m.RefuseEndpoint(testInstance, id, times)
				}
			}
			wantCalls := func(t *testing.T, m *mock) {
				t.Helper()
				if calls := m.decisions(); len(calls) > test.most {
					t.Errorf("%d calls, want %d at most: %v", len(calls), test.most, calls)
				}
			}

			start("pendingAcceptance", func(t *testing.T, m *mock, c *stage) {
				refuse(m, -1)
				c.apply("-parallelism=40").expect(t, code, bad...)
				m.expectStatuses(t, "accepted", good...)
				wantCalls(t, m)
			})
			start("accepted", func(t *testing.T, m *mock, c *stage) {
				c.apply().expect(t, 0)
				m.expectDecisions(t)
				refuse(m, -1)
				c.apply("-destroy", "-parallelism=40").expect(t, code, bad...)
				m.expectStatuses(t, "rejected", good...)
				wantCalls(t, m)
				if len(bad) > 0 { // and the state has what is left
					c.state(holds(bad...))
					refuse(m, 0)
					c.apply("-destroy").expect(t, 0)
					m.expectStatuses(t, "rejected", all...)
				}
			})
		})
	}
}

func numbers(from, to int) []int {
	var numbers []int
	for n := from; n <= to; n++ {
		numbers = append(numbers, n)
	}
	return numbers
}

// A connection that is being created can't be decided yet: whoever rejects it waits,
// and where the wait is too long, the error says what for.
func TestConnection_creating(t *testing.T) {
	t.Parallel()
	for name, codes := range map[string]mockapig.Codes{"its own code": mockapig.CodesOwn, "plain": mockapig.CodesPlain, "wrapped": mockapig.CodesWrapped} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			onStage(t, mockapig.Config{Creating: 3 * time.Second, Behavior: mockapig.Behavior{RejectCreatingBusy: true, Codes: codes}}, func(t *testing.T, m *mock, start func(string) *stage) {
				m.ask("accepted", endpointIDs(1, 3)...)
				config := func(desired, timeout string) string {
					return m.connections(desired, endpointIDs(1, 3), fmt.Sprintf("timeouts { update = %q }", timeout))
				}
				c := start(config("accepted", "10m"))
				c.apply().expect(t, 0)
				m.SetStatus(testInstance, endpointID(2), "creating")
				c.configure(config("rejected", "10m"))
				c.apply().expect(t, 0)
				m.expectStatuses(t, "rejected", endpointIDs(1, 3)...)

				c.configure(config("accepted", "10m"))
				c.apply().expect(t, 0)
				m.SetStatus(testInstance, endpointID(2), "creating")
				c.apply("-destroy").expect(t, 0)
				m.expectStatuses(t, "rejected", endpointIDs(1, 3)...)
			})
		})
	}
}

// Where the wait for a connection that is being created is too long, the error says
// what it waited for.
func TestConnection_creatingForLong(t *testing.T) {
	t.Parallel()
	onStage(t, mockapig.Config{Behavior: mockapig.Behavior{RejectCreatingBusy: true, Codes: mockapig.CodesPlain}}, func(t *testing.T, m *mock, start func(string) *stage) {
		m.ask("creating", endpointID(1))
		m.ask("accepted", endpointID(2))
		c := start(m.connections("rejected", endpointIDs(1, 2), `timeouts { create = "3s" }`))
		c.apply().expect(t, 1, "EndPoint.2019", "still being created", "raise `create` in the `timeouts` block", endpointID(1))
		m.expectStatuses(t, "rejected", endpointID(2))
	})
}
