// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
)

// update is what an update is about to do, and afterwards what became of it.
type update struct {
	plan    *connectionModel
	prior   map[string]entry
	planned map[string]entry
	never   neverListed
	decide  []*connection.Case
	release []*connection.Case
}

func newUpdate(plan, state *connectionModel, never neverListed, care care) *update {
	u := &update{plan: plan, prior: state.entries(), planned: plan.entries(), never: never}
	expected := plan.expected()
	for _, id := range plan.endpointIDs() {
		prior, recorded := u.prior[id]
		if planned := u.planned[id]; recorded && planned.Status.Equal(prior.Status) {
			continue
		}
		u.decide = append(u.decide, &connection.Case{
			EndpointID: id,
			Goal:       plan.decision().Goal(),
			Known:      recorded && !never.has(id),
			Expected:   expected,
		})
	}
	if plan.rejectsOnDestroy() {
		u.release = care.releaseCases(state.gateway(), leaving(plan, state), u.prior, never)
	}
	return u
}

// care is what private state says of whose endpoints are.
type care struct {
	holder  string
	release releasePlan
}

func careIn(ctx context.Context, private privateGetter, diags *diag.Diagnostics) care {
	return care{
		holder:  getPrivate[string](ctx, private, holderKey, diags),
		release: getPrivate[releasePlan](ctx, private, releaseKey, diags),
	}
}

// planned tells whether the plan was about the gateway.
func (c care) planned(gateway apig.Gateway) bool { return c.release.Gateway == gatewayKey(gateway) }

// spared is what a release leaves alone on a gateway.
func (c care) spared(gateway apig.Gateway) []string {
	if !c.planned(gateway) {
		return nil
	}
	return slices.Concat(c.release.Taken, c.release.Stay)
}

// rejects tells whether endpoints of a resource that goes are rejected. In a
// replacement that is forced, it is as planned: the plan showed an update.
func (c care) rejects(state *connectionModel) bool {
	if c.planned(state.gateway()) {
		return c.release.Rejects
	}
	return state.rejectsOnDestroy()
}

// releaseCases makes the cases of endpoints that leave the resource's care.
// Those whose consumer has left, or that somebody else takes over, need none.
func (c care) releaseCases(gateway apig.Gateway, endpoints []string, prior map[string]entry, never neverListed) []*connection.Case {
	var cases []*connection.Case
	for _, id := range without(endpoints, c.spared(gateway)) {
		if prior[id].Status.IsNull() && !never.has(id) {
			continue
		}
		cases = append(cases, &connection.Case{
			EndpointID: id, Goal: connection.Release, Known: !never.has(id), Recorded: prior[id].status(), Holder: c.holder,
		})
	}
	return cases
}

func (u *update) cases() []*connection.Case {
	return slices.Concat(u.release, u.decide)
}

// record puts into the plan's model what really happened, and returns which of
// its endpoints were never listed. After a failure that is: as observed, where
// it was looked for; without the new endpoints that the gateway does not list;
// with the removed ones that are not confirmed to be released.
func (u *update) record(failed bool) neverListed {
	never := neverListed{}
	for id := range u.never {
		if planned, ok := u.planned[id]; ok && planned.Status.IsNull() {
			never[id] = struct{}{}
		}
	}
	entries := u.planned
	for _, c := range u.decide {
		if !failed {
			entries[c.EndpointID] = entries[c.EndpointID].orElse(entryFrom(c.Observed))
		} else if observed, ok := u.observed(c); ok {
			entries[c.EndpointID] = observed
		} else {
			delete(entries, c.EndpointID)
			continue
		}
		if !c.Known {
			never[c.EndpointID] = struct{}{}
		}
	}
	var kept []string
	for _, id := range u.plan.endpointIDs() {
		if hasKey(entries, id) {
			kept = append(kept, id)
		}
	}
	for _, c := range u.release {
		if !c.Step.Reached() {
			entries[c.EndpointID], _ = u.observed(c)
			kept = append(kept, c.EndpointID)
		}
	}
	u.plan.setEntries(kept, entries)
	return never
}

// observed is the truth about an endpoint after a failure. There is none of an
// endpoint that is new to the resource and not known to the gateway.
func (u *update) observed(c *connection.Case) (entry, bool) {
	prior, recorded := u.prior[c.EndpointID]
	if !c.Looked {
		return prior, recorded
	}
	return entryFrom(c.Observed), recorded || c.Observed.Status != connection.Absent
}

// unreleased are the endpoints of release cases that did not reach their goal,
// and the truth about them. There is at least one after a failure.
func unreleased(cases []*connection.Case, prior map[string]entry) (endpoints []string, entries map[string]entry) {
	entries = map[string]entry{}
	for _, c := range cases {
		if c.Step.Reached() {
			continue
		}
		endpoints = append(endpoints, c.EndpointID)
		entries[c.EndpointID] = prior[c.EndpointID]
		if c.Looked {
			entries[c.EndpointID] = entryFrom(c.Observed)
		}
	}
	return endpoints, entries
}
