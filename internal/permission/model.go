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
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
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

	// What DomainIDs and Permissions mean, once somebody has asked.
	ids     []string
	entries map[string]entry
}

func (m *model) Load(context.Context, tfkit.PrivateReader, *diag.Diagnostics) {}

func (m *model) Save(context.Context, tfkit.PrivateWriter, *diag.Diagnostics) {}

// IDs implements lifecycle.Model. The slice is the model's own.
func (m *model) IDs() []string {
	if m.ids == nil {
		m.ids = tfkit.Strings(m.DomainIDs)
	}
	return m.ids
}

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
	m.ids, m.entries = accounts, nil
}

// plan plans the entries as far as it is known whose they are. Those are added again whose
// deletion may still take effect.
func (m *model) plan(prior map[string]entry, noted unseen.Decisions) {
	m.Permissions = types.MapUnknown(entryType)
	if !m.IDsKnown() {
		return
	}
	planned := plannedEntries(m.IDs(), prior)
	for account := range planned {
		if noted.Opposes(account, endpoint.Accepted) {
			planned[account] = unknownEntry
		}
	}
	m.setEntries(m.IDs(), planned)
}

// plannedEntries are the entries that will be there: those of the state, and others of which nothing is known yet.
func plannedEntries(accounts []string, prior map[string]entry) map[string]entry {
	planned := make(map[string]entry, len(accounts))
	for _, account := range accounts {
		e, ok := prior[account]
		if !ok {
			e = unknownEntry
		}
		planned[account] = e
	}
	return planned
}

// toAdd are the accounts whose entries are planned to be made, sorted.
func toAdd(planned map[string]entry) []string {
	var accounts []string
	for _, account := range slices.Sorted(maps.Keys(planned)) {
		if planned[account].ID.IsUnknown() {
			accounts = append(accounts, account)
		}
	}
	return accounts
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
	Noun: "account", Pattern: tfkit.EntryPattern, Rule: tfkit.EntryRule,
	Empty: "Name the accounts that may ask, or `*` for every account, or remove the resource.",
}

// everybodyAlone refuses accounts beside the one that stands for all of them.
type everybodyAlone struct{}

func (everybodyAlone) Description(context.Context) string { return "accounts, or `*` alone" }

func (v everybodyAlone) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (everybodyAlone) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if accounts := tfkit.Strings(req.ConfigValue); len(accounts) > 1 && slices.Contains(accounts, apig.AllAccounts) {
		resp.Diagnostics.AddAttributeError(req.Path, "`*` beside other accounts",
			fmt.Sprintf("%s names `*`, which stands for every account, and others beside it. Name `*` alone, or leave it out.", req.Path))
	}
}

// vendor is the resource of the vendor's provider that a `moved` block can come from. Its
// destroy deletes the entries as this one's does by default.
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
