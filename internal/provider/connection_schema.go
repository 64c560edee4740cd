// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
)

// connectionSchema is that of apig_vpc_endpoint_connection. Its descriptions
// are the registry page.
func connectionSchema(ctx context.Context) schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Declares which VPC endpoints of a dedicated API gateway are accepted, and which are rejected. " +
			"The consumers' endpoints ask to connect to the gateway's endpoint service; this resource makes the decision, keeps it, and shows drift endpoint by endpoint.",
		Attributes: withScope(map[string]schema.Attribute{
			"desired_status": schema.StringAttribute{
				MarkdownDescription: "The decision on all of `endpoints`: `accepted` or `rejected`. Changing it decides anew, in place. " +
					"Whether a rejected connection can be accepted later is the platform's choice: where it can't, the consumer has to make a new endpoint.",
				Required:   true,
				Validators: []validator.String{stringvalidator.OneOf(string(connection.Accepted), string(connection.Rejected))},
			},
			"endpoints": schema.ListAttribute{
				MarkdownDescription: "IDs of the VPC endpoints, one or more, without an upper limit. They mean a set: their order never matters, and none may be named twice; a set may be assigned. " +
					"An endpoint that is taken out is treated as `on_destroy` says.",
				Required:      true,
				ElementType:   types.StringType,
				Validators:    []validator.List{validIDs{noun: "endpoint", empty: "Name the endpoints to decide on, or remove the resource; where a list may turn out empty, give the resource a `count`."}},
				PlanModifiers: []planmodifier.List{ignoreOrder{}},
			},
			"expected_domain_ids": schema.ListAttribute{
				MarkdownDescription: "IDs of the accounts whose endpoints may be accepted. With it, an endpoint of any other account is an error when planning, and again right before it would be accepted. " +
					"Without it, the endpoint's ID alone is trusted. Rejecting never needs it. The order does not matter.",
				Optional:      true,
				ElementType:   types.StringType,
				Validators:    []validator.List{accountIDs("Name the accounts to expect, or leave the argument out to expect any.")},
				PlanModifiers: []planmodifier.List{ignoreOrder{}},
			},
			"on_destroy": schema.StringAttribute{
				MarkdownDescription: "What happens to endpoints that leave this resource's care, when it is destroyed or they are taken out of `endpoints`: " +
					"`reject` (the default) rejects each that is accepted or about to be; `retain` leaves them as they are, and makes no call.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(onDestroyReject),
				Validators: []validator.String{stringvalidator.OneOf(onDestroyReject, onDestroyRetain)},
			},
			"wait_for_endpoints": schema.StringAttribute{
				MarkdownDescription: "How long to wait for endpoints to accept that the gateway does not list yet, as a duration such as `90s`; `" + defaultWaitForEndpoints + "` by default, `0s` for not at all. " +
					"A consumer's new endpoint can take minutes to show up. The endpoints that are there are decided first; then the resource's own clock begins. An endpoint that the gateway has listed before and does not any more is not waited for. Where the last ten waits of a run ended in vain, and the gateway has listed nothing new meanwhile, further ones are short: a tenth, at most 5 seconds.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(defaultWaitForEndpoints),
				Validators: []validator.String{validDuration{}},
			},
			"connections": schema.MapAttribute{
				MarkdownDescription: "What the gateway says of each of `endpoints`, by endpoint ID. All of it is null for an endpoint that the gateway does not list:\n" +
					connectionShape("`pendingAcceptance`, `creating`, `accepted`, `rejected` and `failed`"),
				Computed:    true,
				ElementType: entryType,
			},
		}),
		Blocks: map[string]schema.Block{
			"timeouts": timeoutsBlock(ctx),
		},
	}
}

// connectionShape describes an element of `connections`.
func connectionShape(statuses string) string {
	return strings.Join([]string{
		"  - `status` is one of " + statuses + ";",
		"  - `marker_id` is the number that the platform marks the connection's packets with;",
		"  - `domain_id` is the ID of the account that the endpoint belongs to;",
		"  - `created_at` and `updated_at` are in UTC, `YYYY-MM-DDTHH:MM:SSZ`.",
	}, "\n")
}
