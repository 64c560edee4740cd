// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// ModifyPlan plans each element. What it plans depends on the configuration, the prior state and private state alone,
// because Terraform plans again during the apply and refuses any difference; what the gateway lists at the moment is
// only ever told in diagnostics.
func (r *holder[T, M]) ModifyPlan(ctx context.Context, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	var plan, state M = new(T), new(T)
	p, s, diags := plan.Base(), state.Base(), &resp.Diagnostics
	isNew, goes := req.State.Raw.IsNull(), req.Plan.Raw.IsNull()
	if !isNew {
		diags.Append(req.State.Get(ctx, state)...)
		Load(ctx, state, req.Private, diags)
	}
	if goes {
		if !diags.HasError() && r.Locate(ctx, &s.Scope, diags) {
			r.planGoing(ctx, state, ownership.Goes, req, resp)
		}
		return
	}
	configured := scope.In(ctx, req.Config, diags)
	diags.Append(req.Plan.Get(ctx, plan)...)
	computed := func() map[string]attr.Value {
		return map[string]attr.Value{"region": p.Region, "project_id": p.ProjectID, r.kind.Computed: plan.Observations()}
	}
	proposed := computed()
	if !isNew {
		r.PlanMoved(ctx, configured, &p.Scope, &s.Scope, diags)
	}
	if diags.HasError() {
		return
	}

	switch {
	case isNew:
		// An existing resource keeps what its state says.
		p.Scope = r.InScope(ctx, configured, diags)
		r.owners().DeclareNew(ctx, r.namedBy(plan), req.Private, resp.Private, diags)
		plan.PlanNew(ctx, r.Backend, diags)
	case p.Scope != s.Scope:
		r.planGoing(ctx, state, ownership.Replaced, req, resp)
	default:
		cut := r.holding(ctx, state, req, resp).PlanUpdate(r.namedBy(plan), plan.Releases(), diags)
		plan.PlanUpdate(ctx, r.Backend, state, cut, diags)
		r.WarnOfUnseen(state, diags)
	}
	// To set what is there already would cost more than all of the above.
	for name, value := range computed() {
		if !value.Equal(proposed[name]) {
			diags.Append(resp.Plan.SetAttribute(ctx, path.Root(name), value)...)
		}
	}
	r.Identify(ctx, resp.Identity, plan, diags)
}

func (r *holder[T, M]) planGoing(ctx context.Context, state M, way ownership.Way, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) {
	cut := r.holding(ctx, state, req, resp).PlanGoing(way, &resp.Diagnostics)
	if way == ownership.Goes && r.Session(state.Base().Gateway()).IsGone() {
		return // as its reading has told: some CLIs plan the destruction of what is not in the state any more
	}
	state.WarnOfGoing(&resp.Diagnostics, cut)
	r.WarnOfUnseen(state, &resp.Diagnostics)
}

func (r *holder[T, M]) holding(ctx context.Context, state M, req resource.ModifyPlanRequest, resp *resource.ModifyPlanResponse) ownership.Holding {
	of := state.Base().Gateway()
	owner := ownership.TokenIn(ctx, req.Private, resp.Private, of, state.IDs(), &resp.Diagnostics)
	return ownership.Holding{Owners: r.owners(), Object: state, Owner: owner, Gateway: of}
}

func (r *holder[T, M]) namedBy(plan M) ownership.Named {
	return ownership.Named{Scope: plan.Base().Scope, IDs: plan.IDs(), Known: plan.IDsKnown(), Wanted: plan.Wanted()}
}

// LookFirst looks while a creation, or what is new in an update, is planned. That the
// gateway is gone is a warning then, and the apply finds it out; that it has no endpoint
// service is an error, but a gateway that was made a moment ago may say so for a while.
func LookFirst[T any](ctx context.Context, b *backend.Backend, c *Common, failure string, diags *diag.Diagnostics, look func(context.Context, *gateway.Session) (T, error)) (seen T, ok bool) {
	ctx, cancel := tfkit.WithTimeout(ctx, "read", c.Timeouts.Read, diags)
	defer cancel()
	session := b.Session(c.Gateway())
	seen, err := look(ctx, session)
	if apig.IsNoEndpointService(err) {
		err = session.Patiently(ctx, func(ctx context.Context) (err error) {
			seen, err = look(ctx, session)
			return err
		})
	}
	if err != nil {
		diags.Append(b.CreatePlanError(err, "The "+failure, c.Gateway())...)
	}
	return seen, err == nil
}
