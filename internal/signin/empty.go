// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// refuseEmpty deals with credentials that the provider block sets to the empty
// string, an unset secret of a pipeline for example, where another way to sign in
// is taken. One that somebody has set up in the environment or a profile is
// taken with a warning, as the vendor's own provider takes it without. That the
// machine happens to have an agency is an accident, and an error.
func (r *resolver) refuseEmpty(values []value, chosen bool) (refused bool) {
	if chosen {
		return false // by another argument of the block
	}
	var empty []string
	for _, v := range values {
		if v.configured && v.text == "" && !v.shared && (v.method != r.settings.method || r.byProfile) {
			empty = append(empty, v.name)
		}
	}
	for _, v := range []value{r.text("profile"), r.text("shared_config_file")} {
		if v.configured && v.text == "" && !r.profile.configured() {
			empty = append(empty, v.name)
		}
	}
	if len(empty) == 0 || r.diags.HasError() {
		return false
	}
	what := areEmpty(empty) + ", which hides the environment variable but signs in nobody. "
	instead := useNull(empty)
	if r.settings.method == auth.MethodMetadata && !r.byProfile {
		r.fail(empty[0], "Empty credentials", "%sNothing else is configured, so that the agency of the ECS instance would sign in instead, if this is one. "+
			"Is a variable or a secret not set that was to be? %s", what, instead)
		return true
	}
	r.diags.AddWarning("Empty credentials", fmt.Sprintf("%sThe provider signs in by %s instead (%s). %s", what, r.settings.method, r.settings.Origins, instead))
	return false
}

// areEmpty says which arguments are empty, and useNull what to do about them.
func areEmpty(names []string) string {
	verb := "is"
	if len(names) > 1 {
		verb = "are"
	}
	return fmt.Sprintf("%s %s empty in the provider block", strings.Join(names, ", "), verb)
}

func useNull(names []string) string {
	return fmt.Sprintf("Leave %s out, or use null in place of the empty string, for the environment to count: access_key = var.access_key != \"\" ? var.access_key : null, for example.",
		pronoun(names))
}

// hiddenBy ends the complaint about an incomplete method where what is missing is
// empty in the provider block: setting its variable would not help.
func hiddenBy(values []value, method auth.Method) string {
	var empty []string
	for _, v := range values {
		if v.method == method && v.configured && v.text == "" {
			empty = append(empty, v.name)
		}
	}
	if len(empty) == 0 {
		return ""
	}
	return " " + areEmpty(empty) + ", which hides the environment variable. " + useNull(empty)
}

// warnOfEmptyAgency tells where an identity provider's token signs in by itself
// because its agency is the empty string, and not because none is named.
func (r *resolver) warnOfEmptyAgency(values []value) {
	for _, v := range values {
		if v.name == "assume_role_with_oidc.agency_name" && v.configured && v.text == "" && r.settings.method == auth.MethodOIDC && !r.diags.HasError() {
			r.diags.AddWarning("Empty agency", fmt.Sprintf("%s, so that no agency is assumed: who the token of the identity provider stands for signs in instead. "+
				"Is a variable not set that was to be? If that is meant, leave it out or use null in place of the empty string.", areEmpty([]string{v.name})))
		}
	}
}
