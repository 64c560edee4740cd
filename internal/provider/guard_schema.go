// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/booldefault"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// guardSchema is that of apig_vpc_endpoint_connections_exclusive.
func guardSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Guards a dedicated API gateway: says which connections may stand accepted, and rejects every other that is accepted or on its way there. " +
			"It accepts nothing and waits for nothing; `apig_vpc_endpoint_connection` does. A gateway has one.",
		Attributes: withScope(map[string]schema.Attribute{
			"endpoints": schema.ListAttribute{
				MarkdownDescription: "IDs of the VPC endpoints that may stand. Their order never matters. At least one of `endpoints` and `domain_ids` names something.",
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.List{validIDs{noun: "endpoint"}},
				PlanModifiers:       []planmodifier.List{ignoreOrder{}},
			},
			"domain_ids": schema.ListAttribute{
				MarkdownDescription: "IDs of the accounts of which every endpoint may stand, each 32 hexadecimal digits. Their order never matters.",
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.List{accountIDs("")},
				PlanModifiers:       []planmodifier.List{ignoreOrder{}},
			},
			"reject_pending": schema.BoolAttribute{
				MarkdownDescription: "Whether undeclared connections that wait for a decision are rejected too; `false` by default, which leaves them waiting.",
				Optional:            true,
				Computed:            true,
				Default:             booldefault.StaticBool(false),
			},
			"undeclared": schema.MapAttribute{
				MarkdownDescription: "The connections that stand and may not, by endpoint ID. A plan to reject them shows their `status` become `rejected`; once they are, the next refresh takes them out of the map.\n" +
					"  - `status` is `creating` or `accepted`, with `reject_pending` also `pendingAcceptance`, and `rejected` from an apply to the next refresh;\n" +
					"  - `domain_id` is the ID of the account that the endpoint belongs to.",
				Computed:    true,
				ElementType: undeclaredType,
			},
		}),
		Blocks: map[string]schema.Block{
			"timeouts": timeoutsBlockFor(ctx, false),
		},
	}
}
