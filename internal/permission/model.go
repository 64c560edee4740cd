// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

// model is the configuration, the plan and the state of an apig_vpc_endpoint_permissions.
type model struct {
	lifecycle.Common

	DomainIDs   types.List   `tfsdk:"domain_ids"`
	OnDestroy   types.String `tfsdk:"on_destroy"`
	Permissions types.Map    `tfsdk:"permissions"`

	entries map[string]entry // what Permissions means, once somebody has asked
}

func (m *model) Load(context.Context, tfkit.PrivateReader, *diag.Diagnostics) {}

func (m *model) Save(context.Context, tfkit.PrivateWriter, *diag.Diagnostics) {}

func (m *model) IDs() []string { return tfkit.Strings(m.DomainIDs) }

func (m *model) IDsKnown() bool { return tfkit.AllKnown(m.DomainIDs) }

func (m *model) There(account string) bool { return tfkit.HasKey(m.recorded(), account) }

func (m *model) Line(account string) string { return tfkit.AccountName(account) }

// Left implements lifecycle.Held: what is gone may be added again by anybody.
func (m *model) Left(string) bool { return false }

func (m *model) Wanted() bool { return true }

func (m *model) Releases() bool { return m.OnDestroy.ValueString() != ownership.Retain }

func (m *model) Observations() types.Map { return m.Permissions }

func (m *model) Only(accounts []string) *model {
	only := *m
	only.setEntries(accounts, m.recorded())
	return &only
}

// entry is one element of `permissions`.
type entry struct {
	ID        types.String
	CreatedAt types.String
}

var entryType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"id":         types.StringType,
	"created_at": types.StringType,
}}

// entryShape describes it.
const entryShape = "  - `id` is the ID of the entry;\n  - `created_at` is in UTC, `YYYY-MM-DDTHH:MM:SSZ`."

var unknownEntry = entry{types.StringUnknown(), types.StringUnknown()}

func (e entry) toTerraform() types.Object {
	return types.ObjectValueMust(entryType.AttrTypes, map[string]attr.Value{"id": e.ID, "created_at": e.CreatedAt})
}

func fromAPI(listed map[string]apig.Permission) map[string]entry {
	entries := make(map[string]entry, len(listed))
	for account, p := range listed {
		entries[account] = entry{tfkit.StringOrNull(p.ID), tfkit.StringOrNull(p.CreatedAt)}
	}
	return entries
}

// recorded returns the recorded entries. The map is the model's own.
func (m *model) recorded() map[string]entry {
	if m.entries != nil {
		return m.entries
	}
	elements := m.Permissions.Elements()
	m.entries = make(map[string]entry, len(elements))
	for account, element := range elements {
		e := unknownEntry
		if object, ok := element.(types.Object); ok && !object.IsUnknown() {
			attributes := object.Attributes()
			e.ID, _ = attributes["id"].(types.String)
			e.CreatedAt, _ = attributes["created_at"].(types.String)
		}
		m.entries[account] = e
	}
	return m.entries
}

// setEntries records the accounts, in this order, and those of the entries that are theirs.
func (m *model) setEntries(accounts []string, entries map[string]entry) {
	objects := make(map[string]attr.Value, len(accounts))
	for _, account := range accounts {
		if e, ok := entries[account]; ok {
			objects[account] = e.toTerraform()
		}
	}
	m.DomainIDs = tfkit.StringList(accounts)
	m.Permissions = types.MapValueMust(entryType, objects)
	m.entries = nil
}

// plan plans the entries as far as it is known whose they are.
func (m *model) plan(prior map[string]entry, noted unseen.Decisions) {
	if m.IDsKnown() {
		m.setEntries(m.IDs(), plannedEntries(m.IDs(), prior, noted))
	} else {
		m.Permissions = types.MapUnknown(entryType)
	}
}

// plannedEntries are the entries that will be there: those of the state, and others of which nothing is known yet. An
// entry whose deletion may still take effect is added again.
func plannedEntries(accounts []string, prior map[string]entry, noted unseen.Decisions) map[string]entry {
	planned := make(map[string]entry, len(accounts))
	for _, account := range accounts {
		e, there := prior[account]
		if !there || noted.Opposes(account, endpoint.Accepted) {
			e = unknownEntry
		}
		planned[account] = e
	}
	return planned
}

// toAdd are the accounts whose entries are planned to be made, sorted.
func toAdd(planned map[string]entry) []string {
	return tfkit.Except(slices.Sorted(maps.Keys(planned)), func(account string) bool { return !planned[account].ID.IsUnknown() })
}

// fulfilled is what was planned, with what is known now where it was not.
func fulfilled(planned, listed map[string]entry) map[string]entry {
	entries := maps.Clone(planned)
	for account, e := range planned {
		if e.ID.IsUnknown() {
			entries[account] = listed[account]
		}
	}
	return entries
}

// accountList is what `domain_ids` takes.
var accountList = tfkit.IDs{
	Noun: "account", Pattern: tfkit.EntryPattern, Rule: tfkit.EntryRule, Alone: apig.AllAccounts,
	Empty: "Name the accounts that may ask, or `*` for every account, or remove the resource.",
}

// vendor is the resource that a `moved` block can come from. Its destroy deletes the entries too.
var vendor = tfkit.Mover{
	Target: "apig_vpc_endpoint_permissions", Source: "huaweicloud_apig_endpoint_whitelist", Things: "accounts", Keep: ownership.KeepToken,
	Attributes: whitelistAttributes,
}

// whitelistAttributes are those of the state that is moved to. The entries are read later.
func whitelistAttributes(state []byte) (map[string]any, error) {
	var s struct {
		Region     string   `json:"region"`
		InstanceID string   `json:"instance_id"`
		Whitelists []string `json:"whitelists"`
	}
	if err := json.Unmarshal(state, &s); err != nil {
		return nil, fmt.Errorf("is not as expected: %w", err)
	}
	if !tfkit.IDPattern.MatchString(s.InstanceID) {
		return nil, fmt.Errorf("has the instance_id %q, which is no ID: %s", s.InstanceID, tfkit.IDRule)
	}
	if len(s.Whitelists) == 0 {
		return nil, errors.New("has no whitelists")
	}
	var accounts []string
	for _, entry := range s.Whitelists {
		account, ok := strings.CutPrefix(entry, "iam:domain::")
		if !ok || !tfkit.EntryPattern.MatchString(account) {
			return nil, fmt.Errorf("has the entry %q in whitelists, which is none of an account (iam:domain::ACCOUNT)", entry)
		}
		if !slices.Contains(accounts, account) { // twice, no configuration could name it
			accounts = append(accounts, account)
		}
	}
	return map[string]any{
		"instance_id": s.InstanceID,
		"region":      tfkit.StringOrNull(s.Region),
		"domain_ids":  accounts,
		"on_destroy":  ownership.Delete,
	}, nil
}
