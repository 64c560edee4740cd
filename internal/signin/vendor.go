// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// hmacSHA256 is the one signing algorithm, by the vendor's name.
const hmacSHA256 = "HmacSHA256"

// userByName says why a user's ID is refused. Its variables are refused only where
// a password lacks the user's name: beside one, or beside another way to sign in,
// they say nothing.
const userByName = "the user who signs in is named by `user_name`, with `domain_name` or `domain_id`"

// userIDVariables are those that the vendor's own provider takes user_id from.
var userIDVariables = []string{"HW_USER_ID", "OS_USER_ID"}

// vendorArgument is an argument that the vendor's own provider has, and that
// means nothing here.
type vendorArgument struct {
	name  string
	value func(vendorModel) attr.Value
	// refused says why it is an error to set it; "" where setting it is right and
	// changes nothing, which harmless says why.
	refused, harmless string
	// variable is the environment variable that is refused as well: one that
	// changes who acts, or how.
	variable string
}

// vendorArguments are all of them. To go on without what somebody asked for
// would be worse than not to start; what asks for nothing that this provider
// does is let be, so that a provider block can be taken over.
var vendorArguments = []vendorArgument{
	{
		name: "user_id", value: func(m vendorModel) attr.Value { return m.UserID },
		refused: userByName,
	},
	{
		name: "tenant_id", value: func(m vendorModel) attr.Value { return m.TenantID },
		refused: "it is the old name of `project_id`",
	},
	{
		name: "tenant_name", value: func(m vendorModel) attr.Value { return m.TenantName },
		refused: "it is the old name of `project_name`",
	},
	{
		name: "agency_name", value: func(m vendorModel) attr.Value { return m.AgencyName },
		refused: "use an `assume_role` block, whose keys the provider renews", variable: "OS_AGENCY_NAME",
	},
	{
		name: "agency_domain_name", value: func(m vendorModel) attr.Value { return m.AgencyDomainName },
		refused: "use `domain_name` of an `assume_role` block",
	},
	{
		name: "delegated_project", value: func(m vendorModel) attr.Value { return m.DelegatedProject },
		refused: "with an `assume_role` block, `project_name` names a project of the agency's account",
	},
	{
		name: "enterprise_project_id", value: func(m vendorModel) attr.Value { return m.EnterpriseProjectID },
		refused: "connections have no enterprise project of their own; the variable `HW_ENTERPRISE_PROJECT_ID` is ignored",
	},
	{
		name: "signing_algorithm", value: func(m vendorModel) attr.Value { return m.SigningAlgorithm },
		refused: "the provider signs requests by `" + hmacSHA256 + "` only, which may be set", variable: "HW_SIGNING_ALGORITHM",
	},
	{
		name: "enable_force_new", value: func(m vendorModel) attr.Value { return m.EnableForceNew },
		refused: "which arguments replace a resource is fixed, and said on the page of the resource",
	},
	{
		name: "default_tags", value: func(m vendorModel) attr.Value { return m.DefaultTags },
		refused: "connections have no tags",
	},
	{
		name: "ignore_tags", value: func(m vendorModel) attr.Value { return m.IgnoreTags },
		refused: "connections have no tags",
	},
	{
		name: "regional", value: func(m vendorModel) attr.Value { return m.Regional },
		harmless: "all addresses here are regional anyway",
	},
	{
		name: "skip_check_website_type", value: func(m vendorModel) attr.Value { return m.SkipCheckWebsite },
		harmless: "that check is never made here",
	},
	{
		name: "skip_check_upgrade", value: func(m vendorModel) attr.Value { return m.SkipCheckUpgrade },
		harmless: "that check is never made here",
	},
}

// vendorAttributes are the arguments in the schema, so that they have an answer
// better than "unsupported argument". They are deprecated: editors strike them
// through, and a validation warns of them.
func vendorAttributes() map[string]schema.Attribute {
	attributes := map[string]schema.Attribute{}
	for _, argument := range vendorArguments {
		description := argument.description()
		switch argument.value(vendorModel{}).(type) {
		case types.Bool:
			attributes[argument.name] = schema.BoolAttribute{Optional: true, MarkdownDescription: description, DeprecationMessage: description}
		case types.Map:
			attributes[argument.name] = schema.MapAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description, DeprecationMessage: description}
		case types.List:
			attributes[argument.name] = schema.ListAttribute{Optional: true, ElementType: types.StringType, MarkdownDescription: description, DeprecationMessage: description}
		default:
			attributes[argument.name] = schema.StringAttribute{Optional: true, MarkdownDescription: description, DeprecationMessage: description}
		}
	}
	return attributes
}

// description says what becomes of the argument, on the page and in a warning.
func (a vendorArgument) description() string {
	if a.harmless != "" {
		return "It does nothing here, and is accepted from provider blocks of `huaweicloud`: " + a.harmless + "."
	}
	return "It is not supported here: " + a.refused + "."
}

// vendor refuses what of the vendor's arguments asks for something that is not
// done here.
func (r *resolver) vendor(model blockModel) {
	for _, argument := range vendorArguments {
		if argument.refused == "" {
			continue
		}
		if asks(argument.value(model.vendorModel)) {
			r.fail(argument.name, "Not supported", "%s is an argument of the provider huaweicloud that this provider does not support: %s. Remove it.",
				argument.name, argument.refused)
		}
		if argument.variable == "" {
			continue
		}
		if text, _ := r.lookup(argument.variable); text != "" && text != hmacSHA256 {
			r.diags.AddError("Not supported", fmt.Sprintf("The environment variable %s is one of the provider huaweicloud that this provider does not support: %s. Unset it.",
				argument.variable, argument.refused))
		}
	}
}

// asks reports whether a value asks for something. An unknown one will.
func asks(v attr.Value) bool {
	if v.IsNull() || v.IsUnknown() {
		return v.IsUnknown()
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
