// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Whatever the platform does with a call for several endpoints, an apply accepts what
// can be accepted and a destroy rejects what can be rejected, in few calls; the
// endpoints that can't be are named, also where they are first in the list.
func TestConnection_platforms(t *testing.T) {
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
			all, bad := endpointIDs(1, test.endpoints), []string{}
			for _, n := range test.bad {
				bad = append(bad, endpointID(n))
			}
			good := slices.DeleteFunc(slices.Clone(all), func(id string) bool { return slices.Contains(bad, id) })
			for _, status := range []string{"pendingAcceptance", "accepted"} {
				t.Run(status, func(t *testing.T) {
					onStage(t, mockapig.Config{Behavior: test.behavior}, func(t *testing.T, m *mock, s *stage) {
						m.ask(status, all...)
						if s.configure(m.connections("accepted", all)); test.each {
							s.configure(m.consumers(all))
						}
						becomes, arguments := "accepted", []string{"-parallelism=40"}
						if status == "accepted" { // of a destroy
							s.must("apply")
							m.expectDecisions(t)
							becomes, arguments = "rejected", append(arguments, "-destroy")
						}
						m.refuses(-1, bad...)
						s.apply(arguments...).expect(t, min(len(bad), 1), bad...)
						m.expectStatuses(t, becomes, good...)
						if calls := m.decisions(); len(calls) > test.most {
							t.Errorf("%d calls, want %d at most: %v", len(calls), test.most, calls)
						}
						if len(bad) > 0 && status == "accepted" { // the state has what is left
							s.state(holds(bad...))
							m.refuses(0, bad...)
							s.destroys()
							m.expectStatuses(t, "rejected", all...)
						}
					})
				})
			}
		})
	}
}

func (m *mock) refuses(times int, ids ...string) {
	for _, id := range ids {
		m.RefuseEndpoint(testInstance, id, times)
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
	ids := endpointIDs(1, 3)
	for name, codes := range map[string]mockapig.Codes{"its own code": mockapig.CodesOwn, "plain": mockapig.CodesPlain, "wrapped": mockapig.CodesWrapped} {
		t.Run(name, func(t *testing.T) {
			onStage(t, mockapig.Config{Creating: 3 * time.Second, Behavior: mockapig.Behavior{RejectCreatingBusy: true, Codes: codes}}, func(t *testing.T, m *mock, s *stage) {
				m.ask("accepted", ids...)
				s.then(m.connections("accepted", ids))
				m.SetStatus(testInstance, ids[1], "creating")
				s.then(m.connections("rejected", ids))
				m.expectStatuses(t, "rejected", ids...)
				s.then(m.connections("accepted", ids))
				m.SetStatus(testInstance, ids[1], "creating")
				s.destroys()
				m.expectStatuses(t, "rejected", ids...)
			})
		})
	}
	t.Run("for long", func(t *testing.T) {
		onStage(t, mockapig.Config{Behavior: mockapig.Behavior{RejectCreatingBusy: true, Codes: mockapig.CodesPlain}}, func(t *testing.T, m *mock, s *stage) {
			m.ask("creating", ids[0])
			m.ask("accepted", ids[1])
			s.fails(m.connections("rejected", ids[:2], `timeouts { create = "3s" }`), "EndPoint.2019", "still being created", "raise `create` in the `timeouts` block", ids[0])
			m.expectStatuses(t, "rejected", ids[1])
		})
	})
}

// One endpoint among many is refused for good: it is named, with what the
// gateway said, and all the others are decided, whatever becomes of the others
// in a call that names it, and in whatever form the refusal comes.
func TestConnection_oneRefused(t *testing.T) {
	const bad = 31
	says := map[mockapig.Codes]string{
		mockapig.CodesOwn: "HTTP 400, APIC.7211", mockapig.CodesPlain: "HTTP 400, EndPoint.2015",
		mockapig.CodesWrapped: "HTTP 500, APIC.9007", mockapig.CodesBare: "HTTP 500, APIC.9007",
	}
	for _, batch := range []mockapig.Batch{mockapig.BatchWhole, mockapig.BatchPartial, mockapig.BatchStops} {
		for codes, code := range says {
			t.Run("batch "+string(batch)+", codes "+string(codes), func(t *testing.T) {
				onStage(t, mockapig.Config{Behavior: mockapig.Behavior{Batch: batch, Codes: codes}}, func(t *testing.T, m *mock, s *stage) {
					ids := endpointIDs(1, 70)
					others := slices.Concat(ids[:bad-1], ids[bad:])
					m.ask("pendingAcceptance", ids...)
					m.refuses(-1, endpointID(bad))
					s.configure(m.connections("accepted", ids))
					r := s.apply()
					r.expect(t, 1, line(bad, "pendingAcceptance"), code, "These were decided, and stay so: "+line(1, "accepted"))
					if strings.Contains(r.output(), line(bad+1, "pendingAcceptance")) {
						t.Errorf("its neighbor is said to be undecided:\n%s", r.output())
					}
					m.expectStatuses(t, "accepted", others...)
					m.expectStatuses(t, "pendingAcceptance", endpointID(bad))
					s.then(m.connections("accepted", others))
				})
			})
		}
	}
}
