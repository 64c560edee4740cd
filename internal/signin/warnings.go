// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// authURL is the address of IAM by its own argument. A variable doesn't count where the block says where IAM is.
func (r *resolver) authURL() value {
	v := r.text("auth_url")
	if v.fromVariable == "" {
		return v
	}
	pinned := ""
	if iam := as[types.Map](r.model, "endpoints").Elements()["iam"]; iam != nil && !iam.IsNull() {
		pinned = "endpoints.iam"
	} else if as[types.String](r.model, "cloud").ValueString() != "" {
		pinned = "cloud"
	}
	if pinned == "" {
		r.iamVariable = v.fromVariable
		return v
	}
	r.warn("Environment variable is ignored", "The environment variable %s has an address of IAM, which is ignored, since the provider block has %s. "+
		"Unset the variable if it is left over; if it is meant, set auth_url in the provider block.", v.fromVariable, pinned)
	return value{argument: v.argument}
}

// warnOfAddress tells of a password or token that goes to an address of the older variables, maybe another cloud's.
func (r *resolver) warnOfAddress() {
	name, sent := map[auth.Method]string{auth.MethodPassword: "password", auth.MethodToken: "token"}[r.settings.Auth.Method]
	if secret := r.text(name); sent && !r.diags.HasError() && isOlder(r.iamVariable) && !isOlder(secret.fromVariable) {
		r.warn("Address of another cloud?", "The %s (from %s) is sent to the IAM that the environment variable %s names: %s. "+
			"The variables that begin with OS_ are also set for clouds of other vendors. If that is meant, set auth_url in the provider block or by %s; otherwise unset %s.",
			secret.name, secret.source(), r.iamVariable, r.settings.Auth.IAM.Host, argumentNamed("auth_url").variable(), r.iamVariable)
	}
}

func isOlder(variable string) bool { return strings.HasPrefix(variable, "OS_") }

// refuseEmpty deals with credentials that the block sets to the empty string, as an unset secret of a pipeline does. What else
// is set up signs in instead, with a warning, as with the vendor's own provider; that the machine has an agency is an accident.
func (r *resolver) refuseEmpty(values []value, chosen bool) (refused bool) {
	if chosen {
		return false // by another argument of the block
	}
	empty := namesOf(values, func(v value) bool {
		return v.empty() && !v.shared && (v.method != r.settings.Auth.Method || r.byProfile)
	})
	if !r.profile.configured() {
		empty = append(empty, namesOf([]value{r.text("profile"), r.text("shared_config_file")}, value.empty)...)
	}
	if len(empty) == 0 || r.diags.HasError() {
		return false
	}
	what := areEmpty(empty) + ", which hides the environment variable but signs in nobody. "
	instead := useNull(empty)
	if r.settings.Auth.Method == auth.MethodMetadata && !r.byProfile {
		r.fail(empty[0], "Empty credentials", "%sNothing else is configured, so that the agency of the ECS instance would sign in instead, if this is one. "+
			"Is a variable or a secret not set that was to be? %s", what, instead)
		return true
	}
	r.warn("Empty credentials", "%sThe provider signs in by %s instead (%s). %s", what, r.settings.Auth.Method, r.settings.Origins, instead)
	return false
}

func areEmpty(names []string) string {
	return fmt.Sprintf("%s %s empty in the provider block", strings.Join(names, ", "), one(names, "is", "are"))
}

func useNull(names []string) string {
	return fmt.Sprintf("Leave %s out, or use null in place of the empty string, for the environment to count: access_key = var.access_key != \"\" ? var.access_key : null, for example.",
		one(names, "it", "them"))
}

// warnOfEmptyAgency tells where an ID token signs in by itself, because its agency is empty.
func (r *resolver) warnOfEmptyAgency(values []value) {
	for _, v := range values {
		if v.name == "assume_role_with_oidc.agency_name" && v.empty() && r.settings.Auth.Method == auth.MethodOIDC && !r.diags.HasError() {
			r.warn("Empty agency", "%s, so that no agency is assumed: who the token of the identity provider stands for signs in instead. "+
				"Is a variable not set that was to be? If that is meant, leave it out or use null in place of the empty string.", areEmpty([]string{v.name}))
		}
	}
}
