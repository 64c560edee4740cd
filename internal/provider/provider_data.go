// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

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
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// providerData is what Configure hands to every resource and data source. It
// lives for one walk of Terraform: nothing in the package outlives it.
type providerData struct {
	gateways *gateway.Registry
	defaults scopeDefaults

	lookUpUnknown bool                                                   // where projects are looked up is not known yet
	lookUpProject func(ctx context.Context, name string) (string, error) // asks IAM once for each name
	lookUps       rest.Outages                                           // of those look-ups

	// endpoints and accounts know which object holds, and which one lets go of, what.
	endpoints, accounts owners

	credentials credentials // for messages
}

// credentials says in words how the provider signs in.
type credentials struct {
	Origins  string // where the credentials come from
	Renewal  string // what to do when they are refused
	Instance string // why the agency of this ECS instance signs in, if a profile asks for it
	Ways     string // the ways to sign in
}

// session returns the session of a gateway.
func (p *providerData) session(of apig.Gateway) *gateway.Session { return p.gateways.Session(of) }

// newBackend makes what a walk shares. Projects are looked up by their names.
func newBackend(client *apig.Client, defaults scopeDefaults, lookUpProject func(context.Context, string) (string, error), lookUpUnknown bool, c credentials) *providerData {
	return &providerData{
		gateways: gateway.NewRegistry(client), defaults: defaults,
		endpoints: endpointOwners(), accounts: accountOwners(),
		lookUpProject: lookUpProject, lookUpUnknown: lookUpUnknown, credentials: c,
	}
}

// setPatience changes how long a gateway is asked for before it is believed to be gone.
func (p *providerData) setPatience(patience gateway.Patience) { p.gateways.Patience = patience }

// scopeDefaults are what resources inherit. Each is null when the provider
// doesn't have it and unknown when it isn't known yet.
type scopeDefaults struct {
	Region, ProjectID types.String
	ProjectName       types.String
}

// project returns the ID of the default project for region: known, unknown, or
// null when IAM must be asked for the one with the name that projectNameFor
// returns.
func (d scopeDefaults) project(region types.String) types.String {
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

// projectNameFor returns the name of the default project for region: each
// region has one that is named like it.
func (d scopeDefaults) projectNameFor(region string) string {
	if name := d.ProjectName.ValueString(); name != "" && d.owns(region) {
		return name
	}
	return region
}

// owns reports whether region is the one that the provider's project is for. A
// provider without a region has its project for all.
func (d scopeDefaults) owns(region string) bool {
	return d.Region.IsNull() || d.Region.ValueString() == region
}

// project is that of the defaults; unknown too where it is not known yet who to ask.
func (p *providerData) project(region types.String) types.String {
	project := p.defaults.project(region)
	if project.IsNull() && p.lookUpUnknown {
		return types.StringUnknown()
	}
	return project
}

// defaultProject returns the project of a resource in region that names none.
// It is unknown where that depends on what isn't known yet, and null beside an
// error.
func (p *providerData) defaultProject(ctx context.Context, region types.String, diags *diag.Diagnostics) types.String {
	if region.IsNull() {
		diags.AddAttributeError(path.Root("region"), "No region",
			"Neither this block nor the provider has a region. Set region in one of them, or HW_REGION_NAME in the environment.")
		return types.StringNull()
	}
	if project := p.project(region); !project.IsNull() {
		return project
	}
	// A plan has no timeout of its own, and a throttled IAM would be asked forever.
	ctx, cancel := tfkit.WithReadLimit(ctx)
	defer cancel()
	id, err := p.projectID(ctx, region.ValueString())
	if err != nil {
		diags.AddAttributeError(path.Root("project_id"), "The project can't be looked up", p.explainLookup(region.ValueString(), err))
		return types.StringNull()
	}
	return types.StringValue(id)
}

// projectID returns the ID of the provider's project in the provider's own
// region, and that of the region's own project elsewhere. What the provider
// isn't given, it looks up in IAM.
func (p *providerData) projectID(ctx context.Context, region string) (string, error) {
	switch project := p.project(types.StringValue(region)); {
	case project.IsUnknown():
		return "", fmt.Errorf("the default project for region %s is not known yet", region)
	case !project.IsNull():
		return project.ValueString(), nil
	default:
		if err := p.lookUps.Recent(ctx, lookUp{}); err != nil {
			return "", err
		}
		began := time.Now()
		id, err := p.lookUpProject(ctx, p.defaults.projectNameFor(region))
		p.lookUps.Note(ctx, began, err, lookUp{})
		return id, err
	}
}

// lookUp is the key of outages of IAM.
type lookUp struct{}

func (p *providerData) explainLookup(region string, err error) string {
	if p.signInAdvice(err) != "" {
		return p.explain(err) // the first call just happens to be this one
	}
	name := p.defaults.projectNameFor(region)
	text := fmt.Sprintf("No project_id is set for region %s, neither in the resource nor in the provider, so the project named %q was looked up in IAM. "+
		"Check that region; with project_id set, no project is looked up.\n\n", region, name)
	if !errors.As(err, new(*rest.Error)) {
		return text + "What happened: " + err.Error() + "."
	}
	return text + p.explain(err)
}

// planMoved plans what a state lacks that was moved here and not read since: in
// a plan without a refresh, region and project are those of a new resource.
func (p *providerData) planMoved(ctx context.Context, config scope.Scope, plan, state *scope.Scope, diags *diag.Diagnostics) {
	if state.Region.IsNull() {
		if config.Region.IsNull() {
			plan.Region = p.defaults.Region
		}
		state.Region = plan.Region
	}
	if state.ProjectID.IsNull() {
		if config.ProjectID.IsNull() {
			plan.ProjectID = p.defaultProject(ctx, plan.Region, diags)
		}
		state.ProjectID = plan.ProjectID
	}
}

// knownScope is inScope for what is read at once, and can't wait for an apply.
func (p *providerData) knownScope(ctx context.Context, configured scope.Scope, diags *diag.Diagnostics) scope.Scope {
	s := p.inScope(ctx, configured, diags)
	for name, value := range map[string]types.String{"region": s.Region, "project_id": s.ProjectID} {
		if value.IsUnknown() {
			diags.AddAttributeError(path.Root(name), "Not known while planning", fmt.Sprintf(
				"%s comes from the provider's configuration, where it is known only after an apply. Set %s here, or give the provider a value that is known when planning.", name, name))
		}
	}
	return s
}

// inScope fills in the defaults of region and project where a configuration has
// none. They are unknown where the provider doesn't know them yet.
func (p *providerData) inScope(ctx context.Context, configured scope.Scope, diags *diag.Diagnostics) scope.Scope {
	if configured.Region.IsNull() {
		configured.Region = p.defaults.Region
	}
	if configured.ProjectID.IsNull() {
		configured.ProjectID = p.defaultProject(ctx, configured.Region, diags)
	}
	return configured
}
