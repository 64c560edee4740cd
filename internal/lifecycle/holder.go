// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// Held is the model of a resource whose elements belong to no other one: M is itself.
type Held[M any] interface {
	Model
	ownership.Object
	// Wanted: the elements are to be accepted, or maybe.
	Wanted() bool
	// Observations is the value of Kind.Computed.
	Observations() types.Map

	// PlanNew plans a creation, and PlanUpdate an update, of which cut are lines of what it cuts off, or may. Both look at
	// most for what is new.
	PlanNew(ctx context.Context, b *backend.Backend, diags *diag.Diagnostics)
	PlanUpdate(ctx context.Context, b *backend.Backend, state M, cut []string, diags *diag.Diagnostics)
	// WarnOfGoing tells what the end of the object cuts off.
	WarnOfGoing(diags *diag.Diagnostics, cut []string)

	// Only returns the model with these of its elements alone.
	Only(ids []string) M
	// From is the change from the state, which is empty in a creation. It leaves alone what others hold.
	From(state M, others ownership.Others) Change
}

// Change is what an apply does to the elements of one resource, and what comes of it.
type Change interface {
	// Make makes the change, and no call where there is nothing to do.
	Make(ctx context.Context, session *gateway.Session) error
	// LeaveBehind ends what was to be let go of, since the gateway is gone. It returns lines of what would have been cut
	// off, and whether nothing else is left to do.
	LeaveBehind() (left []string, done bool)
	// Report tells what became of the change. There is an error where it is not complete.
	Report(o report.Outcomes, diags *diag.Diagnostics, err error)
	// Record puts into the model what there is now, or, after a failure, what is known to be there or not let go of.
	Record(failed bool)
	// Spared are those that were to be let go of, and are left to others.
	Spared() []string
}

type heldBy[T any, M any] interface {
	*T
	Held[M]
}

// holder serves a resource whose elements belong to no other one.
type holder[T any, M heldBy[T, M]] struct{ Resource[T, M] }

// NewHolder makes a resource whose elements belong to no other one.
func NewHolder[T any, M heldBy[T, M]](kind *Kind) resource.Resource {
	return &holder[T, M]{Of[T, M](kind)}
}

func (r *holder[T, M]) owners() ownership.Owners { return r.kind.Owners(r.Backend) }

// Create adopts what is as it is to be already, brings about the rest, and waits. One that fails saves nothing:
// Terraform would destroy a half-made resource, and so cut off what it adopted, before it makes it again.
func (r *holder[T, M]) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	var plan M = new(T)
	c, diags := plan.Base(), &resp.Diagnostics
	diags.Append(req.Plan.Get(ctx, plan)...)
	if diags.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "create", c.Timeouts.Create, diags)
	defer cancel()

	r.owners().Begin()
	session, change := r.Session(c.Gateway()), plan.From(new(T), ownership.Others{})
	err := session.Patiently(ctx, func(ctx context.Context) error { return change.Make(ctx, session) })
	change.Report(report.Outcomes{Gateway: c.Gateway(), Explain: r.Explain, Creation: true}, diags, err)
	if diags.HasError() {
		return
	}
	change.Record(false)
	plan.Save(ctx, resp.Private, diags)
	ownership.KeepToken(ctx, resp.Private, diags)
	r.owners().PlaceAll(c.Gateway(), plan.IDs())
	diags.Append(resp.State.Set(ctx, plan)...)
	r.Identify(ctx, resp.Identity, plan, diags)
}

// Update makes the change that its plan showed. What it does not touch, it gives back as planned.
func (r *holder[T, M]) Update(ctx context.Context, req resource.UpdateRequest, resp *resource.UpdateResponse) {
	var plan, state M = new(T), new(T)
	c, diags := plan.Base(), &resp.Diagnostics
	diags.Append(req.Plan.Get(ctx, plan)...)
	diags.Append(req.State.Get(ctx, state)...)
	Load(ctx, state, req.Private, diags)
	owner := ownership.OwnerIn(ctx, req.Private, diags)
	ownership.Strip(ctx, resp.Private, diags)
	if diags.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "update", c.Timeouts.Update, diags)
	defer cancel()

	r.owners().Begin()
	state.Base().Scope = c.Scope // an update changes none, but a state that was moved here may lack some of it
	change := plan.From(state, r.owners().OthersThan(owner, c.Gateway()))
	r.make(ctx, change, state, diags)
	planned := plan.IDs()
	change.Record(diags.HasError())
	tfkit.NoteOrder(ctx, resp.Private, planned, plan.IDs(), diags)
	plan.Save(ctx, resp.Private, diags)
	r.keepUnseen(ctx, plan, resp.Private, diags)
	r.owners().PlaceAll(c.Gateway(), plan.IDs())
	r.warnOfSpared(state, change, diags)
	diags.Append(resp.State.Set(ctx, plan)...)
	r.Identify(ctx, resp.Identity, plan, diags)
}

// make makes a change of what a state has, and tells what became of it.
func (r *holder[T, M]) make(ctx context.Context, change Change, state M, diags *diag.Diagnostics) {
	c := state.Base()
	session := r.Session(c.Gateway())
	r.kind.Remember(session, c.Noted)
	err := change.Make(ctx, session)
	if gateway.IsGone(err) {
		left, done := change.LeaveBehind()
		report.WarnOfLeftBehind(diags, c.Gateway(), r.kind.Lost, left, err)
		if done {
			err = nil
		}
	}
	change.Report(report.Outcomes{Gateway: c.Gateway(), Explain: r.Explain}, diags, err)
}

func (r *holder[T, M]) keepUnseen(ctx context.Context, m M, private tfkit.PrivateWriter, diags *diag.Diagnostics) {
	m.Base().Noted = r.kind.Unseen(r.Session(m.Base().Gateway()), m.IDs())
	m.Base().Noted.Save(ctx, private, m.IDs(), diags)
}

func (r *holder[T, M]) warnOfSpared(state M, change Change, diags *diag.Diagnostics) {
	r.owners().WarnOfSpared(diags, state.Base().Gateway(), there(state, change.Spared()), state.Line)
}

// Delete lets go of all elements, as `on_destroy` says. What another resource holds by now, or the object that replaces this
// one names, it leaves alone. A Delete that fails keeps what the latter names, and what is not let go of yet.
func (r *holder[T, M]) Delete(ctx context.Context, req resource.DeleteRequest, resp *resource.DeleteResponse) {
	var state M = new(T)
	c, diags := state.Base(), &resp.Diagnostics
	diags.Append(req.State.Get(ctx, state)...)
	Load(ctx, state, req.Private, diags)
	owner, next := ownership.OwnerIn(ctx, req.Private, diags), ownership.SuccessorIn(ctx, req.Private, diags)
	ownership.Strip(ctx, resp.Private, diags)
	r.owners().Begin()
	if diags.HasError() || !state.Releases() && len(c.Noted) == 0 || !r.Locate(ctx, &c.Scope, diags) {
		return
	}
	ctx, cancel := tfkit.WithRecordedTimeout(ctx, "delete", c.Timeouts.Delete, diags)
	defer cancel()

	others := r.owners().OthersThan(owner, c.Gateway())
	left := tfkit.Without(state.IDs(), next.NamedOn(c.Gateway()))
	if next.LeavesAll() && state.Releases() {
		abandoned := tfkit.Except(there(state, left), others.Accept)
		r.owners().WarnAbandoned(diags, c.Gateway(), lines(state, abandoned), next.Tainted)
		return
	}
	kept := state.Only(tfkit.Without(state.IDs(), left))
	change := kept.From(state, others)
	r.make(ctx, change, state, diags)
	r.warnOfSpared(state, change, diags)
	if !diags.HasError() {
		return
	}
	change.Record(true)
	if len(kept.IDs()) == 0 {
		resp.State.RemoveResource(ctx)
		return
	}
	r.keepUnseen(ctx, kept, resp.Private, diags)
	diags.Append(resp.State.Set(ctx, kept)...)
	r.Identify(ctx, resp.Identity, kept, diags)
}
