// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

// ModifyPlan plans each entry, from the configuration and the prior state alone.
func (r *permissionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var (
		configured  scope.Scope
		plan, state model
	)
	if !req.Plan.Raw.IsNull() {
		configured = scope.In(ctx, req.Config, &resp.Diagnostics)
		resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	}
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if !req.Plan.Raw.IsNull() && !req.State.Raw.IsNull() {
		r.backend.PlanMoved(ctx, configured, &plan.Scope, &state.Scope, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	switch {
	case req.Plan.Raw.IsNull():
		if state.Scope = r.backend.KnownScope(ctx, state.Scope, &resp.Diagnostics); resp.Diagnostics.HasError() {
			return
		}
		r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics).PlanGoing(ownership.Goes, &resp.Diagnostics)
		state.warnOfUnseen(ctx, req.Private, &resp.Diagnostics)
		return
	case req.State.Raw.IsNull():
		plan.Scope = r.backend.InScope(ctx, configured, &resp.Diagnostics)
		plan.planEntries(nil, nil)
		r.backend.Accounts.DeclareNew(ctx, plan.named(), req.Private, resp.Private, &resp.Diagnostics)
		r.checkGateway(ctx, &plan, &resp.Diagnostics)
	case !plan.Scope.Equal(state.Scope):
		r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics).PlanGoing(ownership.Replaced, &resp.Diagnostics)
		state.warnOfUnseen(ctx, req.Private, &resp.Diagnostics)
	default:
		_, cut := r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics).PlanUpdate(plan.named(), plan.deletesOnDestroy(), &resp.Diagnostics)
		plan.warnOfHiddenEntries(&resp.Diagnostics, &state, cut)
		state.warnOfUnseen(ctx, req.Private, &resp.Diagnostics)
		plan.planEntries(state.entries(), unseen.In(ctx, req.Private, &resp.Diagnostics))
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// planEntries plans the entries as far as it is known whose they are.
func (m *model) planEntries(prior map[string]entry, noted unseen.Decisions) {
	m.Permissions = types.MapUnknown(entryType)
	if tfkit.AllKnown(m.DomainIDs) {
		m.setEntries(m.accounts(), restored(noted, plannedEntries(m.accounts(), prior)))
	}
}

// named are the accounts that a plan names.
func (m *model) named() ownership.Named {
	return ownership.Named{Scope: m.Scope, IDs: m.accounts(), Known: tfkit.AllKnown(m.DomainIDs), Wanted: true}
}

func (r *permissionResource) holding(ctx context.Context, state *model, private tfkit.PrivateReader, planned tfkit.PrivateWriter, diags *diag.Diagnostics) ownership.Holding {
	entries := state.entries()
	return ownership.Holding{
		Owners: r.backend.Accounts, Gateway: state.Gateway(), IDs: state.accounts(), Releases: state.deletesOnDestroy(),
		Owner: ownership.TokenIn(ctx, private, planned, state.Gateway(), state.accounts(), diags),
		There: func(account string) bool { return tfkit.HasKey(entries, account) },
		Gone:  func(string) bool { return false },
		Line:  tfkit.AccountName,
	}
}

// checkGateway finds out before anything is done whether the gateway can be asked.
func (r *permissionResource) checkGateway(ctx context.Context, plan *model, diags *diag.Diagnostics) {
	if diags.HasError() || !plan.GatewayKnown() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "read", plan.Timeouts.Read, tfkit.DefaultReadTimeout, diags)
	defer cancel()
	session := r.backend.Session(plan.Gateway())
	if _, err := backend.LookFirst(ctx, session, func(ctx context.Context) (map[string]apig.Permission, error) {
		return session.Permissions(ctx, gateway.OfThisRun())
	}); err != nil {
		diags.Append(r.backend.CreatePlanError(err, "The permissions can't be looked up", plan.Gateway())...)
	}
}
