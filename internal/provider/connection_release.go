// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// releaseKey is the private state's key of the releasePlan.
const releaseKey = "release"

// deposedKey is that of whether the plan of a destroy was made in the apply,
// after something was created on the same gateway: so the CLI destroys an object
// that `create_before_destroy` has replaced. Nothing of the plan before reaches
// it, and where the replacement was forced, or the object tainted, that plan has
// not shown what this one rejects. A successor on another gateway is not seen.
const deposedKey = "deposed"

// leftoverKey is that of whether the object was left deposed by an apply that
// refused to destroy it: a plan since has shown what that rejects.
const leftoverKey = "leftover"

// markDeposed marks the plan of a destroy that is made in the apply.
func (p *providerData) markDeposed(ctx context.Context, resource string, gateway apig.Gateway, private privateGetter, planned privateSetter, diags *diag.Diagnostics) {
	_, applying := p.created.Load(creation{resource, gateway})
	if applying && !getPrivate[bool](ctx, private, leftoverKey, diags) {
		setPrivate(ctx, planned, deposedKey, true, diags)
	}
}

// releasePlan is what a plan says of the endpoints that were in a resource's
// care, for an apply that can't find it out any more. It is kept in planned
// private state, which reaches Delete; an update is planned anew in the apply.
type releasePlan struct {
	// Gateway is which they are of; the rest is about no other.
	Gateway string `json:"gateway"`
	// Taken are those that another resource was planned to hold.
	Taken []string `json:"taken,omitempty"`
	// Shared are those that another resource has in its state too.
	Shared []string `json:"shared,omitempty"`
	// Stay are those that stay in the resource's care. Where the object is
	// replaced all the same, they are its successor's.
	Stay []string `json:"stay,omitempty"`
	// Cut are those that would be rejected if they did not stay.
	Cut []string `json:"cut,omitempty"`
	// Unsure are those that leave, and are rejected unless `on_destroy`, which is
	// not known yet, keeps that from happening.
	Unsure []string `json:"unsure,omitempty"`
	// Rejects tells whether those that leave are rejected.
	Rejects bool `json:"rejects"`
	// Blind: it is the plan of a creation. Should it replace a tainted object,
	// nobody has been told what that one would reject.
	Blind bool `json:"blind,omitempty"`
}

// gatewayKey is how a releasePlan names a gateway.
func gatewayKey(g apig.Gateway) string { return g.Region + "/" + g.ProjectID + "/" + g.InstanceID }

// planRelease tells which of the endpoints that leave the resource's care an
// apply rejects, and remembers what Delete has to know. It returns those that
// another resource was planned to accept, and that would be rejected otherwise.
func (h holding) planRelease(ctx context.Context, leaving []string, rejects bool, planned privateSetter, diags *diag.Diagnostics) (handed []string) {
	gateway, entries := h.state.gateway(), h.state.entries()
	shared := among(h.shared, leaving)
	taken := h.view.Taken(h.holder, leaving)
	stay := without(h.state.endpointIDs(), leaving)
	setPrivate(ctx, planned, releaseKey, releasePlan{
		Gateway: gatewayKey(gateway), Taken: taken, Shared: shared, Stay: stay, Cut: releasableAmong(stay, entries), Rejects: rejects,
	}, diags)
	if !rejects {
		return nil
	}
	warnOfShared(diags, gateway, lines(releasableAmong(shared, entries), entries))
	cut := without(releasableAmong(leaving, entries), shared)
	h.view.Cut(h.holder, cut)
	h.leave(leaving, diags)
	handed = h.view.Accepting(without(releasableAmong(taken, entries), shared))
	warnOfRelease(diags, h.state, without(cut, handed), h.goes)
	return handed
}

// planGoing is planRelease for a resource that is destroyed or replaced.
func (h holding) planGoing(ctx context.Context, planned privateSetter, diags *diag.Diagnostics) {
	h.goes = true
	h.planRelease(ctx, h.state.endpointIDs(), h.state.rejectsOnDestroy(), planned, diags)
}

// leave tells of the endpoints that may be rejected: whatever is recorded of
// them, that is decided when they are looked at. No other resource may have them
// in its state and leave them as they are.
func (h holding) leave(endpoints []string, diags *diag.Diagnostics) {
	if kept := h.view.Leave(h.holder, without(endpoints, h.shared)); len(kept) > 0 {
		addHeldTwice(diags, h.state.gateway(), kept)
	}
}

// planUpdateRelease is planRelease for an update.
func (h holding) planUpdateRelease(ctx context.Context, plan *connectionModel, planned privateSetter, diags *diag.Diagnostics) {
	state, entries := h.state, h.state.entries()
	if !plan.endpointsKnown() {
		h.planRelease(ctx, nil, plan.rejectsOnDestroy(), planned, diags)
		if plan.rejectsOnDestroy() {
			h.leave(state.endpointIDs(), diags)
			warnOfUnknownRelease(diags, state, without(releasableAmong(state.endpointIDs(), entries), h.shared))
		}
		return
	}
	leaves := leaving(plan, state)
	handed := h.planRelease(ctx, leaves, plan.rejectsOnDestroy(), planned, diags)
	// Who has them may come later in the apply, which plans this anew.
	warnOfHandover(diags, state.gateway(), handed, entries)
	if plan.OnDestroy.IsUnknown() {
		unsure := releasePlan{Gateway: gatewayKey(state.gateway()), Rejects: true}
		unsure.Unsure = without(releasableAmong(leaves, entries), h.shared)
		unsure.Shared = among(h.shared, leaves)
		unsure.Stay = without(state.endpointIDs(), leaves)
		unsure.Cut = releasableAmong(unsure.Stay, entries)
		setPrivate(ctx, planned, releaseKey, unsure, diags)
	}
}

// warnOfUnknownRelease tells which connections an apply may cut.
func warnOfUnknownRelease(diags *diag.Diagnostics, state *connectionModel, cut []string) {
	if len(cut) == 0 {
		return
	}
	diags.AddAttributeWarning(attributePath("endpoints"), naming("Connections may be rejected", cut), fmt.Sprintf(
		"`endpoints` is known only after the apply. Of these, what it does not name then is rejected on the %s:\n%s\n\n"+
			"To leave them as they are, apply `on_destroy = \"retain\"` first.", state.gateway(), bullets(lines(cut, state.entries()))))
}

// warnOfShared tells of endpoints that leave the resource's care and are not
// rejected all the same. What was read before may not be so any more.
func warnOfShared(diags *diag.Diagnostics, gateway apig.Gateway, shared []string) {
	if len(shared) == 0 {
		return
	}
	diags.AddAttributeWarning(attributePath("endpoints"), naming("Connections left to another resource", shared), fmt.Sprintf(
		"This resource gives up these endpoints of the %s, and does not reject them: when last read, another resource had them in its state too, and they are left to that one:\n%s\n\n"+
			"Should that one be gone by now, or give them up as well without rejecting them, they stay accepted, and no state holds them.",
		gateway, bullets(shared)))
}

// planSuccession plans what becomes of the endpoints of the object that one
// which is to be created may replace. Where an update was planned first, the
// replacement is forced: endpoints that stay are left to the successor, and what
// that plan could not tell, since the CLI shows warnings of the first one alone,
// is refused. A tainted object has no such plan before it.
func planSuccession(ctx context.Context, plan *connectionModel, private privateGetter, planned privateSetter, diags *diag.Diagnostics) {
	before := getPrivate[*releasePlan](ctx, private, releaseKey, diags)
	if before == nil {
		// Of a gateway that is not known yet, it tells nothing; of endpoints, what is known.
		setPrivate(ctx, planned, releaseKey, releasePlan{Gateway: gatewayKey(plan.gateway()), Stay: plan.endpointIDs(), Blind: true}, diags)
		return
	}
	switch {
	case !before.Rejects:
	case len(before.Unsure) > 0:
		addBlindReplacement(diags, before.Unsure, "These leave it, and whether that rejects them is not known yet, since `on_destroy` is not.")
	case len(before.Cut) == 0:
	case !plan.endpointsKnown():
		addBlindReplacement(diags, before.Cut, "Those that stay would be left to the new object, but `endpoints` is not known yet, so that nobody can tell which of them stay.")
	case !plan.gatewayKnown():
		addBlindReplacement(diags, before.Cut, "Those that stay would be left to the new object, but its region or project, the provider's default, is not known yet.")
	case before.Gateway != gatewayKey(plan.gateway()):
		addBlindReplacement(diags, before.Cut, fmt.Sprintf(
			"Those that stay would be left to the new object, but that would be on another gateway than the one in the state, since the provider's default for `region` or `project_id` has changed: on the %s.", plan.gateway()))
	}
}

// addBlindReplacement refuses a forced replacement that would reject what no
// plan has shown.
func addBlindReplacement(diags *diag.Diagnostics, endpoints []string, because string) {
	diags.AddError("A forced replacement would reject connections", fmt.Sprintf(
		"The resource is to be replaced although its configuration does not ask for it (by `-replace` or `replace_triggered_by`), and the old object would reject these endpoints:\n%s\n\n"+
			"%s\n\nApply without the replacement first, or apply `on_destroy = \"retain\"` first to have nothing rejected.",
		bullets(endpoints), because))
}

// refuseBlindDelete refuses to reject what a tainted object holds and its
// successor does not: no plan has shown it.
func refuseBlindDelete(diags *diag.Diagnostics, state *connectionModel, cut []string) {
	diags.AddError("Replacing a tainted object would reject connections", fmt.Sprintf(
		"The object is tainted, so that it is to be replaced, and no plan could show that it would reject these endpoints of the %s, which the new object would not hold:\n%s\n\n"+
			"Nothing was decided. Take the taint off, by `terraform untaint`, and apply: the plan then shows what is rejected.", state.gateway(), bullets(lines(cut, state.entries()))))
}

// refuseDeposed refuses to reject what a replaced object holds and its successor
// does not, where it is not known whether a plan has shown it. The object keeps
// just that, for the next plan to show.
func refuseDeposed(diags *diag.Diagnostics, state *connectionModel, cut []string) {
	diags.AddError("Destroying the replaced object would reject connections", fmt.Sprintf(
		"The object was replaced before it is destroyed (`create_before_destroy`), and it can't be told whether a plan has shown that its destruction rejects these endpoints of the %s, which the new object does not hold:\n%s\n\n"+
			"Nothing was decided about them; they are left in the replaced (deposed) object. Plan again: that shows what its destruction rejects. To keep one, name it in `endpoints` first.", state.gateway(), bullets(lines(cut, state.entries()))))
}

// warnOfRetained tells of endpoints that a replaced object leaves as they are,
// where the plan, made for its successor's `on_destroy`, may have said otherwise.
func warnOfRetained(diags *diag.Diagnostics, state *connectionModel, retained []string) {
	if len(retained) == 0 {
		return
	}
	diags.AddWarning("Connections left as they are", fmt.Sprintf(
		"The object was replaced before it is destroyed (`create_before_destroy`), and its own `on_destroy`, the one in the state, is `retain`. So these endpoints of the %s, which the new object does not hold, were not rejected, whatever the plan said:\n%s\n\n"+
			"No resource has them any more. To reject them, name them in one with `desired_status = \"rejected\"`.", state.gateway(), bullets(lines(retained, state.entries()))))
}

// warnOfSpared tells of endpoints that a resource which goes leaves to somebody
// who does not have them yet: should that never come in this apply, nobody has.
func warnOfSpared(diags *diag.Diagnostics, view *gateway.View, care care, state *connectionModel) {
	entries := state.entries()
	spared := without(releasableAmong(care.spared(state.gateway()), entries), care.release.Shared)
	if spared = without(spared, view.Taken(care.holder, spared)); len(spared) == 0 {
		return
	}
	diags.AddWarning(naming("Connections left to another object", spared), fmt.Sprintf(
		"On the %s, these were left as they are, for the object that replaces this one or the resource that was planned to have them:\n%s\n\n"+
			"If this apply succeeds, nothing is to be done. If it ends before that, maybe no state holds them, and a destroy leaves them as they are; the next apply makes up for it.",
		state.gateway(), bullets(lines(spared, entries))))
}

// care is what private state says of whose endpoints are.
type care struct {
	holder  string
	release releasePlan
	deposed bool
}

func careIn(ctx context.Context, private privateGetter, diags *diag.Diagnostics) care {
	return care{
		holder:  getPrivate[string](ctx, private, holderKey, diags),
		release: getPrivate[releasePlan](ctx, private, releaseKey, diags),
		deposed: getPrivate[bool](ctx, private, deposedKey, diags),
	}
}

// planned tells whether the plan was about the gateway.
func (c care) planned(gateway apig.Gateway) bool { return c.release.Gateway == gatewayKey(gateway) }

// spared is what a release leaves alone on a gateway.
func (c care) spared(gateway apig.Gateway) []string {
	if !c.planned(gateway) {
		return nil
	}
	return slices.Concat(c.release.Taken, c.release.Shared, c.release.Stay)
}

// rejects tells whether endpoints of a resource that goes are rejected. In a
// replacement that is forced, it is as planned: the plan showed an update.
func (c care) rejects(state *connectionModel) bool {
	if c.planned(state.gateway()) && !c.release.Blind {
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

func caseIDs(cases []*connection.Case) []string {
	ids := make([]string, len(cases))
	for i, c := range cases {
		ids[i] = c.EndpointID
	}
	return ids
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

// forget takes out of private state what was of one apply.
func forget(ctx context.Context, private privateSetter, diags *diag.Diagnostics) {
	for _, key := range []string{releaseKey, deposedKey, sharedKey} {
		setPrivate(ctx, private, key, nil, diags)
	}
}
