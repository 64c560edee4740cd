// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"maps"
	"slices"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

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
// What may still take effect has done so by then: its note goes with the resource, so that
// the plan says to wait.
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
	_, exclusive := c.declared[exclusiveName]
	for _, there := range c.m.Connections(testInstance) {
		wants := c.declared.wants(there.ID)
		onItsWay := wants == mockapig.StatusAccepted && there.Status == mockapig.StatusCreating
		if wants != "" && there.Status != wants && there.Status != mockapig.StatusDeleting && !onItsWay {
			c.breaks(becomesAsDeclared, there.ID+" is "+there.Status+", and declared "+wants)
		}
		if wants == "" && exclusive && isConnected(there.Status) && there.DomainID != worldAccounts[2] {
			c.breaks(becomesAsDeclared, there.ID+" is "+there.Status+", and nothing declares it")
		}
	}
}
