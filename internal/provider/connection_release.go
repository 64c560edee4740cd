// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
)

// holds are the endpoints that a plan names, and what is recorded of each.
func (m *connectionModel) holds(prior map[string]entry) map[ownership.Key]ownership.Held {
	if !m.gatewayKnown() {
		return nil
	}
	wanted := m.DesiredStatus.IsUnknown() || m.decision() == connection.Accepted
	holds := map[ownership.Key]ownership.Held{}
	for _, id := range m.endpointIDs() {
		if id != "" { // unknown
			holds[ownership.Key{Gateway: gatewayKey(m.gateway()), ID: id}] = ownership.Held{Wanted: wanted, There: releasable(prior[id])}
		}
	}
	return holds
}

// open is the gateway of which the plan does not say all that it names.
func (m *connectionModel) open() string {
	if !m.gatewayKnown() || m.endpointsKnown() {
		return ""
	}
	return gatewayKey(m.gateway())
}

// holding is what a resource has in its state, when it is planned.
type holding struct {
	ledger  *ownership.Ledger
	owner   string
	state   *connectionModel
	entries map[string]entry
	never   neverListed
}

func (r *connectionResource) holding(ctx context.Context, state *connectionModel, private privateGetter, planned privateSetter, diags *diag.Diagnostics) holding {
	return holding{
		ledger: r.provider.endpoints, state: state, entries: state.entries(), never: getNeverListed(ctx, private, diags),
		owner: tokenIn(ctx, private, planned, state.gateway(), state.endpointIDs(), diags),
	}
}

// lettingGo is what a ledger has to know of endpoints that are let go of: those
// whose consumers have left are not.
func (h holding) lettingGo(endpoints []string, rejects bool) map[ownership.Key]bool {
	if !rejects {
		return nil
	}
	leaves := map[ownership.Key]bool{}
	for _, key := range keysOf(h.state.gateway(), endpoints) {
		if !isGone(key.ID, h.entries, h.never) {
			leaves[key] = releasable(h.entries[key.ID])
		}
	}
	return leaves
}

// planGoing declares that all is let go of, since the object is destroyed or moves
// to another gateway, and tells what is rejected.
func (h holding) planGoing(way ownership.Way, diags *diag.Diagnostics) {
	all := h.lettingGo(h.state.endpointIDs(), h.state.rejectsOnDestroy())
	report := h.ledger.Declare(ownership.Plan{Owner: h.owner, LetsGo: all, Whole: all, Way: way})
	h.tell(report, h.state.endpointIDs(), h.state.rejectsOnDestroy(), true, diags)
}

// planUpdate declares what an update holds and lets go of, and tells what is rejected.
func (h holding) planUpdate(plan *connectionModel, diags *diag.Diagnostics) {
	leaves, rejects := leaving(plan, h.state), plan.rejectsOnDestroy()
	report := h.ledger.Declare(ownership.Plan{
		Owner: h.owner, Holds: plan.holds(h.entries), Open: plan.open(), LetsGo: h.lettingGo(leaves, rejects),
		Whole: h.lettingGo(h.state.endpointIDs(), h.state.rejectsOnDestroy()),
	})
	if plan.endpointsKnown() {
		h.tell(report, leaves, rejects, false, diags)
		return
	}
	h.tell(report, nil, rejects, false, diags)
	if cut := releasableAmong(leaves, h.entries); rejects && len(cut) > 0 {
		warnOfUnknownRelease(diags, h.state, lines(cut, h.entries))
	}
}

// tell reports what a declaration met, and warns of what is rejected.
func (h holding) tell(report ownership.Report, leaves []string, rejects, whole bool, diags *diag.Diagnostics) {
	gateway := h.state.gateway()
	reportOwnership(diags, gateway, report)
	var cut []string
	if rejects {
		cut = dropped(releasableAmong(leaves, h.entries), heldBy(h.ledger, h.owner, gateway))
	}
	if report.Unsure {
		endpointNoun.warnUnsure(diags, gateway, lines(cut, h.entries))
	}
	warnOfRelease(diags, h.state, lines(cut, h.entries), whole)
}

// isGone tells whether an endpoint's consumer has left.
func isGone(id string, prior map[string]entry, never neverListed) bool {
	return prior[id].Status.IsNull() && !never.has(id)
}

// releasable tells whether what is recorded calls for a rejection when an endpoint
// leaves a resource's care.
func releasable(e entry) bool {
	return connection.Judge(connection.Release, e.status()) == connection.Undecided
}

// releasableAmong returns those of the endpoints that are so.
func releasableAmong(endpoints []string, entries map[string]entry) []string {
	return dropped(endpoints, func(id string) bool { return !releasable(entries[id]) })
}

// releaseCases makes the cases of endpoints that leave the resource's care. Those
// whose consumer has left need none; those that other resources hold are spared.
func releaseCases(endpoints []string, prior map[string]entry, never neverListed, held func(id string) bool) (cases []*connection.Case, spared []string) {
	for _, id := range endpoints {
		switch {
		case isGone(id, prior, never):
		case held(id):
			spared = append(spared, id)
		default:
			cases = append(cases, &connection.Case{
				EndpointID: id, Goal: connection.Release, Known: !never.has(id), Recorded: prior[id].status(), Held: func() bool { return held(id) },
			})
		}
	}
	return cases, spared
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

// warnOfUnknownRelease tells which connections an apply may cut.
func warnOfUnknownRelease(diags *diag.Diagnostics, state *connectionModel, cut []string) {
	diags.AddAttributeWarning(attributePath("endpoints"), naming("Connections may be rejected", cut), fmt.Sprintf(
		"`endpoints` is known only after the apply. Of these, what it does not name then is rejected on the %s:\n%s\n\n"+
			"To leave them as they are, apply `on_destroy = \"retain\"` first.", state.gateway(), bullets(cut)))
}

// reportOwnership reports what a declaration of endpoints met.
func reportOwnership(diags *diag.Diagnostics, gateway apig.Gateway, report ownership.Report) {
	endpointNoun.reportConflicts(diags, gateway, report)
	if len(report.Excluded) > 0 {
		reportGuarded(diags, gateway, report.Excluded)
	}
}

// warnOfSpared tells of released endpoints that are left to a resource which does
// not have them in its state so far.
func (r *connectionResource) warnOfSpared(diags *diag.Diagnostics, state *connectionModel, spared []string, cases []*connection.Case) {
	for _, c := range cases {
		if c.Step == connection.StepSpared {
			spared = append(spared, c.EndpointID)
		}
	}
	entries := state.entries()
	open := dropped(releasableAmong(spared, entries), func(id string) bool {
		return r.provider.endpoints.Placed(ownership.Key{Gateway: gatewayKey(state.gateway()), ID: id})
	})
	endpointNoun.warnSpared(diags, state.gateway(), lines(open, entries))
}
