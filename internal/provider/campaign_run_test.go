// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
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

// plays runs a schedule, and tells what it broke and how it went.
func (s schedule) plays(t *testing.T) (broken []violation, history []string, runs, good int) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := newCampaign(t, s.world)
		for _, step := range s.steps {
			if c.plays(step); len(c.broken) > 0 {
				break
			}
		}
		if len(c.broken) == 0 {
			c.converges()
		}
		broken, history, runs, good = c.broken, c.history, c.runs, c.good
	})
	return broken, history, runs, good
}

func newCampaign(t *testing.T, w world) *campaign {
	t.Helper()
	m, net := newWorldMock(t, w)
	c := &campaign{
		walker: newWalker(t, m, connectionType), m: m, net: net, world: w, declared: declarations{},
		known: map[string]bool{}, disturbed: map[string]time.Time{}, haunted: map[string]time.Time{}, began: time.Now(),
	}
	for _, there := range m.Connections(testInstance) {
		c.known[there.ID] = true
	}
	c.complain, c.wire.config["max_retries"] = c.breaks, w.retries
	return c
}

func (c *campaign) breaks(rule, what string) {
	c.noting.Lock()
	defer c.noting.Unlock()
	c.broken = append(c.broken, violation{rule, what})
	c.history = append(c.history, c.line("BROKEN: %s: %s", rule, what))
}

func (c *campaign) note(format string, arguments ...any) {
	c.noting.Lock()
	defer c.noting.Unlock()
	c.history = append(c.history, c.line(format, arguments...))
}

func (c *campaign) line(format string, arguments ...any) string {
	return fmt.Sprintf("%8s  ", time.Since(c.began).Round(time.Millisecond)) + fmt.Sprintf(format, arguments...)
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
	declared := c.declared[s.name]
	switch s.do {
	case "put":
		id := endpointID(s.n)
		c.declared.take(id)
		to := c.declared.of(s.to, connectionType)
		to.names = append(to.names, id)
	case "take":
		c.declared.take(endpointID(s.n))
	case "permit":
		account := worldAccounts[s.n-1]
		c.declared.take(account)
		to := c.declared.of(s.to, permissionsType)
		to.names = append(to.names, account)
	case "rename":
		if declared != nil && c.declared[s.to] == nil && s.yes {
			c.next.renamed = append(c.next.renamed, [2]string{s.name, s.to})
		}
		c.declared.rename(s.name, s.to)
	case "exclusive":
		if c.declared[soleExclusive] != nil {
			delete(c.declared, soleExclusive)
		} else {
			declared := c.declared.of(soleExclusive, exclusiveType)
			declared.pending, declared.lets = s.yes, s.word != ""
		}
	case "flip", "retain", "create first", "expect", "replace", "hide":
		if declared != nil {
			declared.changes(s)
		}
	default:
		return false
	}
	return true
}

func (d *declaration) changes(s step) {
	switch s.do {
	case "flip":
		d.rejects = !d.rejects
	case "retain":
		d.retains = !d.retains
	case "create first":
		d.first = !d.first
	case "expect":
		d.expects = !d.expects
	case "replace":
		d.replaced = true
	case "hide":
		d.hidden, d.allHidden = true, s.yes
	}
}

// happens from outside.
func (c *campaign) happens(s step) {
	id := endpointID(s.n)
	there, listed := c.m.Connection(testInstance, id)
	switch s.do {
	case "comes":
		if c.known[id] {
			return
		}
		c.known[id] = true
		c.m.comes(s.n, "")
	case "leaves":
		if !listed {
			return
		}
		c.m.Disconnect(testInstance, id)
	case "console":
		if !listed || there.Status == mockapig.StatusDeleting {
			return
		}
		c.m.SetStatus(testInstance, id, s.word)
	case "console permits":
		if id = worldAccounts[s.n-1]; s.yes {
			c.m.Permit(testInstance, id)
		} else {
			c.m.Forbid(testInstance, id)
		}
	case "fails":
		c.m.FailAcceptance(testInstance, id, s.atOnce)
		return
	case "refuses":
		c.m.RefuseEndpoint(testInstance, id, s.atOnce)
		return
	}
	c.disturbed[id] = time.Now()
}

// run plans and applies.
func (c *campaign) run(s step) {
	c.runs++
	next := c.next
	c.next = nextRun{}
	for _, name := range next.renamed {
		c.moves(name[0], name[1])
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
	if r.well && r.calm && len(c.broken) == 0 && !c.isHaunted(r) {
		c.settled(r)
	}
}

// timers set what happens during an apply. What they return ends them.
func (c *campaign) timers(r *record, next nextRun) (end func()) {
	var all []*time.Timer
	over := false
	after := func(d time.Duration, do func()) {
		all = append(all, time.AfterFunc(d, func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			if !over {
				do()
			}
		}))
	}
	for _, outside := range next.outside {
		if outside.when.applied > 0 {
			after(outside.when.applied, func() { c.happens(outside) })
		}
	}
	stop := func() {
		r.stopped = time.Now()
		_, err := c.walking.StopProvider(c.t.Context(), &tfprotov6.StopProviderRequest{})
		assert.NilError(c.t, err)
	}
	if next.kill > 0 {
		after(next.kill, func() { r.killed = true; c.net.dead.Store(true); stop() })
	} else if next.interrupt > 0 {
		after(next.interrupt, stop)
	}
	c.over = func() bool { return !r.stopped.IsZero() }
	c.lost = func() bool { return r.killed }
	return func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		over = true
		for _, timer := range all {
			timer.Stop()
		}
	}
}

// ends the provider's process.
func (c *campaign) ends() {
	_, err := c.walking.StopProvider(c.t.Context(), &tfprotov6.StopProviderRequest{})
	assert.NilError(c.t, err)
}

// moves an object by a `moved` block.
func (c *campaign) moves(from, to string) {
	if there := c.objects[from]; there != nil && c.objects[to] == nil {
		c.objects[to] = there
		delete(c.objects, from)
	}
}

// haunts remembers what a process may have asked for that left no note of it.
func (c *campaign) haunts(r *record) {
	for _, call := range r.calls {
		for _, name := range slices.Concat(call.Endpoints, r.accountsOf(call)) {
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

// isHaunted tells whether anything may yet come true that no state knows of.
func (c *campaign) isHaunted(r *record) bool {
	for _, until := range c.haunted {
		if until.After(r.began) {
			return true
		}
	}
	return false
}

// failedCreation tells whether a creation failed that names an endpoint or an account.
func (c *campaign) failedCreation(r *record, name string) bool {
	if r.well {
		return false
	}
	return slices.ContainsFunc(r.changes, func(change *change) bool {
		there := c.objects[change.address]
		declared := r.declared[change.address]
		return declared != nil && slices.Contains(declared.names, name) && (change.what == "create" || change.what == "replace") && (there == nil || there.current.state == nil || change.what == "replace")
	})
}
