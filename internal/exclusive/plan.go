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
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// ValidateConfig refuses a resource that declares nothing: more likely a list is empty than a gateway is for nobody.
func (r *exclusiveResource) ValidateConfig(ctx context.Context, req resource.ValidateConfigRequest, resp *resource.ValidateConfigResponse) {
	var config model
	resp.Diagnostics.Append(req.Config.Get(ctx, &config)...)
	if resp.Diagnostics.HasError() || config.declares() {
		return
	}
	resp.Diagnostics.AddError("The exclusive resource declares nothing",
		"Neither `endpoints` nor `domain_ids` names anything, so that every connection of the gateway would be rejected. Name what may be accepted, or remove the resource.")
}

// ModifyPlan plans to reject what is in effect undeclared, by the configuration and the last reading. A creation
// rejects nothing, since its apply does not know what its plan has named. A destroy rejects nothing either.
func (r *exclusiveResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, state model
	diags := &resp.Diagnostics
	// A replacement has the token of what it replaces, another creation none.
	owner := cmp.Or(ownership.OwnerIn(ctx, req.Private, diags), ownership.NewToken())
	isNew := req.State.Raw.IsNull()
	if !isNew {
		diags.Append(req.State.Get(ctx, &state)...)
		lifecycle.Load(ctx, &state, req.Private, diags)
	}
	if req.Plan.Raw.IsNull() {
		r.WarnOfUnseen(&state, diags)
		return
	}
	configured := scope.In(ctx, req.Config, diags)
	diags.Append(req.Plan.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	if !isNew {
		owner = ownership.TokenIn(ctx, req.Private, resp.Private, state.Gateway(), nil, diags)
	}
	switch {
	case isNew:
		plan.Scope = r.InScope(ctx, configured, diags)
		plan.Undeclared = types.MapUnknown(undeclaredType)
		if !diags.HasError() && plan.known() {
			r.planCreate(ctx, owner, &plan, diags)
		}
	case plan.Scope == state.Scope:
		undeclared, unattributed := plan.judge(state.found)
		planned := undeclared.rejected()
		r.WarnOfUnseen(&state, diags)
		for _, id := range state.atRisk(undeclared) {
			planned[id] = endpoint.Connection{Status: notKnown, DomainID: state.found[id].DomainID}
		}
		plan.setUndeclared(planned)
		warnOfUnattributed(diags, plan.Gateway(), unattributed)
		switch {
		case plan.known():
			if len(toReject(planned, state.recorded())) > 0 {
				warnOfRejection(diags, &plan, undeclared, state.found)
			}
			r.register(&plan, owner, state.found, diags)
		case len(undeclared) > 0:
			refuseUnknown(diags, &plan, undeclared)
			return
		}
	}
	diags.Append(resp.Plan.Set(ctx, &plan)...)
	r.Identify(ctx, resp.Identity, &plan, diags)
}

// planCreate tells what the plan after this one would reject.
func (r *exclusiveResource) planCreate(ctx context.Context, owner string, plan *model, diags *diag.Diagnostics) {
	_, ok := lifecycle.LookFirst(ctx, r.Backend, &plan.Common, "connections can't be listed", diags, func(ctx context.Context, session *gateway.Session) (struct{}, error) {
		return struct{}{}, plan.look(ctx, session, gateway.OfThisRun())
	})
	if !ok {
		return
	}
	undeclared, unattributed := plan.judge(plan.found)
	warnOfUnattributed(diags, plan.Gateway(), unattributed)
	tfkit.Warn(diags, "", "Connections that are not declared", undeclared.lines(),
		"On the %s, nothing declares these:\n%s\n\n"+
			"Creating the resource records them and rejects nothing. The plan after that shows which it rejects; name those that may be accepted in `endpoints`, or their accounts in `domain_ids`, before.%s",
		plan.Gateway(), tfkit.Bullets(undeclared.lines()), report.LetterCase(plan.missing(plan.found)))
	r.register(plan, owner, plan.found, diags)
}

// register has the run know what the resource rejects, and refuses what contradicts it.
func (r *exclusiveResource) register(plan *model, owner string, found inEffect, diags *diag.Diagnostics) {
	listed := r.Session(plan.Gateway()).Listed()
	conflicts, alone := r.Endpoints.Exclude(owner, ownership.GatewayKey(plan.Gateway()), plan.rejects(found, listed))
	if !alone {
		diags.AddAttributeError(path.Root("instance_id"), "The gateway has an exclusive resource already", fmt.Sprintf(
			"Another apig_vpc_endpoint_connections_exclusive of the same provider block is for the %s. Each would reject what only the other declares: make one of them.%s", plan.Gateway(), ownership.DestroyAllTheSame))
	}
	ownership.ReportExcluded(diags, plan.Gateway(), conflicts)
}

func warnOfRejection(diags *diag.Diagnostics, plan *model, undeclared, found inEffect) {
	tfkit.Warn(diags, "", "Undeclared connections will be rejected", undeclared.lines(),
		"Nothing declares these, and updating the resource rejects them on the %s:\n%s\n\n"+
			"To leave one as it is, name it in `endpoints`, or its account in `domain_ids`.%s", plan.Gateway(), tfkit.Bullets(undeclared.lines()), report.LetterCase(plan.missing(found)))
}

func warnOfUnattributed(diags *diag.Diagnostics, gw apig.Gateway, unattributed inEffect) {
	tfkit.Warn(diags, "domain_ids", "Connections of unknown accounts", unattributed.lines(),
		"The %s does not say to which accounts these belong, so that they may be among `domain_ids`. They are left alone:\n%s\n\n"+
			"Name those that may be accepted in `endpoints`. To cut one off, reject it with an apig_vpc_endpoint_connection.", gw, tfkit.Bullets(unattributed.lines()))
}

// refuseUnknown refuses to plan an update while it is not known what may be accepted, where something might be rejected
// for it: what the apply would find then, no plan has named.
func refuseUnknown(diags *diag.Diagnostics, plan *model, undeclared inEffect) {
	diags.AddError("What may be accepted is not known yet", fmt.Sprintf(
		"`endpoints`, `domain_ids` or `reject_pending` depends on something that is known only after an apply, so that the plan can't tell which of these would be rejected on the %s:\n%s\n\n"+
			"Use values that are known when planning, or apply what they depend on first, with `-target`.%s%s%s",
		plan.Gateway(), tfkit.Bullets(undeclared.lines()), tfkit.WhollyUnknown(plan.Endpoints, "endpoints"), tfkit.WhollyUnknown(plan.DomainIDs, "domain_ids"), ownership.DestroyAllTheSame))
}
