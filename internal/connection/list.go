// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

var _ list.ListResourceWithConfigure = (*listResource)(nil)

// groupByDomain makes one result for each account and decision.
const groupByDomain = "domain_id"

// NewList makes the list resource apig_vpc_endpoint_connection.
func NewList() list.ListResource { return &listResource{} }

// listResource finds what an apig_vpc_endpoint_connection could adopt.
type listResource struct {
	connectionResource // for its name and its provider
}

// queryModel is the configuration of a query.
type queryModel struct {
	scope.Scope

	Filter  *filter      `tfsdk:"filter"`
	GroupBy types.String `tfsdk:"group_by"`
}

// ListResourceConfigSchema implements list.ListResource. Its descriptions are
// the registry page.
func (l *listResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds the accepted and rejected connections of a dedicated API gateway, for `terraform query` to import into `apig_vpc_endpoint_connection` resources.",
		Attributes: scope.ForList(map[string]schema.Attribute{
			"group_by": schema.StringAttribute{
				MarkdownDescription: "How to group endpoints into results. By default, each endpoint is a result. With `domain_id`, all endpoints of an account with the same decision are one result.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(groupByDomain)},
			},
			"filter": queryFilter(),
		}),
	}
}

// List finds the connections.
func (l *listResource) List(ctx context.Context, req list.ListRequest, results *list.ListResultsStream) {
	var diags diag.Diagnostics
	found := l.find(ctx, req, &diags)
	tfkit.Stream(ctx, req, results, found, diags)
}

func (l *listResource) find(ctx context.Context, req list.ListRequest, diags *diag.Diagnostics) []adoptable {
	var m queryModel
	diags.Append(req.Config.Get(ctx, &m)...)
	if diags.HasError() {
		return nil
	}
	in := l.backend.KnownScope(ctx, m.Scope, diags)
	if diags.HasError() {
		return nil
	}
	ctx, cancel := tfkit.WithReadLimit(ctx)
	defer cancel()
	listed, err := listConnections(ctx, l.backend, in.Gateway(), m.Filter, gateway.OfThisRun())
	if err != nil {
		diags.Append(l.backend.APIError(err, "The connections can't be listed", in.Gateway()))
		return nil
	}
	found := adoptables(in, listed, m.GroupBy.ValueString() == groupByDomain)
	if len(found) == 0 {
		diags.AddWarning("No decided connection was found", nothingFound(in.Gateway(), m.Filter, len(listed)))
	}
	if req.Limit > 0 && int64(len(found)) > req.Limit {
		diags.AddWarning("More was found than is shown", fmt.Sprintf(
			"On the %s there are %d results, and `limit` is %d. Raise it in the `list` block, or narrow the query with `filter`.", in.Gateway(), len(found), req.Limit))
	}
	return found
}

// nothingFound says why a query that the gateway lists so many connections for
// has no result.
func nothingFound(gateway apig.Gateway, filter *filter, listed int) string {
	switch {
	case listed > 0:
		return fmt.Sprintf("On the %s, none of what the query asks for (connections: %d) is `accepted`, `creating` or `rejected`. What is not decided can't be imported: declare it, and an apply decides.", gateway, listed)
	case filter != nil:
		return fmt.Sprintf("The %s lists no connection that the `filter` lets through: one has to match every argument that is set. Check them, or leave some out.", gateway)
	default:
		return fmt.Sprintf("The %s lists no connections at all. Check `instance_id`, `region` and `project_id` if this is a surprise.", gateway)
	}
}

// adoptable is what one resource could adopt.
type adoptable struct {
	in          scope.Scope
	decision    endpoint.Decision
	connections []endpoint.Connection // sorted by ID
	grouped     bool                  // they are all of an account, rather than one
}

// adoptables makes them of what is decided, one for each connection or for each
// account and decision, sorted.
func adoptables(in scope.Scope, listed map[string]endpoint.Connection, grouped bool) []adoptable {
	type key struct {
		account  string
		decision endpoint.Decision
		endpoint string // where they are not grouped
	}
	groups := map[key][]endpoint.Connection{}
	for _, id := range slices.Sorted(maps.Keys(listed)) {
		c := listed[id]
		decision, ok := endpoint.Decided(c.Status)
		if !ok {
			continue
		}
		k := key{account: c.DomainID, decision: decision}
		if !grouped {
			k.endpoint = id
		}
		groups[k] = append(groups[k], c)
	}
	found := make([]adoptable, 0, len(groups))
	for _, k := range slices.SortedFunc(maps.Keys(groups), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.decision, b.decision), cmp.Compare(a.endpoint, b.endpoint))
	}) {
		found = append(found, adoptable{in, k.decision, groups[k], grouped})
	}
	return found
}

func (a adoptable) endpoints() []string {
	ids := make([]string, len(a.connections))
	for i, c := range a.connections {
		ids[i] = c.ID
	}
	return ids
}

func (a adoptable) displayName() string {
	first := a.connections[0]
	account := ""
	if first.DomainID != "" {
		account = "account " + first.DomainID
	}
	switch {
	case a.grouped && len(a.connections) == 1:
		return fmt.Sprintf("1 %s endpoint of %s", a.decision, cmp.Or(account, "an unknown account"))
	case a.grouped:
		return fmt.Sprintf("%d %s endpoints of %s", len(a.connections), a.decision, cmp.Or(account, "unknown accounts"))
	}
	return report.Endpoint(first.ID, first)
}

// Result is the resource as an import and a read would make it, so that the
// configuration that the CLI writes of it plans nothing.
func (a adoptable) Result(ctx context.Context, req list.ListRequest) list.ListResult {
	result := req.NewListResult(ctx)
	result.DisplayName = a.displayName()
	result.Diagnostics.Append(result.Identity.Set(ctx, identityOf(a.in, a.endpoints()))...)
	if !req.IncludeResource {
		return result
	}
	attributes := importedState(a.in, a.decision, a.endpoints())
	recorded := make(map[string]types.Object, len(a.connections))
	for _, c := range a.connections {
		recorded[c.ID] = fromAPI(c).toTerraform()
	}
	attributes["connections"] = recorded
	tfkit.SetAttributes(ctx, result.Resource, attributes, &result.Diagnostics)
	return result
}
