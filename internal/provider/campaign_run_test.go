// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"cmp"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// schedule is a world and what happens in it.
type schedule struct {
	world world
	steps []step
}

// violation is a rule that something broke.
type violation struct{ rule, what string }

func (v violation) String() string { return v.rule + ": " + v.what }

// campaign is one run of a schedule, from an empty state on.
type campaign struct {
	*walker
	m         *mock
	net       *network
	world     world
	declared  declarations
	known     map[string]bool // endpoints that ever came
	disturbed map[string]time.Time
	haunted   map[string]time.Time // by what may yet come of an earlier run, until then
	next      nextRun
	last      *record
	runs      int
	good      int // that ended well
	began     time.Time

	noting  sync.Mutex // guards what follows
	broken  []violation
	history []string
}

// nextRun is what is to happen in the next run.
type nextRun struct {
	outside         []step
	interrupt, kill time.Duration
	hurry           time.Duration // its timeouts
	renamed         [][2]string
}

// plays runs a schedule until all is as declared, or a rule is broken.
func (s schedule) plays(t *testing.T) (c *campaign) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		m, net := newWorldMock(t, s.world)
		c = newCampaign(newWalker(t, m, connectionType), m)
		c.net, c.world = net, s.world
		c.complain, c.wire.config["max_retries"] = c.breaks, s.world.retries
		for _, step := range s.steps {
			if len(c.broken) == 0 {
				c.plays(step)
			}
		}
		if len(c.broken) == 0 {
			c.converges()
		}
	})
	return c
}

func newCampaign(w *walker, m *mock) *campaign {
	c := &campaign{
		walker: w, m: m, declared: declarations{},
		known: map[string]bool{}, disturbed: map[string]time.Time{}, haunted: map[string]time.Time{}, began: time.Now(),
	}
	for _, there := range m.Connections(testInstance) {
		c.known[there.ID] = true
	}
	return c
}

func (c *campaign) breaks(rule, what string) {
	c.note("BROKEN: %s: %s", rule, what)
	c.noting.Lock()
	defer c.noting.Unlock()
	c.broken = append(c.broken, violation{rule, what})
}

func (c *campaign) note(format string, arguments ...any) {
	c.noting.Lock()
	defer c.noting.Unlock()
	c.history = append(c.history, fmt.Sprintf("%8s  ", time.Since(c.began).Round(time.Millisecond))+fmt.Sprintf(format, arguments...))
}

// plays takes a step.
func (c *campaign) plays(s step) {
	c.note("%s", s)
	if s.when != (when{}) {
		c.next.outside = append(c.next.outside, s)
		return
	}
	switch s.do {
	case "run":
		c.run(s)
	case "time passes":
		c.passes(s.for_)
	case "interrupt":
		c.next.interrupt = s.for_
	case "kill":
		c.next.kill = s.for_
	case "hurry":
		c.next.hurry = max(s.for_.Truncate(time.Second), time.Second)
	case "forget":
		delete(c.objects, s.name)
	case "taint":
		if there := c.objects[s.name]; there != nil && there.current.state != nil {
			c.taints(there)
		}
	default:
		if !c.configures(s) {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.happens(s)
		}
	}
}

// passes lets time pass.
func (c *campaign) passes(d time.Duration) { assert.NilError(c.t, passesIn(c.t.Context(), d)) }

// configures changes the configuration, and tells whether that is what a step does.
func (c *campaign) configures(s step) bool {
	declared := cmp.Or(c.declared[s.name], &declaration{}) // what changes in one that is not there comes to nothing
	switch s.do {
	case "put":
		c.declared.put(endpointID(s.n), s.to, connectionType)
	case "take":
		c.declared.take(endpointID(s.n))
	case "permit":
		c.declared.put(worldAccounts[s.n-1], s.to, permissionsType)
	case "rename":
		if c.declared[s.name] != nil && c.declared[s.to] == nil && s.yes {
			c.next.renamed = append(c.next.renamed, [2]string{s.name, s.to})
		}
		c.declared.rename(s.name, s.to)
	case "exclusive":
		if c.declared[soleExclusive] != nil {
			delete(c.declared, soleExclusive)
		} else {
			c.declared[soleExclusive] = &declaration{kind: exclusiveType, pending: s.yes, lets: s.word != ""}
		}
	case "flip":
		declared.rejects = !declared.rejects
	case "retain":
		declared.retains = !declared.retains
	case "create first":
		declared.first = !declared.first
	case "expect":
		declared.expects = !declared.expects
	case "replace":
		declared.replaced = true
	case "hide":
		declared.hidden, declared.allHidden = true, s.yes
	default:
		return false
	}
	return true
}

// happens from outside.
func (c *campaign) happens(s step) {
	id := endpointID(s.n)
	status := c.m.status(id)
	switch {
	case s.do == "comes" && !c.known[id]:
		c.known[id] = true
		c.m.comes(s.n, "")
	case s.do == "leaves" && status != "":
		c.m.Disconnect(testInstance, id)
	case s.do == "console" && isThere(status):
		c.m.SetStatus(testInstance, id, s.word)
	case s.do == "console permits":
		if id = worldAccounts[s.n-1]; s.yes {
			c.m.Permit(testInstance, id)
		} else {
			c.m.Forbid(testInstance, id)
		}
	case s.do == "fails":
		c.m.FailAcceptance(testInstance, id, s.atOnce)
		return
	case s.do == "refuses":
		c.m.RefuseEndpoint(testInstance, id, s.atOnce)
		return
	default:
		return
	}
	c.disturbed[id] = time.Now()
}

// run plans and applies.
func (c *campaign) run(s step) {
	c.runs++
	next := c.next
	c.next = nextRun{}
	for _, name := range next.renamed { // by a `moved` block
		if there := c.objects[name[0]]; there != nil && c.objects[name[1]] == nil {
			delete(c.objects, name[0])
			c.objects[name[1]] = there
		}
	}
	random := rand.New(rand.NewPCG(s.weather.seed, uint64(c.runs)))
	c.walker.next, c.atOnce, c.minimal = random.IntN, s.atOnce, s.yes
	c.m.ResetJournal()
	c.net.turns(s.weather)
	r := &record{began: time.Now(), declared: c.declared.clone(), config: c.declared.config(next.hurry), calm: s.weather == weather{} && len(next.outside) == 0 && next.hurry == 0}
	for name, declared := range c.declared {
		declared.replaced, declared.hidden = false, false
		if there := c.objects[name]; there != nil && declared.first {
			there.tainted = false // as the resource's page advises
		}
	}
	c.last = r
	r.changes, r.planned = c.plans(r.config)
	c.ends()
	c.judge(r, planRules)
	if len(r.planned.errors) > 0 {
		c.tell("the plan", r.planned)
		return
	}
	c.leavesCreating(r)
	c.passes(s.for_)
	c.applyRun(r, s, next)
}

func (c *campaign) applyRun(r *record, s step, next nextRun) {
	for _, outside := range next.outside {
		if outside.when.planned {
			c.happens(outside)
		}
	}
	r.before = c.care(r.changes)
	c.m.ResetJournal()
	c.net.turns(weather{seed: s.weather.seed + 1, fails: s.weather.fails, blink: s.weather.blink})
	end := c.timers(r, next)
	r.applyBegan = time.Now()
	r.applied = c.applies(r.changes, -1)
	end()
	c.over, c.lost = nil, nil
	r.ended = time.Now()
	c.ends()
	r.calls = c.m.Journal()
	r.well = len(r.applied.errors) == 0 && r.stopped.IsZero()
	if r.well {
		c.good++
	}
	c.tell(fmt.Sprintf("the apply (%s)", r.outcome()), r.applied)
	c.judge(r, applyRules)
	c.haunts(r)
	mayYet := func(until time.Time) bool { return until.After(r.began) } // come true, and no state knows of it
	if r.well && r.calm && len(c.broken) == 0 && !slices.ContainsFunc(slices.Collect(maps.Values(c.haunted)), mayYet) {
		c.settled(r)
	}
}

// timers set what happens during an apply. What they return ends them.
func (c *campaign) timers(r *record, next nextRun) (end func()) {
	var ends []func()
	for _, outside := range next.outside {
		if outside.when.applied > 0 {
			ends = append(ends, c.after(outside.when.applied, func() { c.happens(outside) }))
		}
	}
	stop := func() { r.stopped = time.Now(); c.ends() }
	if next.kill > 0 {
		ends = append(ends, c.after(next.kill, func() { r.killed = true; c.net.dead.Store(true); stop() }))
	} else if next.interrupt > 0 {
		ends = append(ends, c.after(next.interrupt, stop))
	}
	c.over = func() bool { return !r.stopped.IsZero() }
	c.lost = func() bool { return r.killed }
	return func() {
		for _, end := range ends {
			end()
		}
	}
}

// haunts remembers what a process may have asked for that left no note of it.
func (c *campaign) haunts(r *record) {
	for _, call := range r.calls {
		for _, name := range slices.Concat(call.Endpoints, accountsOf(call.Permissions)) {
			if r.killed || c.failedCreation(r, name) {
				c.haunted[name] = time.Now().Add(c.world.lasts())
			}
		}
	}
}

// leavesCreating remembers connections that are on their way since an interrupted apply, and that the plan leaves alone.
// They may fail yet.
func (c *campaign) leavesCreating(r *record) {
	for _, change := range r.changes {
		state, _ := change.prior.state.(fields)
		connections, _ := state["connections"].(fields)
		for id, connection := range connections {
			if change.what == "" && connection.(fields)["status"] == mockapig.StatusCreating {
				c.haunted[id] = time.Now().Add(c.world.lasts())
			}
		}
	}
}

// failedCreation tells whether a creation failed that names an endpoint or an account.
func (c *campaign) failedCreation(r *record, name string) bool {
	return !r.well && slices.ContainsFunc(r.changes, func(change *change) bool {
		there, declared := c.objects[change.address], r.declared[change.address]
		return declared != nil && slices.Contains(declared.names, name) &&
			(change.what == "replace" || change.what == "create" && (there == nil || there.current.state == nil))
	})
}
