// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
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
	if !req.Plan.Raw.IsNull() && !req.State.Raw.IsNull() {
		r.provider.planMoved(ctx, config.Scope, &plan.Scope, &state.Scope, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case req.Plan.Raw.IsNull():
		if state.Scope = r.provider.knownScope(ctx, state.Scope, &resp.Diagnostics); resp.Diagnostics.HasError() {
			return
		}
		r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics).planGoing(ownership.Goes, &resp.Diagnostics)
		state.warnOfUnseen(ctx, req.Private, &resp.Diagnostics)
		return
	case req.State.Raw.IsNull():
		plan.Scope = r.provider.inScope(ctx, config.Scope, &resp.Diagnostics)
		plan.planEntries(nil, nil)
		r.provider.accounts.declareNew(ctx, plan.named(), req.Private, resp.Private, &resp.Diagnostics)
		r.checkGateway(ctx, &plan, &resp.Diagnostics)
	case !plan.Scope.Equal(state.Scope):
		r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics).planGoing(ownership.Replaced, &resp.Diagnostics)
		state.warnOfUnseen(ctx, req.Private, &resp.Diagnostics)
	default:
		_, cut := r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics).planUpdate(plan.named(), plan.deletesOnDestroy(), &resp.Diagnostics)
		plan.warnOfHiddenEntries(&resp.Diagnostics, &state, cut)
		state.warnOfUnseen(ctx, req.Private, &resp.Diagnostics)
		plan.planEntries(state.entries(), unseenIn(ctx, req.Private, &resp.Diagnostics))
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// planEntries plans the entries as far as it is known whose they are.
func (m *permissionsModel) planEntries(prior map[string]permissionEntry, noted unseen) {
	m.Permissions = types.MapUnknown(permissionType)
	if tfkit.AllKnown(m.DomainIDs) {
		m.setEntries(m.accounts(), restored(noted, plannedEntries(m.accounts(), prior)))
	}
}

// named are the accounts that a plan names.
func (m *permissionsModel) named() named {
	return named{Scope: m.Scope, ids: m.accounts(), known: tfkit.AllKnown(m.DomainIDs), wanted: true}
}

func (r *permissionsResource) holding(ctx context.Context, state *permissionsModel, private tfkit.PrivateReader, planned tfkit.PrivateWriter, diags *diag.Diagnostics) holding {
	entries := state.entries()
	return holding{
		owners: r.provider.accounts, gateway: state.Gateway(), ids: state.accounts(), releases: state.deletesOnDestroy(),
		owner: tokenIn(ctx, private, planned, state.Gateway(), state.accounts(), diags),
		there: func(account string) bool { return tfkit.HasKey(entries, account) },
		gone:  func(string) bool { return false },
		line:  tfkit.AccountName,
	}
}

// checkGateway finds out before anything is done whether the gateway can be asked.
func (r *permissionsResource) checkGateway(ctx context.Context, plan *permissionsModel, diags *diag.Diagnostics) {
	if diags.HasError() || !plan.GatewayKnown() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "read", plan.Timeouts.Read, tfkit.DefaultReadTimeout, diags)
	defer cancel()
	session := r.provider.session(plan.Gateway())
	if _, err := lookFirst(ctx, session, func(ctx context.Context) (map[string]apig.Permission, error) {
		return session.Permissions(ctx, gateway.OfThisRun())
	}); err != nil {
		diags.Append(r.provider.createPlanError(err, "The permissions can't be looked up", plan.Gateway())...)
	}
}
