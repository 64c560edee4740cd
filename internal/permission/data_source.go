// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// dataModel is the configuration and the state of the data source
// apig_vpc_endpoint_permissions.
type dataModel struct {
	lifecycle.DataCommon

	DomainIDs   types.List `tfsdk:"domain_ids"`
	Permissions types.Map  `tfsdk:"permissions"`
}

func dataSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists which accounts may ask for a connection to a dedicated API gateway's endpoint service.",
		Attributes: scope.ForDataSource(map[string]schema.Attribute{
			"domain_ids": schema.ListAttribute{
				MarkdownDescription: "IDs of the accounts that may ask, sorted. It contains `*` if every account may ask, and the gateway owner's own account, which the platform adds by itself.",
				Computed:            true,
				ElementType:         types.StringType,
			},
			"permissions": schema.MapAttribute{
				MarkdownDescription: "The gateway's entries, by account:\n" + entryShape,
				Computed:            true,
				ElementType:         entryType,
			},
		}),
	}
}

func (m *dataModel) Look(ctx context.Context, session *gateway.Session) error {
	listed, err := session.Permissions(ctx, gateway.Recent())
	if err != nil {
		return err
	}
	objects := make(map[string]attr.Value, len(listed))
	for account, e := range fromAPI(listed) {
		objects[account] = e.toTerraform()
	}
	m.DomainIDs = tfkit.StringList(slices.Sorted(maps.Keys(listed)))
	m.Permissions = types.MapValueMust(entryType, objects)
	return nil
}
