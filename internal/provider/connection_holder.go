// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/rand"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

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

	// sharedKey is that of what another resource, which was read before this one,
	// has in its state too: endpoints, or accounts whose entries they are. Reading tells; the refreshed private state
	// is what takes it to the apply, which reads nothing and plans no resource that
	// stays as it is.
	sharedKey = "shared"
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
// endpoint belongs to one resource. Those to make sure of are accepted.
func (r *connectionResource) claim(plan *connectionModel, holder string, toMakeSure []string, diags *diag.Diagnostics) {
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
	warnOfHandover(diags, plan.gateway(), view.Leaving(holder, endpoints, among(toMakeSure, endpoints)), nil)
	if conflicts := view.Accepts(endpoints); len(conflicts) > 0 {
		reportGuarded(diags, plan.gateway(), conflicts)
	}
}

// noteShared keeps in the refreshed private state what a resource that was read
// shares with another one. Of two that have the same in the state, the second to
// be read minds the other: it leaves it what it gives up, and makes sure of what
// it keeps. The first acts as if it were alone.
func noteShared(ctx context.Context, private privateGetter, refreshed privateSetter, shared []string, diags *diag.Diagnostics) {
	if before := getPrivate[[]string](ctx, private, sharedKey, diags); !slices.Equal(before, shared) {
		setPrivate(ctx, refreshed, sharedKey, shared, diags)
	}
}

// holding is what a resource has in its state, when it is planned.
type holding struct {
	view   *gateway.View
	holder string
	state  *connectionModel
	shared []string // as sharedKey has them
	goes   bool     // it is destroyed, or replaced, as a whole
}

func (r *connectionResource) holding(ctx context.Context, holder string, state *connectionModel, private privateGetter, diags *diag.Diagnostics) holding {
	return holding{
		view: r.provider.gateways.View(state.gateway()), holder: holder, state: state,
		shared: getPrivate[[]string](ctx, private, sharedKey, diags),
	}
}

// meet finds out which endpoints another resource has that was met before, in
// reading it or in planning to destroy it, which may come before it is read. What
// is known to be shared stays so.
func (h *holding) meet() []string {
	h.shared = h.view.Hold(h.holder, h.state.endpointIDs(), h.shared)
	return h.shared
}

// keep tells of the endpoints that stay as they are, or may, as far as is known.
// No other resource may give them up, unless an update makes sure of them.
func (h holding) keep(plan *connectionModel, diags *diag.Diagnostics) {
	var same []string
	planned, known := plan.entries(), !plan.Connections.IsUnknown()
	prior := h.state.entries()
	for id, recorded := range prior {
		if p, ok := planned[id]; !known || ok && p.Status.Equal(recorded.Status) {
			same = append(same, id)
		}
	}
	slices.Sort(same)
	if leaving := h.view.Keep(h.holder, without(releasableAmong(same, prior), h.shared)); len(leaving) > 0 {
		addHeldTwice(diags, plan.gateway(), leaving)
	}
}

// toMakeSure are the shared endpoints that are accepted, or about to be.
func (h holding) toMakeSure() []string { return releasableAmong(h.shared, h.state.entries()) }

// makeSure plans an update of what another resource has in its state too. It is
// what has the apply claim it, and accept it again if that one comes first and
// rejects it.
func (h holding) makeSure(planned map[string]entry) {
	for _, id := range h.toMakeSure() {
		if e, ok := planned[id]; ok {
			e.UpdatedAt = types.StringUnknown()
			planned[id] = e
		}
	}
}

// addHeldTwice refuses a plan in which one resource would reject, in giving them
// up, what another one has in its state too and leaves as it is. They were not
// read: one of them would know of the other.
func addHeldTwice(diags *diag.Diagnostics, gateway apig.Gateway, endpoints []string) {
	diags.AddAttributeError(attributePath("endpoints"), "Endpoints that two resources hold in the state", fmt.Sprintf(
		"Two apig_vpc_endpoint_connection have these endpoints of the %s in the state. One keeps them as they are, and the other gives them up, which would reject them:\n%s\n\n"+
			"Plan without `-refresh=false`: reading both tells the provider which of them to leave the endpoints to.",
		gateway, bullets(endpoints)))
}

// destroyAllTheSame ends messages that stand in the way of a destroy.
const destroyAllTheSame = " A destroy plans like this first: to destroy all the same, do it with `-refresh=false`."

// warnOfHandover tells of endpoints that one resource gives up and another one
// accepts, where the apply may come to the former first. The entries are what is
// recorded of them, if anything is.
func warnOfHandover(diags *diag.Diagnostics, gateway apig.Gateway, endpoints []string, entries map[string]entry) {
	if len(endpoints) == 0 {
		return
	}
	named := endpoints
	if entries != nil {
		named = lines(endpoints, entries)
	}
	diags.AddAttributeWarning(attributePath("endpoints"), naming("Endpoints that change hands", endpoints), fmt.Sprintf(
		"One resource of this plan gives up these endpoints of the %s, and another one takes them over. An apply may reject them before it accepts them again:\n%s\n\n"+
			"That cuts their consumers off for a while, and for good where a rejection is final. To avoid it, use a `moved` block for a resource that is only renamed, "+
			"and otherwise apply `on_destroy = \"retain\"` to the one that gives them up first.", gateway, bullets(named)))
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

// among returns the IDs that are among the others.
func among(ids, others []string) []string { return without(ids, without(ids, others)) }
