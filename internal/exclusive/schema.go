// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package exclusive

import (
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"

	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

func resourceSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Declares all connections of a dedicated API gateway that may be accepted, and rejects every other one that is accepted or being accepted. " +
			"It accepts nothing itself; `apig_vpc_endpoint_connection` does. Declare one for a gateway.",
		Attributes: map[string]schema.Attribute{
			"endpoints": tfkit.IDList("IDs of the VPC endpoints that may be accepted. Order is ignored. At least one of `endpoints` and `domain_ids` must have an element.",
				false, tfkit.IDs{Noun: "endpoint"}),
			"domain_ids": tfkit.IDList("IDs of the accounts whose endpoints may all be accepted, each 32 hexadecimal digits. Order is ignored. At least one of `endpoints` and `domain_ids` must have an element.",
				false, tfkit.AccountIDs("")),
			"reject_pending": schema.BoolAttribute{
				MarkdownDescription: "Whether the resource also rejects undeclared connections that wait for a decision. Default: `false`, which leaves them waiting.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
			},
			"undeclared": schema.MapAttribute{
				MarkdownDescription: "The connections that are accepted and not declared, by endpoint ID. A plan to reject one shows that its `status` becomes `rejected`. The refresh after the rejection removes it from the map.\n" +
					"  - `status` is `creating` or `accepted`, with `reject_pending` also `pendingAcceptance`, and `rejected` between an apply and the next refresh;\n" +
					"  - `domain_id` is the ID of the account that the endpoint belongs to.",
				Computed:    true,
				ElementType: undeclaredType,
			},
		},
	}
}
