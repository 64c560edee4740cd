// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package exclusive is apig_vpc_endpoint_connections_exclusive, which rejects what a
// gateway's configuration does not declare. It knows nothing of the other things, nor
// of how calls are shared.
package exclusive

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

var (
	_ resource.ResourceWithConfigure      = (*exclusiveResource)(nil)
	_ resource.ResourceWithValidateConfig = (*exclusiveResource)(nil)
	_ resource.ResourceWithModifyPlan     = (*exclusiveResource)(nil)
	_ resource.ResourceWithIdentity       = (*exclusiveResource)(nil)
	_ resource.ResourceWithImportState    = (*exclusiveResource)(nil)
	_ resource.ResourceWithMoveState      = (*exclusiveResource)(nil)
)

// NewResource makes the resource apig_vpc_endpoint_connections_exclusive.
func NewResource() resource.Resource { return &exclusiveResource{} }

// exclusiveResource serves apig_vpc_endpoint_connections_exclusive.
type exclusiveResource struct {
	backend *backend.Backend
}

func (r *exclusiveResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vpc_endpoint_connections_exclusive"
	resp.ResourceBehavior.MutableIdentity = true // the plan of a replacement has the new one
}

func (r *exclusiveResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceSchema(ctx)
}

// IdentitySchema implements resource.ResourceWithIdentity: a gateway has one guard.
func (r *exclusiveResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: scope.ForIdentity(map[string]identityschema.Attribute{})}
}

func (r *exclusiveResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.backend = backend.From(req.ProviderData, &resp.Diagnostics)
}

// Create records what stands undeclared, and rejects nothing: what its plan has
// named, Terraform does not tell it, and what stands now may be something else.
func (r *exclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "create", plan.Timeouts.Create, tfkit.DefaultCreateTimeout, &resp.Diagnostics)
	defer cancel()

	found, err := backend.Patiently(ctx, r.backend.Session(plan.Gateway()), func(ctx context.Context) (inEffect, error) {
		return r.look(ctx, &plan, gateway.Recent())
	})
	if err != nil {
		resp.Diagnostics.Append(r.backend.APIError(err, "The connections can't be listed", plan.Gateway()))
		return
	}
	plan.setUndeclared(plan.undeclared(found))
	found.save(ctx, resp.Private, &resp.Diagnostics)
	ownership.KeepToken(ctx, resp.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// Read records what stands undeclared, and never acts.
func (r *exclusiveResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	state.identify(ctx, resp.Identity, &resp.Diagnostics)
	ctx, cancel := tfkit.WithRecordedTimeout(ctx, "read", state.Timeouts.Read, tfkit.DefaultReadTimeout, &resp.Diagnostics)
	defer cancel()

	session := r.backend.Session(state.Gateway())
	session.Read()
	found, err := r.look(ctx, &state, gateway.OfThisRun())
	if gateway.IsGone(err) {
		session.ToldGone()
		resp.Diagnostics.Append(report.GatewayGone(err, state.Gateway(), "", nil))
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(r.backend.APIError(err, "The connections can't be read", state.Gateway()))
		return
	}
	state.setUndeclared(state.undeclared(found))
	found.save(ctx, resp.Private, &resp.Diagnostics)
	noted := unseen.In(ctx, req.Private, &resp.Diagnostics)
	if left := noted.Without(found); left.Count() != noted.Count() {
		left.Save(ctx, resp.Private, slices.Collect(maps.Keys(found)), &resp.Diagnostics)
	}
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// look lists the whole gateway.
func (r *exclusiveResource) look(ctx context.Context, m *model, fresh gateway.Freshness) (inEffect, error) {
	listed, err := r.backend.Session(m.Gateway()).List(ctx, fresh)
	return inEffectAmong(listed), err
}

// Update rejects what its plan has named.
func (r *exclusiveResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	found, noted := inEffectIn(ctx, req.Private, &resp.Diagnostics), unseen.In(ctx, req.Private, &resp.Diagnostics)
	owner := ownership.OwnerIn(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "update", plan.Timeouts.Update, tfkit.DefaultUpdateTimeout, &resp.Diagnostics)
	defer cancel()

	r.backend.Endpoints.Begin()
	held := r.backend.Endpoints.HeldByOthers(owner, plan.Gateway())
	var items []*settle.Item
	for _, id := range toReject(plan.entries(), state.entries()) {
		if endpoint.Waits(found[id].Status) {
			items = append(items, settle.Reject(id, held, true))
		} else {
			items = append(items, settle.Release(id, endpoint.Absent, held, true))
		}
	}
	items = append(items, noted.Assuring(plan.unknown(), endpoint.Accepted)...)
	session := r.backend.Session(plan.Gateway())
	session.Remember(noted)
	err := session.Settle(ctx, items, 0)
	report.Outcomes{Gateway: plan.Gateway(), Explain: r.backend.Explain, Exclusive: true}.Report(&resp.Diagnostics, items, err)
	if resp.Diagnostics.HasError() {
		for _, c := range items {
			if c.Looked {
				found.observe(c.Observed, c.EndpointID)
			}
		}
		plan.setUndeclared(plan.undeclared(found))
		found.save(ctx, resp.Private, &resp.Diagnostics)
	} else {
		plan.fulfill(items)
	}
	ids := slices.Collect(maps.Keys(found))
	unseen.Decisions(session.Unseen(ids)).Save(ctx, resp.Private, ids, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// ImportState takes `INSTANCE_ID`, with an optional leading `REGION/PROJECT_ID/`,
// or an identity.
func (r *exclusiveResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	in, _ := scope.ImportForm{}.Read(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	state := model{Scope: r.backend.KnownScope(ctx, in, &resp.Diagnostics)}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithReadLimit(ctx)
	defer cancel()

	if _, err := r.look(ctx, &state, gateway.OfThisRun()); err != nil {
		resp.Diagnostics.Append(r.backend.APIError(err, "The gateway can't be imported", state.Gateway()))
		return
	}
	tfkit.SetAttributes(ctx, &resp.State, map[string]any{
		"instance_id":    state.InstanceID,
		"region":         state.Region,
		"project_id":     state.ProjectID,
		"reject_pending": false,
	}, &resp.Diagnostics)
	state.identify(ctx, resp.Identity, &resp.Diagnostics)
	ownership.KeepToken(ctx, resp.Private, &resp.Diagnostics)
}

// MoveState takes over the state of the same resource from another address of this
// provider: a mirror's, or another namespace's.
func (r *exclusiveResource) MoveState(ctx context.Context) []resource.StateMover {
	return tfkit.SameMovers(ctx, r, func(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
		var m model
		diags.Append(state.Get(ctx, &m)...)
		m.identify(ctx, identity, diags)
	})
}
