// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

const (
	// holderKey is the private state's key of the token that tells a resource
	// from the others of a run. Terraform does not tell a provider a resource's
	// address; it hands the private state that one planning leaves to the second
	// planning of a replacement, which is how that is told from another resource.
	holderKey = "holder"
	// releaseKey is that of the releasePlan.
	releaseKey = "release"
)

// releasePlan is what a plan says of the endpoints that were in a resource's
// care, for an apply that can't find it out any more. It is kept in planned
// private state, which reaches Delete; an update is planned anew in the apply.
type releasePlan struct {
	// Gateway is which they are of; the rest is about no other.
	Gateway string `json:"gateway"`
	// Taken are those that another resource was planned to hold.
	Taken []string `json:"taken,omitempty"`
	// Stay are those that stay in the resource's care. Where the object is
	// replaced all the same, they are its successor's.
	Stay []string `json:"stay,omitempty"`
	// Cut are those that would be rejected if they did not stay.
	Cut []string `json:"cut,omitempty"`
	// Rejects tells whether those that leave are rejected.
	Rejects bool `json:"rejects"`
}

// gatewayKey is how a releasePlan names a gateway.
func gatewayKey(g apig.Gateway) string { return g.Region + "/" + g.ProjectID + "/" + g.InstanceID }

// holderIn returns the resource's token, and leaves one in the planned private
// state where there is none yet.
func holderIn(ctx context.Context, private privateGetter, planned privateSetter, diags *diag.Diagnostics) string {
	holder := getPrivate[string](ctx, private, holderKey, diags)
	if holder == "" {
		holder = rand.Text()
		setPrivate(ctx, planned, holderKey, holder, diags)
	}
	return holder
}

// claim takes the planned endpoints into the resource's care for the run. An
// endpoint belongs to one resource.
func (r *connectionResource) claim(plan *connectionModel, holder string, diags *diag.Diagnostics) {
	if !plan.gatewayKnown() {
		return
	}
	endpoints := slices.DeleteFunc(plan.endpointIDs(), func(id string) bool { return id == "" })
	view := r.provider.gateways.View(plan.gateway())
	view.Announce()
	taken := view.Claim(holder, endpoints)
	if len(taken) > 0 {
		diags.AddAttributeError(attributePath("endpoints"), "Endpoints that another resource holds", fmt.Sprintf(
			"Another apig_vpc_endpoint_connection of this configuration names these endpoints of the %s too:\n%s\n\n"+
				"An endpoint belongs to one resource, or each would undo what the other decides. Keep it in one of them.%s",
			plan.gateway(), bullets(taken), destroyAllTheSame))
	}
	if plan.decision() == connection.Accepted {
		warnOfHandover(diags, plan.gateway(), view.Leaving(holder, endpoints))
	}
	if plan.decision() != connection.Accepted {
		return
	}
	if conflicts := view.Accepts(endpoints); len(conflicts) > 0 {
		reportGuarded(diags, plan.gateway(), conflicts)
	}
}

// planRelease tells which of the endpoints that leave the resource's care an
// apply rejects, and remembers what Delete has to know.
func planRelease(ctx context.Context, view *gateway.View, holder string, state *connectionModel, leaving []string, rejects bool, planned privateSetter, diags *diag.Diagnostics) (taken []string) {
	entries := state.entries()
	taken = view.Taken(holder, leaving)
	stay := without(state.endpointIDs(), leaving)
	setPrivate(ctx, planned, releaseKey, releasePlan{
		Gateway: gatewayKey(state.gateway()), Taken: taken, Stay: stay, Cut: releasableAmong(stay, entries), Rejects: rejects,
	}, diags)
	if !rejects {
		return taken
	}
	cut := releasableAmong(leaving, entries)
	kept := view.Leave(holder, cut)
	if len(kept) > 0 {
		addHeldTwice(diags, state.gateway(), kept)
	}
	warnOfRelease(diags, state, without(without(cut, taken), kept))
	return releasableAmong(taken, entries)
}

// planSuccession plans what becomes of the endpoints of the object that one
// which is to be created may replace. Where an update was planned first, the
// replacement is forced: endpoints that stay are left to the successor, and what
// that plan could not tell, since the CLI shows warnings of the first one alone,
// is refused. A tainted object has no such plan before it.
func planSuccession(ctx context.Context, plan *connectionModel, private privateGetter, planned privateSetter, diags *diag.Diagnostics) {
	before := getPrivate[*releasePlan](ctx, private, releaseKey, diags)
	same := plan.gatewayKnown() && (before == nil || before.Gateway == gatewayKey(plan.gateway()))
	switch {
	case before == nil && same && plan.endpointsKnown():
		setPrivate(ctx, planned, releaseKey, releasePlan{Gateway: gatewayKey(plan.gateway()), Stay: plan.endpointIDs(), Rejects: plan.rejectsOnDestroy()}, diags)
	case before == nil || len(before.Cut) == 0 || !before.Rejects:
	case !plan.endpointsKnown():
		addBlindReplacement(diags, before.Cut, "`endpoints` is not known yet, so that nobody can tell which of them stay")
	case !same:
		addBlindReplacement(diags, before.Cut, fmt.Sprintf(
			"the new object would be on another gateway than the one in the state, since the provider's default for `region` or `project_id` has changed: on the %s", plan.gateway()))
	}
}

// addBlindReplacement refuses a forced replacement that would reject what no
// plan has shown.
func addBlindReplacement(diags *diag.Diagnostics, endpoints []string, because string) {
	diags.AddError("A forced replacement would reject connections", fmt.Sprintf(
		"The resource is to be replaced although its configuration does not ask for it (by `-replace` or `replace_triggered_by`), and the old object would reject these endpoints:\n%s\n\n"+
			"Those that stay would be left to the new object, but %s.\n\n"+
			"Apply without the replacement first, or apply `on_destroy = \"retain\"` first to have nothing rejected.",
		bullets(endpoints), because))
}

// planKeeping tells of the endpoints that are in the state and stay as they are.
func planKeeping(view *gateway.View, holder string, plan *connectionModel, prior map[string]entry, diags *diag.Diagnostics) {
	planned := plan.entries()
	same := slices.DeleteFunc(plan.endpointIDs(), func(id string) bool {
		recorded, ok := prior[id]
		return !ok || !planned[id].Status.Equal(recorded.Status)
	})
	if leaving := view.Keep(holder, releasableAmong(same, prior)); len(leaving) > 0 {
		addHeldTwice(diags, plan.gateway(), leaving)
	}
}

// addHeldTwice refuses a plan in which one resource would reject, in giving them
// up, what another one has in its state too and leaves as it is: Terraform does
// not tell the provider of the latter in the apply.
func addHeldTwice(diags *diag.Diagnostics, gateway apig.Gateway, endpoints []string) {
	diags.AddAttributeError(attributePath("endpoints"), "Endpoints that two resources hold in the state", fmt.Sprintf(
		"Two apig_vpc_endpoint_connection have these endpoints of the %s in the state. One keeps them as they are, and the other gives them up, which would reject them:\n%s\n\n"+
			"Let the one that gives them up leave them alone. If it stays, set `on_destroy = \"retain\"` in it, in the same change. "+
			"If it goes, have Terraform forget it, by a `removed` block with `destroy = false` or, where it is an instance of `for_each` or `count`, by `terraform state rm`. "+
			"If it is a deposed object that a replacement has left behind, `terraform state rm` the resource: the next apply adopts what is accepted.%s",
		gateway, bullets(endpoints), destroyAllTheSame))
}

// destroyAllTheSame ends messages that stand in the way of a destroy.
const destroyAllTheSame = " A destroy plans like this first: to destroy all the same, do it with `-refresh=false`."

// warnOfHandover tells of endpoints that one resource gives up and another one
// accepts, where the apply may come to the former first.
func warnOfHandover(diags *diag.Diagnostics, gateway apig.Gateway, endpoints []string) {
	if len(endpoints) == 0 {
		return
	}
	diags.AddAttributeWarning(attributePath("endpoints"), "Endpoints that change hands", fmt.Sprintf(
		"One resource of this plan gives up these endpoints of the %s, and another one takes them over. An apply may reject them before it accepts them again:\n%s\n\n"+
			"That cuts their consumers off for a while, and for good where a rejection is final. To avoid it, use a `moved` block for a resource that is only renamed, "+
			"and otherwise apply `on_destroy = \"retain\"` to the one that gives them up first.", gateway, bullets(endpoints)))
}

// without returns the IDs that are not among the others.
func without(ids, others []string) []string {
	if len(others) == 0 {
		return ids
	}
	out := make(map[string]struct{}, len(others))
	for _, id := range others {
		out[id] = struct{}{}
	}
	var rest []string
	for _, id := range ids {
		if !hasKey(out, id) {
			rest = append(rest, id)
		}
	}
	return rest
}
