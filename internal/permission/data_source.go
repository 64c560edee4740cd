// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

var _ datasource.DataSourceWithConfigure = (*dataSource)(nil)

// NewDataSource makes the data source apig_vpc_endpoint_permissions.
func NewDataSource() datasource.DataSource { return &dataSource{} }

// dataSource serves the data source apig_vpc_endpoint_permissions.
type dataSource struct {
	backend *backend.Backend
}

// dataModel is its configuration and state.
type dataModel struct {
	scope.Scope

	DomainIDs   types.List     `tfsdk:"domain_ids"`
	Permissions types.Map      `tfsdk:"permissions"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

func (d *dataSource) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vpc_endpoint_permissions"
}

func (d *dataSource) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = schema.Schema{
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
		Blocks: map[string]schema.Block{
			"timeouts": tfkit.DataTimeoutsBlock(ctx),
		},
	}
}

func (d *dataSource) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.backend = backend.From(req.ProviderData, &resp.Diagnostics)
}

// Read gives what the gateway lists.
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

	session := d.backend.Session(m.Gateway())
	listed, err := backend.Patiently(ctx, session, func(ctx context.Context) (map[string]apig.Permission, error) {
		return session.Permissions(ctx, gateway.Recent())
	})
	if err != nil {
		resp.Diagnostics.Append(d.backend.APIError(err, "The permissions can't be listed", m.Gateway()))
		return
	}
	objects := make(map[string]attr.Value, len(listed))
	for account, e := range fromAPI(listed) {
		objects[account] = e.toTerraform()
	}
	m.DomainIDs = tfkit.StringList(slices.Sorted(maps.Keys(listed)))
	m.Permissions = types.MapValueMust(entryType, objects)
	resp.Diagnostics.Append(resp.State.Set(ctx, &m)...)
}
