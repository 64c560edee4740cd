// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"slices"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

// update is what an update is about to do, and afterwards what became of it.
type update struct {
	plan    *model
	prior   map[string]observed
	order   []string // of the endpoints in prior
	planned map[string]observed
	awaits  awaited
	decide  []*settle.Item
	release []*settle.Item
	spared  []string // that are not released, since others hold them
}

func newUpdate(plan, state *model, awaits awaited, noted unseen.Decisions, held func(id string) bool) *update {
	u := &update{plan: plan, prior: state.recorded(), order: state.endpointIDs(), planned: plan.recorded(), awaits: awaits}
	expected := plan.expected()
	for _, id := range plan.endpointIDs() {
		prior, recorded := u.prior[id]
		if planned := u.planned[id]; recorded && planned.Status.Equal(prior.Status) && !planned.UpdatedAt.IsUnknown() {
			continue
		}
		u.decide = append(u.decide, settle.Decide(id, plan.decision(), expected, recorded && !awaits.has(id)))
	}
	u.release, u.spared = leaveItems(state, leaving(plan, state), plan.rejectsOnDestroy(), awaits, noted, held)
	return u
}

func (u *update) items() []*settle.Item {
	return slices.Concat(u.release, u.decide)
}

// record puts into the plan's model what really happened, and returns which of
// its endpoints were never listed. After a failure that is: as observed, where
// it was looked for; without the new endpoints that the gateway does not list;
// with the removed ones that are not confirmed to be released.
func (u *update) record(failed bool) awaited {
	awaits := awaited{}
	for id := range u.awaits {
		if planned, ok := u.planned[id]; ok && planned.Status.IsNull() {
			awaits[id] = struct{}{}
		}
	}
	entries := u.planned
	for _, c := range u.decide {
		if !failed {
			entries[c.EndpointID] = entries[c.EndpointID].orElse(fromAPI(c.Observed))
		} else if observed, ok := u.observed(c); ok {
			entries[c.EndpointID] = observed
		} else {
			delete(entries, c.EndpointID)
			continue
		}
		if !c.EverListed {
			awaits[c.EndpointID] = struct{}{}
		}
	}
	var kept []string
	for _, id := range u.plan.endpointIDs() {
		if tfkit.HasKey(entries, id) {
			kept = append(kept, id)
		}
	}
	for _, c := range u.release {
		if !c.Phase.Reached() {
			entries[c.EndpointID], _ = u.observed(c)
			kept = append(kept, c.EndpointID)
		}
	}
	if u.isUnchanged(kept) {
		kept = u.order
	}
	u.plan.setEntries(kept, entries)
	return awaits
}

// isUnchanged tells whether the endpoints are those of the state. They are in its order
// then: in another one, a list that is written as before and partly unknown can't be
// planned twice alike.
func (u *update) isUnchanged(endpoints []string) bool {
	return len(endpoints) == len(u.prior) && !slices.ContainsFunc(endpoints, func(id string) bool { return !tfkit.HasKey(u.prior, id) })
}

// observed is the truth about an endpoint after a failure. There is none of an
// endpoint that is new to the resource and not known to the gateway.
func (u *update) observed(c *settle.Item) (observed, bool) {
	prior, recorded := u.prior[c.EndpointID]
	if !c.Looked {
		return prior, recorded
	}
	return fromAPI(c.Observed), recorded || c.Observed.Status != endpoint.Absent
}
