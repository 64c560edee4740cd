// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const (
	// cliRuns is how many applies a schedule has with a real CLI before its interference ends, and cliMoment how far into
	// one something happens at the latest.
	cliRuns   = 4
	cliMoment = 3 * time.Second
)

// TestAccCampaign plays the campaign's schedules through a real CLI, with the provider in processes of its own, in real
// time: fewer steps, of which some are left out that the protocol alone can take. APIG_CAMPAIGN_CLI says how many.
func TestAccCampaign(t *testing.T) {
	t.Parallel()
	seed := uint64(number(t, "APIG_SEED", 1))
	for i := range number(t, "APIG_CAMPAIGN_CLI", 1) {
		t.Run(fmt.Sprintf("seed %d, schedule %d", seed, i), func(t *testing.T) {
			r := rand.New(rand.NewPCG(seed, uint64(i)))
			c := newCLICampaign(t, draw(r, "friendly", "hostile", "hostile-one"), draw(r, 0, 2*time.Second))
			for _, s := range newSchedule(r) {
				if c.runs < cliRuns {
					c.plays(s)
				}
			}
			c.converges()
			if len(c.broken) > 0 {
				t.Errorf("%s: %s\n%s", c.broken[0].rule, c.broken[0].what, strings.Join(c.history, "\n"))
			}
		})
	}
}

// cliCampaign is a campaign whose runs are a CLI's.
type cliCampaign struct {
	*campaign
	cli *cli
}

func newCLICampaign(t *testing.T, behavior string, creating time.Duration) *cliCampaign {
	t.Helper()
	m := newListening(t, mockapig.Config{Creating: creating, Behavior: mockapig.Behaviors()[behavior]})
	c := &campaign{
		walker: &walker{wire: &wire{t: t}, objects: map[string]*instance{}}, m: m, declared: declarations{},
		known: map[string]bool{}, disturbed: map[string]time.Time{}, began: time.Now(),
	}
	for n := 1; n < worldEndpoints; n++ {
		m.comes(n, "")
		c.known[endpointID(n)] = true
	}
	c.note("behavior %s, creating for %s", behavior, creating)
	return &cliCampaign{c, newCLI(t, m.provider())}
}

// plays takes a step. What a CLI can't be made to do at will is left out.
func (c *cliCampaign) plays(s step) {
	c.note("%s", s)
	switch s.do {
	case "run":
		c.run(s)
	case "interrupt":
		c.next.interrupt = s.for_%cliMoment + 1
	case "kill":
		c.next.kill = s.for_%cliMoment + 1
	case "forget":
		c.cli.run("state", "rm", c.addressOf(s.name))
	case "time passes", "hurry", "taint", "hide":
	default:
		if c.configures(s) {
			return
		}
		happen := func() {
			c.mu.Lock()
			defer c.mu.Unlock()
			c.happens(s)
		}
		if s.when.applied == 0 {
			happen()
			return
		}
		timer := time.AfterFunc(s.when.applied%cliMoment, happen)
		c.cli.t.Cleanup(func() { timer.Stop() })
	}
}

// run applies the configuration.
func (c *cliCampaign) run(s step) {
	c.runs++
	next := c.next
	c.next = nextRun{}
	if s.weather.fails > 0 {
		fault := []mockapig.Fault{
			{Drop: true}, {Drop: true, After: true}, {Truncate: true}, {After: true, Status: http.StatusInternalServerError, Code: "APIC.9000", Message: "System error"},
		}[s.weather.seed%4]
		fault.Skip, fault.Times = int(s.weather.seed/4%8), 3
		c.m.Fail(fault)
	}
	replaced := []string{}
	for name, declared := range c.declared {
		if declared.replaced {
			replaced = append(replaced, "-replace="+c.addressOf(name))
		}
		declared.replaced = false
	}
	c.cli.configure(c.configuration(next.renamed))
	arguments := append([]string{"apply", "-input=false", "-auto-approve", fmt.Sprintf("-parallelism=%d", max(1, s.atOnce))}, replaced...)
	timer := time.NewTimer(0)
	r := c.cli.runWith(func(process *os.Process) {
		switch {
		case next.kill > 0:
			timer = time.AfterFunc(next.kill, func() { c.kills(process, next.kill%2 == 0) })
		case next.interrupt > 0:
			timer = time.AfterFunc(next.interrupt, func() { _ = process.Signal(os.Interrupt) }) // it may have ended
		}
	}, arguments...)
	timer.Stop()
	c.note("  the apply ended with %d: %.1500s", r.code, r.words())
	c.last = &record{well: r.code == 0}
	if strings.Contains(r.words(), "Provider produced in") || strings.Contains(r.words(), "panic:") {
		c.breaks("what is planned is what is applied", r.words())
	}
}

// kills kills the CLI and the provider, or the provider alone, which are there or not.
func (c *cliCampaign) kills(process *os.Process, all bool) {
	if all {
		_ = killGroup(process)
	} else if provider, err := c.cli.newestProvider(); err == nil {
		_ = provider.Kill()
	}
}

// converges ends the interference. Where the plan is refused, the state is given up, as a user might.
func (c *cliCampaign) converges() {
	c.note("the interference ends")
	c.next = nextRun{renamed: c.next.renamed}
	for n := 1; n <= worldEndpoints; n++ {
		c.mends(n)
	}
	for _, declared := range c.declared {
		declared.expects = false
	}
	for try := range 4 {
		if c.run(step{do: "run", atOnce: 10}); c.last.well && try > 0 {
			break
		}
		if try == 1 {
			for address := range strings.FieldsSeq(c.cli.run("state", "list").stdout) {
				c.cli.run("state", "rm", address)
			}
			c.note("the state is given up")
		}
	}
	if !c.last.well {
		c.breaks(becomesAsDeclared, "the last apply fails")
		return
	}
	c.expectDeclared()
	if c.declared[soleExclusive] == nil {
		if r := c.cli.plan("-detailed-exitcode"); r.code != 0 {
			c.breaks("after a run that ends well there is nothing to do", r.words())
		}
	}
}

// addressOf is a resource's address. A name is that of one type.
func (c *cliCampaign) addressOf(name string) string {
	kind := connectionType
	switch name {
	case "p", "q":
		kind = permissionsType
	case soleExclusive:
		kind = exclusiveType
	}
	return kind + "." + name
}

// configuration is the one of the next run.
func (c *cliCampaign) configuration(renamed [][2]string) string {
	var b strings.Builder
	b.WriteString(c.m.provider())
	all := c.declared.config(0)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		lines := []string{}
		for argument, value := range all[name].config {
			if argument == "wait_for_endpoints" {
				value = "2s"
			}
			lines = append(lines, argument+" = "+hclValue(value))
		}
		if all[name].first {
			lines = append(lines, firstCreated)
		}
		b.WriteString(stanza(fmt.Sprintf("resource %q %q", all[name].kind, name), lines...))
	}
	for _, move := range renamed {
		if all[move[0]].config == nil && all[move[1]].config != nil {
			b.WriteString(movedBlock(c.addressOf(move[0]), c.addressOf(move[1])))
		}
	}
	return b.String()
}

// hclValue writes a value.
func hclValue(value any) string {
	list, ok := value.([]any)
	if !ok {
		return fmt.Sprintf("%#v", value)
	}
	elements := make([]string, len(list))
	for i, element := range list {
		elements[i] = hclValue(element)
	}
	return "[" + strings.Join(elements, ", ") + "]"
}
