// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// hmacSHA256 is the one signing algorithm, by the vendor's name.
const hmacSHA256 = "HmacSHA256"

// userByName says why a user's ID is refused. Its variables are refused only where a password lacks the user's name.
const userByName = "the user who signs in is named by `user_name`, with `domain_name` or `domain_id`"

// userIDVariables are those that the vendor's own provider takes user_id from.
var userIDVariables = []string{"HW_USER_ID", "OS_USER_ID"}

// vendorArguments are all of them. To go on without what somebody asked for would be worse than not to start.
var vendorArguments = []argument{
	{name: "user_id", refused: userByName},
	{name: "tenant_id", refused: "it is the old name of `project_id`"},
	{name: "tenant_name", refused: "it is the old name of `project_name`"},
	{name: "agency_name", refused: "use an `assume_role` block, whose keys the provider renews", refusedVariable: "OS_AGENCY_NAME"},
	{name: "agency_domain_name", refused: "use `domain_name` of an `assume_role` block"},
	{name: "delegated_project", refused: "with an `assume_role` block, `project_name` names a project of the agency's account"},
	{name: "enterprise_project_id", refused: "connections have no enterprise project of their own; the variable `HW_ENTERPRISE_PROJECT_ID` is ignored"},
	{name: "signing_algorithm", refused: "the provider signs requests by `" + hmacSHA256 + "` only, which may be set", refusedVariable: "HW_SIGNING_ALGORITHM"},
	{name: "enable_force_new", kind: flag, refused: "which arguments replace a resource is fixed, and said on the page of the resource"},
	{name: "default_tags", kind: texts, refused: "connections have no tags"},
	{name: "ignore_tags", kind: list, refused: "connections have no tags"},
	{name: "regional", kind: flag, harmless: "all addresses here are regional anyway"},
	{name: "skip_check_website_type", kind: flag, harmless: "that check is never made here"},
	{name: "skip_check_upgrade", kind: flag, harmless: "that check is never made here"},
}

// vendor refuses what of the vendor's arguments asks for something that is not done here.
func (r *resolver) vendor() {
	for _, a := range vendorArguments {
		if a.refused != "" && asks(r.model[a.name]) {
			r.fail(a.name, "Not supported", "%s is an argument of the provider huaweicloud that this provider does not support: %s. Remove it.", a.name, a.refused)
		}
		if text, _ := r.lookup(a.refusedVariable); text != "" && text != hmacSHA256 {
			r.failAt(path.Empty(), "Not supported", "The environment variable %s is one of the provider huaweicloud that this provider does not support: %s. Unset it.",
				a.refusedVariable, a.refused)
		}
	}
}

// asks reports whether a value asks for something. An unknown one will.
func asks(v attr.Value) bool {
	if v == nil || v.IsNull() || v.IsUnknown() {
		return v != nil && v.IsUnknown()
	}
	switch v := v.(type) {
	case types.String:
		return v.ValueString() != "" && v.ValueString() != hmacSHA256
	case types.Bool:
		return v.ValueBool()
	case types.Map:
		return len(v.Elements()) > 0
	case types.List:
		return len(v.Elements()) > 0
	default:
		return true
	}
}
