// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package signin is the provider block: its arguments, the environment variables and profiles that stand in for them,
// and what follows from all of them. It makes no call, and knows nothing of gateways, endpoints and resources.
package signin

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Lookup returns the value of an environment variable, as [os.LookupEnv] does.
type Lookup = func(name string) (value string, ok bool)

// Validate checks what depends on several arguments and can be told before the environment is all there.
func Validate(ctx context.Context, config tfsdk.Config, lookup Lookup) diag.Diagnostics {
	return validateDurations(modelOf(ctx, config), lookup)
}

// Resolve applies environment and defaults to a provider block. The settings are good if nothing in needed and diags is an
// error. Each error in needed is of an argument that is not known yet, and without which there are no settings.
func Resolve(ctx context.Context, config tfsdk.Config, lookup Lookup) (resolved Settings, needed, diags diag.Diagnostics) {
	resolved, unknown, diags := resolveKnown(ctx, config, lookup)
	for _, argument := range unknown {
		argument.report(&needed)
	}
	if len(needed) > 0 {
		return Settings{}, needed, nil
	}
	return resolved, nil, append(diags, resolved.connect()...)
}

func modelOf(ctx context.Context, config tfsdk.Config) blockModel {
	var whole types.Object
	config.Get(ctx, &whole) // every block is an object
	return whole.Attributes()
}

// ByEnvironment is Resolve for a provider block that has endpoints.apig at most: address, unless that is empty.
func ByEnvironment(address string, lookup Lookup) (Settings, diag.Diagnostics) {
	model := blockModel{}
	if address != "" {
		model["endpoints"] = types.MapValueMust(types.StringType, map[string]attr.Value{"apig": types.StringValue(address)})
	}
	resolved, diags := resolve(model, lookup)
	return resolved, append(diags, resolved.connect()...)
}
