// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package permission is apig_vpc_endpoint_permissions: the resource, the data source
// and the list resource. It knows nothing of the other things, nor of how calls are
// shared.
package permission

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

var (
	_ resource.ResourceWithConfigure   = (*permissionResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*permissionResource)(nil)
	_ resource.ResourceWithIdentity    = (*permissionResource)(nil)
	_ resource.ResourceWithImportState = (*permissionResource)(nil)
)

// NewResource makes the resource apig_vpc_endpoint_permissions.
func NewResource() resource.Resource { return &permissionResource{} }

// permissionResource serves apig_vpc_endpoint_permissions.
type permissionResource struct {
	backend *backend.Backend
}

func (r *permissionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vpc_endpoint_permissions"
	resp.ResourceBehavior.MutableIdentity = true // it changes with the accounts
}

func (r *permissionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.backend = backend.From(req.ProviderData, &resp.Diagnostics)
}

// Create adopts the entries that are there, and adds the others. One that fails
// saves nothing: Terraform would delete the entries of a half-made resource,
// adopted ones too, before it makes them again.
func (r *permissionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "create", plan.Timeouts.Create, tfkit.DefaultCreateTimeout, &resp.Diagnostics)
	defer cancel()

	r.backend.Accounts.Begin()
	change := gateway.PermissionChange{Add: plan.accounts()}
	session := r.backend.Session(plan.Gateway())
	err := session.Patiently(ctx, func(ctx context.Context) error { return session.Permit(ctx, &change) })
	r.report(&resp.Diagnostics, plan.Gateway(), &change, err)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.setEntries(plan.accounts(), fulfilled(plannedEntries(plan.accounts(), nil), fromAPI(change.Listed)))
	ownership.KeepToken(ctx, resp.Private, &resp.Diagnostics)
	r.backend.Accounts.PlaceAll(plan.Gateway(), plan.accounts())
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// Read records which of the entries the gateway has.
func (r *permissionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	// Of a state that was moved here and not read since, the project is not known.
	if state.Scope = r.backend.KnownScope(ctx, state.Scope, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	state.identify(ctx, resp.Identity, &resp.Diagnostics)
	ctx, cancel := tfkit.WithRecordedTimeout(ctx, "read", state.Timeouts.Read, tfkit.DefaultReadTimeout, &resp.Diagnostics)
	defer cancel()

	session := r.backend.Session(state.Gateway())
	session.Read()
	listed, err := session.Permissions(ctx, gateway.OfThisRun())
	if gateway.IsGone(err) {
		session.ToldGone()
		resp.Diagnostics.Append(report.GatewayGone(err, state.Gateway(), "deleted", tfkit.AccountNames(slices.Sorted(maps.Keys(state.entries())))))
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(r.backend.APIError(err, "The permissions can't be read", state.Gateway()))
		return
	}
	state.setEntries(state.accounts(), fromAPI(listed))
	if state.OnDestroy.IsNull() { // of a state from before there was one
		state.OnDestroy = types.StringValue(ownership.Delete)
	}
	noted := unseen.In(ctx, req.Private, &resp.Diagnostics)
	if left := withoutAbsent(noted, listed); left.Count() != noted.Count() {
		left.Save(ctx, resp.Private, state.accounts(), &resp.Diagnostics)
	}
	ownership.Strip(ctx, resp.Private, &resp.Diagnostics)
	r.backend.Accounts.RereadAll(state.Gateway(), state.accounts())
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// Update adds what its plan showed, and deletes what left the configuration.
func (r *permissionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	owner := ownership.OwnerIn(ctx, req.Private, &resp.Diagnostics)
	noted := unseen.In(ctx, req.Private, &resp.Diagnostics)
	ownership.Strip(ctx, resp.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "update", plan.Timeouts.Update, tfkit.DefaultUpdateTimeout, &resp.Diagnostics)
	defer cancel()

	r.backend.Accounts.Begin()
	state.Scope = plan.Scope // an update changes none, but a state that was moved here may lack some of it
	planned := plan.entries()
	held := r.backend.Accounts.HeldByOthers(owner, state.Gateway())
	change, spared := changeOf(noted, toAdd(planned), tfkit.Without(state.accounts(), plan.accounts()), plan.deletesOnDestroy(), held)
	var err error
	session := r.backend.Session(plan.Gateway())
	session.RememberDeletions(noted)
	if len(change.Add)+len(change.Remove) > 0 {
		err = session.Permit(ctx, &change)
		err = state.leaveBehind(&resp.Diagnostics, &change, err)
	}
	r.report(&resp.Diagnostics, plan.Gateway(), &change, err)
	if resp.Diagnostics.HasError() {
		plan.recordFailure(&state, &change)
	} else {
		plan.setEntries(plan.accounts(), fulfilled(planned, fromAPI(change.Listed)))
	}
	unseen.Decisions(session.UnseenDeletions(plan.accounts())).Save(ctx, resp.Private, plan.accounts(), &resp.Diagnostics)
	r.backend.Accounts.PlaceAll(plan.Gateway(), plan.accounts())
	r.backend.Accounts.WarnOfSpared(&resp.Diagnostics, state.Gateway(), spared, tfkit.AccountName)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// Delete deletes the entries, unless they are to be retained. What another resource
// holds by now, or the object that replaces this one names, it leaves alone.
func (r *permissionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	owner := ownership.OwnerIn(ctx, req.Private, &resp.Diagnostics)
	next := ownership.SuccessorIn(ctx, req.Private, &resp.Diagnostics)
	noted := unseen.In(ctx, req.Private, &resp.Diagnostics)
	ownership.Strip(ctx, resp.Private, &resp.Diagnostics)
	r.backend.Accounts.Begin()
	if resp.Diagnostics.HasError() || !state.deletesOnDestroy() && len(noted) == 0 {
		return
	}
	if state.Scope = r.backend.KnownScope(ctx, state.Scope, &resp.Diagnostics); resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithRecordedTimeout(ctx, "delete", state.Timeouts.Delete, tfkit.DefaultDeleteTimeout, &resp.Diagnostics)
	defer cancel()

	held := r.backend.Accounts.HeldByOthers(owner, state.Gateway())
	session := r.backend.Session(state.Gateway())
	session.RememberDeletions(noted)
	change, spared := changeOf(noted, nil, tfkit.Without(state.accounts(), next.NamedOn(state.Gateway())), state.deletesOnDestroy(), held)
	left := change.Remove
	if next.LeavesAll() && state.deletesOnDestroy() {
		there := state.entries()
		abandoned := tfkit.Except(left, func(account string) bool { return !tfkit.HasKey(there, account) })
		r.backend.Accounts.WarnAbandoned(&resp.Diagnostics, state.Gateway(), tfkit.AccountNames(abandoned), next.Tainted)
		return
	}
	if len(left)+len(change.Add) == 0 {
		r.backend.Accounts.WarnOfSpared(&resp.Diagnostics, state.Gateway(), spared, tfkit.AccountName)
		return
	}
	err := session.Permit(ctx, &change)
	if gateway.IsGone(err) {
		change.Add = nil // nothing is left to make sure of
	}
	err = state.leaveBehind(&resp.Diagnostics, &change, err)
	r.report(&resp.Diagnostics, state.Gateway(), &change, err)
	r.backend.Accounts.WarnOfSpared(&resp.Diagnostics, state.Gateway(), spared, tfkit.AccountName)
	if !resp.Diagnostics.HasError() {
		return
	}
	// What is gone is not this resource's any more, nor is what another one has:
	// the next destroy is not to delete it. A successor is not created now.
	kept := tfkit.Except(state.accounts(), func(account string) bool {
		return held(account) || slices.Contains(change.Remove, account) && isDone(&change, account)
	})
	there := fromAPI(change.Listed)
	if change.Listed == nil {
		there = state.entries()
	}
	if len(kept) == 0 {
		resp.State.RemoveResource(ctx)
		return
	}
	state.setEntries(kept, there)
	unseen.Decisions(session.UnseenDeletions(kept)).Save(ctx, resp.Private, kept, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// ImportState takes `INSTANCE_ID/DOMAIN_ID[,DOMAIN_ID…]`, with an optional
// leading `REGION/PROJECT_ID/`, or an identity. Each entry has to be there.
func (r *permissionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	named, accounts := importForm.Read(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	state := model{Scope: r.backend.KnownScope(ctx, named, &resp.Diagnostics), DomainIDs: tfkit.StringList(accounts)}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithReadLimit(ctx)
	defer cancel()

	listed, err := r.backend.Session(state.Gateway()).Permissions(ctx, gateway.OfThisRun())
	if err != nil {
		resp.Diagnostics.Append(r.backend.APIError(err, "The permissions can't be imported", state.Gateway()))
		return
	}
	refuseAbsent(&resp.Diagnostics, state.Gateway(), accounts, listed)
	if resp.Diagnostics.HasError() {
		return
	}
	tfkit.SetAttributes(ctx, &resp.State, map[string]any{
		"instance_id": state.InstanceID,
		"region":      state.Region,
		"project_id":  state.ProjectID,
		"domain_ids":  state.DomainIDs,
		"on_destroy":  ownership.Delete,
	}, &resp.Diagnostics)
	ownership.KeepToken(ctx, resp.Private, &resp.Diagnostics)
	state.identify(ctx, resp.Identity, &resp.Diagnostics)
}
