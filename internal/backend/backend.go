// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package backend is what each thing gets from Configure: the sessions of the gateways, the default region and project,
// who holds what, and advice on an error. It knows nothing of the things and their schemas.
package backend

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// Backend is what Configure gives to each thing. It lives for one walk of Terraform: nothing in the package outlives it.
type Backend struct {
	gateways *gateway.Registry
	defaults Defaults

	lookUpUnknown bool                                                   // where projects are looked up is not known yet
	lookUpProject func(ctx context.Context, name string) (string, error) // asks IAM once for each name
	lookUps       rest.Outages                                           // of those look-ups

	// Endpoints and accounts know which object holds, and which one lets go of, what.
	Endpoints, Accounts ownership.Owners

	credentials Credentials // for messages
}

// Credentials says in words how the provider signs in.
type Credentials struct {
	Origins  string // where the credentials come from
	Renewal  string // what to do when they are refused
	Instance string // why the agency of this ECS instance signs in, if a profile asks for it
	Ways     string // the ways to sign in
}

// Session returns the session of a gateway.
func (b *Backend) Session(of apig.Gateway) *gateway.Session { return b.gateways.Session(of) }

// New makes what a walk shares. lookUpProject asks IAM for a project by its name; lookUpUnknown: nobody knows yet whom to ask.
func New(client *apig.Client, defaults Defaults, lookUpProject func(context.Context, string) (string, error), lookUpUnknown bool, c Credentials) *Backend {
	return &Backend{
		gateways: gateway.NewRegistry(client), defaults: defaults,
		Endpoints: ownership.Endpoints(), Accounts: ownership.Accounts(),
		lookUpProject: lookUpProject, lookUpUnknown: lookUpUnknown, credentials: c,
	}
}

// SetPatience changes how long a gateway is asked for before it counts as gone.
func (b *Backend) SetPatience(patience gateway.Patience) { b.gateways.Patience = patience }

// Defaults are what things inherit: null where the provider doesn't have it, and unknown where it isn't known yet.
type Defaults struct {
	Region, ProjectID, ProjectName types.String
}

// project is the default project's ID for region: known, unknown, or null where IAM has to look it up by its name.
func (d Defaults) project(region types.String) types.String {
	switch {
	case d.ProjectID.IsNull() && d.ProjectName.IsNull() && !region.IsUnknown():
		return types.StringNull() // that of the region, whatever the provider's own is
	case region.IsUnknown() || d.Region.IsUnknown():
		return types.StringUnknown()
	case !d.owns(region.ValueString()):
		return types.StringNull()
	case d.ProjectID.IsNull() && d.ProjectName.IsUnknown():
		return types.StringUnknown()
	default:
		return d.ProjectID
	}
}

// projectNameFor names the default project for region: each has one that is named like it.
func (d Defaults) projectNameFor(region string) string {
	if name := d.ProjectName.ValueString(); name != "" && d.owns(region) {
		return name
	}
	return region
}

// owns reports whether the provider's project is for region; without one of its own, for all.
func (d Defaults) owns(region string) bool {
	return d.Region.IsNull() || d.Region.ValueString() == region
}

// project is that of the defaults; unknown too where it is not known yet who to ask.
func (b *Backend) project(region types.String) types.String {
	project := b.defaults.project(region)
	if project.IsNull() && b.lookUpUnknown {
		return types.StringUnknown()
	}
	return project
}

// DefaultProject is the project of a thing in a region that names none: unknown if that isn't known yet, null beside an error.
func (b *Backend) DefaultProject(ctx context.Context, region types.String, diags *diag.Diagnostics) types.String {
	if region.IsNull() {
		diags.AddAttributeError(path.Root("region"), "No region",
			"Neither this block nor the provider has a region. Set region in one of them, or HW_REGION_NAME in the environment.")
		return types.StringNull()
	}
	if project := b.project(region); !project.IsNull() {
		return project
	}
	// A plan has no timeout of its own, and a throttled IAM would be asked forever.
	ctx, cancel := tfkit.WithReadLimit(ctx)
	defer cancel()
	id, err := b.projectID(ctx, region.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("project_id"), "The project can't be looked up", b.explainLookup(region.ValueString(), err))
		return types.StringNull()
	}
	return types.StringValue(id)
}

func (b *Backend) projectID(ctx context.Context, region string) (string, error) {
	if err := b.lookUps.Recent(ctx, lookUp{}); err != nil {
		return "", err
	}
	began := time.Now()
	id, err := b.lookUpProject(ctx, b.defaults.projectNameFor(region))
	b.lookUps.Note(ctx, began, err, lookUp{})
	return id, err
}

// lookUp is the key of outages of IAM.
type lookUp struct{}

func (b *Backend) explainLookup(region string, err error) string {
	if b.signInAdvice(err) != "" {
		return b.Explain(err) // the first call just happens to be this one
	}
	name := b.defaults.projectNameFor(region)
	text := fmt.Sprintf("No project_id is set for region %s, neither in the resource nor in the provider, so the project named %q was looked up in IAM. "+
		"Check that region; with project_id set, no project is looked up.\n\n", region, name)
	if !errors.As(err, new(*rest.Error)) {
		return text + "What happened: " + err.Error() + "."
	}
	return text + b.Explain(err)
}

// PlanMoved plans, as for a new resource, the region and project that a state lacks which was moved here and not read since.
func (b *Backend) PlanMoved(ctx context.Context, config scope.Scope, plan, state *scope.Scope, diags *diag.Diagnostics) {
	if state.Region.IsNull() {
		if config.Region.IsNull() {
			plan.Region = b.defaults.Region
		}
		state.Region = plan.Region
	}
	if state.ProjectID.IsNull() {
		if config.ProjectID.IsNull() {
			plan.ProjectID = b.DefaultProject(ctx, plan.Region, diags)
		}
		state.ProjectID = plan.ProjectID
	}
}

// Locate is InScope for what is read at once. It reports whether all is well so far.
func (b *Backend) Locate(ctx context.Context, s *scope.Scope, diags *diag.Diagnostics) bool {
	*s = b.InScope(ctx, *s, diags)
	for name, value := range map[string]types.String{"region": s.Region, "project_id": s.ProjectID} {
		if value.IsUnknown() {
			diags.AddAttributeError(path.Root(name), "Not known while planning", fmt.Sprintf(
				"%s comes from the provider's configuration, where it is known only after an apply. Set %s here, or give the provider a value that is known when planning.", name, name))
		}
	}
	return !diags.HasError()
}

// InScope fills in the default region and project where a configuration has none. They may be unknown.
func (b *Backend) InScope(ctx context.Context, configured scope.Scope, diags *diag.Diagnostics) scope.Scope {
	if configured.Region.IsNull() {
		configured.Region = b.defaults.Region
	}
	if configured.ProjectID.IsNull() {
		configured.ProjectID = b.DefaultProject(ctx, configured.Region, diags)
	}
	return configured
}

// From is for the Configure methods of the things. It returns nil where the provider isn't configured yet, as in a validation.
func From(given any, diags *diag.Diagnostics) *Backend {
	if given == nil {
		return nil
	}
	data, ok := given.(*Backend)
	if !ok {
		diags.AddError("Bug in the provider", fmt.Sprintf("Configured with %T. Please report this.", given))
	}
	return data
}
