// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package scope

import (
	"context"
	"maps"

	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

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
	maps.Copy(attributes, map[string]schema.Attribute{
		"instance_id": schema.StringAttribute{
			MarkdownDescription: "ID of the dedicated gateway, from the console or from `huaweicloud_apig_instance`. A change replaces the resource.",
			Required:            true,
			Validators:          validID,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.RequiresReplace()},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of the gateway. Default: the provider's region when the resource is created. A change replaces the resource.",
			Optional:            true,
			Computed:            true,
			Validators:          validID,
			PlanModifiers:       []planmodifier.String{stringplanmodifier.UseStateForUnknown(), replaceUnlessNew()},
		},
		"project_id": schema.StringAttribute{
			MarkdownDescription: "ID of the gateway's project. Default, when the resource is created: the provider's project in the provider's region, and in another region the project of that region, which the provider looks up in IAM. A change replaces the resource.",
			Optional:            true,
			Computed:            true,
			Validators:          validID,
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
