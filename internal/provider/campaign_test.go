// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// TestCampaign plays random schedules: configurations of all resources that change, are planned and applied, while calls fail,
// consumers come and go, somebody works at the console, and runs are interrupted and killed. What must never happen is in
// planRules, applyRules, and converges. Without APIG_CAMPAIGN, which says how many or for how long, it plays a few that are the
// same each time; APIG_SEED says which ones.
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
					r := rand.New(rand.NewPCG(seed, uint64(i)))
					s := schedule{newWorld(r), newSchedule(r)}
					c := s.plays(t)
					runs.Add(int64(c.runs))
					good.Add(int64(c.good))
					if len(c.broken) > 0 {
						_, known := seen.LoadOrStore(c.broken[0].rule, true)
						c.report(t, fmt.Sprintf("seed %d, schedule %d", seed, i), s, known)
					}
				}
			})
		}
	})
	t.Logf("%d schedules from seed %d: %d runs, of which %d ended well", schedules.Load(), seed, runs.Load(), good.Load())
	assert.Check(t, t.Failed() || good.Load() >= runs.Load()/6, "only %d of %d runs ended well: that tests little", good.Load(), runs.Load())
}

// report tells of a schedule that broke a rule, shrunk where that rule was not broken before.
func (c *campaign) report(t *testing.T, which string, s schedule, known bool) {
	t.Helper()
	breaks := func(steps []step) bool {
		again := schedule{s.world, steps}.plays(t)
		if len(again.broken) == 0 || again.broken[0].rule != c.broken[0].rule {
			return false
		}
		c = again
		return true
	}
	again := false
	for range 3 {
		again = again || !known && breaks(s.steps)
	}
	switch {
	case known:
		t.Errorf("%s: %s", which, c.broken[0])
	case again:
		s.steps = shrink(s.steps, 250, breaks)
		t.Errorf("%s: %s\nin a world with %s, shrunk to %d steps:\n%s", which, c.broken[0], s.world, len(s.steps), strings.Join(c.history, "\n"))
	default:
		t.Errorf("%s: %s; it did not do so again in three more runs", which, c.broken[0])
	}
}

// amount tells of each number whether it is less than the environment says, or the time has not passed that the environment says.
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
	n, err := strconv.Atoi(cmp.Or(os.Getenv(variable), strconv.Itoa(otherwise)))
	assert.NilError(t, err)
	return n
}

// shrink leaves parts out of a list that is bad, as long as it stays bad: halves first, then smaller ones. It tries so many at most.
func shrink[T any](items []T, budget int, bad func([]T) bool) []T {
	for size := len(items); size > 0; {
		smaller := false
		for at := 0; at < len(items) && budget > 0; {
			without := slices.Concat(items[:at], items[min(at+size, len(items)):])
			if budget--; bad(without) {
				items, smaller = without, true
			} else {
				at += size
			}
		}
		if !smaller || size > len(items) {
			size /= 2
		}
	}
	return items
}

func TestShrink(t *testing.T) {
	t.Parallel()
	letters := []byte("abcdefghijklmnopqrstuvwxyz")
	for budget, want := range map[int]string{1000: "ctx", 0: string(letters)} {
		assert.Check(t, is.Equal(string(shrink(letters, budget, regexp.MustCompile("c.*t.*x").Match)), want))
	}
}

// tell keeps what a walk said and asked for.
func (c *campaign) tell(what string, told toldInWalk) {
	for _, text := range slices.Concat(told.errors, told.warnings) {
		first, _, _ := strings.Cut(text, "\n\n")
		c.note("  %s says: %s", what, strings.Join(strings.Fields(first), " "))
	}
	if len(told.errors)+len(told.warnings) == 0 {
		c.note("  %s says nothing", what)
	}
	for _, call := range c.m.Journal() {
		if len(call.Endpoints)+len(call.Permissions) > 0 {
			c.note("    at %s: %s %s%v%v, answered %d %s %s, changed %v", call.At.Sub(c.began).Round(time.Millisecond), call.Operation, call.Action,
				short(call.Endpoints), short(call.Permissions), call.Status, call.Code, call.Cause, short(call.Decided))
		}
	}
	for _, line := range c.net.told() {
		c.note("    %s", line)
	}
	for _, name := range slices.Sorted(maps.Keys(c.objects)) {
		c.note("    state of %s: %v", name, c.objects[name])
	}
}

// short are IDs by their last digits.
func short(ids []string) []string {
	short := make([]string, len(ids))
	for i, id := range ids {
		short[i] = id[max(0, len(id)-3):]
	}
	return short
}

func (i *instance) String() string {
	state, _ := i.current.state.(fields)
	text := fmt.Sprintf("%v %v", state["desired_status"], state["on_destroy"])
	for _, what := range []string{"connections", "permissions", "undeclared"} {
		entries, _ := state[what].(fields)
		for _, id := range slices.Sorted(maps.Keys(entries)) {
			text += fmt.Sprintf(" %s %v", short([]string{id})[0], entries[id].(fields)["status"])
		}
	}
	var notes map[string][]byte
	_ = json.Unmarshal(i.current.private, &notes) // an object that is gone has none
	return fmt.Sprintf("%s, private %.100s, tainted %t, %d deposed", text, notes, i.tainted, len(i.deposed))
}

// taints an object. No plan or apply of what replaces it is handed its note of what an earlier run has asked for.
func (c *campaign) taints(there *instance) {
	there.tainted = true
	state, _ := there.current.state.(fields)
	for _, id := range slices.Concat(elementsOf(state, "endpoints"), elementsOf(state, "domain_ids")) {
		c.haunted[id] = time.Now().Add(c.world.lasts())
	}
}

const becomesAsDeclared = "after two more applies without interference all is as declared"

// converges ends the interference, and applies the configuration twice.
func (c *campaign) converges() {
	for _, until := range c.haunted {
		if rest := time.Until(until); rest > 0 {
			c.note("time passes for %s, until what a killed process asked for has come true", rest)
			c.passes(rest)
		}
	}
	c.calms()
	behaves := c.world.behaves()
	behaves.LoseEvery = 0
	c.m.SetBehavior(behaves)
	var last *record
	for range 2 {
		last = c.calmRun()
		for range 2 {
			if last.changes == nil && len(c.broken) == 0 {
				c.forgets()
				last = c.calmRun()
			}
		}
		if len(c.broken) > 0 {
			return
		}
	}
	if !last.well {
		c.breaks(becomesAsDeclared, "the second apply fails")
		return
	}
	c.settled(last)
	c.expectDeclared()
}

// calms ends the interference.
func (c *campaign) calms() {
	c.note("the interference ends")
	c.next = nextRun{renamed: c.next.renamed}
	for _, declared := range c.declared {
		declared.expects = false
	}
	c.mends()
}

func (c *campaign) calmRun() *record {
	c.run(step{do: "run", atOnce: 3})
	return c.last
}

// mends what keeps endpoints from being decided, and takes one out of the configuration whose consumer has left before it was ever
// in the state.
func (c *campaign) mends() {
	for n := 1; n <= worldEndpoints; n++ {
		id := endpointID(n)
		c.m.FailAcceptance(testInstance, id, 0)
		c.m.RefuseEndpoint(testInstance, id, 0)
		if !c.known[id] && c.declared.wants(id) != "" {
			c.happens(step{do: "comes", n: n})
		}
		if !isThere(c.m.status(id)) && !c.recorded(id) {
			c.declared.take(id)
		}
	}
}

// recorded tells whether a resource that declares an endpoint has had it listed.
func (c *campaign) recorded(id string) bool {
	for name, there := range c.objects {
		state, _ := there.current.state.(fields)
		connections, _ := state["connections"].(fields)
		entry, _ := connections[id].(fields)
		if declared := c.declared[name]; entry["status"] != nil && declared != nil && !there.tainted && slices.Contains(declared.names, id) {
			return true
		}
	}
	return false
}

// forgets takes out of the state what the plan was refused for: at first what is not in the configuration, and what a replacement has
// left behind; then all of it. What may still take effect has done so by then: its note goes with the resource, so that the plan says
// to wait.
func (c *campaign) forgets() {
	passes(c.world.lasts())
	before := len(c.objects)
	maps.DeleteFunc(c.objects, func(name string, there *instance) bool {
		return c.declared[name] == nil || len(there.deposed) > 0
	})
	if len(c.objects) == before {
		clear(c.objects)
	}
	c.mends()
	c.note("what the plan was refused for is taken out of the state")
}

// expectDeclared compares all of the gateway with the configuration.
func (c *campaign) expectDeclared() {
	for _, there := range c.m.Connections(testInstance) {
		wants := c.declared.wants(there.ID)
		onItsWay := wants == mockapig.StatusAccepted && there.Status == mockapig.StatusCreating
		if wants != "" && there.Status != wants && there.Status != mockapig.StatusDeleting && !onItsWay {
			c.breaks(becomesAsDeclared, there.ID+" is "+there.Status+", and declared "+wants)
		}
		if wants == "" && isConnected(there.Status) && !c.declared.stands(there.DomainID) {
			c.breaks(becomesAsDeclared, there.ID+" is "+there.Status+", and nothing declares it")
		}
	}
}
