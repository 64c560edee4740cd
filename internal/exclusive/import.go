// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package exclusive

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource"

	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
)

const (
	importForm = "An import ID has the form\n  INSTANCE_ID\n" +
		"or, for another region or project than the provider's,\n  REGION/PROJECT_ID/INSTANCE_ID"
	identityForm = "An identity has `instance_id`; `region` and `project_id` are the provider's where they are left out."
)

// importedFrom reads what an import asks for: an ID, or, where there is none, an
// identity.
func importedFrom(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) scope.Scope {
	var in scope.Scope
	if req.ID == "" && req.Identity != nil && !req.Identity.Raw.IsNull() {
		diags.Append(req.Identity.Get(ctx, &in)...)
		if err := in.Check(); err != nil {
			diags.AddError("Not an identity", fmt.Sprintf("The identity %s.\n\n%s", err, identityForm))
		}
		return in
	}
	in, err := scope.Parse(strings.Split(req.ID, "/"))
	if err == nil {
		err = in.Check()
	}
	if err != nil {
		diags.AddError("Not an import ID", fmt.Sprintf("The ID\n  %q\n%s.\n\n%s", req.ID, err, importForm))
	}
	return in
}

var _ resource.ResourceWithMoveState = (*exclusiveResource)(nil)
