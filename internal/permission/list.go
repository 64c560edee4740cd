// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	dataschema "github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	listschema "github.com/hashicorp/terraform-plugin-framework/list/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// queryModel is the configuration of a query for what a resource could adopt.
type queryModel struct {
	scope.Scope

	ExcludeDomainIDs types.List `tfsdk:"exclude_domain_ids"`
}

// querySchema is that of a query. Its descriptions are the registry page.
func querySchema() listschema.Schema {
	return listschema.Schema{
		MarkdownDescription: "Finds the accounts that may ask for a connection to a dedicated API gateway, for `terraform query` to import into an `apig_vpc_endpoint_permissions` resource.",
		Attributes: map[string]listschema.Attribute{
			"exclude_domain_ids": listschema.ListAttribute{
				MarkdownDescription: "IDs of accounts to leave out. Name the account of the gateway's owner: the platform adds its entry by itself, and nobody can delete it.",
				Optional:            true,
				ElementType:         types.StringType,
				Validators:          []validator.List{tfkit.AccountIDs("")},
			},
		},
	}
}

// Find implements lifecycle.Query. The entry for every account is apart: no others may be beside it in a resource.
func (m *queryModel) Find(ctx context.Context, session *gateway.Session, _ int64, diags *diag.Diagnostics) (found []lifecycle.Adoptable, err error) {
	listed, err := session.Permissions(ctx, gateway.OfThisRun())
	if err != nil {
		return nil, err
	}
	excluded := tfkit.StringSet(m.ExcludeDomainIDs)
	accounts := tfkit.Except(slices.Sorted(maps.Keys(listed)), func(account string) bool {
		return account == apig.AllAccounts || tfkit.HasKey(excluded, account) || !tfkit.EntryPattern.MatchString(account)
	})
	if tfkit.HasKey(listed, apig.AllAccounts) {
		found = append(found, adoptable(tfkit.AccountName(apig.AllAccounts), []string{apig.AllAccounts}, listed))
	}
	switch len(accounts) {
	case 0:
	case 1:
		found = append(found, adoptable("account "+accounts[0], accounts, listed))
	default:
		found = append(found, adoptable(fmt.Sprintf("%d accounts", len(accounts)), accounts, listed))
	}
	if len(found) == 0 {
		diags.AddWarning("No permission was found", fmt.Sprintf(
			"The %s has no entry besides those of `exclude_domain_ids`. Check `instance_id`, `region` and `project_id` if this is a surprise.", m.Gateway()))
	}
	return found, nil
}

func adoptable(name string, accounts []string, listed map[string]apig.Permission) lifecycle.Adoptable {
	var m model
	m.setEntries(accounts, fromAPI(listed))
	return lifecycle.Adoptable{Name: name, IDs: accounts, Attributes: map[string]any{
		"domain_ids": m.DomainIDs, "on_destroy": ownership.Delete, "permissions": m.Permissions,
	}}
}

// dataModel is the configuration and the state of the data source apig_vpc_endpoint_permissions.
type dataModel struct {
	lifecycle.DataCommon

	DomainIDs   types.List `tfsdk:"domain_ids"`
	Permissions types.Map  `tfsdk:"permissions"`
}

func dataSchema() dataschema.Schema {
	return dataschema.Schema{
		MarkdownDescription: "Lists which accounts may ask for a connection to a dedicated API gateway's endpoint service.",
		Attributes: map[string]dataschema.Attribute{
			"domain_ids": dataschema.ListAttribute{
				MarkdownDescription: "IDs of the accounts that may ask, sorted. It contains `*` if every account may ask, and the gateway owner's own account, which the platform adds by itself.",
				Computed:            true,
				ElementType:         types.StringType,
			},
			"permissions": dataschema.MapAttribute{
				MarkdownDescription: "The gateway's entries, by account:\n" + entryShape,
				Computed:            true,
				ElementType:         entryType,
			},
		},
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
