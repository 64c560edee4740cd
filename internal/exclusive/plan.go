// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package exclusive

import (
	"cmp"
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// ValidateConfig refuses a guard that lets nothing stand: that is more likely a
// list which happens to be empty than a gateway for nobody.
func (r *exclusiveResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.declares() {
		return
	}
	resp.Diagnostics.AddError("The guard declares nothing",
		"Neither `endpoints` nor `domain_ids` names anything, so that every connection of the gateway would be rejected. Name what may be accepted, or remove the resource.")
}

// ModifyPlan plans the rejection of what stands undeclared, from the
// configuration and what the last reading found. A creation plans none: what its
// plan names in a warning, the apply could not know of.
func (r *exclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() { // a destroy rejects nothing
		r.planDestroy(ctx, req, resp)
		return
	}
	var plan, state model
	configured := scope.In(ctx, req.Config, &resp.Diagnostics)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	}
	if resp.Diagnostics.HasError() {
		return
	}
	// A replacement has the token of what it replaces, another creation none.
	owner := cmp.Or(ownership.OwnerIn(ctx, req.Private, &resp.Diagnostics), ownership.NewToken())
	if !req.State.Raw.IsNull() {
		owner = ownership.TokenIn(ctx, req.Private, resp.Private, state.Gateway(), nil, &resp.Diagnostics)
	}
	switch {
	case req.State.Raw.IsNull():
		plan.Scope = r.backend.InScope(ctx, configured, &resp.Diagnostics)
		plan.Undeclared = types.MapUnknown(undeclaredType)
		if !resp.Diagnostics.HasError() && plan.known() {
			r.planCreate(ctx, owner, &plan, &resp.Diagnostics)
		}
	case plan.Scope.Equal(state.Scope):
		found := inEffectIn(ctx, req.Private, &resp.Diagnostics)
		undeclared := plan.undeclared(found)
		plan.setUndeclared(undeclared.rejected())
		plan.planUnseen(ctx, req.Private, found, undeclared, &resp.Diagnostics)
		warnOfUnattributed(&resp.Diagnostics, plan.Gateway(), plan.unattributed(found))
		switch {
		case plan.known():
			if len(toReject(plan.entries(), state.entries())) > 0 {
				warnOfRejection(&resp.Diagnostics, &plan, undeclared, found)
			}
			r.register(&plan, owner, found, &resp.Diagnostics)
		case len(undeclared) > 0:
			refuseUnknown(&resp.Diagnostics, &plan, undeclared)
			return
		}
	}
	resp.Diagnostics.Append(resp.Plan.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// planCreate tells what the plan after this one would reject.
func (r *exclusiveResource) planCreate(ctx context.Context, owner string, plan *model, diags *diag.Diagnostics) {
	ctx, cancel := tfkit.WithTimeout(ctx, "read", plan.Timeouts.Read, tfkit.DefaultReadTimeout, diags)
	defer cancel()
	found, err := backend.LookFirst(ctx, r.backend.Session(plan.Gateway()), func(ctx context.Context) (inEffect, error) {
		return r.look(ctx, plan, gateway.OfThisRun())
	})
	if err != nil {
		diags.Append(r.backend.CreatePlanError(err, "The connections can't be listed", plan.Gateway())...)
		return
	}
	warnOfUnattributed(diags, plan.Gateway(), plan.unattributed(found))
	if undeclared := plan.undeclared(found); len(undeclared) > 0 {
		diags.AddWarning(tfkit.SummaryFor("Connections that are not declared", undeclared.lines()), fmt.Sprintf(
			"On the %s, these stand, and nothing declares them:\n%s\n\n"+
				"Creating the guard records them and rejects nothing. The plan after that shows which it rejects; name those that may stand in `endpoints`, or their accounts in `domain_ids`, before.%s",
			plan.Gateway(), tfkit.Bullets(undeclared.lines()), report.LetterCase(plan.missing(found))))
	}
	r.register(plan, owner, found, diags)
}

// register has the run know of the guard, and refuses what contradicts it.
func (r *exclusiveResource) register(plan *model, owner string, found inEffect, diags *diag.Diagnostics) {
	listed := r.backend.Session(plan.Gateway()).Listed()
	conflicts, alone := r.backend.Endpoints.Exclude(owner, ownership.GatewayKey(plan.Gateway()), plan.rejects(found, listed))
	if !alone {
		diags.AddAttributeError(path.Root("instance_id"), "The gateway has a guard already", fmt.Sprintf(
			"Another apig_vpc_endpoint_connections_exclusive of the same provider block guards the %s. Each would reject what only the other declares: make one of them.%s", plan.Gateway(), ownership.DestroyAllTheSame))
	}
	ownership.ReportExcluded(diags, plan.Gateway(), conflicts)
}

// warnOfRejection tells which connections an apply will cut, and whose they are.
func warnOfRejection(diags *diag.Diagnostics, plan *model, undeclared, found inEffect) {
	diags.AddWarning(tfkit.SummaryFor("Undeclared connections will be rejected", undeclared.lines()), fmt.Sprintf(
		"Nothing declares these, and updating the guard rejects them on the %s:\n%s\n\n"+
			"To let one stand, name it in `endpoints`, or its account in `domain_ids`.%s", plan.Gateway(), tfkit.Bullets(undeclared.lines()), report.LetterCase(plan.missing(found))))
}

// warnOfUnattributed tells of connections that the guard can't judge.
func warnOfUnattributed(diags *diag.Diagnostics, gw apig.Gateway, unattributed inEffect) {
	if len(unattributed) == 0 {
		return
	}
	diags.AddAttributeWarning(path.Root("domain_ids"), tfkit.SummaryFor("Connections of unknown accounts", unattributed.lines()), fmt.Sprintf(
		"The %s does not say to which accounts these belong, so that they may be among `domain_ids`. They are left alone:\n%s\n\n"+
			"Name those that may stand in `endpoints`. To cut one off, reject it with an apig_vpc_endpoint_connection.", gw, tfkit.Bullets(unattributed.lines())))
}

// refuseUnknown refuses to plan an existing guard while it is not known what may
// stand, where something might be rejected for it: what the apply would find
// then, no plan has named.
func refuseUnknown(diags *diag.Diagnostics, plan *model, undeclared inEffect) {
	diags.AddError("What may stand is not known yet", fmt.Sprintf(
		"`endpoints`, `domain_ids` or `reject_pending` depends on something that is known only after an apply, so that the plan can't tell which of these would be rejected on the %s:\n%s\n\n"+
			"Use values that are known when planning, or apply what they depend on first, with `-target`.%s%s%s",
		plan.Gateway(), tfkit.Bullets(undeclared.lines()), tfkit.WhollyUnknown(plan.Endpoints, "endpoints"), tfkit.WhollyUnknown(plan.DomainIDs, "domain_ids"), ownership.DestroyAllTheSame))
}
