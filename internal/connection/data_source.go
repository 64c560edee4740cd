// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// dataModel is the configuration and the state of the data source
// apig_vpc_endpoint_connections.
type dataModel struct {
	lifecycle.DataCommon

	Filter      *filter    `tfsdk:"filter"`
	Endpoints   types.List `tfsdk:"endpoints"`
	Connections types.Map  `tfsdk:"connections"`
}

func dataSchema() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "Lists the connections of a dedicated API gateway: the VPC endpoints that asked, their accounts, and the decisions.",
		Attributes: scope.ForDataSource(map[string]schema.Attribute{
			"filter": dataFilter(),
			"endpoints": schema.ListAttribute{
				MarkdownDescription: "IDs of the VPC endpoints in `connections`, sorted, without those that are `deleting`: their consumers have left, and there is nothing to decide. They can be assigned to the `endpoints` of an `apig_vpc_endpoint_connection`.",
				Computed:            true,
				ElementType:         types.StringType,
			},
			"connections": schema.MapAttribute{
				MarkdownDescription: "The listed connections, by endpoint ID:\n" + connectionShape(statusNames()+", or a newer status of the API"),
				Computed:            true,
				ElementType:         observedType,
			},
		}),
	}
}

// Look implements lifecycle.Data: what the gateway lists and the filter lets through.
func (m *dataModel) Look(ctx context.Context, session *gateway.Session) error {
	connections, err := listConnections(ctx, session, m.Filter, gateway.Recent())
	if err != nil {
		return err
	}
	objects := make(map[string]attr.Value, len(connections))
	var there []string
	for id, c := range connections {
		objects[id] = asListed(c).toTerraform()
		if endpoint.Judge(endpoint.Accept, c.Status) != endpoint.Gone {
			there = append(there, id)
		}
	}
	slices.Sort(there)
	m.Endpoints = tfkit.StringList(there)
	m.Connections = types.MapValueMust(observedType, objects)
	return nil
}
