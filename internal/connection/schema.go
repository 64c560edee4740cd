// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// resourceSchema is that of apig_vpc_endpoint_connection. Its descriptions are the registry page.
func resourceSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Declares which VPC endpoints of a dedicated API gateway are accepted, and which are rejected. " +
			"The resource makes the decision, keeps it, and shows drift endpoint by endpoint.",
		Attributes: map[string]schema.Attribute{
			"desired_status": schema.StringAttribute{
				MarkdownDescription: "The decision on all `endpoints`: `accepted` or `rejected`. A change is made in place. " +
					"A rejection may be final: the platform's documentation does not say whether a rejected connection can be accepted later. If it can't, the consumer has to create a new endpoint.",
				Required:   true,
				Validators: []validator.String{stringvalidator.OneOf(string(endpoint.Accepted), string(endpoint.Rejected))},
			},
			"endpoints": tfkit.IDList("IDs of the VPC endpoints: at least one, without an upper limit. The list is treated as a set: order is ignored, and duplicates are an error. Lists and sets are accepted. "+
				"`on_destroy` says what happens to an endpoint that you remove.",
				true, tfkit.IDs{Noun: "endpoint", Empty: "Name the endpoints to decide on, or remove the resource; where a list may turn out empty, give the resource a `count`."}),
			"expected_domain_ids": tfkit.IDList("IDs of the accounts whose endpoints may be accepted. An endpoint of any other account is an error in the plan, and again right before it would be accepted. "+
				"Without this argument, the provider trusts the endpoint's ID alone. Rejections never need it. Order is ignored.",
				false, tfkit.AccountIDs("Name the accounts to expect, or leave the argument out to expect any.")),
			"on_destroy": tfkit.Choice("What happens to endpoints when you destroy the resource or remove them from `endpoints`. "+
				"`reject` (the default) rejects each endpoint that is accepted or being accepted. `retain` leaves them as they are, and makes no call.",
				ownership.Reject, ownership.Retain),
			"wait_for_endpoints": schema.StringAttribute{
				MarkdownDescription: "How long to wait for endpoints to accept that the gateway does not list yet, as a duration such as `90s`. Default: `" + defaultWaitForEndpoints + "`; `0s` doesn't wait. " +
					"The gateway may list a new endpoint only after minutes. The resource decides on all listed endpoints first; then its own clock starts. It does not wait for an endpoint that the gateway listed before and no longer lists. " +
					"If the last ten waits of a run were in vain, and the gateway has listed nothing new since, further waits are short: a tenth of this time, at most 5 seconds.",
				Optional:   true,
				Computed:   true,
				Default:    stringdefault.StaticString(defaultWaitForEndpoints),
				Validators: []validator.String{tfkit.Duration{}},
			},
			"connections": schema.MapAttribute{
				MarkdownDescription: "The connection of each endpoint, by endpoint ID. All attributes are null for an endpoint that the gateway does not list:\n" +
					connectionShape("`pendingAcceptance`, `creating`, `accepted`, `rejected` and `failed`"),
				Computed:    true,
				ElementType: observedType,
			},
		},
	}
}

func connectionShape(statuses string) string {
	return "  - `status` is one of " + statuses + ";\n" +
		"  - `marker_id` is the number with which the platform marks the packets of the connection;\n" +
		"  - `domain_id` is the ID of the account that the endpoint belongs to;\n" +
		"  - `created_at` and `updated_at` are in UTC, `YYYY-MM-DDTHH:MM:SSZ`."
}
