// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"
	"regexp"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/resource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// permissionsModel is the configuration, the plan and the state of an
// apig_vpc_endpoint_permissions.
type permissionsModel struct {
	scope

	DomainIDs   types.List     `tfsdk:"domain_ids"`
	OnDestroy   types.String   `tfsdk:"on_destroy"`
	Permissions types.Map      `tfsdk:"permissions"`
	Timeouts    timeouts.Value `tfsdk:"timeouts"`
}

const onDestroyDelete = "delete"

func (m *permissionsModel) deletesOnDestroy() bool {
	return m.OnDestroy.ValueString() != onDestroyRetain
}

// accounts are `domain_ids`; one that is unknown is "".
func (m *permissionsModel) accounts() []string { return stringElements(m.DomainIDs) }

// permissionEntry is one element of `permissions`.
type permissionEntry struct {
	ID        types.String
	CreatedAt types.String
}

var permissionType = types.ObjectType{AttrTypes: map[string]attr.Type{
	"id":         types.StringType,
	"created_at": types.StringType,
}}

// permissionShape describes it.
const permissionShape = "  - `id` is the ID of the entry;\n  - `created_at` is in UTC, `YYYY-MM-DDTHH:MM:SSZ`."

var unknownPermission = permissionEntry{types.StringUnknown(), types.StringUnknown()}

func (e permissionEntry) object() types.Object {
	return types.ObjectValueMust(permissionType.AttrTypes, map[string]attr.Value{"id": e.ID, "created_at": e.CreatedAt})
}

// permissionEntries are what the gateway lists, by account.
func permissionEntries(listed map[string]apig.Permission) map[string]permissionEntry {
	entries := make(map[string]permissionEntry, len(listed))
	for account, p := range listed {
		entries[account] = permissionEntry{stringOrNull(p.ID), stringOrNull(p.CreatedAt)}
	}
	return entries
}

func (m *permissionsModel) entries() map[string]permissionEntry {
	entries := make(map[string]permissionEntry, len(m.Permissions.Elements()))
	for account, element := range m.Permissions.Elements() {
		object, ok := element.(types.Object)
		if !ok || object.IsUnknown() {
			entries[account] = unknownPermission
			continue
		}
		var e permissionEntry
		e.ID, _ = object.Attributes()["id"].(types.String)
		e.CreatedAt, _ = object.Attributes()["created_at"].(types.String)
		entries[account] = e
	}
	return entries
}

// setEntries records the accounts, in this order, and those of the entries that
// are theirs.
func (m *permissionsModel) setEntries(accounts []string, entries map[string]permissionEntry) {
	objects := make(map[string]attr.Value, len(accounts))
	for _, account := range accounts {
		if e, ok := entries[account]; ok {
			objects[account] = e.object()
		}
	}
	m.DomainIDs = stringList(accounts)
	m.Permissions = types.MapValueMust(permissionType, objects)
}

// plannedEntries are the entries that will be there: those of the state, and
// others of which nothing is known yet.
func plannedEntries(accounts []string, prior map[string]permissionEntry) map[string]permissionEntry {
	planned := make(map[string]permissionEntry, len(accounts))
	for _, account := range accounts {
		e, ok := prior[account]
		if !ok {
			e = unknownPermission
		}
		planned[account] = e
	}
	return planned
}

// toAdd are the accounts whose entries are planned to be made, sorted.
func toAdd(planned map[string]permissionEntry) []string {
	var accounts []string
	for _, account := range slices.Sorted(maps.Keys(planned)) {
		if planned[account].ID.IsUnknown() {
			accounts = append(accounts, account)
		}
	}
	return accounts
}

// fulfilled is what was planned, with what is known now where it was not.
func fulfilled(planned, listed map[string]permissionEntry) map[string]permissionEntry {
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
func (m *permissionsModel) recordFailure(state *permissionsModel, change *gateway.PermissionChange) {
	there := permissionEntries(change.Listed)
	if change.Listed == nil {
		there = state.entries()
	}
	had := stringSet(state.DomainIDs)
	var accounts []string
	for _, account := range m.accounts() {
		if hasKey(had, account) || hasKey(there, account) {
			accounts = append(accounts, account)
		}
	}
	for _, account := range change.Remove {
		if hasKey(there, account) {
			accounts = append(accounts, account)
		}
	}
	m.setEntries(accounts, there)
}

// domainPattern is what an account's ID is.
var domainPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

const domainRule = "an account's ID is 32 hexadecimal digits, in lower case"

// accountIDs checks a list of them that may be empty if nothing is said about that.
func accountIDs(empty string) validIDs {
	return validIDs{noun: "account", empty: empty, pattern: domainPattern, rule: domainRule}
}

// accountPattern is what an entry names.
var accountPattern = regexp.MustCompile(`^([0-9a-f]{32}|\*)$`)

const accountRule = domainRule + "; `*` stands for every account"

// accountList is what `domain_ids` takes.
var accountList = validIDs{
	noun: "account", pattern: accountPattern, rule: accountRule,
	empty: "Name the accounts that may ask, or `*` for every account, or remove the resource.",
}
