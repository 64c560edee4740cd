// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package tfkit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// StringOrNull returns a string value, null for "".
func StringOrNull(s string) types.String {
	if s == "" {
		return types.StringNull()
	}
	return types.StringValue(s)
}

// Strings returns the elements of a list; an unknown one is "".
func Strings(list types.List) []string {
	elements := list.Elements()
	values := make([]string, len(elements))
	for i, element := range elements {
		s, _ := element.(types.String)
		values[i] = s.ValueString()
	}
	return values
}

// StringSet returns the elements of a list as a set.
func StringSet(list types.List) map[string]struct{} {
	return SetOf(Strings(list))
}

// SetOf makes a set of strings.
func SetOf(values []string) map[string]struct{} {
	set := make(map[string]struct{}, len(values))
	for _, value := range values {
		set[value] = struct{}{}
	}
	return set
}

// StringList makes a list value of strings.
func StringList(values []string) types.List {
	elements := make([]attr.Value, len(values))
	for i, value := range values {
		elements[i] = types.StringValue(value)
	}
	return types.ListValueMust(types.StringType, elements)
}

// AllKnown reports whether a list and each of its elements are known.
func AllKnown(list types.List) bool {
	return !list.IsUnknown() && !slices.ContainsFunc(list.Elements(), attr.Value.IsUnknown)
}

// HasKey reports whether a map has a key.
func HasKey[V any](m map[string]V, key string) bool {
	_, ok := m[key]
	return ok
}

// Without returns the IDs that are not among the others.
func Without(ids, others []string) []string {
	if len(others) == 0 {
		return ids
	}
	out := SetOf(others)
	return Except(ids, func(id string) bool { return HasKey(out, id) })
}

// Except returns the IDs that a condition does not hold for.
func Except(ids []string, is func(id string) bool) []string {
	rest, _ := Partition(ids, is)
	return rest
}

// Partition returns the IDs that a condition does not hold for, and the others.
func Partition(ids []string, is func(id string) bool) (not, are []string) {
	for _, id := range ids {
		if is(id) {
			are = append(are, id)
		} else {
			not = append(not, id)
		}
	}
	return not, are
}

// Known returns the IDs that a plan knows already; an unknown one is "".
func Known(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
}

// sameElements compares two lists without duplicates as sets.
func sameElements(a, b types.List) bool {
	return !a.IsNull() && !b.IsNull() && !a.IsUnknown() && AllKnown(b) && len(a.Elements()) == len(b.Elements()) && len(Without(Strings(b), Strings(a))) == 0
}

// SetAttributes sets attributes of a new state; the others stay null.
func SetAttributes(ctx context.Context, state attributeSetter, attributes map[string]any, diags *diag.Diagnostics) {
	for name, value := range attributes {
		diags.Append(state.SetAttribute(ctx, path.Root(name), value)...)
	}
}

type attributeSetter interface {
	SetAttribute(ctx context.Context, at path.Path, value any) diag.Diagnostics
}

// PrivateReader is the private state in a request.
type PrivateReader interface {
	GetKey(ctx context.Context, key string) ([]byte, diag.Diagnostics)
}

// PrivateWriter is the private state in a response.
type PrivateWriter interface {
	SetKey(ctx context.Context, key string, value []byte) diag.Diagnostics
}

// GetPrivate reads a key of private state; the zero value where it is missing.
func GetPrivate[T any](ctx context.Context, private PrivateReader, key string, diags *diag.Diagnostics) T {
	var value T
	raw, d := private.GetKey(ctx, key)
	diags.Append(d...)
	if len(raw) == 0 {
		return value
	}
	if err := json.Unmarshal(raw, &value); err != nil {
		diags.AddError("Unreadable private state", fmt.Sprintf(
			"What the state keeps under %q for the provider can't be read: %s. If the state was not edited by hand, this is a bug in the provider: please report it.", key, err))
	}
	return value
}

// SetPrivate writes a key of private state, and drops it where there is nothing to keep: an empty list or map.
func SetPrivate(ctx context.Context, private PrivateWriter, key string, value any, diags *diag.Diagnostics) {
	raw, _ := json.Marshal(value) // of strings, numbers and times, which all have a form
	if slices.Contains([]string{"null", "[]", "{}"}, string(raw)) {
		raw = nil
	}
	diags.Append(private.SetKey(ctx, key, raw)...)
}
