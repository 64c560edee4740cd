// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"
)

// TestCampaign plays random schedules: configurations of all resources that change, are
// planned and applied, while calls fail, consumers come and go, somebody works at the
// console, and runs are interrupted and killed. What must never happen is in planRules,
// applyRules, and converges. Without APIG_CAMPAIGN, which says how many or for how long, it
// plays a few that are the same each time; APIG_SEED says which ones.
func TestCampaign(t *testing.T) {
	t.Parallel()
	const workers = 4
	goesOn, seed := amount(t, "APIG_CAMPAIGN", 20), uint64(number(t, "APIG_SEED", 1))
	var schedules, runs, good atomic.Int64
	var seen sync.Map // rules that were broken
	t.Run("schedules", func(t *testing.T) {
		for worker := range workers {
			t.Run(fmt.Sprint(worker), func(t *testing.T) {
				t.Parallel()
				for i := worker; goesOn(i); i += workers {
					schedules.Add(1)
					s := newScheduleOf(seed, i)
					broken, _, made, well := s.plays(t)
					runs.Add(int64(made))
					good.Add(int64(well))
					if len(broken) > 0 {
						_, again := seen.LoadOrStore(broken[0].rule, true)
						report(t, seed, i, s, broken[0], again)
					}
				}
			})
		}
	})
	t.Logf("%d schedules from seed %d: %d runs, of which %d ended well", schedules.Load(), seed, runs.Load(), good.Load())
	if !t.Failed() && good.Load() < runs.Load()/6 {
		t.Errorf("only %d of %d runs ended well: that tests little", good.Load(), runs.Load())
	}
}

func newScheduleOf(seed uint64, i int) schedule {
	r := rand.New(rand.NewPCG(seed, uint64(i)))
	return schedule{newWorld(r), newSchedule(r)}
}

// report tells of a schedule that broke a rule, shrunk where that rule was not broken before.
func report(t *testing.T, seed uint64, i int, s schedule, first violation, known bool) {
	t.Helper()
	if known {
		t.Errorf("seed %d, schedule %d: %s: %s", seed, i, first.rule, first.what)
		return
	}
	const budget = 250
	var history []string
	breaks := func(s schedule) bool {
		broken, told, _, _ := s.plays(t)
		if len(broken) == 0 || broken[0].rule != first.rule {
			return false
		}
		first, history = broken[0], told
		return true
	}
	again := false
	for try := 0; try < 3 && !again; try++ {
		again = breaks(s)
	}
	if !again {
		t.Errorf("seed %d, schedule %d: %s: %s; it did not do so again in three more runs", seed, i, first.rule, first.what)
		return
	}
	s.steps = shrink(s.steps, step.simpler, budget, func(steps []step) bool { return breaks(schedule{s.world, steps}) })
	for _, world := range shrink([]world{s.world}, world.simpler, 20, func(worlds []world) bool {
		return len(worlds) == 1 && breaks(schedule{worlds[0], s.steps})
	}) {
		s.world = world
	}
	t.Errorf("seed %d, schedule %d: %s: %s\nin a world with %s, shrunk to %d steps:\n%s",
		seed, i, first.rule, first.what, s.world, len(s.steps), strings.Join(history, "\n"))
}

// amount tells of each number whether it is less than the environment says, or the time has
// not passed that the environment says.
func amount(t *testing.T, variable string, otherwise int) func(i int) bool {
	t.Helper()
	if length, err := time.ParseDuration(os.Getenv(variable)); err == nil {
		end := time.Now().Add(length)
		return func(int) bool { return time.Now().Before(end) }
	}
	most := number(t, variable, otherwise)
	return func(i int) bool { return i < most }
}

// number is one that the environment may give.
func number(t *testing.T, variable string, otherwise int) int {
	t.Helper()
	given := os.Getenv(variable)
	if given == "" {
		return otherwise
	}
	n, err := strconv.Atoi(given)
	noError(t, err)
	return n
}
