// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// identityModel names an apig_vpc_endpoint_permissions outside of any
// state: a gateway, and which of its accounts, sorted.
type identityModel struct {
	scope.Scope

	DomainIDs types.List `tfsdk:"domain_ids"`
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *permissionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: scope.ForIdentity(map[string]identityschema.Attribute{
		"domain_ids": identityschema.ListAttribute{
			Description:       "IDs of the accounts, in any order; or * alone.",
			ElementType:       types.StringType,
			RequiredForImport: true,
		},
	})}
}

// identify sets the identity, unless something of it is unknown: Terraform takes
// no unknown one for an update, and so the prior one stays until the apply.
func (m *model) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	if identity == nil || !m.GatewayKnown() || !tfkit.AllKnown(m.DomainIDs) {
		return
	}
	sorted := slices.Sorted(slices.Values(m.accounts()))
	diags.Append(identity.Set(ctx, identityModel{m.Scope, tfkit.StringList(sorted)})...)
}

var accountImport = scope.ImportForm{Noun: "account", Not: "not the ID of an account", Pattern: tfkit.EntryPattern, Rule: tfkit.EntryRule, Alone: apig.AllAccounts}

const (
	importForm = "An import ID has the form\n  INSTANCE_ID/DOMAIN_ID[,DOMAIN_ID…]\n" +
		"or, for another region or project than the provider's,\n  REGION/PROJECT_ID/INSTANCE_ID/DOMAIN_ID[,DOMAIN_ID…]"
	identityForm = "An identity has `instance_id` and `domain_ids`, one or more in any order; `region` and `project_id` are the provider's where they are left out."
)

// importID is what an import names.
type importID struct {
	scope.Scope

	accounts []string
}

// importedFrom reads what an import asks for: an ID, or, where there is
// none, an identity.
func importedFrom(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) importID {
	if req.ID != "" || req.Identity == nil || req.Identity.Raw.IsNull() {
		in, accounts, err := accountImport.Parse(req.ID)
		if err != nil {
			diags.AddError("Not an import ID", fmt.Sprintf("The ID\n  %q\n%s.\n\n%s", req.ID, err, importForm))
		}
		return importID{in, accounts}
	}
	var identity identityModel
	diags.Append(req.Identity.Get(ctx, &identity)...)
	accounts := tfkit.Strings(identity.DomainIDs)
	if err := accountImport.Check(identity.Scope, accounts); err != nil {
		diags.AddError("Not an identity", fmt.Sprintf("The identity %s.\n\n%s", err, identityForm))
	}
	return importID{identity.Scope, accounts}
}
