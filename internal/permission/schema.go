// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"

	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// resourceSchema is that of apig_vpc_endpoint_permissions. Its descriptions are the registry page.
func resourceSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Declares which accounts may ask for a connection to a dedicated API gateway: the whitelist of its endpoint service. " +
			"The resource manages the entries of its own accounts only, and shows drift entry by entry.",
		Attributes: map[string]schema.Attribute{
			"domain_ids": tfkit.IDList("IDs of the accounts that may ask, each 32 hexadecimal digits: at least one, without an upper limit. `[\"*\"]` is for every account. "+
				"The list is treated as a set: order is ignored, and duplicates are an error. Lists and sets are accepted. `on_destroy` says what happens to the entry of an account that you remove.",
				true, accountList),
			"on_destroy": tfkit.Choice("What happens to entries when you destroy the resource or remove their accounts from `domain_ids`. "+
				"`delete` (the default) deletes them. `retain` leaves them as they are, and makes no call.",
				ownership.Delete, ownership.Retain),
			"permissions": schema.MapAttribute{
				MarkdownDescription: "The gateway's entries for `domain_ids`, by account:\n" + entryShape,
				Computed:            true,
				ElementType:         entryType,
			},
		},
	}
}
