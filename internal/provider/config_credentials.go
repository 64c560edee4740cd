// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"slices"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

const noCredentials = `The provider has nothing to sign in with. Give one of these, in the provider block or by the environment variables:

  - access key: access_key and secret_key (HW_ACCESS_KEY and HW_SECRET_KEY), with security_token (HW_SECURITY_TOKEN) if they are temporary
  - token: token (HW_AUTH_TOKEN)
  - password: user_name, password, and domain_name or domain_id (HW_USER_NAME, HW_USER_PASSWORD, and HW_DOMAIN_NAME or HW_DOMAIN_ID)`

// credentials decides how to sign in. A configuration that has an argument of
// one method decides for that method, which the environment may complete.
// Otherwise the environment decides: the first complete method, in the order
// that the vendor's provider has.
func (r *resolver) credentials(model providerModel) {
	values := r.credentialValues(model)
	configured, all := auth.Config{}, auth.Config{}
	for _, v := range values {
		*v.field(&all) = v.text
		if v.configured {
			*v.field(&configured) = v.text
		}
	}

	var chosen []auth.Method
	for _, m := range auth.Methods() {
		if len(configured.Given(m)) > 0 {
			chosen = append(chosen, m)
		}
	}
	switch {
	case len(chosen) > 1:
		r.failMixed(configured, chosen)
		return
	case len(chosen) == 0:
		chosen = r.fromEnvironment(values, all)
	}
	if len(chosen) == 0 {
		return
	}

	method := chosen[0]
	r.settings.method = method
	r.take(method, values)
	if missing := all.Missing(method); len(missing) > 0 {
		r.failIncomplete(values, all.Given(method), method, missing)
	}
	for _, m := range auth.Methods() {
		if given := all.Given(m); m != method && len(given) > 0 {
			r.note("%s ignored: the provider signs in by %s", strings.Join(variables(given), ", "), method)
		}
	}
}

// fromEnvironment chooses the first method that the environment is complete
// for. Without one, it reports what is missing.
func (r *resolver) fromEnvironment(values []credentialValue, all auth.Config) []auth.Method {
	for _, m := range auth.Methods() {
		if len(all.Missing(m)) == 0 {
			return []auth.Method{m}
		}
	}
	var begun bool
	for _, m := range auth.Methods() {
		if given := all.Given(m); len(given) > 0 {
			begun = true
			r.failIncomplete(values, given, m, all.Missing(m))
		}
	}
	if !begun {
		r.diags.AddError("No credentials", noCredentials)
	}
	return nil
}

// take puts a method's values into the settings and checks them.
func (r *resolver) take(method auth.Method, values []credentialValue) {
	var origins []string
	for _, v := range values {
		if v.text == "" || v.method != method {
			continue
		}
		*v.field(&r.settings.auth) = v.text
		if v.configured {
			origins = append(origins, v.name+" from the configuration")
		} else {
			origins = append(origins, v.name+" from "+environment[v.name])
		}
		if method != auth.MethodPassword {
			r.header(v.value)
		}
	}
	r.settings.origins = strings.Join(origins, ", ")
	r.note("signing in by %s: %s", method, r.settings.origins)
}

func (r *resolver) failMixed(configured auth.Config, methods []auth.Method) {
	ways := make([]string, 0, len(methods))
	for _, m := range methods {
		ways = append(ways, string(m)+" ("+strings.Join(configured.Given(m), ", ")+")")
	}
	r.fail(configured.Given(methods[1])[0], "More than one way to sign in",
		"The provider block has arguments of more than one way to sign in: %s. Keep those of one and remove the others.",
		strings.Join(ways, " and "))
}

func (r *resolver) failIncomplete(values []credentialValue, given []string, method auth.Method, missing []string) {
	var origins []string
	for _, v := range values {
		if slices.Contains(given, v.name) {
			origins = append(origins, v.origin())
		}
	}
	verb := "is"
	if len(origins) > 1 {
		verb = "are"
	}
	r.fail(given[0], "Incomplete credentials", "%s %s set, but to sign in by %s the provider needs %s as well: set %s in the provider block or by %s.",
		strings.Join(origins, " and "), verb, method, strings.Join(missing, " and "), pronoun(missing), strings.Join(variables(missing), " and "))
}

// variables returns the environment variables of arguments.
func variables(names []string) []string {
	var variables []string
	for _, name := range names {
		if name == domainArgument {
			variables = append(variables, "HW_DOMAIN_NAME (or HW_DOMAIN_ID)")
			continue
		}
		variables = append(variables, environment[name])
	}
	return variables
}

// domainArgument is how package auth calls a password's domain.
const domainArgument = "domain_name (or domain_id)"

// credentialValue is the value of an argument that belongs to a method.
type credentialValue struct {
	value
	method auth.Method
	field  func(*auth.Config) *string
}

// credentialValues reads all arguments that sign in.
func (r *resolver) credentialValues(model providerModel) []credentialValue {
	domainName, domainID := r.text("domain_name", model.DomainName), r.text("domain_id", model.DomainID)
	// One names the account, and a configured one beats the environment's other.
	switch {
	case domainName.configured && domainName.text != "" && !domainID.configured:
		domainID.text = ""
	case domainID.configured && domainID.text != "" && !domainName.configured:
		domainName.text = ""
	}
	return []credentialValue{
		{r.text("token", model.Token), auth.MethodToken, func(c *auth.Config) *string { return &c.Token }},
		{r.text("access_key", model.AccessKey), auth.MethodAccessKey, func(c *auth.Config) *string { return &c.AccessKey }},
		{r.text("secret_key", model.SecretKey), auth.MethodAccessKey, func(c *auth.Config) *string { return &c.SecretKey }},
		{r.text("security_token", model.SecurityToken), auth.MethodAccessKey, func(c *auth.Config) *string { return &c.SecurityToken }},
		{r.text("user_name", model.UserName), auth.MethodPassword, func(c *auth.Config) *string { return &c.UserName }},
		{r.text("password", model.Password), auth.MethodPassword, func(c *auth.Config) *string { return &c.Password }},
		{domainName, auth.MethodPassword, func(c *auth.Config) *string { return &c.DomainName }},
		{domainID, auth.MethodPassword, func(c *auth.Config) *string { return &c.DomainID }},
	}
}

func pronoun(names []string) string {
	if len(names) > 1 {
		return "them"
	}
	return "it"
}
