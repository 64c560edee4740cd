// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
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
	switch {
	case req.Plan.Raw.IsNull():
		r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics).planGoing(ownership.Goes, &resp.Diagnostics)
		return
	case req.State.Raw.IsNull():
		plan.scope = r.provider.inScope(ctx, config.scope, &resp.Diagnostics)
		plan.Permissions = types.MapUnknown(permissionType)
		r.declareNew(ctx, &plan, req.Private, resp.Private, &resp.Diagnostics)
		r.checkGateway(ctx, &plan, &resp.Diagnostics)
	case !plan.scope.equal(state.scope):
		r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics).planGoing(ownership.Replaced, &resp.Diagnostics)
	default:
		held := r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics)
		held.planUpdate(&plan, &resp.Diagnostics)
		plan.Permissions = types.MapUnknown(permissionType)
		if allKnown(plan.DomainIDs) {
			plan.setEntries(plan.accounts(), plannedEntries(plan.accounts(), held.entries))
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// holds are the accounts that a plan names, and whether their entries are there.
func (m *permissionsModel) holds(prior map[string]permissionEntry) map[ownership.Key]ownership.Held {
	if !m.gatewayKnown() {
		return nil
	}
	holds := map[ownership.Key]ownership.Held{}
	for _, account := range m.accounts() {
		if account != "" { // unknown
			holds[ownership.Key{Gateway: gatewayKey(m.gateway()), ID: account}] = ownership.Held{Wanted: true, There: hasKey(prior, account)}
		}
	}
	return holds
}

// open is the gateway of which the plan does not say all that it names.
func (m *permissionsModel) open() string {
	if !m.gatewayKnown() || allKnown(m.DomainIDs) {
		return ""
	}
	return gatewayKey(m.gateway())
}

// declareNew declares what a creation holds. It may be that of an object which
// replaces another one.
func (r *permissionsResource) declareNew(ctx context.Context, plan *permissionsModel, private privateGetter, planned privateSetter, diags *diag.Diagnostics) {
	next := successor{Gateway: gatewayKey(plan.gateway()), Names: plan.accounts(), Open: !plan.gatewayKnown() || !allKnown(plan.DomainIDs)}
	p := plannedCreation(ctx, private, planned, next, diags)
	p.Holds, p.Open = plan.holds(nil), plan.open()
	report := r.provider.accounts.Declare(p)
	accountNoun.reportConflicts(diags, plan.gateway(), report)
	if report.Unsure {
		accountNoun.warnUnsure(diags, plan.gateway(), nil)
	}
}

// permissionsHolding is what a resource has in its state, when it is planned.
type permissionsHolding struct {
	ledger  *ownership.Ledger
	owner   string
	state   *permissionsModel
	entries map[string]permissionEntry
}

func (r *permissionsResource) holding(ctx context.Context, state *permissionsModel, private privateGetter, planned privateSetter, diags *diag.Diagnostics) permissionsHolding {
	return permissionsHolding{
		ledger: r.provider.accounts, state: state, entries: state.entries(),
		owner: tokenIn(ctx, private, planned, state.gateway(), state.accounts(), diags),
	}
}

// lettingGo is what a ledger has to know of accounts that are let go of.
func (h permissionsHolding) lettingGo(accounts []string, deletes bool) map[ownership.Key]bool {
	if !deletes {
		return nil
	}
	leaves := map[ownership.Key]bool{}
	for _, key := range keysOf(h.state.gateway(), accounts) {
		leaves[key] = hasKey(h.entries, key.ID)
	}
	return leaves
}

// planGoing declares that all is let go of, since the object is destroyed or moves
// to another gateway.
func (h permissionsHolding) planGoing(way ownership.Way, diags *diag.Diagnostics) {
	all := h.lettingGo(h.state.accounts(), h.state.deletesOnDestroy())
	h.tell(h.ledger.Declare(ownership.Plan{Owner: h.owner, LetsGo: all, Whole: all, Way: way}), h.state.accounts(), diags)
}

// planUpdate declares what an update holds and lets go of.
func (h permissionsHolding) planUpdate(plan *permissionsModel, diags *diag.Diagnostics) {
	leaves := without(h.state.accounts(), plan.accounts())
	h.tell(h.ledger.Declare(ownership.Plan{
		Owner: h.owner, Holds: plan.holds(h.entries), Open: plan.open(), LetsGo: h.lettingGo(leaves, plan.deletesOnDestroy()),
		Whole: h.lettingGo(h.state.accounts(), h.state.deletesOnDestroy()),
	}), leaves, diags)
}

func (h permissionsHolding) tell(report ownership.Report, leaves []string, diags *diag.Diagnostics) {
	gateway := h.state.gateway()
	accountNoun.reportConflicts(diags, gateway, report)
	if report.Unsure {
		accountNoun.warnUnsure(diags, gateway, accountNames(dropped(leaves, heldBy(h.ledger, h.owner, gateway))))
	}
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
