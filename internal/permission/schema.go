// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// resourceSchema is that of apig_vpc_endpoint_permissions. Its descriptions are the
// registry page.
func resourceSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Declares which accounts may ask for a connection to a dedicated API gateway: the whitelist of its endpoint service. " +
			"The resource manages the entries of its own accounts only, and shows drift entry by entry.",
		Attributes: scope.ForResource(map[string]schema.Attribute{
			"domain_ids": schema.ListAttribute{
				MarkdownDescription: "IDs of the accounts that may ask, each 32 hexadecimal digits: at least one, without an upper limit. `[\"*\"]` is for every account. " +
					"The list is treated as a set: order is ignored, and duplicates are an error. Lists and sets are accepted. `on_destroy` says what happens to the entry of an account that you remove.",
				Required:      true,
				ElementType:   types.StringType,
				Validators:    []validator.List{accountList, everybodyAlone{}},
				PlanModifiers: []planmodifier.List{tfkit.IgnoreOrder{}},
			},
			"on_destroy": schema.StringAttribute{
				MarkdownDescription: "What happens to entries when you destroy the resource or remove their accounts from `domain_ids`. " +
					"`delete` (the default) deletes them. `retain` leaves them as they are, and makes no call.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(ownership.Delete),
				Validators: []validator.String{stringvalidator.OneOf(ownership.Delete, ownership.Retain)},
			},
			"permissions": schema.MapAttribute{
				MarkdownDescription: "The gateway's entries for `domain_ids`, by account:\n" + entryShape,
				Computed:            true,
				ElementType:         entryType,
			},
		}),
		Blocks: map[string]schema.Block{
			"timeouts": tfkit.TimeoutsBlock(ctx),
		},
	}
}
