// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

// scope says which gateway something is about. Models embed it.
type scope struct {
	InstanceID types.String `tfsdk:"instance_id"`
	Region     types.String `tfsdk:"region"`
	ProjectID  types.String `tfsdk:"project_id"`
}

func (s scope) gateway() apig.Gateway {
	return apig.Gateway{
		Region:     s.Region.ValueString(),
		ProjectID:  s.ProjectID.ValueString(),
		InstanceID: s.InstanceID.ValueString(),
	}
}

// gatewayKnown tells whether calls for the gateway can be made.
func (s scope) gatewayKnown() bool {
	for _, v := range []types.String{s.InstanceID, s.Region, s.ProjectID} {
		if v.IsNull() || v.IsUnknown() {
			return false
		}
	}
	return true
}

// check refuses what can't be an ID, of what is given.
func (s scope) check() error {
	for _, part := range []types.String{s.InstanceID, s.Region, s.ProjectID} {
		if !part.IsNull() && !idPattern.MatchString(part.ValueString()) {
			return fmt.Errorf("has the part %q, which is no ID: %s", part.ValueString(), idRule)
		}
	}
	return nil
}

func (s scope) equal(other scope) bool {
	return s.InstanceID.Equal(other.InstanceID) && s.Region.Equal(other.Region) && s.ProjectID.Equal(other.ProjectID)
}

// knownScope is inScope for what is read at once, and can't wait for an apply.
func (p *providerData) knownScope(ctx context.Context, configured scope, diags *diag.Diagnostics) scope {
	s := p.inScope(ctx, configured, diags)
	for name, value := range map[string]types.String{"region": s.Region, "project_id": s.ProjectID} {
		if value.IsUnknown() {
			diags.AddAttributeError(attributePath(name), "Not known while planning", fmt.Sprintf(
				"%s comes from the provider's configuration, where it is known only after an apply. Set %s here, or give the provider a value that is known when planning.", name, name))
		}
	}
	return s
}

// inScope fills in the defaults of region and project where a configuration has
// none. They are unknown where the provider doesn't know them yet.
func (p *providerData) inScope(ctx context.Context, configured scope, diags *diag.Diagnostics) scope {
	if configured.Region.IsNull() {
		configured.Region = p.defaults.Region
	}
	if configured.ProjectID.IsNull() {
		configured.ProjectID = p.defaultProject(ctx, configured.Region, diags)
	}
	return configured
}

// What is said of these wherever one names a gateway. For a resource they say more.
const (
	instanceDescription = "ID of the dedicated gateway, from the console or from `huaweicloud_apig_instance`."
	regionDescription   = "Region of the gateway. Default: the provider's region."
	projectDescription  = "ID of the gateway's project. Default: the provider's project in the provider's region, and in another region the project of that region, which the provider looks up in IAM."
)

// withScopeIdentity adds to an identity's attributes those that say which
// gateway it is about.
func withScopeIdentity(attributes map[string]identityschema.Attribute) map[string]identityschema.Attribute {
	maps.Copy(attributes, map[string]identityschema.Attribute{
		"region": identityschema.StringAttribute{
			Description:       regionDescription,
			OptionalForImport: true,
		},
		"project_id": identityschema.StringAttribute{
			Description:       "ID of the gateway's project. Default: the provider's project in the provider's region, and in another region the project of that region.",
			OptionalForImport: true,
		},
		"instance_id": identityschema.StringAttribute{
			Description:       instanceDescription,
			RequiredForImport: true,
		},
	})
	return attributes
}

// withScope adds to a resource's attributes those that say which gateway it is about.
func withScope(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	maps.Copy(attributes, map[string]schema.Attribute{
		"instance_id": schema.StringAttribute{
			MarkdownDescription: "ID of the dedicated gateway, from the console or from `huaweicloud_apig_instance`. A change replaces the resource.",
			Required:            true,
			Validators:          []validator.String{validID()},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of the gateway. Default: the provider's region when the resource is created. A change replaces the resource.",
			Optional:            true,
			Computed:            true,
			Validators:          []validator.String{validID()},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown(), replaceUnlessNew()},
		},
		"project_id": schema.StringAttribute{
			MarkdownDescription: "ID of the gateway's project. Default, when the resource is created: the provider's project in the provider's region, and in another region the project of that region, which the provider looks up in IAM. A change replaces the resource.",
			Optional:            true,
			Computed:            true,
			Validators:          []validator.String{validID()},
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown(), replaceUnlessNew()},
		},
	})
	return attributes
}

// replaceUnlessNew replaces the resource when the value changes, but not when the
// state has none: that of a state that was moved here and not read since.
func replaceUnlessNew() planmodifier.String {
	const description = "A change replaces the resource."
	return stringplanmodifier.RequiresReplaceIf(func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
		resp.RequiresReplace = !req.StateValue.IsNull()
	}, description, description)
}
