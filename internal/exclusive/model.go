// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package exclusive

import (
	"context"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// model is the configuration, the plan and the state of an
// apig_vpc_endpoint_connections_exclusive.
type model struct {
	scope.Scope

	Endpoints     types.List     `tfsdk:"endpoints"`
	DomainIDs     types.List     `tfsdk:"domain_ids"`
	RejectPending types.Bool     `tfsdk:"reject_pending"`
	Undeclared    types.Map      `tfsdk:"undeclared"`
	Timeouts      timeouts.Value `tfsdk:"timeouts"`
}

// declares tells whether anything may stand. After an import, nothing is said yet.
func (m *model) declares() bool {
	return m.Endpoints.IsUnknown() || m.DomainIDs.IsUnknown() || len(m.Endpoints.Elements())+len(m.DomainIDs.Elements()) > 0
}

// known tells whether it is known what may stand.
func (m *model) known() bool {
	return m.GatewayKnown() && tfkit.AllKnown(m.Endpoints) && tfkit.AllKnown(m.DomainIDs) && !m.RejectPending.IsUnknown()
}

// rejects tells whether an endpoint may not stand, as far as is known: one whose
// account is not known, or not told, may turn out to belong to one that may. The
// accounts are those of what stands, and of what else was listed.
func (m *model) rejects(found inEffect, listed map[string]endpoint.Connection) func(id string) bool {
	endpoints, accounts := tfkit.StringSet(m.Endpoints), tfkit.StringSet(m.DomainIDs)
	return func(id string) bool {
		s, known := found[id]
		if !known {
			s.Account = listed[id].DomainID
		}
		return !tfkit.HasKey(endpoints, id) && !tfkit.HasKey(accounts, s.Account) && (s.Account != "" || len(accounts) == 0)
	}
}

// undeclared are those that stand and may not; those that wait for a decision,
// if they are to be rejected too. Before anything is declared there is none.
//
// What is unknown declares nothing, and takes it that all are to be rejected: of
// those that are undeclared then, some may turn out not to be, and no others are.
func (m *model) undeclared(found inEffect) inEffect {
	undeclared := inEffect{}
	if !m.declares() {
		return undeclared
	}
	accounts := tfkit.StringSet(m.DomainIDs)
	for id, s := range m.unnamed(found) {
		if !tfkit.HasKey(accounts, s.Account) && !m.mayBeTrusted(s) {
			undeclared[id] = s
		}
	}
	return undeclared
}

// missing are the endpoints that may stand and do not.
func (m *model) missing(found inEffect) []string {
	return slices.DeleteFunc(tfkit.Strings(m.Endpoints), func(id string) bool { return tfkit.HasKey(found, id) })
}

// unattributed are those of which the gateway does not say whose they are, while
// `domain_ids` lets accounts stand: they may be among those, and are left alone.
func (m *model) unattributed(found inEffect) inEffect {
	unattributed := m.unnamed(found)
	maps.DeleteFunc(unattributed, func(_ string, s entry) bool { return !m.mayBeTrusted(s) })
	return unattributed
}

func (m *model) mayBeTrusted(s entry) bool {
	return s.Account == "" && len(m.DomainIDs.Elements()) > 0
}

// unnamed are those that `endpoints` does not let stand.
func (m *model) unnamed(found inEffect) inEffect {
	unnamed, endpoints := inEffect{}, tfkit.StringSet(m.Endpoints)
	pending := m.RejectPending.ValueBool() || m.RejectPending.IsUnknown()
	for id, s := range found {
		if !tfkit.HasKey(endpoints, id) && (endpoint.InEffect(s.Status) || pending && endpoint.Waits(s.Status)) {
			unnamed[id] = s
		}
	}
	return unnamed
}

// inEffect is what stands accepted on a gateway, is on its way there, or waits
// for a decision, by endpoint. The private state keeps it, so that a plan can
// tell what a change of the arguments will reject.
type inEffect map[string]entry

type entry struct {
	Status  endpoint.Status `json:"s"`
	Account string          `json:"a"`
}

func inEffectAmong(listed map[string]endpoint.Connection) inEffect {
	found := inEffect{}
	for id, c := range listed {
		found.observe(c, id)
	}
	return found
}

// observe takes in what the gateway lists of an endpoint.
func (s inEffect) observe(c endpoint.Connection, id string) {
	if endpoint.InEffect(c.Status) || endpoint.Waits(c.Status) {
		s[id] = entry{c.Status, c.DomainID}
	} else {
		delete(s, id)
	}
}

// connections are what the gateway lists of them.
func (s inEffect) connections() map[string]endpoint.Connection {
	listed := make(map[string]endpoint.Connection, len(s))
	for id, one := range s {
		listed[id] = endpoint.Connection{ID: id, Status: one.Status, DomainID: one.Account}
	}
	return listed
}

// rejected is what becomes of them.
func (s inEffect) rejected() inEffect {
	rejected := make(inEffect, len(s))
	for id, was := range s {
		rejected[id] = entry{endpoint.StatusRejected, was.Account}
	}
	return rejected
}

// lines name them in a message, sorted.
func (s inEffect) lines() []string {
	lines := make([]string, 0, len(s))
	for _, id := range slices.Sorted(maps.Keys(s)) {
		lines = append(lines, report.Endpoint(id, endpoint.Connection{Status: s[id].Status, DomainID: s[id].Account}))
	}
	return lines
}

var undeclaredType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"status":    types.StringType,
	"domain_id": types.StringType,
}}

func (m *model) setUndeclared(undeclared inEffect) {
	objects := make(map[string]attr.Value, len(undeclared))
	for id, s := range undeclared {
		objects[id] = types.ObjectValueMust(undeclaredType.AttrTypes, map[string]attr.Value{
			"status": types.StringValue(string(s.Status)), "domain_id": tfkit.StringOrNull(s.Account),
		})
	}
	m.Undeclared = types.MapValueMust(undeclaredType, objects)
}

// entries are the statuses in `undeclared`, by endpoint.
func (m *model) entries() map[string]endpoint.Status {
	entries := make(map[string]endpoint.Status, len(m.Undeclared.Elements()))
	for id, element := range m.Undeclared.Elements() {
		object, _ := element.(types.Object)
		status, _ := object.Attributes()["status"].(types.String)
		entries[id] = endpoint.Status(status.ValueString())
	}
	return entries
}

// toReject are the endpoints whose rejection is planned and not done, sorted.
func toReject(planned, prior map[string]endpoint.Status) []string {
	var ids []string
	for _, id := range slices.Sorted(maps.Keys(planned)) {
		if planned[id] == endpoint.StatusRejected && prior[id] != endpoint.StatusRejected {
			ids = append(ids, id)
		}
	}
	return ids
}

// identify sets the identity where it is known.
func (m *model) identify(ctx context.Context, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
	if identity != nil && m.GatewayKnown() {
		diags.Append(identity.Set(ctx, m.Scope)...)
	}
}
