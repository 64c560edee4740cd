// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

// NewDataSource makes the data source apig_vpc_endpoint_connections.
func NewDataSource() datasource.DataSource { return &dataSource{} }

// dataSource serves the data source apig_vpc_endpoint_connections.
type dataSource struct {
	backend *backend.Backend
}

// dataModel is its configuration and state.
type dataModel struct {
	scope.Scope

	Filter      *filter        `tfsdk:"filter"`
	Endpoints   types.List     `tfsdk:"endpoints"`
	Connections types.Map      `tfsdk:"connections"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vpc_endpoint_connections"
}

func (d *dataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
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
		Blocks: map[string]schema.Block{
			"timeouts": tfkit.DataTimeoutsBlock(ctx),
		},
	}
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.backend = backend.From(req.ProviderData, &resp.Diagnostics)
}

// Read gives what the gateway lists and the filter lets through.
func (d *dataSource) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var m dataModel
	resp.Diagnostics.Append(req.Config.Get(ctx, &m)...)
	if resp.Diagnostics.HasError() {
		return
	}
	m.Scope = d.backend.KnownScope(ctx, m.Scope, &resp.Diagnostics)
	if resp.Diagnostics.HasError() {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "read", m.Timeouts.Read, tfkit.DefaultReadTimeout, &resp.Diagnostics)
	defer cancel()

	listed, err := backend.Patiently(ctx, d.backend.Session(m.Gateway()), func(ctx context.Context) (map[string]endpoint.Connection, error) {
		return listConnections(ctx, d.backend, m.Gateway(), m.Filter, gateway.Recent())
	})
	if err != nil {
		resp.Diagnostics.Append(d.backend.APIError(err, "The connections can't be listed", m.Gateway()))
		return
	}
	m.set(listed)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}

func (m *dataModel) set(connections map[string]endpoint.Connection) {
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
}
