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
	"github.com/hashicorp/terraform-plugin-framework/attr"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// groupByDomain makes one result for each account and decision.
const groupByDomain = "domain_id"

// queryModel is the configuration of a query for what a resource could adopt.
type queryModel struct {
	scope.Scope

	Filter  *filter      `tfsdk:"filter"`
	GroupBy types.String `tfsdk:"group_by"`
}

// querySchema is that of a query. Its descriptions are the registry page.
func querySchema() listschema.Schema {
	return listschema.Schema{
		MarkdownDescription: "Finds the accepted and rejected connections of a dedicated API gateway, for `terraform query` to import into `apig_vpc_endpoint_connection` resources.",
		Attributes: map[string]listschema.Attribute{
			"group_by": listschema.StringAttribute{
				MarkdownDescription: "How to group endpoints into results. By default, each endpoint is a result. With `domain_id`, all endpoints of an account with the same decision are one result.",
				Optional:            true,
				Validators:          []validator.String{stringvalidator.OneOf(groupByDomain)},
			},
			"filter": queryFilter(),
		},
	}
}

func (m *queryModel) Find(ctx context.Context, session *gateway.Session, limit int64, diags *diag.Diagnostics) ([]lifecycle.Adoptable, error) {
	listed, err := listConnections(ctx, session, m.Filter, gateway.OfThisRun())
	if err != nil {
		return nil, err
	}
	found := adoptables(listed, m.GroupBy.ValueString() == groupByDomain)
	if len(found) == 0 {
		diags.AddWarning("No decided connection was found", nothingFound(m.Gateway(), m.Filter, len(listed)))
	}
	if limit > 0 && int64(len(found)) > limit {
		diags.AddWarning("More was found than is shown", fmt.Sprintf(
			"On the %s there are %d results, and `limit` is %d. Raise it in the `list` block, or narrow the query with `filter`.", m.Gateway(), len(found), limit))
	}
	return found, nil
}

// nothingFound says why a query that the gateway lists so many connections for has no result.
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

// adoptables makes them of what is decided, one for each connection or for each account and decision, sorted.
func adoptables(listed map[string]endpoint.Connection, grouped bool) []lifecycle.Adoptable {
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
	found := make([]lifecycle.Adoptable, 0, len(groups))
	for _, k := range slices.SortedFunc(maps.Keys(groups), func(a, b key) int {
		return cmp.Or(cmp.Compare(a.account, b.account), cmp.Compare(a.decision, b.decision), cmp.Compare(a.endpoint, b.endpoint))
	}) {
		found = append(found, adoptable(k.decision, groups[k], grouped))
	}
	return found
}

// adoptable is what one resource could adopt: connections sorted by ID, all of an account if they are grouped.
func adoptable(decision endpoint.Decision, connections []endpoint.Connection, grouped bool) lifecycle.Adoptable {
	ids := make([]string, len(connections))
	recorded := make(map[string]types.Object, len(connections))
	for i, c := range connections {
		ids[i], recorded[c.ID] = c.ID, fromAPI(c).toTerraform()
	}
	attributes := importedState(decision, ids)
	attributes["connections"] = recorded
	return lifecycle.Adoptable{Name: displayName(decision, connections, grouped), IDs: ids, Attributes: attributes}
}

func displayName(decision endpoint.Decision, connections []endpoint.Connection, grouped bool) string {
	first, account := connections[0], ""
	if first.DomainID != "" {
		account = "account " + first.DomainID
	}
	switch {
	case !grouped:
		return report.Endpoint(first.ID, first)
	case len(connections) == 1:
		return fmt.Sprintf("1 %s endpoint of %s", decision, cmp.Or(account, "an unknown account"))
	default:
		return fmt.Sprintf("%d %s endpoints of %s", len(connections), decision, cmp.Or(account, "unknown accounts"))
	}
}

// dataModel is the configuration and the state of the data source apig_vpc_endpoint_connections.
type dataModel struct {
	lifecycle.DataCommon

	Filter      *filter    `tfsdk:"filter"`
	Endpoints   types.List `tfsdk:"endpoints"`
	Connections types.Map  `tfsdk:"connections"`
}

func dataSchema() dataschema.Schema {
	return dataschema.Schema{
		MarkdownDescription: "Lists the connections of a dedicated API gateway: the VPC endpoints that asked, their accounts, and the decisions.",
		Attributes: map[string]dataschema.Attribute{
			"filter": dataFilter(),
			"endpoints": dataschema.ListAttribute{
				MarkdownDescription: "IDs of the VPC endpoints in `connections`, sorted, without those that are `deleting`: their consumers have left, and there is nothing to decide. They can be assigned to the `endpoints` of an `apig_vpc_endpoint_connection`.",
				Computed:            true,
				ElementType:         types.StringType,
			},
			"connections": dataschema.MapAttribute{
				MarkdownDescription: "The listed connections, by endpoint ID:\n" + connectionShape(statusNames()+", or a newer status of the API"),
				Computed:            true,
				ElementType:         observedType,
			},
		},
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
	m.Endpoints = tfkit.StringList(slices.Sorted(slices.Values(there)))
	m.Connections = types.MapValueMust(observedType, objects)
	return nil
}
