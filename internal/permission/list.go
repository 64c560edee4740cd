// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

var _ list.ListResourceWithConfigure = (*listResource)(nil)

// NewList makes the list resource apig_vpc_endpoint_permissions.
func NewList() list.ListResource { return &listResource{} }

// listResource finds what an apig_vpc_endpoint_permissions could adopt.
type listResource struct {
	permissionResource // for its name and its provider
}

// queryModel is the configuration of a query.
type queryModel struct {
	scope.Scope

	ExcludeDomainIDs types.List `tfsdk:"exclude_domain_ids"`
}

// ListResourceConfigSchema implements list.ListResource. Its descriptions are
// the registry page.
func (l *listResource) ListResourceConfigSchema(_ context.Context, _ list.ListResourceSchemaRequest, resp *list.ListResourceSchemaResponse) {
	resp.Schema = schema.Schema{
		MarkdownDescription: "Finds the accounts that may ask for a connection to a dedicated API gateway, for `terraform query` to import into an `apig_vpc_endpoint_permissions` resource.",
		Attributes: scope.ForList(map[string]schema.Attribute{
			"exclude_domain_ids": schema.ListAttribute{
				MarkdownDescription: "IDs of accounts to leave out. Name the account of the gateway's owner: the platform adds its entry by itself, and nobody can delete it.",
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.List{tfkit.AccountIDs("")},
			},
		}),
	}
}

// List finds the entries.
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
	listed, err := l.backend.Session(in.Gateway()).Permissions(ctx, gateway.OfThisRun())
	if err != nil {
		diags.Append(l.backend.APIError(err, "The permissions can't be listed", in.Gateway()))
		return nil
	}
	found := adoptableEntries(in, listed, tfkit.StringSet(m.ExcludeDomainIDs))
	if len(found) == 0 {
		diags.AddWarning("No permission was found", fmt.Sprintf(
			"The %s has no entry besides those of `exclude_domain_ids`. Check `instance_id`, `region` and `project_id` if this is a surprise.", in.Gateway()))
	}
	return found
}

// adoptable is what one resource could adopt.
type adoptable struct {
	in       scope.Scope
	accounts []string // sorted
	listed   map[string]apig.Permission
}

// adoptableEntries makes one of all accounts, and one of the entry for every
// account, which no others may be beside.
func adoptableEntries(in scope.Scope, listed map[string]apig.Permission, excluded map[string]struct{}) []adoptable {
	accounts := tfkit.Except(slices.Sorted(maps.Keys(listed)), func(account string) bool {
		return account == apig.AllAccounts || tfkit.HasKey(excluded, account) || !tfkit.EntryPattern.MatchString(account)
	})
	var found []adoptable
	if tfkit.HasKey(listed, apig.AllAccounts) {
		found = append(found, adoptable{in, []string{apig.AllAccounts}, listed})
	}
	if len(accounts) > 0 {
		found = append(found, adoptable{in, accounts, listed})
	}
	return found
}

// Result is the resource as an import and a read would make it, so that the
// configuration that the CLI writes of it plans nothing.
func (a adoptable) Result(ctx context.Context, req list.ListRequest) list.ListResult {
	m := model{Scope: a.in}
	m.setEntries(a.accounts, fromAPI(a.listed))
	result := req.NewListResult(ctx)
	switch {
	case a.accounts[0] == apig.AllAccounts:
		result.DisplayName = tfkit.AccountName(apig.AllAccounts)
	case len(a.accounts) == 1:
		result.DisplayName = "account " + a.accounts[0]
	default:
		result.DisplayName = fmt.Sprintf("%d accounts", len(a.accounts))
	}
	m.identify(ctx, result.Identity, &result.Diagnostics)
	if !req.IncludeResource {
		return result
	}
	tfkit.SetAttributes(ctx, result.Resource, map[string]any{
		"instance_id": m.InstanceID,
		"region":      m.Region,
		"project_id":  m.ProjectID,
		"domain_ids":  m.DomainIDs,
		"on_destroy":  ownership.Delete,
		"permissions": m.Permissions,
	}, &result.Diagnostics)
	return result
}
