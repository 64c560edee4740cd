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
			MarkdownDescription: "ID of the dedicated gateway.",
			Required:            true,
			Validators:          []validator.String{validID()},
		},
		"region": schema.StringAttribute{
			MarkdownDescription: "Region of the gateway; the provider's by default.",
			Optional:            true,
			Computed:            true,
			Validators:          []validator.String{validID()},
		},
		"project_id": schema.StringAttribute{
			MarkdownDescription: "ID of the gateway's project. By default it is the provider's in the provider's region, and in another region that region's own project, which is looked up in IAM.",
			Optional:            true,
			Computed:            true,
			Validators:          []validator.String{validID()},
		},
	})
	return attributes
}
