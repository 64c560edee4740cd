// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package lifecycle is what the things do alike: the course of reading, planning, creating, updating and destroying, of
// importing and moving, of listing. It knows nothing of what a thing holds but its IDs, and makes no call of its own.
package lifecycle

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

// Kind is what tells one type of resources from the others.
type Kind struct {
	Name   string               // without the provider's: "vpc_endpoint_connection"
	Schema func() schema.Schema // beside scope and timeouts
	Things string               // "endpoints", in summaries of errors
	Lost   string               // what becomes of an element that is let go of: "rejected"

	Import   scope.ImportForm // which elements an import and an identity name, if any
	Identity string           // describes them
	Vendor   *tfkit.Mover     // from the vendor's resource; nil if it has none

	Computed string // the attribute with what is observed of each element
	Owners   func(*backend.Backend) ownership.Owners
	// What is asked for and not seen, of this run and of earlier ones.
	Remember func(*gateway.Session, map[string]gateway.Asked)
	Unseen   func(*gateway.Session, []string) map[string]gateway.Asked
}

func (k *Kind) schema(ctx context.Context) schema.Schema {
	s := k.Schema()
	s.Attributes = scope.ForResource(s.Attributes)
	s.Blocks = map[string]schema.Block{"timeouts": tfkit.TimeoutsBlock(ctx, k.Owners != nil)}
	return s
}

// identity names some elements of a gateway outside of any state.
func (k *Kind) identity(in scope.Scope, ids []string) map[string]any {
	attributes := in.Attributes()
	if k.Import.Attribute != "" {
		attributes[k.Import.Attribute] = slices.Sorted(slices.Values(ids))
	}
	return attributes
}

// named has the name of a type of resources, and what Configure gives.
type named struct {
	*backend.Backend

	kind *Kind
}

// Metadata implements resource.Resource.
func (n *named) Metadata(_ context.Context, req resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_" + n.kind.Name
	resp.ResourceBehavior.MutableIdentity = true // it changes with the elements, and in the plan of a replacement
}

// Configure implements resource.ResourceWithConfigure.
func (n *named) Configure(_ context.Context, req resource.ConfigureRequest, resp *resource.ConfigureResponse) {
	n.Backend = backend.From(req.ProviderData, &resp.Diagnostics)
}

// Common is what each model of a resource has.
type Common struct {
	scope.Scope

	Timeouts timeouts.Value `tfsdk:"timeouts"`

	// Noted are decisions of earlier runs that may still take effect, from private state.
	Noted unseen.Decisions `tfsdk:"-"`
}

// Base is the common part of a model that embeds it.
func (c *Common) Base() *Common { return c }

// Model is the configuration, the plan or the state of a resource, with its private state. It holds its elements.
type Model interface {
	Base() *Common
	// Load and Save read and write what private state has beside decisions.
	Load(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics)
	Save(ctx context.Context, private tfkit.PrivateWriter, diags *diag.Diagnostics)
	// IDs are those of the elements; one that is unknown is "".
	IDs() []string
	IDsKnown() bool
	// There tells whether the recorded element would be cut off if it were let go of.
	There(id string) bool
	// Line names an element and what is recorded of it.
	Line(id string) string
	// Refresh looks, records what is seen, and reports whether that is news. Of Noted it leaves what is not seen yet.
	Refresh(ctx context.Context, session *gateway.Session, diags *diag.Diagnostics) (news bool, err error)
	// Adopt looks for elements to import, and returns the attributes of the state beside those of the scope.
	Adopt(ctx context.Context, session *gateway.Session, ids []string, diags *diag.Diagnostics) (map[string]any, error)
}

func lines(m Model, ids []string) []string {
	lines := make([]string, len(ids))
	for i, id := range ids {
		lines[i] = m.Line(id)
	}
	return lines
}

// there are those of the elements that would be cut off.
func there(m Model, ids []string) []string {
	_, there := tfkit.Partition(ids, m.There)
	return there
}

// Load reads what private state has of a model.
func Load(ctx context.Context, m Model, private tfkit.PrivateReader, diags *diag.Diagnostics) {
	m.Base().Noted = unseen.In(ctx, private, diags)
	m.Load(ctx, private, diags)
}

// modelOf is a pointer to a T that is a model.
type modelOf[T any] interface {
	*T
	Model
}

// Resource is what all resources do alike.
type Resource[T any, M modelOf[T]] struct{ named }

// Of makes what resources of a kind do alike.
func Of[T any, M modelOf[T]](kind *Kind) Resource[T, M] { return Resource[T, M]{named{kind: kind}} }

// Schema implements resource.Resource.
func (r *Resource[T, M]) Schema(ctx context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = r.kind.schema(ctx)
}

// IdentitySchema implements resource.ResourceWithIdentity. CLIs from Terraform 1.12 keep an
// identity beside the state; nothing may rely on one being there.
func (r *Resource[T, M]) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	attributes := map[string]identityschema.Attribute{}
	if r.kind.Import.Attribute != "" {
		attributes[r.kind.Import.Attribute] = identityschema.ListAttribute{Description: r.kind.Identity, ElementType: types.StringType, RequiredForImport: true}
	}
	resp.IdentitySchema = identityschema.Schema{Attributes: scope.ForIdentity(attributes)}
}

// Identify sets the identity, unless something of it is unknown: Terraform refuses an unknown value in the identity
// that an update plans, and so the prior one stays until the apply sets the new one.
func (r *Resource[T, M]) Identify(ctx context.Context, identity *tfsdk.ResourceIdentity, m M, diags *diag.Diagnostics) {
	if c := m.Base(); c.GatewayKnown() && m.IDsKnown() {
		tfkit.SetAttributes(ctx, identity, r.kind.identity(c.Scope, m.IDs()), diags)
	}
}

// WarnOfUnseen tells in a plan of decisions of an earlier run that may still take effect.
func (r *Resource[T, M]) WarnOfUnseen(m M, diags *diag.Diagnostics) {
	m.Base().Noted.Warn(diags, m.Base().Gateway(), m.IDs(), m.Line, r.kind.Lost)
}

// Read records what the gateway says of each element, and never acts.
func (r *Resource[T, M]) Read(ctx context.Context, req resource.ReadRequest, resp *resource.ReadResponse) {
	var (
		state M = new(T)
		c       = state.Base()
		diags   = &resp.Diagnostics
	)
	diags.Append(req.State.Get(ctx, state)...)
	before := c.Scope
	if diags.HasError() || !r.Locate(ctx, &c.Scope, diags) {
		return
	}
	Load(ctx, state, req.Private, diags)
	r.Identify(ctx, resp.Identity, state, diags) // also of one that leaves the state
	ctx, cancel := tfkit.WithRecordedTimeout(ctx, "read", c.Timeouts.Read, diags)
	defer cancel()

	session, noted := r.Session(c.Gateway()), c.Noted.Count()
	session.Read()
	news, err := state.Refresh(ctx, session, diags)
	if gateway.IsGone(err) {
		session.ToldGone()
		diags.Append(report.GatewayGone(err, c.Gateway(), r.kind.Lost, lines(state, there(state, state.IDs()))))
		resp.State.RemoveResource(ctx)
		return
	}
	if err != nil {
		diags.Append(r.APIError(err, "The "+r.kind.Things+" can't be read", c.Gateway()))
		return
	}
	if c.Noted.Count() != noted {
		c.Noted.Save(ctx, resp.Private, state.IDs(), diags)
	}
	state.Save(ctx, resp.Private, diags)
	if r.kind.Owners != nil {
		ownership.Strip(ctx, resp.Private, diags)
		r.kind.Owners(r.Backend).RereadAll(c.Gateway(), state.IDs())
	}
	// To set what is there already would cost more than all of the above.
	if news || c.Scope != before {
		diags.Append(resp.State.Set(ctx, state)...)
	}
}

// ImportState takes `INSTANCE_ID/ELEMENT[,ELEMENT…]`, with an optional leading `REGION/PROJECT_ID/`, or an identity.
func (r *Resource[T, M]) ImportState(ctx context.Context, req resource.ImportStateRequest, resp *resource.ImportStateResponse) {
	diags, things := &resp.Diagnostics, r.kind.Things
	in, ids := r.kind.Import.Read(ctx, req, diags)
	if diags.HasError() || !r.Locate(ctx, &in, diags) {
		return
	}
	ctx, cancel := tfkit.WithReadLimit(ctx)
	defer cancel()

	var state M = new(T)
	state.Base().Scope = in
	attributes, err := state.Adopt(ctx, r.Session(in.Gateway()), ids, diags)
	if err != nil {
		if r.kind.Import.Attribute == "" {
			things = "gateway"
		}
		diags.Append(r.APIError(err, "The "+things+" can't be imported", in.Gateway()))
	}
	if diags.HasError() {
		return
	}
	tfkit.SetAttributes(ctx, &resp.State, in.Attributes(), diags)
	tfkit.SetAttributes(ctx, &resp.State, attributes, diags)
	ownership.KeepToken(ctx, resp.Private, diags)
	tfkit.SetAttributes(ctx, resp.Identity, r.kind.identity(in, ids), diags)
}

// MoveState takes over the state of the same resource of another provider address, and that of the vendor's resource.
func (r *Resource[T, M]) MoveState(ctx context.Context) []resource.StateMover {
	return tfkit.Movers("apig_"+r.kind.Name, r.kind.schema(ctx), r.kind.Vendor, func(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
		var m M = new(T)
		diags.Append(state.Get(ctx, m)...)
		r.Identify(ctx, identity, m, diags)
	})
}
