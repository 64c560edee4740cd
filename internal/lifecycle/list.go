// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package lifecycle

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// Query is the configuration of a list resource.
type Query interface {
	Place() *scope.Scope
	// Find looks for what resources could adopt. It tells where it finds nothing, or more than the limit.
	Find(ctx context.Context, session *gateway.Session, limit int64, diags *diag.Diagnostics) ([]Adoptable, error)
}

// Adoptable is what one resource could adopt.
type Adoptable struct {
	Name string
	IDs  []string
	// Attributes are those of the resource beside its scope, as an import and a read would
	// make it, so that the configuration that the CLI writes of it plans nothing.
	Attributes map[string]any
}

type queryOf[T any] interface {
	*T
	Query
}

type listResource[T any, Q queryOf[T]] struct {
	named

	schema  listschema.Schema
	summary string
}

// NewList makes a list resource of a kind. Things are what it lists.
func NewList[T any, Q queryOf[T]](kind *Kind, things string, schema listschema.Schema) list.ListResource {
	schema.Attributes = scope.ForList(schema.Attributes)
	return &listResource[T, Q]{named{kind: kind}, schema, "The " + things + " can't be listed"}
}

// ListResourceConfigSchema implements list.ListResource.
func (l *listResource[T, Q]) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = l.schema
}

// List sends what it finds, up to a limit. It is all in memory.
func (l *listResource[T, Q]) List(ctx context.Context, req list.ListRequest, results *list.ListResultsStream) {
	var (
		diags diag.Diagnostics
		query Q = new(T)
	)
	found := l.find(ctx, req, query, &diags)
	if len(found) == 0 {
		results.Results = list.ListResultsStreamDiagnostics(diags)
		return
	}
	if req.Limit > 0 {
		found = found[:min(int64(len(found)), req.Limit)]
	}
	results.Results = func(push func(list.ListResult) bool) {
		for i, f := range found {
			result := l.result(ctx, req, *query.Place(), f)
			if i == 0 {
				// A CLI that has as many results as it asked for listens no more.
				result.Diagnostics.Append(diags...)
			}
			if !push(result) {
				return
			}
		}
	}
}

func (l *listResource[T, Q]) find(ctx context.Context, req list.ListRequest, query Q, diags *diag.Diagnostics) []Adoptable {
	in := query.Place()
	diags.Append(req.Config.Get(ctx, query)...)
	if diags.HasError() || !l.Locate(ctx, in, diags) {
		return nil
	}
	ctx, cancel := tfkit.WithReadLimit(ctx)
	defer cancel()
	found, err := query.Find(ctx, l.Session(in.Gateway()), req.Limit, diags)
	if err != nil {
		diags.Append(l.APIError(err, l.summary, in.Gateway()))
	}
	return found
}

func (l *listResource[T, Q]) result(ctx context.Context, req list.ListRequest, in scope.Scope, found Adoptable) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = found.Name
	tfkit.SetAttributes(ctx, result.Identity, l.kind.identity(in, found.IDs), &result.Diagnostics)
	if req.IncludeResource {
		tfkit.SetAttributes(ctx, result.Resource, in.Attributes(), &result.Diagnostics)
		tfkit.SetAttributes(ctx, result.Resource, found.Attributes, &result.Diagnostics)
	}
	return result
}

// DataCommon is what each model of a data source has.
type DataCommon struct {
	scope.Scope

	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// Base is the common part of a model that embeds it.
func (c *DataCommon) Base() *DataCommon { return c }

// Data is the configuration and the state of a data source.
type Data interface {
	Base() *DataCommon
	// Look fills in what the gateway lists.
	Look(ctx context.Context, session *gateway.Session) error
}

type dataOf[T any] interface {
	*T
	Data
}

type dataSource[T any, D dataOf[T]] struct {
	*backend.Backend

	things string
	schema dataschema.Schema
}

// NewDataSource makes the data source of some things of a gateway.
func NewDataSource[T any, D dataOf[T]](things string, schema dataschema.Schema) datasource.DataSource {
	schema.Attributes = scope.ForDataSource(schema.Attributes)
	return &dataSource[T, D]{things: things, schema: schema}
}

// Metadata implements datasource.DataSource.
func (d *dataSource[T, D]) Metadata(_ context.Context, req datasource.MetadataRequest, resp *datasource.MetadataResponse) {
	resp.TypeName = req.ProviderTypeName + "_vpc_endpoint_" + d.things
}

// Schema implements datasource.DataSource.
func (d *dataSource[T, D]) Schema(ctx context.Context, _ datasource.SchemaRequest, resp *datasource.SchemaResponse) {
	resp.Schema = d.schema
	resp.Schema.Blocks = map[string]dataschema.Block{"timeouts": tfkit.DataTimeoutsBlock(ctx)}
}

// Configure implements datasource.DataSourceWithConfigure.
func (d *dataSource[T, D]) Configure(_ context.Context, req datasource.ConfigureRequest, resp *datasource.ConfigureResponse) {
	d.Backend = backend.From(req.ProviderData, &resp.Diagnostics)
}

// Read gives what the gateway lists.
func (d *dataSource[T, D]) Read(ctx context.Context, req datasource.ReadRequest, resp *datasource.ReadResponse) {
	var data D = new(T)
	in, diags := &data.Base().Scope, &resp.Diagnostics
	diags.Append(req.Config.Get(ctx, data)...)
	if diags.HasError() || !d.Locate(ctx, in, diags) {
		return
	}
	ctx, cancel := tfkit.WithTimeout(ctx, "read", data.Base().Timeouts.Read, diags)
	defer cancel()
	session := d.Session(in.Gateway())
	if err := session.Patiently(ctx, func(ctx context.Context) error { return data.Look(ctx, session) }); err != nil {
		diags.Append(d.APIError(err, "The "+d.things+" can't be listed", in.Gateway()))
		return
	}
	diags.Append(resp.State.Set(ctx, data)...)
}
