// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package exclusive

import (
	"context"
	"encoding/hex"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// model is the configuration, the plan and the state of an apig_vpc_endpoint_connections_exclusive.
type model struct {
	lifecycle.Common

	Endpoints     types.List `tfsdk:"endpoints"`
	DomainIDs     types.List `tfsdk:"domain_ids"`
	RejectPending types.Bool `tfsdk:"reject_pending"`
	Undeclared    types.Map  `tfsdk:"undeclared"`

	found inEffect // from private state, or as looked for
}

// IDs implements lifecycle.Model: of what was found, sorted.
func (m *model) IDs() []string { return slices.Sorted(maps.Keys(m.found)) }

// IDsKnown implements lifecycle.Model: an identity names none.
func (m *model) IDsKnown() bool { return true }

// There implements lifecycle.Model: the resource holds nothing.
func (m *model) There(string) bool { return false }

func (m *model) Line(id string) string { return report.Endpoint(id, m.found[id]) }

// declares reports whether anything may be accepted. After an import, nothing is said yet.
func (m *model) declares() bool {
	return m.Endpoints.IsUnknown() || m.DomainIDs.IsUnknown() || len(m.Endpoints.Elements())+len(m.DomainIDs.Elements()) > 0
}

func (m *model) known() bool {
	return m.GatewayKnown() && tfkit.AllKnown(m.Endpoints) && tfkit.AllKnown(m.DomainIDs) && !m.RejectPending.IsUnknown()
}

// rejects returns a test for endpoints that may not be accepted. One whose account is not known may belong to an
// account that may connect. listed tells the accounts of what is not in effect.
func (m *model) rejects(found inEffect, listed map[string]endpoint.Connection) func(id string) bool {
	endpoints, accounts := tfkit.StringSet(m.Endpoints), tfkit.StringSet(m.DomainIDs)
	return func(id string) bool {
		s, known := found[id]
		if !known {
			s.DomainID = listed[id].DomainID
		}
		return !tfkit.HasKey(endpoints, id) && !tfkit.HasKey(accounts, s.DomainID) && (s.DomainID != "" || len(accounts) == 0)
	}
}

// judge returns the connections that are accepted and may not be, and with `reject_pending` those that wait; none
// before anything is declared. unattributed are left alone: the gateway does not tell their account, which `domain_ids`
// may name. An unknown argument declares nothing and rejects everything: undeclared may have too many then, but lacks
// none.
func (m *model) judge(found inEffect) (undeclared, unattributed inEffect) {
	undeclared, unattributed = inEffect{}, inEffect{}
	endpoints, accounts := tfkit.StringSet(m.Endpoints), tfkit.StringSet(m.DomainIDs)
	declares, pending := m.declares(), m.RejectPending.ValueBool() || m.RejectPending.IsUnknown()
	for id, s := range found {
		switch {
		case tfkit.HasKey(endpoints, id), !endpoint.InEffect(s.Status) && !(pending && endpoint.Waits(s.Status)):
		case s.DomainID == "" && len(accounts) > 0:
			unattributed[id] = s
		case declares && !tfkit.HasKey(accounts, s.DomainID):
			undeclared[id] = s
		}
	}
	return undeclared, unattributed
}

func (m *model) record() {
	undeclared, _ := m.judge(m.found)
	m.setUndeclared(undeclared)
}

func (m *model) missing(found inEffect) []string {
	return slices.DeleteFunc(tfkit.Strings(m.Endpoints), func(id string) bool { return tfkit.HasKey(found, id) })
}

// inEffect are the connections of a gateway that are accepted, about to be, or wait for a decision, by endpoint: status
// and account of each. Private state keeps them, so that a plan can tell what a change of the arguments will reject.
type inEffect map[string]endpoint.Connection

func inEffectAmong(listed map[string]endpoint.Connection) inEffect {
	found := inEffect{}
	for id, c := range listed {
		found.observe(c, id)
	}
	return found
}

func (s inEffect) observe(c endpoint.Connection, id string) {
	if endpoint.InEffect(c.Status) || endpoint.Waits(c.Status) {
		s[id] = endpoint.Connection{Status: c.Status, DomainID: c.DomainID}
	} else {
		delete(s, id)
	}
}

// rejected is what becomes of them.
func (s inEffect) rejected() inEffect {
	rejected := make(inEffect, len(s))
	for id, was := range s {
		rejected[id] = endpoint.Connection{Status: endpoint.StatusRejected, DomainID: was.DomainID}
	}
	return rejected
}

func (s inEffect) lines() []string {
	lines := make([]string, 0, len(s))
	for _, id := range slices.Sorted(maps.Keys(s)) {
		lines = append(lines, report.Endpoint(id, s[id]))
	}
	return lines
}

var undeclaredType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"status":    types.StringType,
	"domain_id": types.StringType,
}}

// notKnown is in a plan the status of what an update makes sure of.
const notKnown endpoint.Status = "not known"

func (m *model) setUndeclared(undeclared inEffect) {
	objects := make(map[string]attr.Value, len(undeclared))
	for id, s := range undeclared {
		status := tfkit.StringOrNull(string(s.Status))
		if s.Status == notKnown {
			status = types.StringUnknown()
		}
		objects[id] = types.ObjectValueMust(undeclaredType.AttrTypes, map[string]attr.Value{"status": status, "domain_id": tfkit.StringOrNull(s.DomainID)})
	}
	m.Undeclared = types.MapValueMust(undeclaredType, objects)
}

func (m *model) recorded() inEffect {
	recorded := make(inEffect, len(m.Undeclared.Elements()))
	for id, element := range m.Undeclared.Elements() {
		object, _ := element.(types.Object)
		attributes := object.Attributes()
		status, _ := attributes["status"].(types.String)
		account, _ := attributes["domain_id"].(types.String)
		c := endpoint.Connection{Status: endpoint.Status(status.ValueString()), DomainID: account.ValueString()}
		if status.IsUnknown() {
			c.Status = notKnown
		}
		recorded[id] = c
	}
	return recorded
}

// with are those of the connections that have a status, sorted.
func (s inEffect) with(status endpoint.Status) []string {
	return tfkit.Except(slices.Sorted(maps.Keys(s)), func(id string) bool { return s[id].Status != status })
}

// toReject are the endpoints whose rejection is planned and not done, sorted.
func toReject(planned, prior inEffect) []string {
	return tfkit.Without(planned.with(endpoint.StatusRejected), prior.with(endpoint.StatusRejected))
}

const inEffectKey = "standing_by_account"

// stored is how private state keeps what is in effect and what waits. A plan needs of each its ID, its status and its
// account, whatever the configuration declares next; a gateway may have thousands, of few accounts.
type stored map[endpoint.Status]map[string]storedIDs

// storedIDs are sorted. Those that are UUIDs, as the platform's are, are kept as their sixteen bytes each.
type storedIDs struct {
	UUIDs  []byte   `json:"u,omitempty"`
	Others []string `json:"o,omitempty"`
}

const uuidBytes = 16

func (s storedIDs) with(id string) storedIDs {
	if raw, ok := uuidOf(id); ok {
		s.UUIDs = append(s.UUIDs, raw...)
	} else {
		s.Others = append(s.Others, id)
	}
	return s
}

func (s storedIDs) ids() []string {
	ids := slices.Clone(s.Others)
	for raw := range slices.Chunk(s.UUIDs, uuidBytes) {
		ids = append(ids, uuidText(raw))
	}
	return ids
}

// uuidOf returns the bytes of a UUID that is written as the platform writes it.
func uuidOf(id string) (raw []byte, ok bool) {
	raw, err := hex.DecodeString(strings.ReplaceAll(id, "-", ""))
	return raw, err == nil && len(raw) == uuidBytes && uuidText(raw) == id
}

func uuidText(raw []byte) string {
	text := hex.EncodeToString(raw)
	if len(raw) != uuidBytes {
		return text
	}
	return strings.Join([]string{text[:8], text[8:12], text[12:16], text[16:20], text[20:]}, "-")
}

func (s inEffect) stored() stored {
	stored := stored{}
	for _, id := range slices.Sorted(maps.Keys(s)) {
		is := s[id]
		if stored[is.Status] == nil {
			stored[is.Status] = map[string]storedIDs{}
		}
		stored[is.Status][is.DomainID] = stored[is.Status][is.DomainID].with(id)
	}
	return stored
}

func (s stored) inEffect() inEffect {
	found := inEffect{}
	for status, accounts := range s {
		for account, ids := range accounts {
			for _, id := range ids.ids() {
				found[id] = endpoint.Connection{Status: status, DomainID: account}
			}
		}
	}
	return found
}

func (m *model) Load(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) {
	m.found = tfkit.GetPrivate[stored](ctx, private, inEffectKey, diags).inEffect()
}

func (m *model) Save(ctx context.Context, private tfkit.PrivateWriter, diags *diag.Diagnostics) {
	tfkit.SetPrivate(ctx, private, inEffectKey, m.found.stored(), diags)
}
