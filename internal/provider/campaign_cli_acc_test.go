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
				t.Errorf("%s\n%s", c.broken[0], strings.Join(c.history, "\n"))
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
	for n := 1; n < worldEndpoints; n++ {
		m.comes(n, "")
	}
	c := newCampaign(&walker{wire: &wire{t: t}}, m)
	c.note("behavior %s, creating for %s", behavior, creating)
	return &cliCampaign{c, newCLI(t, m.provider())}
}

// plays takes a step. What a CLI can't be made to do at will is left out.
func (c *cliCampaign) plays(s step) {
	switch s.do {
	case "time passes", "hurry", "taint", "hide":
	case "run":
		c.note("%s", s)
		c.run(s)
	case "forget":
		c.note("%s", s)
		c.cli.run("state", "rm", addressOf(s.name))
	default:
		c.campaign.plays(s)
	}
}

// run applies the configuration.
func (c *cliCampaign) run(s step) {
	c.runs++
	next := c.next
	c.next = nextRun{}
	if s.weather.fails > 0 {
		fault := faultsOnTheWay[s.weather.seed%4]
		fault.Skip, fault.Times = int(s.weather.seed/4%8), 3
		c.m.Fail(fault)
	}
	arguments := []string{"apply", "-input=false", "-auto-approve", fmt.Sprintf("-parallelism=%d", max(1, s.atOnce))}
	for name, declared := range c.declared {
		if declared.replaced {
			arguments = append(arguments, "-replace="+addressOf(name))
		}
		declared.replaced = false
	}
	c.cli.configure(c.configuration(next.renamed))
	end := func() {}
	for _, outside := range next.outside {
		defer c.after(outside.when.applied%cliMoment, func() { c.happens(outside) })()
	}
	r := c.cli.runWith(func(process *os.Process) {
		switch { // it may have ended by then
		case next.kill > 0:
			end = c.after(next.kill%cliMoment+1, func() { _ = c.cli.kills(process, next.kill%2 == 0) })
		case next.interrupt > 0:
			end = c.after(next.interrupt%cliMoment+1, func() { _ = process.Signal(os.Interrupt) })
		}
	}, arguments...)
	end()
	c.note("  the apply ended with %d: %.1500s", r.code, r.words())
	c.last = &record{well: r.code == 0}
	if strings.Contains(r.words(), "Provider produced in") || strings.Contains(r.words(), "panic:") {
		c.breaks("what is planned is what is applied", r.words())
	}
}

// converges ends the interference. Where the plan is refused, the state is given up, as a user might.
func (c *cliCampaign) converges() {
	c.calms()
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
func addressOf(name string) string {
	kinds := map[string]string{"p": permissionsType, "q": permissionsType, soleExclusive: exclusiveType}
	return cmp.Or(kinds[name], connectionType) + "." + name
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
			text, _ := json.Marshal(value) // which is HCL too
			lines = append(lines, argument+" = "+string(text))
		}
		if all[name].first {
			lines = append(lines, firstCreated)
		}
		b.WriteString(stanza(fmt.Sprintf("resource %q %q", all[name].kind, name), lines...))
	}
	for _, move := range renamed {
		if all[move[0]].config == nil && all[move[1]].config != nil {
			b.WriteString(movedBlock(addressOf(move[0]), addressOf(move[1])))
		}
	}
	return b.String()
}
