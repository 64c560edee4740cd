// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package permission is apig_vpc_endpoint_permissions: the resource, the data source
// and the list resource. It knows nothing of endpoints and their connections.
package permission

import (
	"context"
	"fmt"
	"maps"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

var kind = lifecycle.Kind{
	Name: "vpc_endpoint_permissions", Schema: resourceSchema, Things: "permissions", Lost: "deleted",
	Import:   scope.ImportForm{IDs: accountList, Attribute: "domain_ids", Part: "DOMAIN_ID", Not: "not the ID of an account"},
	Identity: "IDs of the accounts, in any order; or * alone.", Vendor: &vendor,
	Computed: "permissions",
	Owners:   func(b *backend.Backend) ownership.Owners { return b.Accounts },
	Remember: (*gateway.Session).RememberDeletions, Unseen: (*gateway.Session).UnseenDeletions,
}

// NewResource makes the resource apig_vpc_endpoint_permissions.
func NewResource() resource.Resource { return lifecycle.NewHolder[model](&kind) }

// NewDataSource makes the data source apig_vpc_endpoint_permissions.
func NewDataSource() datasource.DataSource {
	return lifecycle.NewDataSource[dataModel]("permissions", dataSchema())
}

// NewList makes the list resource apig_vpc_endpoint_permissions.
func NewList() list.ListResource {
	return lifecycle.NewList[queryModel](&kind, "permissions", querySchema())
}

func (m *model) Refresh(ctx context.Context, session *gateway.Session, _ *diag.Diagnostics) (news bool, err error) {
	listed, err := session.Permissions(ctx, gateway.OfThisRun())
	if err != nil {
		return false, err
	}
	recorded := m.Permissions
	maps.DeleteFunc(m.Noted, func(account string, _ gateway.Asked) bool { return !tfkit.HasKey(listed, account) })
	m.setEntries(m.IDs(), fromAPI(listed))
	return !m.Permissions.Equal(recorded), nil
}

// Adopt implements lifecycle.Model. Each entry has to be there.
func (m *model) Adopt(ctx context.Context, session *gateway.Session, accounts []string, diags *diag.Diagnostics) (map[string]any, error) {
	listed, err := session.Permissions(ctx, gateway.OfThisRun())
	if err != nil {
		return nil, err
	}
	absent := tfkit.Except(accounts, func(account string) bool { return tfkit.HasKey(listed, account) })
	if len(absent) > 0 {
		diags.AddError("The gateway has no such permissions", fmt.Sprintf(
			"The %s does not list an entry for:\n%s\n\n%s in the configuration: an apply adds them.",
			m.Gateway(), tfkit.Bullets(tfkit.AccountNames(absent)), scope.DeclareThese(len(absent) < len(accounts))))
	}
	return map[string]any{"domain_ids": accounts, "on_destroy": ownership.Delete}, nil
}

// PlanNew implements lifecycle.Held. It finds out before anything is done whether the gateway can be asked.
func (m *model) PlanNew(ctx context.Context, b *backend.Backend, diags *diag.Diagnostics) {
	m.plan(nil, nil)
	if !diags.HasError() && m.GatewayKnown() {
		lifecycle.LookFirst(ctx, b, &m.Common, "permissions can't be looked up", diags, func(ctx context.Context, session *gateway.Session) (map[string]apig.Permission, error) {
			return session.Permissions(ctx, gateway.OfThisRun())
		})
	}
}

func (m *model) PlanUpdate(_ context.Context, _ *backend.Backend, state *model, cut []string, diags *diag.Diagnostics) {
	m.warnOfHiddenEntries(diags, state, cut)
	m.plan(state.recorded(), state.Noted)
}

// WarnOfGoing implements lifecycle.Held: a plan names what is destroyed.
func (m *model) WarnOfGoing(*diag.Diagnostics, []string) {}
