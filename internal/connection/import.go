// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"encoding/json"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

var importForm = scope.ImportForm{
	IDs:       tfkit.IDs{Noun: "endpoint", Pattern: tfkit.IDPattern, Rule: tfkit.IDRule},
	Attribute: "endpoints", Part: "ENDPOINT_ID", Not: "no ID",
}

// importedState are the attributes of a resource beside its scope. The decision may be "".
func importedState(decision endpoint.Decision, endpoints []string) map[string]any {
	return map[string]any{
		"desired_status":     tfkit.StringOrNull(string(decision)),
		"endpoints":          endpoints,
		"on_destroy":         ownership.Reject,
		"wait_for_endpoints": defaultWaitForEndpoints,
	}
}

// importedDecision is the decision that the gateway lists for all of the endpoints. It ignores those that are not listed.
func importedDecision(diags *diag.Diagnostics, gateway apig.Gateway, endpoints []string, listed map[string]endpoint.Connection) endpoint.Decision {
	var absent []string
	lines := map[endpoint.Decision][]string{}
	for _, id := range endpoints {
		c := listed[id]
		if endpoint.Judge(endpoint.Accept, c.Status) == endpoint.Gone {
			absent = append(absent, report.Endpoint(id, c))
			continue
		}
		decision, _ := endpoint.Decided(c.Status)
		lines[decision] = append(lines[decision], report.Endpoint(id, c))
	}
	accepted, rejected, undecided := lines[endpoint.Accepted], lines[endpoint.Rejected], lines[""]
	switch {
	case len(undecided) > 0:
		diags.AddError("Endpoints without a decision can't be imported", fmt.Sprintf(
			"On the %s, these are not decided:\n%s\n\n%s in a configuration: an apply decides them.",
			gateway, tfkit.Bullets(undecided), scope.DeclareThese(len(accepted)+len(rejected) > 0)))
	case len(accepted) > 0 && len(rejected) > 0:
		diags.AddError("Endpoints of different decisions can't be imported together", fmt.Sprintf(
			"A resource has one decision for all of its endpoints. On the %s, these are accepted:\n%s\n\nand these are rejected:\n%s\n\nImport them into two resources.",
			gateway, tfkit.Bullets(accepted), tfkit.Bullets(rejected)))
	case len(accepted)+len(rejected) == 0:
		diags.AddError("The gateway lists none of the endpoints", fmt.Sprintf(
			"The %s does not list:\n%s\n\nCompare the IDs with the gateway's list of connections. A consumer who has deleted the endpoint is gone for good: there is nothing to import.%s",
			gateway, tfkit.Bullets(absent), report.LetterCase(absent)))
	}
	if len(absent) > 0 && len(accepted)+len(rejected) > 0 {
		diags.AddWarning("Endpoints that the gateway does not list", fmt.Sprintf(
			"The %s does not list:\n%s\n\nCompare the IDs: one that is mistyped looks like one whose consumer has left.%s", gateway, tfkit.Bullets(absent), report.LetterCase(absent)))
	}
	if len(accepted) > 0 {
		return endpoint.Accepted
	}
	return endpoint.Rejected
}

// vendor is the resource of the vendor's provider that a `moved` block can come from.
var vendor = tfkit.Mover{
	Target: "apig_vpc_endpoint_connection", Source: "huaweicloud_apig_endpoint_connection_management", Things: "endpoints", Keep: ownership.KeepToken,
	Attributes: func(state []byte) (map[string]any, error) {
		moved, err := readMovedState(state)
		return moved.attributes(), err
	},
}

// movedState is what a state of the vendor's resource tells. Its schema has had one version, 0; in a later one, these
// would have to be missing or mean something else for it not to be understood.
type movedState struct {
	Region     string         `json:"region"`
	InstanceID string         `json:"instance_id"`
	EndpointID string         `json:"endpoint_id"`
	Action     string         `json:"action"` // receive, reject, or "" when the last refresh found neither decision
	Status     string         `json:"status"` // at the last refresh
	Timeouts   *movedTimeouts `json:"timeouts"`
}

// movedTimeouts is the `timeouts` block, as far as the vendor's has it and as this provider's does.
type movedTimeouts struct {
	Create *string `json:"create" tfsdk:"create"`
	Read   *string `json:"-" tfsdk:"read"`
	Update *string `json:"update" tfsdk:"update"`
	Delete *string `json:"-" tfsdk:"delete"`
}

// readMovedState returns an error that goes on where a sentence that begins with the state ends.
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

// decision is "" where the state tells none. The plan then shows the configuration's as one that is added.
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
