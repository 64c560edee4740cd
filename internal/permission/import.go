// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"
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

var importForm = scope.ImportForm{
	Attribute: "domain_ids", Part: "DOMAIN_ID", Noun: "account", Not: "not the ID of an account", Pattern: tfkit.EntryPattern, Rule: tfkit.EntryRule,
	Alone: apig.AllAccounts,
}
