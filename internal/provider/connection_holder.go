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
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

const (
	// holderKey is the private state's key of the token that tells a resource
	// from the others of a run. Terraform does not tell a provider a resource's
	// address; it hands the private state that one planning leaves to the second
	// planning of a replacement, which is how that is told from another resource.
	holderKey = "holder"
	// takenOverKey is that of the endpoints which somebody else was planned to
	// have in its care, by gateway: another resource of the configuration, or the
	// object that replaces this one. A plan leaves them to the apply that follows.
	takenOverKey = "taken_over"
)

// takenOver are endpoints that a release leaves alone, by gateway.
type takenOver map[string][]string

// gatewayKey is how takenOver names a gateway.
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
				"An endpoint belongs to one resource, or each would undo what the other decides. Keep it in one of them.",
			plan.gateway(), bullets(taken)))
	}
}

// planRelease tells which of the endpoints that leave the resource's care an
// apply rejects. Those that another resource has been planned to hold it does
// not; they are remembered for the apply, with those that stay.
func planRelease(ctx context.Context, view *gateway.View, holder string, state *connectionModel, leaving []string, rejects bool, planned privateSetter, diags *diag.Diagnostics) {
	taken := view.Taken(holder, leaving)
	spared := slices.Concat(taken, without(state.endpointIDs(), leaving))
	setPrivate(ctx, planned, takenOverKey, takenOver{gatewayKey(state.gateway()): spared}, diags)
	if !rejects {
		return
	}
	cut := releasableAmong(leaving, state.entries())
	if kept := view.Leave(holder, cut); len(kept) > 0 {
		addHeldTwice(diags, state.gateway(), kept)
	}
	warnOfRelease(diags, state, without(cut, taken))
}

// planSuccession remembers, of an object that is to be created, what is in its
// care then: should it replace another one, that one leaves it alone.
func planSuccession(ctx context.Context, plan *connectionModel, private privateGetter, planned privateSetter, diags *diag.Diagnostics) {
	if !plan.gatewayKnown() || !plan.endpointsKnown() {
		return
	}
	spared := getPrivate[takenOver](ctx, private, takenOverKey, diags)
	if spared == nil {
		spared = takenOver{}
	}
	spared[gatewayKey(plan.gateway())] = plan.endpointIDs()
	setPrivate(ctx, planned, takenOverKey, spared, diags)
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
			"If it goes, have Terraform forget it, by a `removed` block with `destroy = false` or by `terraform state rm`. "+
			"If it is a deposed object that a replacement has left behind, `terraform state rm` the resource: the next apply adopts what is accepted.",
		gateway, bullets(endpoints)))
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
