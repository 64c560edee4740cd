// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// ModifyPlan plans each entry, from the configuration and the prior state alone.
func (r *permissionsResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var config, plan, state permissionsModel
	if !req.Plan.Raw.IsNull() {
		resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	}
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	holder := holderIn(ctx, req.Private, resp.Private, &resp.Diagnostics)
	giver := permissionsGiver{r.provider.gateways.View(state.gateway()), holder, &state, getPrivate[[]string](ctx, req.Private, sharedKey, &resp.Diagnostics)}
	giveUp := func(leaving []string) (taken []string) {
		return giver.plan(ctx, leaving, resp.Private, &resp.Diagnostics)
	}
	switch {
	case req.Plan.Raw.IsNull():
		giver.meet()
		giveUp(state.accounts())
		r.provider.markDeposed(ctx, "permissions", state.gateway(), req.Private, resp.Private, &resp.Diagnostics)
		return
	case req.State.Raw.IsNull():
		plan.scope = r.provider.inScope(ctx, config.scope, &resp.Diagnostics)
		plan.Permissions = types.MapUnknown(permissionType)
		r.claim(&plan, holder, &resp.Diagnostics)
		planPermissionsSuccession(ctx, &plan, req.Private, resp.Private, &resp.Diagnostics)
		r.checkGateway(ctx, &plan, &resp.Diagnostics)
	case !plan.scope.equal(state.scope):
		giveUp(state.accounts())
	default:
		r.claim(&plan, holder, &resp.Diagnostics)
		plan.Permissions = types.MapUnknown(permissionType)
		if !allKnown(plan.DomainIDs) {
			giveUp(nil)
			giver.leave(state.accounts(), &resp.Diagnostics)
		} else {
			planned := plannedEntries(plan.accounts(), state.entries())
			giver.makeSure(planned)
			plan.setEntries(plan.accounts(), planned)
			warnOfMove(&resp.Diagnostics, state.gateway(), giver.there(giveUp(without(state.accounts(), plan.accounts()))))
			giver.keep(plan.accounts(), &resp.Diagnostics)
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// planPermissionsSuccession plans what becomes of the entries of the object that
// one which is to be created may replace: those that stay are left to it, on the
// same gateway.
func planPermissionsSuccession(ctx context.Context, plan *permissionsModel, private privateGetter, planned privateSetter, diags *diag.Diagnostics) {
	before := getPrivate[*releasePlan](ctx, private, releaseKey, diags)
	switch {
	case before == nil: // of a tainted object, no plan can show anything
		setPrivate(ctx, planned, releaseKey, releasePlan{Gateway: gatewayKey(plan.gateway()), Stay: plan.accounts(), Blind: true}, diags)
	case len(before.Cut) == 0:
	case !allKnown(plan.DomainIDs):
		addBlindPermissionReplacement(diags, before.Cut, "Those that stay would be left to the new object, but `domain_ids` is not known yet, so that nobody can tell which of them stay.")
	case before.Gateway != gatewayKey(plan.gateway()):
		addBlindPermissionReplacement(diags, before.Cut, "Those that stay would be left to the new object, but that would be on another gateway than the one in the state, since the provider's default for `region` or `project_id` has changed, or is not known yet.")
	}
}

// permissionsGiver is a resource that may give entries up.
type permissionsGiver struct {
	view   *gateway.View
	holder string
	state  *permissionsModel
	shared []string // as sharedKey has them
}

// meet is holding.meet for entries.
func (g *permissionsGiver) meet() []string {
	g.shared = g.view.HoldPermissions(g.holder, g.state.accounts(), g.shared)
	return g.shared
}

// makeSure is holding.makeSure for entries.
func (g permissionsGiver) makeSure(planned map[string]permissionEntry) {
	for _, account := range g.there(g.shared) {
		if hasKey(planned, account) {
			planned[account] = unknownPermission
		}
	}
}

// plan plans to give accounts up, and returns those that another resource has
// been planned to hold. For a deletion they are remembered, with those that stay;
// an update is planned anew in the apply, where that resource may come later.
func (g permissionsGiver) plan(ctx context.Context, leaving []string, planned privateSetter, diags *diag.Diagnostics) (taken []string) {
	taken = g.view.TakenPermissions(g.holder, leaving)
	shared := among(g.shared, leaving)
	stay := without(g.state.accounts(), leaving)
	setPrivate(ctx, planned, releaseKey, releasePlan{
		Gateway: gatewayKey(g.state.gateway()), Taken: taken, Shared: shared, Stay: stay, Cut: g.there(stay),
	}, diags)
	warnOfSharedEntries(diags, g.state.gateway(), g.there(shared))
	g.view.CutPermissions(g.holder, without(g.there(leaving), shared))
	g.leave(leaving, diags)
	return without(taken, shared)
}

// leave tells of the accounts whose entries are deleted if they are there. No
// other resource may have them in its state and leave them as they are.
func (g permissionsGiver) leave(accounts []string, diags *diag.Diagnostics) {
	if kept := g.view.LeavePermissions(g.holder, without(accounts, g.shared)); len(kept) > 0 {
		reportHeldTwice(diags, g.state.gateway(), kept)
	}
}

// keep tells of the entries that stay as they are, of which the apply will not
// tell: no other resource may give them up.
func (g permissionsGiver) keep(accounts []string, diags *diag.Diagnostics) {
	if leaving := g.view.KeepPermissions(g.holder, without(g.there(accounts), g.shared)); len(leaving) > 0 {
		reportHeldTwice(diags, g.state.gateway(), leaving)
	}
}

func (g permissionsGiver) there(accounts []string) []string {
	entries := g.state.entries()
	return slices.DeleteFunc(slices.Clone(accounts), func(account string) bool { return !hasKey(entries, account) })
}

// claim takes the planned entries into the resource's care for the run.
func (r *permissionsResource) claim(plan *permissionsModel, holder string, diags *diag.Diagnostics) {
	if !plan.gatewayKnown() {
		return
	}
	accounts := slices.DeleteFunc(plan.accounts(), func(id string) bool { return id == "" })
	view := r.provider.gateways.View(plan.gateway())
	if taken := view.ClaimPermissions(holder, accounts); len(taken) > 0 {
		reportTaken(diags, plan.gateway(), taken)
	}
	warnOfMove(diags, plan.gateway(), view.LeavingPermissions(holder, accounts))
}

// checkGateway finds out before anything is done whether the gateway can be asked.
func (r *permissionsResource) checkGateway(ctx context.Context, plan *permissionsModel, diags *diag.Diagnostics) {
	if diags.HasError() || !plan.gatewayKnown() {
		return
	}
	ctx, cancel := withTimeout(ctx, "read", plan.Timeouts.Read, defaultReadTimeout, diags)
	defer cancel()
	if _, err := r.provider.gateways.View(plan.gateway()).Permissions(ctx, time.Time{}); err != nil {
		diags.Append(r.provider.createPlanError(err, "The permissions can't be looked up", plan.gateway()))
	}
}
