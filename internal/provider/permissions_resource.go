// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"crypto/rand"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

var (
	_ resource.ResourceWithConfigure   = (*permissionsResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*permissionsResource)(nil)
	_ resource.ResourceWithIdentity    = (*permissionsResource)(nil)
	_ resource.ResourceWithImportState = (*permissionsResource)(nil)
)

// NewPermissionsResource makes the resource apig_vpc_endpoint_permissions.
func NewPermissionsResource() resource.Resource { return &permissionsResource{} }

// permissionsResource serves apig_vpc_endpoint_permissions.
type permissionsResource struct {
	provider *providerData
}

func (r *permissionsResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vpc_endpoint_permissions"
	resp.ResourceBehavior.MutableIdentity = true // it changes with the accounts
}

func (r *permissionsResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Declares which accounts may ask for a connection to a dedicated API gateway's endpoint service: whose VPC endpoints may name it at all. " +
			"It manages the entries that it names and no others, and shows their drift one by one.",
		Attributes: withScope(map[string]schema.Attribute{
			"domain_ids": schema.ListAttribute{
				MarkdownDescription: "IDs of the accounts that may ask, each 32 hexadecimal digits, one or more without an upper limit; or `[\"*\"]` for every account. " +
					"They mean a set: their order never matters, and none may be named twice; a set may be assigned. Taking one out deletes its entry.",
				Required:      true,
				ElementType:   types.StringType,
				Validators:    []validator.List{accountList, everybodyAlone{}},
				PlanModifiers: []planmodifier.List{ignoreOrder{}},
			},
			"permissions": schema.MapAttribute{
				MarkdownDescription: "The entries that the gateway has for `domain_ids`, by account:\n" + permissionShape,
				Computed:            true,
				ElementType:         permissionType,
			},
		}),
		Blocks: map[string]schema.Block{
			"timeouts": timeoutsBlock(ctx),
		},
	}
}

func (r *permissionsResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.provider = providerDataFrom(req.ProviderData, &resp.Diagnostics)
}

// Create adopts the entries that are there, and adds the others. One that fails
// saves nothing: Terraform would delete the entries of a half-made resource,
// adopted ones too, before it makes them again.
func (r *permissionsResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan permissionsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := withTimeout(ctx, "create", plan.Timeouts.Create, defaultCreateTimeout, &resp.Diagnostics)
	defer cancel()

	r.provider.created.Store(creation{"permissions", plan.gateway()}, struct{}{})
	change := gateway.PermissionChange{Add: plan.accounts()}
	err := r.provider.gateways.View(plan.gateway()).Permit(ctx, &change)
	r.report(&resp.Diagnostics, plan.gateway(), &change, err)
	if resp.Diagnostics.HasError() {
		return
	}
	plan.setEntries(plan.accounts(), permissionEntries(change.Listed))
	setPrivate(ctx, resp.Private, holderKey, rand.Text(), &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// Read records which of the entries the gateway has.
func (r *permissionsResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state permissionsModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	state.identify(ctx, resp.Identity, &resp.Diagnostics)
	ctx, cancel := withTimeout(ctx, "read", state.Timeouts.Read, defaultReadTimeout, &resp.Diagnostics)
	defer cancel()

	view := r.provider.gateways.View(state.gateway())
	listed, err := view.Permissions(ctx, time.Time{})
	if apig.IsGatewayGone(err) {
		resp.Diagnostics.Append(gatewayGone(err, state.gateway()))
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(r.provider.apiError(err, "The permissions can't be read", state.gateway()))
		return
	}
	state.setEntries(state.accounts(), permissionEntries(listed))
	held := permissionsGiver{view: view, holder: holderIn(ctx, req.Private, resp.Private, &resp.Diagnostics), state: &state}
	noteShared(ctx, req.Private, resp.Private, held.meet(), &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
}

// Update adds what its plan showed, and deletes what left the configuration.
func (r *permissionsResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state permissionsModel
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	care := careIn(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := withTimeout(ctx, "update", plan.Timeouts.Update, defaultUpdateTimeout, &resp.Diagnostics)
	defer cancel()

	planned := plan.entries()
	change := gateway.PermissionChange{
		Holder: care.holder,
		Add:    toAdd(planned),
		Remove: without(without(state.accounts(), plan.accounts()), care.release.Shared),
	}
	err := r.provider.gateways.View(plan.gateway()).Permit(ctx, &change)
	r.report(&resp.Diagnostics, plan.gateway(), &change, err)
	if resp.Diagnostics.HasError() {
		plan.recordFailure(&state, &change)
	} else {
		plan.setEntries(plan.accounts(), fulfilled(planned, permissionEntries(change.Listed)))
	}
	forget(ctx, resp.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	plan.identify(ctx, resp.Identity, &resp.Diagnostics)
}

// Delete deletes the entries, but for those that another resource has taken over.
func (r *permissionsResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state permissionsModel
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	care := careIn(ctx, req.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := withTimeout(ctx, "delete", state.Timeouts.Delete, defaultDeleteTimeout, &resp.Diagnostics)
	defer cancel()

	view := r.provider.gateways.View(state.gateway())
	left := without(without(state.accounts(), care.spared(state.gateway())), view.TakenPermissions(care.holder, state.accounts()))
	if cut := (permissionsGiver{state: &state}).there(left); (care.release.Blind || care.deposed) && len(cut) > 0 {
		refusePermissionDelete(&resp.Diagnostics, state.gateway(), care, cut)
		if care.deposed {
			state.setEntries(cut, state.entries())
			setPrivate(ctx, resp.Private, leftoverKey, true, &resp.Diagnostics)
		}
		keepPermissions(ctx, &state, resp)
		return
	}
	change := gateway.PermissionChange{Holder: care.holder, Remove: left}
	err := view.Permit(ctx, &change)
	if apig.IsGatewayGone(err) {
		return
	}
	r.report(&resp.Diagnostics, state.gateway(), &change, err)
	if !resp.Diagnostics.HasError() {
		return
	}
	// What is gone is not this resource's any more: should somebody add it again,
	// the next destroy is not to delete it.
	left = slices.DeleteFunc(change.Remove, func(account string) bool { return isDone(&change, account) })
	if change.Listed != nil && len(left) > 0 {
		state.setEntries(left, permissionEntries(change.Listed))
	}
	keepPermissions(ctx, &state, resp)
}

// keepPermissions leaves an object in the state whose destruction failed.
func keepPermissions(ctx context.Context, state *permissionsModel, resp *resource.DeleteResponse) {
	forget(ctx, resp.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
}

// ImportState takes `INSTANCE_ID/DOMAIN_ID[,DOMAIN_ID…]`, with an optional
// leading `REGION/PROJECT_ID/`, or an identity. Each entry has to be there.
func (r *permissionsResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	id := permissionsImported(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	state := permissionsModel{scope: r.provider.knownScope(ctx, id.scope, &resp.Diagnostics), DomainIDs: stringList(id.accounts)}
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := context.WithTimeoutCause(ctx, defaultReadTimeout, &timeoutError{after: defaultReadTimeout})
	defer cancel()

	listed, err := r.provider.gateways.View(state.gateway()).Permissions(ctx, time.Time{})
	if err != nil {
		resp.Diagnostics.Append(r.provider.apiError(err, "The permissions can't be imported", state.gateway()))
		return
	}
	refuseAbsent(&resp.Diagnostics, state.gateway(), id.accounts, listed)
	if resp.Diagnostics.HasError() {
		return
	}
	setAttributes(ctx, &resp.State, map[string]any{
		"instance_id": state.InstanceID,
		"region":      state.Region,
		"project_id":  state.ProjectID,
		"domain_ids":  state.DomainIDs,
	}, &resp.Diagnostics)
	state.identify(ctx, resp.Identity, &resp.Diagnostics)
}
