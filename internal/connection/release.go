// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

// named are the endpoints that a plan names.
func (m *model) named() ownership.Named {
	wanted := m.DesiredStatus.IsUnknown() || m.decision() == endpoint.Accepted
	return ownership.Named{Scope: m.Scope, IDs: m.endpointIDs(), Known: m.endpointsKnown(), Wanted: wanted}
}

func (r *connectionResource) holding(ctx context.Context, state *model, private tfkit.PrivateReader, planned tfkit.PrivateWriter, diags *diag.Diagnostics) ownership.Holding {
	entries, awaits := state.recorded(), awaitedIn(ctx, private, diags)
	return ownership.Holding{
		Owners: r.backend.Endpoints, Gateway: state.Gateway(), IDs: state.endpointIDs(), Releases: state.rejectsOnDestroy(),
		Owner: ownership.TokenIn(ctx, private, planned, state.Gateway(), state.endpointIDs(), diags),
		There: func(id string) bool { return releasable(entries[id]) },
		Gone:  func(id string) bool { return isGone(id, entries, awaits) },
		Line:  func(id string) string { return entries[id].line(id) },
	}
}

// isGone tells whether an endpoint's consumer has left.
func isGone(id string, prior map[string]observed, awaits awaited) bool {
	return prior[id].Status.IsNull() && !awaits.has(id)
}

// releasable tells whether what is recorded calls for a rejection when an endpoint
// leaves a resource's care.
func releasable(e observed) bool {
	return endpoint.InEffect(e.status())
}

// releasableAmong returns those of the endpoints that are so.
func releasableAmong(endpoints []string, entries map[string]observed) []string {
	return tfkit.Except(endpoints, func(id string) bool { return !releasable(entries[id]) })
}

// leaveItems makes the items of all that leaves the resource's care: what is to be
// rejected is, and the rest is made sure of where an earlier run has decided otherwise.
func leaveItems(state *model, endpoints []string, rejects bool, awaits awaited, noted unseen.Decisions, held func(id string) bool) (items []*settle.Item, spared []string) {
	if !rejects {
		return noted.Assuring(endpoints, state.decision()), nil
	}
	items, spared = releaseItems(endpoints, state.recorded(), awaits, held)
	return append(items, noted.Assuring(spared, endpoint.Accepted)...), spared
}

// releaseItems makes the items of endpoints that leave the resource's care. Those
// whose consumer has left need none; those that other resources hold are spared.
func releaseItems(endpoints []string, prior map[string]observed, awaits awaited, held func(id string) bool) (items []*settle.Item, spared []string) {
	for _, id := range endpoints {
		switch {
		case isGone(id, prior, awaits):
		case held(id):
			spared = append(spared, id)
		default:
			items = append(items, settle.Release(id, prior[id].status(), held, !awaits.has(id)))
		}
	}
	return items, spared
}

// unreleased are the endpoints of release items that did not reach their goal,
// and the truth about them. There is at least one after a failure.
func unreleased(items []*settle.Item, prior map[string]observed) (endpoints []string, entries map[string]observed) {
	entries = map[string]observed{}
	for _, c := range items {
		if c.Phase.Reached() {
			continue
		}
		endpoints = append(endpoints, c.EndpointID)
		entries[c.EndpointID] = prior[c.EndpointID]
		if c.Looked {
			entries[c.EndpointID] = fromAPI(c.Observed)
		}
	}
	return endpoints, entries
}

// warnOfSpared tells of released endpoints that are left to other resources.
func (r *connectionResource) warnOfSpared(diags *diag.Diagnostics, state *model, spared []string, items []*settle.Item) {
	for _, c := range items {
		if c.Phase == settle.Spared {
			spared = append(spared, c.EndpointID)
		}
	}
	entries := state.recorded()
	r.backend.Endpoints.WarnOfSpared(diags, state.Gateway(), releasableAmong(spared, entries), func(id string) string { return entries[id].line(id) })
}

// leaveBehind ends the items of endpoints that were to be released on a gateway that is gone, and tells of those that were
// to be rejected. It returns what is left of the error for the other items.
func leaveBehind(diags *diag.Diagnostics, state *model, released, all []*settle.Item, err error) error {
	if !gateway.IsGone(err) {
		return err
	}
	entries := state.recorded()
	var left []string
	for _, c := range released {
		if c.Phase.Reached() {
			continue
		}
		e := entries[c.EndpointID]
		if c.Looked {
			e = fromAPI(c.Observed)
		}
		if c.Phase = settle.Gone; releasable(e) {
			left = append(left, e.line(c.EndpointID))
		}
	}
	report.WarnOfLeftBehind(diags, state.Gateway(), "rejected", left, err)
	for _, c := range all {
		if !c.Phase.Reached() {
			return err
		}
	}
	return nil
}
