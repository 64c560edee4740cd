// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

const (
	// holderKey is the private state's key of the token that tells a resource
	// from the others of a run. Terraform does not tell a provider a resource's
	// address; it hands the private state that one planning leaves to the second
	// planning of a replacement, which is how that is told from another resource.
	holderKey = "holder"
	// takenOverKey is that of the endpoints which leave a resource's care, and
	// which another resource of the configuration was planned to hold.
	takenOverKey = "taken_over"
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
			"Another apig_vpc_endpoint_connection of this configuration names these endpoints of the %s too:\n%s\n\n"+
				"An endpoint belongs to one resource, or each would undo what the other decides. Keep it in one of them.",
			plan.gateway(), bullets(taken)))
	}
}

// planRelease tells which of the endpoints that leave the resource's care an
// apply rejects. Those that another resource has been planned to hold it does
// not; they are remembered for the apply.
func planRelease(ctx context.Context, view *gateway.View, holder string, state *connectionModel, leaving []string, rejects bool, planned privateSetter, diags *diag.Diagnostics) {
	taken := view.Taken(holder, leaving)
	setPrivate(ctx, planned, takenOverKey, taken, diags)
	warnOfRelease(diags, state, without(leaving, taken), rejects)
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
