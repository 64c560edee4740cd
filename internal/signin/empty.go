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
	verb, them := "is", "it"
	if len(empty) > 1 {
		verb, them = "are", "them"
	}
	what := fmt.Sprintf("%s %s empty in the provider block, which hides the environment variable but signs in nobody. ", strings.Join(empty, ", "), verb)
	instead := fmt.Sprintf("Leave %s out, or use null in place of the empty string, for the environment to count: access_key = var.access_key != \"\" ? var.access_key : null, for example.", them)
	if r.settings.method == auth.MethodMetadata && !r.byProfile {
		r.fail(empty[0], "Empty credentials", "%sNothing else is configured, so that the agency of the ECS instance would sign in instead, if this is one. "+
			"Is a variable or a secret not set that was to be? %s", what, instead)
		return true
	}
	r.diags.AddWarning("Empty credentials", fmt.Sprintf("%sThe provider signs in by %s instead (%s). %s", what, r.settings.method, r.settings.Origins, instead))
	return false
}
