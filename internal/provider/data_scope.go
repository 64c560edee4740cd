// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// withDataScope adds to a data source's attributes those that say which gateway
// it is about.
func withDataScope(attributes map[string]schema.Attribute) map[string]schema.Attribute {
	maps.Copy(attributes, map[string]schema.Attribute{
		"instance_id": schema.StringAttribute{
			MarkdownDescription: instanceDescription,
			Required:            true,
			Validators:          []validator.String{validID()},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: regionDescription,
			Optional:            true,
			Computed:            true,
			Validators:          []validator.String{validID()},
		},
		"project_id": schema.StringAttribute{
			MarkdownDescription: projectDescription,
			Optional:            true,
			Computed:            true,
			Validators:          []validator.String{validID()},
		},
	})
	return attributes
}
