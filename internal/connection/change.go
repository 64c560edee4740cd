// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// change is what an apply is about to do, and afterwards what became of it.
type change struct {
	plan, state *model
	decide      []*settle.Item // what the plan showed
	leave       []*settle.Item // what leaves the resource
	spared      []string       // that leave it, and are not released, since others hold them
}

// From implements lifecycle.Held. It also makes sure of what leaves without a rejection and was opposed by an earlier run.
func (m *model) From(state *model, others ownership.Others) lifecycle.Change {
	c := &change{plan: m, state: state}
	expected, planned, prior := m.expected(), m.recorded(), state.recorded()
	for _, id := range m.IDs() {
		before, recorded := prior[id]
		if planned := planned[id]; recorded && planned.Status.Equal(before.Status) && !planned.UpdatedAt.IsUnknown() {
			continue
		}
		c.decide = append(c.decide, settle.Decide(id, m.decision(), expected, recorded && !state.awaits.has(id)))
	}
	leaving := tfkit.Without(state.IDs(), m.IDs())
	if !m.Releases() {
		opposed := others.Accept
		if state.decision() == endpoint.Accepted {
			opposed = others.Reject
		}
		c.leave = state.Noted.Assuring(leaving, state.decision(), opposed)
		return c
	}
	c.leave, c.spared = releaseItems(leaving, state, others.Accept)
	c.leave = append(c.leave, state.Noted.Assuring(c.spared, endpoint.Accepted, others.Reject)...)
	return c
}

// releaseItems makes the items of endpoints to release. It spares those that other resources hold.
func releaseItems(endpoints []string, state *model, held func(id string) bool) (items []*settle.Item, spared []string) {
	for _, id := range endpoints {
		switch {
		case state.Left(id):
		case held(id):
			spared = append(spared, id)
		default:
			items = append(items, settle.Release(id, state.recorded()[id].status(), held, !state.awaits.has(id)))
		}
	}
	return items, spared
}

func (c *change) items() []*settle.Item { return slices.Concat(c.leave, c.decide) }

func (c *change) Make(ctx context.Context, session *gateway.Session) error {
	return session.Settle(ctx, c.items(), c.plan.waitForEndpoints())
}

func (c *change) LeaveBehind() (left []string, done bool) {
	for _, i := range c.leave {
		if i.Phase.Reached() {
			continue
		}
		i.Phase = settle.Gone
		if e, _ := c.observed(i); endpoint.InEffect(e.status()) {
			left = append(left, e.line(i.EndpointID))
		}
	}
	return left, !slices.ContainsFunc(c.decide, func(i *settle.Item) bool { return !i.Phase.Reached() })
}

func (c *change) Report(o report.Outcomes, diags *diag.Diagnostics, err error) {
	o.Wait = c.plan.waitForEndpoints()
	o.Report(diags, c.items(), err)
}

func (c *change) Spared() []string {
	spared := c.spared
	for _, i := range c.leave {
		if i.Phase == settle.Spared && i.Goal == endpoint.Release {
			spared = append(spared, i.EndpointID)
		}
	}
	return spared
}

// Record implements lifecycle.Change. After a failure the endpoints are as observed, where they were looked for;
// without the new ones that the gateway does not list, and with the removed ones that are not confirmed to be released.
func (c *change) Record(failed bool) {
	awaits, entries := awaited{}, c.plan.recorded()
	for id := range c.state.awaits {
		if planned, ok := entries[id]; ok && planned.Status.IsNull() {
			awaits[id] = struct{}{}
		}
	}
	for _, i := range c.decide {
		if seen, known := c.observed(i); !failed {
			entries[i.EndpointID] = entries[i.EndpointID].orElse(fromAPI(i.Observed))
		} else if known {
			entries[i.EndpointID] = seen
		} else {
			delete(entries, i.EndpointID)
			continue
		}
		if !i.EverListed {
			awaits[i.EndpointID] = struct{}{}
		}
	}
	kept := tfkit.Except(c.plan.IDs(), func(id string) bool { return !tfkit.HasKey(entries, id) })
	var left []string
	for _, i := range c.leave {
		if !i.Phase.Reached() {
			entries[i.EndpointID], _ = c.observed(i)
			left = append(left, i.EndpointID)
		}
	}
	c.plan.awaits = awaits
	c.plan.setEntries(tfkit.WithLeft(kept, left, c.state.IDs()), entries)
}

// observed is the truth about an endpoint after a failure. Of a new endpoint that is not listed, there is none.
func (c *change) observed(i *settle.Item) (observed, bool) {
	prior, recorded := c.state.recorded()[i.EndpointID]
	if !i.Looked {
		return prior, recorded
	}
	return fromAPI(i.Observed), recorded || i.Observed.Status != endpoint.Absent
}
