// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"context"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// importID is what an import names, by an ID or by an identity. Region and
// project are null where it names none.
type importID struct {
	scope.Scope

	endpoints []string
}

// importForm is indented where the CLI is not to wrap it.
const importForm = "An import ID has the form\n  INSTANCE_ID/ENDPOINT_ID[,ENDPOINT_ID…]\n" +
	"or, for another region or project than the provider's,\n  REGION/PROJECT_ID/INSTANCE_ID/ENDPOINT_ID[,ENDPOINT_ID…]"

const identityForm = "An identity has `instance_id` and `endpoints`, one or more in any order; `region` and `project_id` are the provider's where they are left out."

// importedFrom reads what an import asks for: an ID, or, where there is none,
// an identity.
func importedFrom(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) importID {
	if req.ID != "" || req.Identity == nil || req.Identity.Raw.IsNull() {
		id, err := parseImportID(req.ID)
		if err != nil {
			diags.AddError("Not an import ID", fmt.Sprintf("The ID\n  %q\n%s.\n\n%s", req.ID, err, importForm))
		}
		return id
	}
	var identity identityModel
	diags.Append(req.Identity.Get(ctx, &identity)...)
	id := importID{identity.Scope, tfkit.Strings(identity.Endpoints)}
	if err := id.check(); err != nil {
		diags.AddError("Not an identity", fmt.Sprintf("The identity %s.\n\n%s", err, identityForm))
	}
	return id
}

var endpointImport = scope.ImportForm{Noun: "endpoint", Not: "no ID", Pattern: tfkit.IDPattern, Rule: tfkit.IDRule}

// parseImportID reads an import ID of either form. Its error goes on where a
// sentence that begins with the ID ends.
func parseImportID(s string) (importID, error) {
	in, endpoints, err := endpointImport.Parse(s)
	return importID{in, endpoints}, err
}

// check refuses what can't be an ID, and an endpoint that is named twice.
func (id importID) check() error { return endpointImport.Check(id.Scope, id.endpoints) }

// importedState are the attributes of a resource for what is decided already, or, where
// the decision is "", for what may be.
func importedState(in scope.Scope, decision endpoint.Decision, endpoints []string) map[string]any {
	return map[string]any{
		"instance_id":        in.InstanceID,
		"desired_status":     tfkit.StringOrNull(string(decision)),
		"endpoints":          endpoints,
		"on_destroy":         ownership.Reject,
		"wait_for_endpoints": defaultWaitForEndpoints,
		"region":             in.Region,
		"project_id":         in.ProjectID,
	}
}

// importedDecision is the decision that the gateway lists for all of the
// endpoints. Those that it does not list are left out of account, unless it
// lists none.
func importedDecision(diags *diag.Diagnostics, gateway apig.Gateway, endpoints []string, listed map[string]endpoint.Connection) endpoint.Decision {
	var accepted, rejected, undecided, absent []string
	for _, id := range endpoints {
		c := listed[id]
		switch decision, _ := endpoint.Decided(c.Status); {
		case endpoint.Judge(endpoint.Accept, c.Status) == endpoint.Gone:
			absent = append(absent, report.Endpoint(id, c))
		case decision == endpoint.Accepted:
			accepted = append(accepted, report.Endpoint(id, c))
		case decision == endpoint.Rejected:
			rejected = append(rejected, report.Endpoint(id, c))
		default:
			undecided = append(undecided, report.Endpoint(id, c))
		}
	}
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
