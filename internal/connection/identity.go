// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/identityschema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

var _ resource.ResourceWithIdentity = (*connectionResource)(nil)

// identityModel names an apig_vpc_endpoint_connection outside of any state:
// a gateway, and which of its endpoints, sorted. CLIs from Terraform 1.12 keep
// it beside the state; nothing may rely on one being there.
type identityModel struct {
	scope.Scope

	Endpoints types.List `tfsdk:"endpoints"`
}

// IdentitySchema implements resource.ResourceWithIdentity.
func (r *connectionResource) IdentitySchema(_ context.Context, _ resource.IdentitySchemaRequest, resp *resource.IdentitySchemaResponse) {
	resp.IdentitySchema = identityschema.Schema{Attributes: scope.ForIdentity(map[string]identityschema.Attribute{
		"endpoints": identityschema.ListAttribute{
			Description:       "IDs of the VPC endpoints, in any order.",
			ElementType:       types.StringType,
			RequiredForImport: true,
		},
	})}
}

func identityOf(in scope.Scope, endpoints []string) identityModel {
	return identityModel{in, tfkit.StringList(slices.Sorted(slices.Values(endpoints)))}
}

// identify sets the identity, unless something of it is unknown: Terraform
// refuses an unknown value in the identity that an update plans, and so the
// prior one stays until the apply sets the new one.
func identify(ctx context.Context, identity *tfsdk.ResourceIdentity, m *model, diags *diag.Diagnostics) {
	if m.GatewayKnown() && m.endpointsKnown() {
		diags.Append(identity.Set(ctx, identityOf(m.Scope, m.endpointIDs()))...)
	}
}
