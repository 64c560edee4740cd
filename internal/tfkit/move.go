// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package tfkit

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
)

// vendorProvider is the vendor's provider, in any registry.
const vendorProvider = "huaweicloud/huaweicloud"

// Mover takes over the state of one resource of the vendor's provider.
type Mover struct {
	Target, Source string // the resources' types
	Things         string // "endpoints"
	// Attributes are those of the state that is moved to. Its error goes on where a sentence that begins with the state ends.
	Attributes func(state []byte) (map[string]any, error)
	// Keep writes the private state of an object that is new to this provider.
	Keep func(ctx context.Context, private PrivateWriter, diags *diag.Diagnostics)
}

// move is asked whatever the source is. What the vendor's state lacks, the project, stays null until it is read.
func (m *Mover) move(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	switch {
	case strings.HasPrefix(req.SourceTypeName, "apig_"):
		resp.Diagnostics.AddError("Unsupported source of a move", fmt.Sprintf(
			"An %s takes over the state of another one, and not that of\n  %s of the provider %s\n\n%s", m.Target, req.SourceTypeName, req.SourceProviderAddress, replaceProvider(req)))
		return
	case req.SourceTypeName != m.Source || !isVendorProvider(req.SourceProviderAddress):
		resp.Diagnostics.AddError("Unsupported source of a move", fmt.Sprintf(
			"An %s takes over the state of\n  %s of the provider %s\nand not that of\n  %s of the provider %s\n\n"+
				"Import the %s instead, and forget the other resource with a `removed` block that has `destroy = false`.",
			m.Target, m.Source, vendorProvider, req.SourceTypeName, req.SourceProviderAddress, m.Things))
		return
	}
	attributes, err := m.read(req)
	if err != nil {
		resp.Diagnostics.AddError("The state to move from can't be read", fmt.Sprintf(
			"The state of %s, of schema version %d, %s.\n\n"+
				"Update the vendor's provider and run `terraform apply -refresh-only` with it, or import the %s instead, and forget the other resource with a `removed` block that has `destroy = false`.",
			req.SourceTypeName, req.SourceSchemaVersion, err, m.Things))
		return
	}
	SetAttributes(ctx, &resp.TargetState, attributes, &resp.Diagnostics)
	m.Keep(ctx, resp.TargetPrivate, &resp.Diagnostics)
}

func (m *Mover) read(req resource.MoveStateRequest) (map[string]any, error) {
	if req.SourceRawState == nil || len(req.SourceRawState.JSON) == 0 {
		return nil, errors.New("is not in JSON")
	}
	return m.Attributes(req.SourceRawState.JSON)
}

// isVendorProvider looks at an address, HOSTNAME/NAMESPACE/TYPE, without its host: the same provider is in several
// registries and mirrors. OpenTofu before 1.12 tells only what the resource's type begins with.
func isVendorProvider(address string) bool {
	_, name, full := strings.Cut(address, "/")
	return name == vendorProvider || !full && address == "huaweicloud"
}

// Movers move from the same resource at another address of the provider, with all of its state, as when both addresses
// change in one go; from the vendor's resource if there is one; and refuse all others.
func Movers(
	typeName string, source schema.Schema, vendor *Mover,
	identify func(context.Context, *tfsdk.State, *tfsdk.ResourceIdentity, *diag.Diagnostics),
) []resource.StateMover {
	same := func(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		if req.SourceTypeName != typeName || !strings.HasSuffix("/"+req.SourceProviderAddress, "/apig") {
			return // which asks the next mover; OpenTofu before 1.12 tells only the end of an address
		}
		if req.SourceState == nil || req.SourceState.Raw.IsNull() || req.SourceSchemaVersion != source.Version {
			resp.Diagnostics.AddError("The state to move from can't be read", fmt.Sprintf(
				"The state of %s, of schema version %d, is not one of this version of the provider.\n\n%s", typeName, req.SourceSchemaVersion, replaceProvider(req)))
			return
		}
		resp.TargetState.Raw = req.SourceState.Raw
		resp.TargetPrivate = req.SourcePrivate
		identify(ctx, &resp.TargetState, resp.TargetIdentity, &resp.Diagnostics)
	}
	others := func(_ context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
		resp.Diagnostics.AddError("Unsupported source of a move", fmt.Sprintf(
			"An %s takes over the state of an %s of this provider, at whatever address,\nand not that of\n  %s of the provider %s\n\n%s", typeName, typeName, req.SourceTypeName, req.SourceProviderAddress, replaceProvider(req)))
	}
	if vendor != nil {
		others = vendor.move
	}
	return []resource.StateMover{{SourceSchema: &source, StateMover: same}, {StateMover: others}}
}

// replaceProvider says how a state gets another address of a provider without a move.
func replaceProvider(req resource.MoveStateRequest) string {
	from := req.SourceProviderAddress
	if !strings.Contains(from, "/") {
		from = "OLD-NAMESPACE/" + from
	}
	return "If it is this provider at another address, change the address alone, without a `moved` block or another address of the resource, and have the state follow:\n\n" +
		Snippet(fmt.Sprintf("terraform state replace-provider %s NEW-NAMESPACE/apig", from))
}
