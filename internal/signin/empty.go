// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// refuseEmpty deals with credentials that the block sets to the empty string, as an unset secret of a pipeline does.
// What is set up in the environment or a profile signs in instead, with a warning, as with the vendor's own provider.
// That the machine has an agency is an accident, and an error.
func (r *resolver) refuseEmpty(values []value, chosen bool) (refused bool) {
	if chosen {
		return false // by another argument of the block
	}
	empty := namesOf(values, func(v value) bool { return v.empty() && !v.shared && (v.method != r.settings.Auth.Method || r.byProfile) })
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

// areEmpty says which arguments are empty, and useNull what to do about them.
func areEmpty(names []string) string {
	return fmt.Sprintf("%s %s empty in the provider block", strings.Join(names, ", "), one(names, "is", "are"))
}

func useNull(names []string) string {
	return fmt.Sprintf("Leave %s out, or use null in place of the empty string, for the environment to count: access_key = var.access_key != \"\" ? var.access_key : null, for example.",
		one(names, "it", "them"))
}

// warnOfEmptyAgency tells where an ID token signs in by itself because its agency is empty, and not because none is
// named.
func (r *resolver) warnOfEmptyAgency(values []value) {
	for _, v := range values {
		if v.name == "assume_role_with_oidc.agency_name" && v.empty() && r.settings.Auth.Method == auth.MethodOIDC && !r.diags.HasError() {
			r.warn("Empty agency", "%s, so that no agency is assumed: who the token of the identity provider stands for signs in instead. "+
				"Is a variable not set that was to be? If that is meant, leave it out or use null in place of the empty string.", areEmpty([]string{v.name}))
		}
	}
}
