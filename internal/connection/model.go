// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

const defaultWaitForEndpoints = "3m"

// model is the configuration, the plan and the state of an apig_vpc_endpoint_connection.
type model struct {
	lifecycle.Common

	DesiredStatus     types.String `tfsdk:"desired_status"`
	Endpoints         types.List   `tfsdk:"endpoints"`
	ExpectedDomainIDs types.List   `tfsdk:"expected_domain_ids"`
	OnDestroy         types.String `tfsdk:"on_destroy"`
	WaitForEndpoints  types.String `tfsdk:"wait_for_endpoints"`
	Connections       types.Map    `tfsdk:"connections"`

	awaits awaited // from private state

	entries map[string]observed // what Connections means, once somebody has asked: a plan asks for each of thousands
}

func (m *model) decision() endpoint.Decision {
	return endpoint.Decision(m.DesiredStatus.ValueString())
}

func (m *model) IDs() []string { return tfkit.Strings(m.Endpoints) }

func (m *model) IDsKnown() bool { return tfkit.AllKnown(m.Endpoints) }

func (m *model) There(id string) bool { return endpoint.InEffect(m.recorded()[id].status()) }

func (m *model) Line(id string) string { return m.recorded()[id].line(id) }

// Left implements lifecycle.Held: its consumer has left.
func (m *model) Left(id string) bool { return m.recorded()[id].Status.IsNull() && !m.awaits.has(id) }

func (m *model) Wanted() bool {
	return m.DesiredStatus.IsUnknown() || m.decision() == endpoint.Accepted
}

func (m *model) Releases() bool { return m.OnDestroy.ValueString() != ownership.Retain }

func (m *model) Observations() types.Map { return m.Connections }

func (m *model) Only(ids []string) *model {
	only := *m
	only.setEntries(ids, m.recorded())
	return &only
}

// expected returns the accounts that may own what is accepted, nil for any.
func (m *model) expected() map[string]struct{} {
	if m.ExpectedDomainIDs.IsNull() || !tfkit.AllKnown(m.ExpectedDomainIDs) {
		return nil
	}
	return tfkit.StringSet(m.ExpectedDomainIDs)
}

// waitForEndpoints is validated to be a duration.
func (m *model) waitForEndpoints() time.Duration {
	d, _ := time.ParseDuration(m.WaitForEndpoints.ValueString())
	return d
}

// recorded returns what is recorded of each endpoint. The map is the model's own.
func (m *model) recorded() map[string]observed {
	if m.entries == nil {
		elements := m.Connections.Elements()
		m.entries = make(map[string]observed, len(elements))
		for id, element := range elements {
			m.entries[id] = fromTerraform(element)
		}
	}
	return m.entries
}

func (m *model) setEntries(endpoints []string, entries map[string]observed) {
	objects := make(map[string]attr.Value, len(endpoints))
	for _, id := range endpoints {
		objects[id] = entries[id].toTerraform()
	}
	m.Endpoints = tfkit.StringList(endpoints)
	m.Connections = types.MapValueMust(observedType, objects)
	m.entries = nil
}

// observed is one element of `connections`. The zero value is that of an endpoint that the gateway does not list.
type observed struct {
	Status    types.String
	MarkerID  types.Int64
	DomainID  types.String
	CreatedAt types.String
	UpdatedAt types.String
}

var observedType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"status":     types.StringType,
	"marker_id":  types.Int64Type,
	"domain_id":  types.StringType,
	"created_at": types.StringType,
	"updated_at": types.StringType,
}}

// fromAPI records what the gateway lists of an endpoint. One that it is deleting is as good as gone.
func fromAPI(c endpoint.Connection) observed {
	if endpoint.Judge(endpoint.Accept, c.Status) == endpoint.Gone {
		return observed{}
	}
	return asListed(c)
}

func asListed(c endpoint.Connection) observed {
	return observed{
		Status:    types.StringValue(string(c.Status)),
		MarkerID:  types.Int64Value(c.MarkerID),
		DomainID:  tfkit.StringOrNull(c.DomainID),
		CreatedAt: tfkit.StringOrNull(c.CreatedAt),
		UpdatedAt: tfkit.StringOrNull(c.UpdatedAt),
	}
}

func fromTerraform(value attr.Value) (e observed) {
	object, _ := value.(types.Object)
	if object.IsUnknown() {
		return unknown
	}
	attributes := object.Attributes()
	e.Status, _ = attributes["status"].(types.String)
	e.MarkerID, _ = attributes["marker_id"].(types.Int64)
	e.DomainID, _ = attributes["domain_id"].(types.String)
	e.CreatedAt, _ = attributes["created_at"].(types.String)
	e.UpdatedAt, _ = attributes["updated_at"].(types.String)
	return e
}

var unknown = observed{
	types.StringUnknown(), types.Int64Unknown(), types.StringUnknown(), types.StringUnknown(), types.StringUnknown(),
}

func (e observed) toTerraform() types.Object {
	return types.ObjectValueMust(observedType.AttrTypes, map[string]attr.Value{
		"status":     e.Status,
		"marker_id":  e.MarkerID,
		"domain_id":  e.DomainID,
		"created_at": e.CreatedAt,
		"updated_at": e.UpdatedAt,
	})
}

func (e observed) status() endpoint.Status { return endpoint.Status(e.Status.ValueString()) }

// orElse gives what was planned as known back as it was planned, and fills in the rest from what was seen.
func (e observed) orElse(seen observed) observed {
	return observed{
		known(e.Status, seen.Status), known(e.MarkerID, seen.MarkerID),
		known(e.DomainID, seen.DomainID), known(e.CreatedAt, seen.CreatedAt), known(e.UpdatedAt, seen.UpdatedAt),
	}
}

func known[V attr.Value](planned, seen V) V {
	if planned.IsUnknown() {
		return seen
	}
	return planned
}

// awaited are the endpoints that were never listed. In the state, those whose consumers have left look the same.
type awaited map[string]struct{}

const awaitedKey = "never_listed"

func (n awaited) has(id string) bool { return tfkit.HasKey(n, id) }

func (m *model) Load(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) {
	m.awaits = tfkit.SetOf(tfkit.GetPrivate[[]string](ctx, private, awaitedKey, diags))
}

func (m *model) Save(ctx context.Context, private tfkit.PrivateWriter, diags *diag.Diagnostics) {
	tfkit.SetPrivate(ctx, private, awaitedKey, slices.Sorted(maps.Keys(m.awaits)), diags)
}
