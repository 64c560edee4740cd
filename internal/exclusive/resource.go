// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package exclusive is apig_vpc_endpoint_connections_exclusive, which rejects what a gateway's configuration does not
// declare. It knows nothing of the other things, nor of how calls are shared.
package exclusive

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

var kind = lifecycle.Kind{Name: "vpc_endpoint_connections_exclusive", Schema: resourceSchema, Things: "connections", Lost: "rejected"}

var _ resource.ResourceWithModifyPlan = (*exclusiveResource)(nil)

// exclusiveResource serves apig_vpc_endpoint_connections_exclusive.
type exclusiveResource struct {
	lifecycle.Resource[model, *model]
}

// NewResource makes the resource apig_vpc_endpoint_connections_exclusive.
func NewResource() resource.Resource { return &exclusiveResource{lifecycle.Of[model](&kind)} }

// Create records what is in effect undeclared. It rejects nothing: Terraform does not tell it what its plan has named.
func (r *exclusiveResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	diags := &resp.Diagnostics
	diags.Append(req.Plan.Get(ctx, &plan)...)
	if diags.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "create", plan.Timeouts.Create, diags)
	defer cancel()

	session := r.Session(plan.Gateway())
	if err := session.Patiently(ctx, func(ctx context.Context) error { return plan.look(ctx, session, gateway.Recent()) }); err != nil {
		diags.Append(r.APIError(err, "The connections can't be listed", plan.Gateway()))
		return
	}
	plan.record()
	plan.Save(ctx, resp.Private, diags)
	ownership.KeepToken(ctx, resp.Private, diags)
	diags.Append(resp.State.Set(ctx, &plan)...)
	r.Identify(ctx, resp.Identity, &plan, diags)
}

func (m *model) Refresh(ctx context.Context, session *gateway.Session, _ *diag.Diagnostics) (news bool, err error) {
	if err := m.look(ctx, session, gateway.OfThisRun()); err != nil {
		return false, err
	}
	m.Noted = m.Noted.Without(m.found)
	m.record()
	return true, nil
}

func (m *model) Adopt(ctx context.Context, session *gateway.Session, _ []string, _ *diag.Diagnostics) (map[string]any, error) {
	return map[string]any{"reject_pending": false}, m.look(ctx, session, gateway.OfThisRun())
}

func (m *model) look(ctx context.Context, session *gateway.Session, fresh gateway.Freshness) error {
	listed, err := session.List(ctx, fresh)
	m.found = inEffectAmong(listed)
	return err
}

// Update rejects what its plan has named.
func (r *exclusiveResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	diags := &resp.Diagnostics
	diags.Append(req.Plan.Get(ctx, &plan)...)
	diags.Append(req.State.Get(ctx, &state)...)
	lifecycle.Load(ctx, &plan, req.Private, diags)
	owner := ownership.OwnerIn(ctx, req.Private, diags)
	if diags.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "update", plan.Timeouts.Update, diags)
	defer cancel()

	r.Endpoints.Begin()
	others, planned := r.Endpoints.OthersThan(owner, plan.Gateway()), plan.recorded()
	var items []*settle.Item
	for _, id := range toReject(planned, state.recorded()) {
		if endpoint.Waits(plan.found[id].Status) {
			items = append(items, settle.Reject(id, others.Accept, true))
		} else {
			items = append(items, settle.Release(id, endpoint.Absent, others.Accept, true))
		}
	}
	items = append(items, plan.Noted.Assuring(planned.with(notKnown), endpoint.Accepted, others.Reject)...)
	r.settle(ctx, &plan, items, diags)
	for _, i := range items {
		switch {
		case diags.HasError() && i.Looked:
			plan.found.observe(i.Observed, i.EndpointID)
		case i.Goal == endpoint.Accept: // the plan did not know its status
			planned[i.EndpointID] = endpoint.Connection{Status: i.Observed.Status, DomainID: planned[i.EndpointID].DomainID}
		}
	}
	if diags.HasError() {
		plan.record()
		plan.Save(ctx, resp.Private, diags)
	} else {
		plan.setUndeclared(planned)
	}
	r.keepUnseen(ctx, &plan, plan.own(items), resp.Private, diags)
	diags.Append(resp.State.Set(ctx, &plan)...)
	r.Identify(ctx, resp.Identity, &plan, diags)
}

func (r *exclusiveResource) settle(ctx context.Context, m *model, items []*settle.Item, diags *diag.Diagnostics) {
	session := r.Session(m.Gateway())
	session.Remember(m.Noted)
	err := session.Settle(ctx, items, 0)
	report.Outcomes{Gateway: m.Gateway(), Explain: r.Explain, Exclusive: true}.Report(diags, items, err)
}

func (r *exclusiveResource) keepUnseen(ctx context.Context, m *model, ids []string, private tfkit.PrivateWriter, diags *diag.Diagnostics) {
	unseen.Decisions(r.Session(m.Gateway()).Unseen(ids)).Save(ctx, private, ids, diags)
}

// Delete rejects nothing. What an earlier run asked for and did not see, it makes sure of.
func (r *exclusiveResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	diags := &resp.Diagnostics
	diags.Append(req.State.Get(ctx, &state)...)
	lifecycle.Load(ctx, &state, req.Private, diags)
	ids := state.atRisk(nil)
	if diags.HasError() || len(ids) == 0 {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "update", state.Timeouts.Update, diags)
	defer cancel()
	others := r.Endpoints.OthersThan(ownership.OwnerIn(ctx, req.Private, diags), state.Gateway())
	r.settle(ctx, &state, state.Noted.Assuring(ids, endpoint.Accepted, others.Reject), diags)
	if diags.HasError() {
		r.keepUnseen(ctx, &state, ids, resp.Private, diags)
	}
}

// own are the endpoints on which this resource has decided, now or in an earlier run. What others decide is theirs to note.
func (m *model) own(items []*settle.Item) []string {
	ids := slices.Collect(maps.Keys(m.Noted))
	for _, i := range items {
		if i.Asked() {
			ids = append(ids, i.EndpointID)
		}
	}
	return ids
}

// atRisk are the endpoints in effect that are not rejected now, and that an earlier rejection may cut off, sorted.
func (m *model) atRisk(undeclared inEffect) []string {
	return slices.DeleteFunc(m.IDs(), func(id string) bool {
		return !m.Noted.Opposes(id, endpoint.Accepted) || !endpoint.InEffect(m.found[id].Status) || tfkit.HasKey(undeclared, id)
	})
}
