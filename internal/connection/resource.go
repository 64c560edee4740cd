// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package connection is apig_vpc_endpoint_connection: the resource, the data source, the list resource and the action
// that decides at once. It knows nothing of the other things, nor of how calls are shared.
package connection

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/list"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
)

var kind = lifecycle.Kind{
	Name: "vpc_endpoint_connection", Schema: resourceSchema, Things: "endpoints", Lost: "rejected",
	Import: importForm, Identity: "IDs of the VPC endpoints, in any order.", Vendor: &vendor,
	Computed: "connections",
	Owners:   func(b *backend.Backend) ownership.Owners { return b.Endpoints },
	Remember: (*gateway.Session).Remember, Unseen: (*gateway.Session).Unseen,
}

// NewResource makes the resource apig_vpc_endpoint_connection.
func NewResource() resource.Resource { return lifecycle.NewHolder[model](&kind) }

// NewDataSource makes the data source apig_vpc_endpoint_connections.
func NewDataSource() datasource.DataSource {
	return lifecycle.NewDataSource[dataModel]("connections", dataSchema())
}

// NewList makes the list resource apig_vpc_endpoint_connection.
func NewList() list.ListResource {
	return lifecycle.NewList[queryModel](&kind, "connections", querySchema())
}

func (m *model) Refresh(ctx context.Context, session *gateway.Session, diags *diag.Diagnostics) (news bool, err error) {
	prior, recorded := m.recorded(), m.Connections
	for id, e := range prior {
		if !e.Status.IsNull() {
			session.EverListed(id)
		}
	}
	listed, err := session.Get(ctx, m.IDs(), gateway.OfThisRun())
	if err != nil {
		return false, err
	}
	m.Noted = m.Noted.Without(listed)
	awaits, entries := awaited{}, make(map[string]observed, len(listed))
	var gone []string
	for _, id := range m.IDs() {
		entries[id] = fromAPI(listed[id])
		switch {
		case listed[id].Status == endpoint.Absent && m.awaits.has(id):
			awaits[id] = struct{}{}
		case entries[id] == observed{}:
			gone = append(gone, goneLine(id, prior[id], listed[id]))
		}
	}
	warnOfGone(diags, m, gone)
	m.awaits = awaits
	m.setEntries(m.IDs(), entries)
	return !m.Connections.Equal(recorded), nil
}

// Adopt implements lifecycle.Model. The decision is the one that the gateway lists.
func (m *model) Adopt(ctx context.Context, session *gateway.Session, endpoints []string, diags *diag.Diagnostics) (map[string]any, error) {
	listed, err := session.Get(ctx, endpoints, gateway.OfThisRun())
	if err != nil {
		return nil, err
	}
	return importedState(importedDecision(diags, m.Gateway(), endpoints, listed), endpoints), nil
}
