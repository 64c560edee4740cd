// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework-validators/listvalidator"
	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// filter narrows what is given of a gateway's connections. What is null does not, what is empty lets nothing through.
type filter struct {
	Status    types.List  `tfsdk:"status"`
	Endpoints types.List  `tfsdk:"endpoints"`
	DomainIDs types.List  `tfsdk:"domain_ids"`
	MarkerID  types.Int64 `tfsdk:"marker_id"`
}

// filterTexts describe arguments of `filter`, which the data source and the query do in words of their own.
type filterTexts struct{ status, endpoints, accounts string }

// filterArguments makes the arguments of `filter`, which each kind of schema has types for.
func filterArguments[A any](
	texts filterTexts, statuses []string, list func(text string, values validator.List) A, number func(text string) A,
) map[string]A {
	return map[string]A{
		"status":     list(texts.status, listvalidator.ValueStringsAre(stringvalidator.OneOf(statuses...))),
		"endpoints":  list(texts.endpoints, tfkit.IDs{Noun: "endpoint"}),
		"domain_ids": list(texts.accounts, tfkit.AccountIDs("")),
		"marker_id":  number("Number that the platform marks the connection's packets with."),
	}
}

func dataFilter() dataschema.Attribute {
	return dataschema.SingleNestedAttribute{
		MarkdownDescription: "Which connections to list; all by default. A connection has to match every argument that is set. " +
			"An empty list matches nothing: an empty list of accounts never means every account.",
		Optional: true,
		Attributes: filterArguments(filterTexts{
			status:    "The connection has one of these statuses: " + statusNames() + ".",
			endpoints: "IDs of VPC endpoints. An endpoint that the gateway does not list is left out.",
			accounts:  "IDs of the accounts that the endpoints belong to. If the gateway does not say which account a connection belongs to, that is an error.",
		}, statuses(), func(text string, values validator.List) dataschema.Attribute {
			return dataschema.ListAttribute{
				MarkdownDescription: text, Optional: true, ElementType: types.StringType, Validators: []validator.List{values},
			}
		}, func(text string) dataschema.Attribute {
			return dataschema.Int64Attribute{MarkdownDescription: text, Optional: true}
		}),
	}
}

func queryFilter() listschema.Attribute {
	return listschema.SingleNestedAttribute{
		MarkdownDescription: "Which decided connections to find; all by default. A connection has to match every argument that is set. An empty list matches nothing.",
		Optional:            true,
		Attributes: filterArguments(filterTexts{
			status:    "The connection has one of these statuses: `accepted`, `creating`, `rejected`. Undecided connections can't be found.",
			endpoints: "IDs of VPC endpoints.",
			accounts:  "IDs of the accounts that the endpoints belong to.",
		}, []string{"accepted", "creating", "rejected"}, func(text string, values validator.List) listschema.Attribute {
			return listschema.ListAttribute{
				MarkdownDescription: text, Optional: true, ElementType: types.StringType, Validators: []validator.List{values},
			}
		}, func(text string) listschema.Attribute {
			return listschema.Int64Attribute{MarkdownDescription: text, Optional: true}
		}),
	}
}

func statuses() []string {
	names := make([]string, len(endpoint.Statuses()))
	for i, status := range endpoint.Statuses() {
		names[i] = string(status)
	}
	return names
}

func statusNames() string { return "`" + strings.Join(statuses(), "`, `") + "`" }

// listConnections returns the connections that a filter lets through. Few endpoints may cost less than a whole listing.
func listConnections(ctx context.Context, session *gateway.Session, filter *filter, fresh gateway.Freshness) (listed map[string]endpoint.Connection, err error) {
	if filter != nil && len(filter.Endpoints.Elements()) > 0 {
		listed, err = session.Get(ctx, tfkit.Strings(filter.Endpoints), fresh)
	} else {
		listed, err = session.List(ctx, fresh)
	}
	if err != nil {
		return nil, err
	}
	if unknown := filter.unattributed(listed); len(unknown) > 0 {
		return nil, &unattributedError{unknown}
	}
	return filter.pick(listed), nil
}

// unattributedError tells of connections of which the gateway does not say whose they are, where that is asked for.
// What a filter silently lacks, a resource that is given its result would reject.
type unattributedError struct {
	lines []string
}

func (e *unattributedError) Error() string {
	return fmt.Sprintf("%d of the connections were listed without an account", len(e.lines))
}

// Advice says what to do about it.
func (e *unattributedError) Advice() string {
	return fmt.Sprintf("It is asked for connections by account, and the gateway does not say whose these are:\n%s\n\n"+
		"They may belong to an account that is meant, and what uses the answer would take them for others'. Try again, or leave out `domain_ids` and name `endpoints`.", tfkit.Bullets(e.lines))
}

// unattributed are lines of the connections for which the unknown account decides, sorted.
func (f *filter) unattributed(listed map[string]endpoint.Connection) (lines []string) {
	if f == nil || len(f.DomainIDs.Elements()) == 0 {
		return nil
	}
	others := *f
	others.DomainIDs = types.ListNull(types.StringType)
	admits := others.admits()
	for id, c := range listed {
		if c.DomainID == "" && admits(id, c) {
			lines = append(lines, report.Endpoint(id, c))
		}
	}
	slices.Sort(lines)
	return lines
}

func (f *filter) pick(listed map[string]endpoint.Connection) map[string]endpoint.Connection {
	if f == nil {
		return listed
	}
	picked, admits := map[string]endpoint.Connection{}, f.admits()
	for id, c := range listed {
		if admits(id, c) {
			picked[id] = c
		}
	}
	return picked
}

func (f *filter) admits() func(id string, c endpoint.Connection) bool {
	among := func(list types.List) func(string) bool {
		if list.IsNull() {
			return func(string) bool { return true }
		}
		set := tfkit.StringSet(list)
		return func(value string) bool { return tfkit.HasKey(set, value) }
	}
	status, id, account := among(f.Status), among(f.Endpoints), among(f.DomainIDs)
	return func(endpointID string, c endpoint.Connection) bool {
		return status(string(c.Status)) && id(endpointID) && account(c.DomainID) && (f.MarkerID.IsNull() || f.MarkerID.ValueInt64() == c.MarkerID)
	}
}
