// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// vendorProvider is the vendor's provider, in any registry.
const vendorProvider = "huaweicloud/huaweicloud"

// mover takes over the state of one resource of the vendor's provider, by a `moved` block.
type mover struct {
	target, source string // the resources' types
	things         string // "endpoints"
	// attributes are those of the state that is moved to. Its error goes on where a sentence that begins with the state ends.
	attributes func(state []byte) (map[string]any, error)
	// keep writes the private state of an object that is new to this provider.
	keep func(ctx context.Context, private tfkit.PrivateWriter, diags *diag.Diagnostics)
}

// movers are one that Terraform asks whatever the source is. Terraform does not configure the provider for it, so what the
// vendor's state lacks, the project, stays null until it is read.
func (m mover) movers() []resource.StateMover { return []resource.StateMover{{StateMover: m.move}} }

func (m mover) move(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	switch {
	case strings.HasPrefix(req.SourceTypeName, "apig_"):
		resp.Diagnostics.AddError("Unsupported source of a move", fmt.Sprintf(
			"An %s takes over the state of another one, and not that of\n  %s of the provider %s\n\n%s", m.target, req.SourceTypeName, req.SourceProviderAddress, replaceProvider(req)))
		return
	case req.SourceTypeName != m.source || !isVendorProvider(req.SourceProviderAddress):
		resp.Diagnostics.AddError("Unsupported source of a move", fmt.Sprintf(
			"An %s takes over the state of\n  %s of the provider %s\nand not that of\n  %s of the provider %s\n\n"+
				"Import the %s instead, and forget the other resource with a `removed` block that has `destroy = false`.",
			m.target, m.source, vendorProvider, req.SourceTypeName, req.SourceProviderAddress, m.things))
		return
	}
	attributes, err := m.read(req)
	if err != nil {
		resp.Diagnostics.AddError("The state to move from can't be read", fmt.Sprintf(
			"The state of %s, of schema version %d, %s.\n\n"+
				"Update the vendor's provider and run `terraform apply -refresh-only` with it, or import the %s instead, and forget the other resource with a `removed` block that has `destroy = false`.",
			req.SourceTypeName, req.SourceSchemaVersion, err, m.things))
		return
	}
	tfkit.SetAttributes(ctx, &resp.TargetState, attributes, &resp.Diagnostics)
	m.keep(ctx, resp.TargetPrivate, &resp.Diagnostics)
}

func (m mover) read(req resource.MoveStateRequest) (map[string]any, error) {
	if req.SourceRawState == nil || len(req.SourceRawState.JSON) == 0 {
		return nil, errors.New("is not in JSON")
	}
	return m.attributes(req.SourceRawState.JSON)
}

// isVendorProvider looks at an address, HOSTNAME/NAMESPACE/TYPE, without its
// host: the same provider is in several registries and mirrors. OpenTofu before
// 1.12 tells only what the resource's type begins with.
func isVendorProvider(address string) bool {
	_, name, full := strings.Cut(address, "/")
	return name == vendorProvider || !full && address == "huaweicloud"
}
