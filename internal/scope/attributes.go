// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package scope

import (
	actionschema "github.com/hashicorp/terraform-plugin-framework/action/schema"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
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
