// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

// ModifyPlan plans each endpoint. What it plans depends on the configuration,
// the prior state and private state alone, because Terraform plans again during
// the apply and refuses any difference; what the gateway lists at the moment is
// only ever told in diagnostics.
func (r *connectionResource) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	if req.Plan.Raw.IsNull() {
		r.planDestroy(ctx, req, resp)
		return
	}
	var plan, state model
	configured := scope.In(ctx, req.Config, &resp.Diagnostics)
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if !req.State.Raw.IsNull() {
		resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
		r.planMoved(ctx, configured, &plan, &state, &resp.Plan, &resp.Diagnostics)
	}
	if resp.Diagnostics.HasError() {
		return
	}

	defer func() { identify(ctx, resp.Identity, &plan, &resp.Diagnostics) }()
	switch {
	case req.State.Raw.IsNull():
		// An existing resource keeps what its state says.
		plan.Scope = r.backend.InScope(ctx, configured, &resp.Diagnostics)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("region"), plan.Region)...)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("project_id"), plan.ProjectID)...)
		r.planNew(ctx, &plan, req, resp)
	case replaces(&plan, &state):
		cut := r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics).PlanGoing(ownership.Replaced, &resp.Diagnostics)
		warnOfRelease(&resp.Diagnostics, &state, cut, true)
		r.warnOfUnseen(ctx, req.Private, &state, &resp.Diagnostics)
	default:
		r.planUpdate(ctx, &plan, &state, req, resp)
	}
}

func (r *connectionResource) planDestroy(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	state.Scope = r.backend.KnownScope(ctx, state.Scope, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	cut := r.holding(ctx, &state, req.Private, resp.Private, &resp.Diagnostics).PlanGoing(ownership.Goes, &resp.Diagnostics)
	if r.backend.Session(state.Gateway()).IsGone() {
		return // as its reading has told: some CLIs plan the destruction of what is not in the state any more
	}
	warnOfRelease(&resp.Diagnostics, &state, cut, true)
	r.warnOfUnseen(ctx, req.Private, &state, &resp.Diagnostics)
}

func (r *connectionResource) planNew(ctx context.Context, plan *model, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	report := r.backend.Endpoints.DeclareNew(ctx, plan.named(), req.Private, resp.Private, &resp.Diagnostics)
	ownership.ReportExcluded(&resp.Diagnostics, plan.Gateway(), report.Excluded)
	if plan.GatewayKnown() {
		r.backend.Session(plan.Gateway()).Expect()
	}
	// What is made can be counted already: `for_each` over `connections` needs the keys.
	if plan.endpointsKnown() {
		planned := make(map[string]observed, len(plan.endpointIDs()))
		for _, id := range plan.endpointIDs() {
			planned[id] = unknown()
		}
		plan.setEntries(plan.endpointIDs(), planned)
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("connections"), plan.Connections)...)
	}
	r.checkNewEndpoints(ctx, plan, plan.endpointIDs(), &resp.Diagnostics)
}

func (r *connectionResource) planUpdate(ctx context.Context, plan, state *model, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	held := r.holding(ctx, state, req.Private, resp.Private, &resp.Diagnostics)
	report, cut := held.PlanUpdate(plan.named(), plan.rejectsOnDestroy(), &resp.Diagnostics)
	ownership.ReportExcluded(&resp.Diagnostics, plan.Gateway(), report.Excluded)
	if plan.endpointsKnown() {
		warnOfRelease(&resp.Diagnostics, state, cut, false)
	} else {
		warnOfUnknownRelease(&resp.Diagnostics, plan, state, cut)
	}
	r.warnOfUnseen(ctx, req.Private, state, &resp.Diagnostics)
	r.backend.Session(plan.Gateway()).Expect()
	proposed := plan.Connections
	prior, awaits := state.recorded(), awaitedIn(ctx, req.Private, &resp.Diagnostics)
	unseen := unseen.In(ctx, req.Private, &resp.Diagnostics)
	if plan.endpointsKnown() {
		plan.setEntries(plan.endpointIDs(), planEntries(plan.decision(), plan.endpointIDs(), prior, awaits, unseen))
	} else {
		plan.Connections = types.MapUnknown(observedType)
		warnOfHiddenDecisions(&resp.Diagnostics, plan, state, awaits)
	}
	if !plan.DesiredStatus.IsUnknown() {
		checkAccounts(&resp.Diagnostics, plan, prior)
		r.checkNewEndpoints(ctx, plan, newEndpoints(plan, prior, awaits), &resp.Diagnostics)
	}
	// To set what is there already would cost more than all of the above.
	if !plan.Connections.Equal(proposed) {
		resp.Diagnostics.Append(resp.Plan.SetAttribute(ctx, path.Root("connections"), plan.Connections)...)
	}
}

// planEntries plans each of the endpoints from what is recorded of it.
func planEntries(desired endpoint.Decision, endpoints []string, prior map[string]observed, awaits awaited, noted unseen.Decisions) map[string]observed {
	planned := make(map[string]observed, len(endpoints))
	for _, id := range endpoints {
		recorded, ok := prior[id]
		planned[id] = planEntry(desired, recorded, !ok, awaits.has(id), noted.Opposes(id, desired))
	}
	return planned
}

// planEntry plans one endpoint. One that the gateway has not listed so far is to
// be accepted, or, where it is to be rejected, is as desired; what will be found
// of one that is new to the resource is not known. One that was listed and is no
// more has left for good, and nothing is planned for it.
//
// One that is as desired, and of which an earlier run may have decided otherwise with an
// effect to come, is decided again: its status stays, and when it last changed is not
// known.
func planEntry(desired endpoint.Decision, prior observed, isNew, awaits, opposed bool) observed {
	switch {
	case desired == "" && (isNew || awaits): // not known yet
		return unknown()
	case desired == "" && !prior.Status.IsNull():
		prior.Status, prior.UpdatedAt = types.StringUnknown(), types.StringUnknown()
	case desired == endpoint.Accepted && (isNew || awaits && prior.Status.IsNull()):
		planned := unknown()
		planned.Status = types.StringValue(string(desired))
		return planned
	case isNew:
		return unknown()
	case !prior.Status.IsNull() && endpoint.Drifted(desired, prior.status()):
		prior.Status = types.StringValue(string(desired))
		prior.UpdatedAt = types.StringUnknown()
	case !prior.Status.IsNull() && opposed:
		prior.UpdatedAt = types.StringUnknown()
	}
	return prior
}

// newEndpoints are those that the state tells nothing of: they are new to the
// resource, or about to be accepted and were never listed.
func newEndpoints(plan *model, prior map[string]observed, awaits awaited) []string {
	var ids []string
	for _, id := range plan.endpointIDs() {
		recorded, ok := prior[id]
		if !ok || plan.decision() == endpoint.Accepted && awaits.has(id) && recorded.Status.IsNull() {
			ids = append(ids, id)
		}
	}
	return ids
}

// checkNewEndpoints looks for endpoints that the state tells nothing of, and
// tells what stands against them: accounts that are not expected, and endpoints
// that the gateway does not list yet.
func (r *connectionResource) checkNewEndpoints(ctx context.Context, plan *model, endpoints []string, diags *diag.Diagnostics) {
	if diags.HasError() || !plan.GatewayKnown() || plan.DesiredStatus.IsUnknown() {
		return
	}
	added := tfkit.Known(endpoints)
	if len(added) == 0 {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "read", plan.Timeouts.Read, tfkit.DefaultReadTimeout, diags)
	defer cancel()
	session := r.backend.Session(plan.Gateway())
	listed, err := backend.LookFirst(ctx, session, func(ctx context.Context) (map[string]endpoint.Connection, error) {
		return session.Get(ctx, added, gateway.OfThisRun())
	})
	if err != nil {
		diags.Append(r.backend.CreatePlanError(err, "The endpoints can't be looked up", plan.Gateway())...)
		return
	}
	entries := make(map[string]observed, len(added))
	var unlisted []string
	for _, id := range added {
		entries[id] = fromAPI(listed[id])
		if listed[id].Status == endpoint.Absent {
			unlisted = append(unlisted, id)
		}
	}
	checkAccounts(diags, plan, entries)
	warnOfUnlisted(diags, plan, unlisted)
}

// leaving returns the endpoints that are taken out of the resource's care.
func leaving(plan, state *model) []string {
	return tfkit.Without(state.endpointIDs(), plan.endpointIDs())
}

// replaces tells whether the plan is for another gateway than the state's.
func replaces(plan, state *model) bool {
	return !plan.Scope.Equal(state.Scope)
}
