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
)

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
			"Another apig_vpc_endpoint_connection of the same provider block names these endpoints of the %s too:\n%s\n\n"+
				"An endpoint belongs to one resource, or each would undo what the other decides. Keep it in one of them.%s",
			plan.gateway(), bullets(taken), destroyAllTheSame))
	}
	if plan.decision() != connection.Accepted {
		return
	}
	warnOfHandover(diags, plan.gateway(), view.Leaving(holder, endpoints))
	if conflicts := view.Accepts(endpoints); len(conflicts) > 0 {
		reportGuarded(diags, plan.gateway(), conflicts)
	}
}

// planKeeping tells of the endpoints that are in the state and stay as they are,
// or may, as far as is known.
func planKeeping(view *gateway.View, holder string, plan *connectionModel, prior map[string]entry, diags *diag.Diagnostics) {
	var same []string
	planned, known := plan.entries(), !plan.Connections.IsUnknown()
	for id, recorded := range prior {
		if p, ok := planned[id]; !known || ok && p.Status.Equal(recorded.Status) {
			same = append(same, id)
		}
	}
	slices.Sort(same)
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
			"If it is a deposed object that a replacement has left behind, `terraform state rm` the resource: the next apply adopts what is accepted and named in `endpoints`. "+
			"What is not named any more is left accepted then; name it for that apply, and take it out after it.%s",
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
