// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package scope says which gateway a thing is about: the attributes `region`, `project_id` and `instance_id` in each
// kind of schema, and their part of an import ID. It makes no call, and knows nothing of defaults.
package scope

import (
	"context"
	"fmt"
	"maps"
	"slices"

	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// Scope says which gateway something is about. Models embed it.
type Scope struct {
	InstanceID types.String `tfsdk:"instance_id"`
	Region     types.String `tfsdk:"region"`
	ProjectID  types.String `tfsdk:"project_id"`
}

// Place is the scope itself, of a model that embeds it.
func (s *Scope) Place() *Scope { return s }

// Attributes are those of a state or an identity.
func (s Scope) Attributes() map[string]any {
	return map[string]any{"instance_id": s.InstanceID, "region": s.Region, "project_id": s.ProjectID}
}

// attributes are those of a configuration or an identity.
type attributes interface {
	GetAttribute(ctx context.Context, at path.Path, target any) diag.Diagnostics
}

// In reads the scope of a configuration or an identity, and nothing else of it.
func In(ctx context.Context, from attributes, diags *diag.Diagnostics) (s Scope) {
	for name, target := range map[string]*types.String{"instance_id": &s.InstanceID, "region": &s.Region, "project_id": &s.ProjectID} {
		diags.Append(from.GetAttribute(ctx, path.Root(name), target)...)
	}
	return s
}

// Gateway names the gateway as calls do.
func (s Scope) Gateway() apig.Gateway {
	return apig.Gateway{
		Region:     s.Region.ValueString(),
		ProjectID:  s.ProjectID.ValueString(),
		InstanceID: s.InstanceID.ValueString(),
	}
}

// GatewayKnown reports whether calls for the gateway can be made.
func (s Scope) GatewayKnown() bool {
	return !slices.ContainsFunc(s.parts(), func(part types.String) bool { return part.IsNull() || part.IsUnknown() })
}

func (s Scope) parts() []types.String { return []types.String{s.InstanceID, s.Region, s.ProjectID} }

// Check refuses parts that are given and can't be an ID.
func (s Scope) Check() error {
	for _, part := range s.parts() {
		if !part.IsNull() && !tfkit.IDPattern.MatchString(part.ValueString()) {
			return fmt.Errorf("has the part %q, which is no ID: %s", part.ValueString(), tfkit.IDRule)
		}
	}
	return nil
}

// What is said of these wherever one names a gateway. For a resource they say more.
const (
	instanceDescription = "ID of the dedicated gateway, from the console or from `huaweicloud_apig_instance`."
	regionDescription   = "Region of the gateway. Default: the provider's region."
	projectDescription  = "ID of the gateway's project. Default: the provider's project in the provider's region, and in another region the project of that region, which the provider looks up in IAM."
)

// ForIdentity adds the attributes of a scope to those of an identity.
func ForIdentity(attributes map[string]identityschema.Attribute) map[string]identityschema.Attribute {
	with(attributes, func(description string, required bool) identityschema.Attribute {
		return identityschema.StringAttribute{Description: description, RequiredForImport: required, OptionalForImport: !required}
	})
	attributes["project_id"] = identityschema.StringAttribute{
		Description:       "ID of the gateway's project. Default: the provider's project in the provider's region, and in another region the project of that region.",
		OptionalForImport: true,
	}
	return attributes
}

var validID = []validator.String{tfkit.ValidID()}

// with adds the attributes of a scope, which each kind of schema has a type for.
func with[A any](attributes map[string]A, attribute func(description string, required bool) A) map[string]A {
	attributes["instance_id"] = attribute(instanceDescription, true)
	attributes["region"] = attribute(regionDescription, false)
	attributes["project_id"] = attribute(projectDescription, false)
	return attributes
}

// ForDataSource adds the attributes of a scope to those of a data source.
func ForDataSource(attributes map[string]dataschema.Attribute) map[string]dataschema.Attribute {
	return with(attributes, func(description string, required bool) dataschema.Attribute {
		return dataschema.StringAttribute{MarkdownDescription: description, Required: required, Optional: !required, Computed: !required, Validators: validID}
	})
}

// ForList adds the attributes of a scope to those of a query.
func ForList(attributes map[string]listschema.Attribute) map[string]listschema.Attribute {
	return with(attributes, func(description string, required bool) listschema.Attribute {
		return listschema.StringAttribute{MarkdownDescription: description, Required: required, Optional: !required, Validators: validID}
	})
}

// ForAction adds the attributes of a scope to those of an action.
func ForAction(attributes map[string]actionschema.Attribute) map[string]actionschema.Attribute {
	return with(attributes, func(description string, required bool) actionschema.Attribute {
		return actionschema.StringAttribute{MarkdownDescription: description, Required: required, Optional: !required, Validators: validID}
	})
}

// ForResource adds the attributes of a scope to those of a resource.
func ForResource(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	preset := func(description string) schema.StringAttribute {
		return schema.StringAttribute{
			MarkdownDescription: description, Optional: true, Computed: true, Validators: validID,
			PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown(), replaceUnlessNew()},
		}
	}
	maps.Copy(attributes, map[string]schema.Attribute{
		"instance_id": schema.StringAttribute{
			MarkdownDescription: "ID of the dedicated gateway, from the console or from `huaweicloud_apig_instance`. A change replaces the resource.",
			Required:            true,
			Validators:          validID,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
		"region":     preset("Region of the gateway. Default: the provider's region when the resource is created. A change replaces the resource."),
		"project_id": preset("ID of the gateway's project. Default, when the resource is created: the provider's project in the provider's region, and in another region the project of that region, which the provider looks up in IAM. A change replaces the resource."),
	})
	return attributes
}

// replaceUnlessNew replaces the resource when the value changes, unless the state has none, as after a move.
func replaceUnlessNew() planmodifier.String {
	const description = "A change replaces the resource."
	return stringplanmodifier.RequiresReplaceIf(func(_ context.Context, req planmodifier.StringRequest, resp *stringplanmodifier.RequiresReplaceIfFuncResponse) {
		resp.RequiresReplace = !req.StateValue.IsNull()
	}, description, description)
}
