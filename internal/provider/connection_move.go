// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/connection"
)

var _ resource.ResourceWithMoveState = (*connectionResource)(nil)

// The resource of the vendor's provider that a `moved` block can come from.
const (
	vendorProvider = "huaweicloud/huaweicloud" // in any registry
	vendorResource = "huaweicloud_apig_endpoint_connection_management"
)

// vendorState is what a state of the vendor's resource tells. Its schema has had
// one version, 0; in a later one, these would have to be missing or mean
// something else for it not to be understood.
type vendorState struct {
	Region     string          `json:"region"`
	InstanceID string          `json:"instance_id"`
	EndpointID string          `json:"endpoint_id"`
	Action     string          `json:"action"` // receive, reject, or "" when the last refresh found neither decision
	Status     string          `json:"status"` // at the last refresh
	Timeouts   *vendorTimeouts `json:"timeouts"`
}

// vendorTimeouts is the `timeouts` block, as far as the vendor's has it and as
// this provider's does.
type vendorTimeouts struct {
	Create *string `json:"create" tfsdk:"create"`
	Read   *string `json:"-" tfsdk:"read"`
	Update *string `json:"update" tfsdk:"update"`
	Delete *string `json:"-" tfsdk:"delete"`
}

// MoveState takes over the state of the vendor's resource, and that of this one from
// another address of this provider. Terraform does not configure the provider for it,
// so what the vendor's state lacks, the project, stays null until it is read.
func (r *connectionResource) MoveState(ctx context.Context) []resource.StateMover {
	same := sameMover(ctx, r, func(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
		var m connectionModel
		diags.Append(state.Get(ctx, &m)...)
		identify(ctx, identity, &m, diags)
	})
	return []resource.StateMover{same, {StateMover: moveState}}
}

func moveState(ctx context.Context, req resource.MoveStateRequest, resp *resource.MoveStateResponse) {
	switch {
	case strings.HasPrefix(req.SourceTypeName, "apig_"):
		resp.Diagnostics.AddError("No way to move from this resource", fmt.Sprintf(
			"An apig_vpc_endpoint_connection takes over the state of another one, and not that of\n  %s of the provider %s\n\n%s", req.SourceTypeName, req.SourceProviderAddress, replaceProvider(req)))
		return
	case req.SourceTypeName != vendorResource || !isVendorProvider(req.SourceProviderAddress):
		resp.Diagnostics.AddError("No way to move from this resource", fmt.Sprintf(
			"An apig_vpc_endpoint_connection takes over the state of\n  %s of the provider %s\nand not that of\n  %s of the provider %s\n\n"+
				"Import the endpoints instead, and forget the other resource with a `removed` block that has `destroy = false`.",
			vendorResource, vendorProvider, req.SourceTypeName, req.SourceProviderAddress))
		return
	}
	moved, err := readVendorState(req)
	if err != nil {
		resp.Diagnostics.AddError("The state to move from can't be read", fmt.Sprintf(
			"The state of %s, of schema version %d, %s.\n\n"+
				"Update the vendor's provider and run `terraform apply -refresh-only` with it, or import the endpoint instead, and forget the other resource with a `removed` block that has `destroy = false`.",
			req.SourceTypeName, req.SourceSchemaVersion, err))
		return
	}
	setAttributes(ctx, &resp.TargetState, moved.attributes(), &resp.Diagnostics)
	keepToken(ctx, resp.TargetPrivate, &resp.Diagnostics)
}

// isVendorProvider looks at an address, HOSTNAME/NAMESPACE/TYPE, without its
// host: the same provider is in several registries and mirrors. OpenTofu before
// 1.12 tells only what the resource's type begins with.
func isVendorProvider(address string) bool {
	_, name, full := strings.Cut(address, "/")
	return name == vendorProvider || !full && address == "huaweicloud"
}

// readVendorState returns an error that goes on where a sentence that begins
// with the state ends.
func readVendorState(req resource.MoveStateRequest) (vendorState, error) {
	var s vendorState
	if req.SourceRawState == nil || len(req.SourceRawState.JSON) == 0 {
		return s, errors.New("is not in JSON")
	}
	if err := json.Unmarshal(req.SourceRawState.JSON, &s); err != nil {
		return s, fmt.Errorf("is not as expected: %w", err)
	}
	for name, id := range map[string]string{"instance_id": s.InstanceID, "endpoint_id": s.EndpointID} {
		if !idPattern.MatchString(id) {
			return s, fmt.Errorf("has the %s %q, which is no ID: %s", name, id, idRule)
		}
	}
	switch apig.Action(s.Action) {
	case "", apig.ActionReceive, apig.ActionReject:
		return s, nil
	default:
		return s, fmt.Errorf("has the action %q, which is neither %s nor %s", s.Action, apig.ActionReceive, apig.ActionReject)
	}
}

// attributes are those of the state that is moved to.
func (s vendorState) attributes() map[string]any {
	attributes := adopted(scope{InstanceID: types.StringValue(s.InstanceID), Region: stringOrNull(s.Region)}, s.decision(), []string{s.EndpointID})
	if s.Status != "" {
		recorded := entry{Status: types.StringValue(s.Status)}
		attributes["connections"] = map[string]types.Object{s.EndpointID: recorded.object()}
	}
	if s.Timeouts != nil {
		attributes["timeouts"] = s.Timeouts
	}
	return attributes
}

// decision is "" where the state tells none. The plan then shows the
// configuration's as one that is added.
func (s vendorState) decision() connection.Decision {
	switch apig.Action(s.Action) {
	case apig.ActionReceive:
		return connection.Accepted
	case apig.ActionReject:
		return connection.Rejected
	default:
		decision, _ := connection.Decided(apig.Status(s.Status))
		return decision
	}
}

// fillScope fills in what a state lacks that was moved here and not read since.
func (r *connectionResource) fillScope(ctx context.Context, state *connectionModel, diags *diag.Diagnostics) {
	s := r.provider.knownScope(ctx, state.scope(), diags)
	state.Region, state.ProjectID = s.Region, s.ProjectID
}

// planMoved plans what a state lacks that was moved here and not read since: in
// a plan without a refresh, region and project are those of a new resource.
func (r *connectionResource) planMoved(ctx context.Context, config, plan, state *connectionModel, planned *tfsdk.Plan, diags *diag.Diagnostics) {
	if state.Region.IsNull() {
		if config.Region.IsNull() {
			plan.Region = r.provider.defaults.Region
		}
		state.Region = plan.Region
		diags.Append(planned.SetAttribute(ctx, attributePath("region"), plan.Region)...)
	}
	if state.ProjectID.IsNull() {
		if config.ProjectID.IsNull() {
			plan.ProjectID = r.provider.defaultProject(ctx, plan.Region, diags)
		}
		state.ProjectID = plan.ProjectID
		diags.Append(planned.SetAttribute(ctx, attributePath("project_id"), plan.ProjectID)...)
	}
}
