// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
)

// group is so many cases of one goal and batch limit.
type group struct {
	count int
	goal  connection.Goal
	limit int
}

func casesOf(groups ...group) []*connection.Case {
	var cases []*connection.Case
	for _, g := range groups {
		for range g.count {
			cases = append(cases, &connection.Case{EndpointID: fmt.Sprint("e", len(cases)), Goal: g.goal, BatchLimit: g.limit})
		}
	}
	return cases
}

func TestBatches(t *testing.T) {
	t.Parallel()
	full := func(n int) []int { return slices.Repeat([]int{apig.MaxBatch}, n) }
	for _, test := range []struct {
		name  string
		cases []*connection.Case
		want  []int
	}{
		{"none", nil, nil},
		{"one", casesOf(group{1, connection.Accept, 0}), []int{1}},
		{"a full one", casesOf(group{50, connection.Accept, 0}), []int{50}},
		{"one more than a call holds", casesOf(group{51, connection.Accept, 0}), []int{50, 1}},
		{"many", casesOf(group{5000, connection.Reject, 0}), full(100)},
		{"two verbs", casesOf(group{30, connection.Accept, 0}, group{30, connection.Reject, 0}), []int{30, 30}},
		{"one verb of two goals", casesOf(group{30, connection.Release, 0}, group{30, connection.Reject, 0}), []int{50, 10}},
		{"limits", casesOf(group{60, connection.Accept, 25}, group{3, connection.Accept, 1}, group{7, connection.Accept, 0}), []int{25, 25, 10, 1, 1, 1, 7}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			batches := connection.Batches(test.cases)
			var sizes []int
			for _, batch := range batches {
				sizes = append(sizes, len(batch))
			}
			if !slices.Equal(sizes, test.want) {
				t.Errorf("batches of %v, want %v", sizes, test.want)
			}
			checkBatches(t, batches, test.cases)
		})
	}
}

// Cases of different kinds that come mixed still fill their calls.
func TestBatchesOfMixedCases(t *testing.T) {
	t.Parallel()
	var cases []*connection.Case
	for i := range 120 {
		c := &connection.Case{EndpointID: fmt.Sprint("e", i), Goal: connection.Goal(i % 3)}
		if i%4 == 0 {
			c.BatchLimit = 13
		}
		cases = append(cases, c)
	}
	batches := connection.Batches(cases)
	checkBatches(t, batches, cases)
	// 40 to accept (10 of them limited) and 80 to reject (20 limited).
	if len(batches) != 1+1+2+2 {
		t.Errorf("%d calls", len(batches))
	}
}

// checkBatches checks what holds of all batches.
func checkBatches(t *testing.T, batches [][]*connection.Case, cases []*connection.Case) {
	t.Helper()
	times := map[*connection.Case]int{}
	for i, batch := range batches {
		for _, c := range batch {
			times[c]++
			if c.Goal.Action() != batch[0].Goal.Action() {
				t.Errorf("call %d has two verbs", i)
			}
			if len(batch) > apig.MaxBatch || c.BatchLimit > 0 && len(batch) > c.BatchLimit {
				t.Errorf("call %d holds %d, and one of them allows %d", i, len(batch), c.BatchLimit)
			}
		}
	}
	if len(times) != len(cases) {
		t.Errorf("%d of %d cases are in a call", len(times), len(cases))
	}
	for c, n := range times {
		if n != 1 {
			t.Errorf("%s is in %d calls", c.EndpointID, n)
		}
	}
}

// A refused call is split until each endpoint that is refused is alone.
func TestRefusalsHalve(t *testing.T) {
	t.Parallel()
	cases := casesOf(group{50, connection.Accept, 0})
	poison := cases[0]
	var largest []int
	for open := cases; len(open) > 0 && len(largest) < 20; {
		for _, c := range open {
			c.Observe(apig.Connection{ID: c.EndpointID, Status: apig.StatusPendingAcceptance}, start)
		}
		open = slices.DeleteFunc(slices.Clone(open), func(c *connection.Case) bool { return c.Step != connection.StepCall })
		batches := connection.Batches(open)
		most := 0
		for _, batch := range batches {
			most = max(most, len(batch))
			for _, c := range batch {
				if slices.Contains(batch, poison) {
					c.Refused(errors.New("no"), len(batch))
				} else {
					c.Called(start)
				}
			}
		}
		if most > 0 {
			largest = append(largest, most)
		}
	}
	if want := []int{50, 25, 13, 7, 4, 2, 1}; !slices.Equal(largest, want) {
		t.Errorf("calls of %v, want %v", largest, want)
	}
	for _, c := range cases {
		if want := c != poison; (c.Calls == 1) != want || (c.Step == connection.StepRefused) == want {
			t.Errorf("%s: %d calls, step %d", c.EndpointID, c.Calls, c.Step)
		}
	}
}
