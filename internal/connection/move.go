// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

var _ resource.ResourceWithMoveState = (*connectionResource)(nil)

// vendorResource is the resource of the vendor's provider that a `moved` block can come from.
const vendorResource = "huaweicloud_apig_endpoint_connection_management"

// movedState is what a state of the vendor's resource tells. Its schema has had
// one version, 0; in a later one, these would have to be missing or mean
// something else for it not to be understood.
type movedState struct {
	Region     string         `json:"region"`
	InstanceID string         `json:"instance_id"`
	EndpointID string         `json:"endpoint_id"`
	Action     string         `json:"action"` // receive, reject, or "" when the last refresh found neither decision
	Status     string         `json:"status"` // at the last refresh
	Timeouts   *movedTimeouts `json:"timeouts"`
}

// movedTimeouts is the `timeouts` block, as far as the vendor's has it and as
// this provider's does.
type movedTimeouts struct {
	Create *string `json:"create" tfsdk:"create"`
	Read   *string `json:"-" tfsdk:"read"`
	Update *string `json:"update" tfsdk:"update"`
	Delete *string `json:"-" tfsdk:"delete"`
}

// MoveState takes over the state of the vendor's resource, and that of this one from
// another address of this provider.
func (r *connectionResource) MoveState(ctx context.Context) []resource.StateMover {
	same := tfkit.SameMover(ctx, r, func(ctx context.Context, state *tfsdk.State, identity *tfsdk.ResourceIdentity, diags *diag.Diagnostics) {
		var m model
		diags.Append(state.Get(ctx, &m)...)
		identify(ctx, identity, &m, diags)
	})
	return append([]resource.StateMover{same}, tfkit.Mover{Target: "apig_vpc_endpoint_connection", Source: vendorResource, Things: "endpoints", Keep: ownership.KeepToken, Attributes: func(state []byte) (map[string]any, error) {
		moved, err := readMovedState(state)
		return moved.attributes(), err
	}}.Movers()...)
}

// readMovedState returns an error that goes on where a sentence that begins
// with the state ends.
func readMovedState(state []byte) (movedState, error) {
	var s movedState
	if err := json.Unmarshal(state, &s); err != nil {
		return s, fmt.Errorf("is not as expected: %w", err)
	}
	for name, id := range map[string]string{"instance_id": s.InstanceID, "endpoint_id": s.EndpointID} {
		if !tfkit.IDPattern.MatchString(id) {
			return s, fmt.Errorf("has the %s %q, which is no ID: %s", name, id, tfkit.IDRule)
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
func (s movedState) attributes() map[string]any {
	attributes := importedState(scope.Scope{InstanceID: types.StringValue(s.InstanceID), Region: tfkit.StringOrNull(s.Region)}, s.decision(), []string{s.EndpointID})
	if s.Status != "" {
		recorded := observed{Status: types.StringValue(s.Status)}
		attributes["connections"] = map[string]types.Object{s.EndpointID: recorded.toTerraform()}
	}
	if s.Timeouts != nil {
		attributes["timeouts"] = s.Timeouts
	}
	return attributes
}

// decision is "" where the state tells none. The plan then shows the
// configuration's as one that is added.
func (s movedState) decision() endpoint.Decision {
	switch apig.Action(s.Action) {
	case apig.ActionReceive:
		return endpoint.Accepted
	case apig.ActionReject:
		return endpoint.Rejected
	default:
		decision, _ := endpoint.Decided(endpoint.Status(s.Status))
		return decision
	}
}

// planMoved plans what a state lacks that was moved here and not read since.
func (r *connectionResource) planMoved(ctx context.Context, configured scope.Scope, plan, state *model, planned *tfsdk.Plan, diags *diag.Diagnostics) {
	before := state.Scope
	r.backend.PlanMoved(ctx, configured, &plan.Scope, &state.Scope, diags)
	if before.Region.IsNull() {
		diags.Append(planned.SetAttribute(ctx, path.Root("region"), plan.Region)...)
	}
	if before.ProjectID.IsNull() {
		diags.Append(planned.SetAttribute(ctx, path.Root("project_id"), plan.ProjectID)...)
	}
}
