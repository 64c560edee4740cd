// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package scope

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/action/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// ForAction adds the attributes of a scope to those of an action.
func ForAction(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	attribute := func(description string, required bool) schema.StringAttribute {
		return schema.StringAttribute{
			MarkdownDescription: description, Required: required, Optional: !required, Validators: []validator.String{tfkit.ValidID()},
		}
	}
	maps.Copy(attributes, map[string]schema.Attribute{
		"instance_id": attribute(instanceDescription, true),
		"region":      attribute(regionDescription, false),
		"project_id":  attribute(projectDescription, false),
	})
	return attributes
}
