// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package tfkit

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

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
	raw, err := json.Marshal(value)
	if err != nil {
		diags.AddError("Private state can't be written", fmt.Sprintf("%q: %s. This is a bug in the provider: please report it.", key, err))
		return
	}
	if slices.Contains([]string{"null", "[]", "{}"}, string(raw)) {
		raw = nil
	}
	diags.Append(private.SetKey(ctx, key, raw)...)
}
