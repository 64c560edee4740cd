// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// vendor is the resource of the vendor's provider that a `moved` block can come from.
var vendor = tfkit.Mover{
	Target: "apig_vpc_endpoint_connection", Source: "huaweicloud_apig_endpoint_connection_management", Things: "endpoints", Keep: ownership.KeepToken,
	Attributes: func(state []byte) (map[string]any, error) {
		moved, err := readMovedState(state)
		return moved.attributes(), err
	},
}

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
	attributes := importedState(s.decision(), []string{s.EndpointID})
	attributes["instance_id"], attributes["region"] = s.InstanceID, tfkit.StringOrNull(s.Region)
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
