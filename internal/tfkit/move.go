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
)

// vendorProvider is the vendor's provider, in any registry.
const vendorProvider = "huaweicloud/huaweicloud"

// Mover takes over the state of one resource of the vendor's provider, by a `moved`
// block.
type Mover struct {
	Target, Source string // the resources' types
	Things         string // "endpoints"
	// Attributes are those of the state that is moved to. Its error goes on where a sentence that begins with the state ends.
	Attributes func(state []byte) (map[string]any, error)
	// Keep writes the private state of an object that is new to this provider.
	Keep func(ctx context.Context, private PrivateWriter, diags *diag.Diagnostics)
}

// move is asked whatever the source is. Terraform does not configure the provider for
// it, so what the vendor's state lacks, the project, stays null until it is read.
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

// isVendorProvider looks at an address, HOSTNAME/NAMESPACE/TYPE, without its
// host: the same provider is in several registries and mirrors. OpenTofu before
// 1.12 tells only what the resource's type begins with.
func isVendorProvider(address string) bool {
	_, name, full := strings.Cut(address, "/")
	return name == vendorProvider || !full && address == "huaweicloud"
}
