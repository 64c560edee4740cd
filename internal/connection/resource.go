// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package connection is apig_vpc_endpoint_connection: the resource, the data source,
// the list resource and the action that decides at once. It knows nothing of the other
// things, nor of how calls are shared.
package connection

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

var (
	_ resource.ResourceWithConfigure   = (*connectionResource)(nil)
	_ resource.ResourceWithModifyPlan  = (*connectionResource)(nil)
	_ resource.ResourceWithImportState = (*connectionResource)(nil)
)

// NewResource makes the resource apig_vpc_endpoint_connection.
func NewResource() resource.Resource { return &connectionResource{} }

// connectionResource serves apig_vpc_endpoint_connection.
type connectionResource struct {
	backend *backend.Backend
}

func (r *connectionResource) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vpc_endpoint_connection"
	resp.ResourceBehavior.MutableIdentity = true // it changes with the endpoints
}

func (r *connectionResource) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = resourceSchema(ctx)
}

func (r *connectionResource) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	r.backend = backend.From(req.ProviderData, &resp.Diagnostics)
}

// Create adopts what is decided already, decides the rest, and waits. One that
// fails saves nothing: Terraform would destroy a half-made resource, that is
// reject what was accepted, before it makes it again.
func (r *connectionResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "create", plan.Timeouts.Create, tfkit.DefaultCreateTimeout, &resp.Diagnostics)
	defer cancel()

	items := make([]*settle.Item, 0, len(plan.endpointIDs()))
	for _, id := range plan.endpointIDs() {
		items = append(items, settle.Decide(id, plan.decision(), plan.expected(), false))
	}
	r.backend.Endpoints.Begin()
	session := r.backend.Session(plan.Gateway())
	err := session.Patiently(ctx, func(ctx context.Context) error { return session.Settle(ctx, items, plan.waitForEndpoints()) })
	trouble := r.outcomes(&plan)
	trouble.Creation = true
	trouble.Report(&resp.Diagnostics, items, err)
	if resp.Diagnostics.HasError() {
		return
	}

	entries := make(map[string]observed, len(items))
	awaits := awaited{}
	for _, c := range items {
		entries[c.EndpointID] = fromAPI(c.Observed)
		if !c.EverListed {
			awaits[c.EndpointID] = struct{}{}
		}
	}
	plan.setEntries(plan.endpointIDs(), entries)
	awaits.save(ctx, resp.Private, &resp.Diagnostics)
	ownership.KeepToken(ctx, resp.Private, &resp.Diagnostics)
	r.backend.Endpoints.PlaceAll(plan.Gateway(), plan.endpointIDs())
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	identify(ctx, resp.Identity, &plan, &resp.Diagnostics)
}

// Read records what the gateway says of each endpoint, and never acts.
func (r *connectionResource) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	if resp.Diagnostics.HasError() {
		return
	}
	recorded := state
	state.Scope = r.backend.KnownScope(ctx, state.Scope, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	identify(ctx, resp.Identity, &state, &resp.Diagnostics) // also of one that leaves the state
	ctx, cancel := tfkit.WithRecordedTimeout(ctx, "read", state.Timeouts.Read, tfkit.DefaultReadTimeout, &resp.Diagnostics)
	defer cancel()

	prior := state.recorded()
	session := r.backend.Session(state.Gateway())
	session.Read()
	session.EverListed(listedBefore(prior)...)
	listed, err := session.Get(ctx, state.endpointIDs(), gateway.OfThisRun())
	if gateway.IsGone(err) {
		session.ToldGone()
		resp.Diagnostics.Append(report.GatewayGone(err, state.Gateway(), "rejected", lines(releasableAmong(state.endpointIDs(), prior), prior)))
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		resp.Diagnostics.Append(r.backend.APIError(err, "The endpoints can't be read", state.Gateway()))
		return
	}

	noted := unseen.In(ctx, req.Private, &resp.Diagnostics)
	if left := noted.Without(listed); left.Count() != noted.Count() {
		left.Save(ctx, resp.Private, state.endpointIDs(), &resp.Diagnostics)
	}
	before := awaitedIn(ctx, req.Private, &resp.Diagnostics)
	awaits := awaited{}
	entries := make(map[string]observed, len(listed))
	var gone []string
	for _, id := range state.endpointIDs() {
		entries[id] = fromAPI(listed[id])
		switch {
		case listed[id].Status == endpoint.Absent && before.has(id):
			awaits[id] = struct{}{}
		case entries[id] == observed{}:
			gone = append(gone, goneLine(id, prior[id], listed[id]))
		}
	}
	warnOfGone(&resp.Diagnostics, &state, gone)
	r.backend.Endpoints.RereadAll(state.Gateway(), state.endpointIDs())
	state.setEntries(state.endpointIDs(), entries)
	if len(awaits) != len(before) {
		awaits.save(ctx, resp.Private, &resp.Diagnostics)
	}
	ownership.Strip(ctx, resp.Private, &resp.Diagnostics)
	// To set what is there already would cost more than all of the above.
	if !state.Connections.Equal(recorded.Connections) || !state.Scope.Equal(recorded.Scope) {
		resp.Diagnostics.Append(resp.State.Set(ctx, &state)...)
	}
}

// Update decides what its plan showed, and releases what left the
// configuration. What it does not touch it gives back as planned.
func (r *connectionResource) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state model
	resp.Diagnostics.Append(req.Plan.Get(ctx, &plan)...)
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	awaits := awaitedIn(ctx, req.Private, &resp.Diagnostics)
	noted := unseen.In(ctx, req.Private, &resp.Diagnostics)
	owner := ownership.OwnerIn(ctx, req.Private, &resp.Diagnostics)
	ownership.Strip(ctx, resp.Private, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "update", plan.Timeouts.Update, tfkit.DefaultUpdateTimeout, &resp.Diagnostics)
	defer cancel()

	r.backend.Endpoints.Begin()
	session := r.backend.Session(plan.Gateway())
	session.Remember(noted)
	u := newUpdate(&plan, &state, awaits, noted, r.backend.Endpoints.HeldByOthers(owner, state.Gateway()))
	err := session.Settle(ctx, u.items(), plan.waitForEndpoints())
	err = leaveBehind(&resp.Diagnostics, &state, u.release, u.items(), err)
	r.outcomes(&plan).Report(&resp.Diagnostics, u.items(), err)
	awaits = u.record(resp.Diagnostics.HasError())
	awaits.save(ctx, resp.Private, &resp.Diagnostics)
	unseen.Decisions(session.Unseen(plan.endpointIDs())).Save(ctx, resp.Private, plan.endpointIDs(), &resp.Diagnostics)
	r.backend.Endpoints.PlaceAll(plan.Gateway(), plan.endpointIDs())
	r.warnOfSpared(&resp.Diagnostics, &state, u.spared, u.release)
	resp.Diagnostics.Append(resp.State.Set(ctx, &plan)...)
	identify(ctx, resp.Identity, &plan, &resp.Diagnostics)
}

// Delete rejects what is accepted or about to be, unless the endpoints are to be
// retained. What another resource holds by now, or the object that replaces this
// one names, it leaves alone. One that fails keeps what is not rejected yet.
func (r *connectionResource) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state model
	resp.Diagnostics.Append(req.State.Get(ctx, &state)...)
	awaits := awaitedIn(ctx, req.Private, &resp.Diagnostics)
	noted := unseen.In(ctx, req.Private, &resp.Diagnostics)
	owner := ownership.OwnerIn(ctx, req.Private, &resp.Diagnostics)
	next := ownership.SuccessorIn(ctx, req.Private, &resp.Diagnostics)
	ownership.Strip(ctx, resp.Private, &resp.Diagnostics)
	r.backend.Endpoints.Begin()
	if resp.Diagnostics.HasError() || !state.rejectsOnDestroy() && len(noted) == 0 {
		return
	}
	state.Scope = r.backend.KnownScope(ctx, state.Scope, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithRecordedTimeout(ctx, "delete", state.Timeouts.Delete, tfkit.DefaultDeleteTimeout, &resp.Diagnostics)
	defer cancel()

	session := r.backend.Session(state.Gateway())
	session.Remember(noted)
	held, entries := r.backend.Endpoints.HeldByOthers(owner, state.Gateway()), state.recorded()
	left := tfkit.Without(state.endpointIDs(), next.NamedOn(state.Gateway()))
	if next.LeavesAll() && state.rejectsOnDestroy() {
		abandoned := tfkit.Except(releasableAmong(left, entries), held)
		r.backend.Endpoints.WarnAbandoned(&resp.Diagnostics, state.Gateway(), lines(abandoned, entries), next.Tainted)
		return
	}
	items, spared := leaveItems(&state, left, state.rejectsOnDestroy(), awaits, noted, held)
	err := session.Settle(ctx, items, 0)
	err = leaveBehind(&resp.Diagnostics, &state, items, items, err)
	r.outcomes(&state).Report(&resp.Diagnostics, items, err)
	r.warnOfSpared(&resp.Diagnostics, &state, spared, items)
	if resp.Diagnostics.HasError() {
		r.keepUnreleased(ctx, &state, items, tfkit.Without(state.endpointIDs(), left), resp)
		unseen.Decisions(session.Unseen(state.endpointIDs())).Save(ctx, resp.Private, state.endpointIDs(), &resp.Diagnostics)
	}
}

// keepUnreleased leaves in the state of a destroy that failed what it did not
// release, and what it has left to a successor, which is not created now.
func (r *connectionResource) keepUnreleased(ctx context.Context, state *model, items []*settle.Item, inherited []string, resp *resource.DeleteResponse) {
	prior := state.recorded()
	endpoints, entries := unreleased(items, prior)
	for _, id := range inherited {
		entries[id] = prior[id]
	}
	state.setEntries(slices.Concat(inherited, endpoints), entries)
	resp.Diagnostics.Append(resp.State.Set(ctx, state)...)
	identify(ctx, resp.Identity, state, &resp.Diagnostics)
}

// ImportState takes `INSTANCE_ID/ENDPOINT_ID[,ENDPOINT_ID…]`, with an optional
// leading `REGION/PROJECT_ID/`, or an identity. The decision is the one that the
// gateway lists.
func (r *connectionResource) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	named, endpoints := importForm.Read(ctx, req, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	in := r.backend.KnownScope(ctx, named, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithReadLimit(ctx)
	defer cancel()

	listed, err := r.backend.Session(in.Gateway()).Get(ctx, endpoints, gateway.OfThisRun())
	if err != nil {
		resp.Diagnostics.Append(r.backend.APIError(err, "The endpoints can't be imported", in.Gateway()))
		return
	}
	decision := importedDecision(&resp.Diagnostics, in.Gateway(), endpoints, listed)
	if resp.Diagnostics.HasError() {
		return
	}
	tfkit.SetAttributes(ctx, &resp.State, importedState(in, decision, endpoints), &resp.Diagnostics)
	ownership.KeepToken(ctx, resp.Private, &resp.Diagnostics)
	resp.Diagnostics.Append(resp.Identity.Set(ctx, identityOf(in, endpoints))...)
}

// outcomes tells what became of the resource's items. It is an error when any of
// them is not where it was to be brought.
func (r *connectionResource) outcomes(m *model) report.Outcomes {
	return report.Outcomes{Gateway: m.Gateway(), Wait: m.waitForEndpoints(), Explain: r.backend.Explain}
}
