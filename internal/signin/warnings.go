// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// authURL is the address of IAM by its own argument. Where the block says otherwise where IAM is, a variable doesn't
// count.
func (r *resolver) authURL() value {
	v := r.text("auth_url")
	if v.fromVariable == "" {
		return v
	}
	pinned := ""
	if _, ok := as[types.Map](r.model, "endpoints").Elements()["iam"]; ok {
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

// warnOfAddress tells of a newer password or token that goes to an address from the older variables, maybe another
// cloud's.
func (r *resolver) warnOfAddress() {
	if r.diags.HasError() {
		return
	}
	secret := r.text("password")
	switch r.settings.Auth.Method {
	case auth.MethodPassword:
	case auth.MethodToken:
		secret = r.text("token")
	default:
		return
	}
	if isOlder(r.iamVariable) && !isOlder(secret.fromVariable) {
		r.warn("Address of another cloud?", "The %s (from %s) is sent to the IAM that the environment variable %s names: %s. "+
			"The variables that begin with OS_ are also set for clouds of other vendors. If that is meant, set auth_url in the provider block or by %s; otherwise unset %s.",
			secret.name, secret.source(), r.iamVariable, r.settings.Auth.IAM.Host, argumentNamed("auth_url").variable(), r.iamVariable)
	}
}

func isOlder(variable string) bool { return strings.HasPrefix(variable, "OS_") }

// warnOfInsecure tells that a variable, which may be set for something else, switches the checks of certificates off.
func (r *resolver) warnOfInsecure(variable string) {
	if r.settings.insecure {
		r.warn("Certificates are not checked", "The environment variable %s switches off the checks of certificates, and lets addresses be without TLS: "+
			"whoever is on the way can read the credentials. Unset it, or set insecure in the provider block.", variable)
	}
}
