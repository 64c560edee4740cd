// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"gotest.tools/v3/assert"

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
	assert.Check(t, t.Failed() || good.Load() >= runs.Load()/6, "only %d of %d runs ended well: that tests little", good.Load(), runs.Load())
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
	s.steps = shrink(s.steps, budget, func(steps []step) bool { return breaks(schedule{s.world, steps}) })
	t.Errorf("seed %d, schedule %d: %s: %s\nin a world with %s, shrunk to %d steps:\n%s",
		seed, i, first.rule, first.what, s.world, len(s.steps), strings.Join(history, "\n"))
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
	given := os.Getenv(variable)
	if given == "" {
		return otherwise
	}
	n, err := strconv.Atoi(given)
	assert.NilError(t, err)
	return n
}

// shrink leaves parts out of a list that is bad, as long as it stays bad: halves first, then
// smaller ones. It tries so many lists at most.
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
	items := make([]int, 60)
	for i := range items {
		items[i] = i
	}
	// Bad is what has two odd numbers after an even one.
	bad := func(items []int) bool {
		even := slices.IndexFunc(items, func(n int) bool { return n%2 == 0 })
		odd := 0
		for _, n := range items[max(even, 0):] {
			odd += n % 2
		}
		return even >= 0 && odd >= 2
	}
	got := shrink(items, 1000, bad)
	assert.Check(t, len(got) == 3 && bad(got), "shrunk to %v", got)
	got = shrink(items, 0, bad)
	assert.Check(t, len(got) == len(items), "shrunk to %v without a try", got)
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
	text := "nothing"
	if state, ok := i.current.state.(fields); ok {
		text = fmt.Sprintf("%v %v", state["desired_status"], state["on_destroy"])
		for _, what := range []string{"connections", "permissions", "undeclared"} {
			entries, _ := state[what].(fields)
			for _, id := range slices.Sorted(maps.Keys(entries)) {
				entry, _ := entries[id].(fields)
				text += fmt.Sprintf(" %s %v", short([]string{id})[0], entry["status"])
			}
		}
		text += ", private " + i.current.notes()
	}
	return fmt.Sprintf("%s, tainted %t, %d deposed", text, i.tainted, len(i.deposed))
}

// notes are what private state has, in words.
func (o object) notes() string {
	var encoded map[string][]byte
	if err := json.Unmarshal(o.private, &encoded); err != nil {
		return string(o.private)
	}
	var notes []string
	for _, key := range slices.Sorted(maps.Keys(encoded)) {
		notes = append(notes, fmt.Sprintf("%s=%.100s", key, encoded[key]))
	}
	return strings.Join(notes, " ")
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
	c.note("the interference ends")
	c.next = nextRun{renamed: c.next.renamed}
	for _, until := range c.haunted {
		if rest := time.Until(until); rest > 0 {
			c.note("time passes for %s, until what a killed process asked for has come true", rest)
			c.passes(rest)
		}
	}
	for n := 1; n <= worldEndpoints; n++ {
		c.mends(n)
	}
	behaves := c.world.behaves()
	behaves.LoseEvery = 0
	c.m.SetBehavior(behaves)
	for _, declared := range c.declared {
		declared.expects = false
	}
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

func (c *campaign) calmRun() *record {
	c.run(step{do: "run", atOnce: 3})
	return c.last
}

// mends what keeps an endpoint from being decided, and takes it out of the configuration
// where the consumer has left before it was ever in the state.
func (c *campaign) mends(n int) {
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

// recorded tells whether a resource that declares an endpoint has had it listed.
func (c *campaign) recorded(id string) bool {
	for name, there := range c.objects {
		declared := c.declared[name]
		state, ok := there.current.state.(fields)
		if !ok || declared == nil || there.tainted || !slices.Contains(declared.names, id) {
			continue
		}
		connections, _ := state["connections"].(fields)
		if entry, _ := connections[id].(fields); entry["status"] != nil {
			return true
		}
	}
	return false
}

// forgets takes out of the state what the plan was refused for: at first what is not in
// the configuration, and what a replacement has left behind; then all of it.
//
// What may still take effect has done so by then: its note goes with the resource, so that the plan says to wait.
func (c *campaign) forgets() {
	passes(c.world.lasts())
	before := len(c.objects)
	maps.DeleteFunc(c.objects, func(name string, there *instance) bool {
		return c.declared[name] == nil || len(there.deposed) > 0
	})
	if len(c.objects) == before {
		clear(c.objects)
	}
	for n := 1; n <= worldEndpoints; n++ {
		c.mends(n)
	}
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
