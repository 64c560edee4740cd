// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// model is the configuration, the plan and the state of an
// apig_vpc_endpoint_permissions.
type model struct {
	scope.Scope

	DomainIDs   types.List     `tfsdk:"domain_ids"`
	OnDestroy   types.String   `tfsdk:"on_destroy"`
	Permissions types.Map      `tfsdk:"permissions"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

func (m *model) deletesOnDestroy() bool {
	return m.OnDestroy.ValueString() != ownership.Retain
}

// accounts are `domain_ids`; one that is unknown is "".
func (m *model) accounts() []string { return tfkit.Strings(m.DomainIDs) }

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

// fromAPI are what the gateway lists, by account.
func fromAPI(listed map[string]apig.Permission) map[string]entry {
	entries := make(map[string]entry, len(listed))
	for account, p := range listed {
		entries[account] = entry{tfkit.StringOrNull(p.ID), tfkit.StringOrNull(p.CreatedAt)}
	}
	return entries
}

func (m *model) entries() map[string]entry {
	entries := make(map[string]entry, len(m.Permissions.Elements()))
	for account, element := range m.Permissions.Elements() {
		object, ok := element.(types.Object)
		if !ok || object.IsUnknown() {
			entries[account] = unknownEntry
			continue
		}
		var e entry
		e.ID, _ = object.Attributes()["id"].(types.String)
		e.CreatedAt, _ = object.Attributes()["created_at"].(types.String)
		entries[account] = e
	}
	return entries
}

// setEntries records the accounts, in this order, and those of the entries that
// are theirs.
func (m *model) setEntries(accounts []string, entries map[string]entry) {
	objects := make(map[string]attr.Value, len(accounts))
	for _, account := range accounts {
		if e, ok := entries[account]; ok {
			objects[account] = e.toTerraform()
		}
	}
	m.DomainIDs = tfkit.StringList(accounts)
	m.Permissions = types.MapValueMust(entryType, objects)
}

// plannedEntries are the entries that will be there: those of the state, and
// others of which nothing is known yet.
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

// recordFailure puts into the plan's model what there is after an update that
// failed: the accounts that the state had or that were added, and the removed
// ones whose entries are not confirmed to be gone.
func (m *model) recordFailure(state *model, change *gateway.PermissionChange) {
	there := fromAPI(change.Listed)
	if change.Listed == nil {
		there = state.entries()
	}
	had := tfkit.StringSet(state.DomainIDs)
	var accounts []string
	for _, account := range m.accounts() {
		if tfkit.HasKey(had, account) || tfkit.HasKey(there, account) {
			accounts = append(accounts, account)
		}
	}
	for _, account := range change.Remove {
		if tfkit.HasKey(there, account) {
			accounts = append(accounts, account)
		}
	}
	m.setEntries(accounts, there)
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
