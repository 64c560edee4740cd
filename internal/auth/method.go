// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"fmt"
	"strings"
)

// Method is a way to sign in.
type Method string

// The ways to sign in.
const (
	MethodToken     Method = "token"
	MethodOIDC      Method = "OIDC"
	MethodAccessKey Method = "access key"
	MethodPassword  Method = "password"
	MethodMetadata  Method = "metadata service"
)

// Methods returns the ways to sign in that have fields, in the order that the vendor's own provider has.
func Methods() []Method {
	return []Method{MethodToken, MethodOIDC, MethodAccessKey, MethodPassword}
}

// errNoCredentials is what Method returns for a Config without any.
var errNoCredentials = errors.New("no credentials: a token, an access key with its secret key, a user name with password and domain, " +
	"or a token of an identity provider is needed")

// Method returns the one method that c is complete for, or else the metadata service. Errors name fields only.
func (c Config) Method() (Method, error) {
	var given []string
	for _, m := range Methods() {
		if len(c.Given(m)) > 0 {
			given = append(given, string(m))
		}
	}
	switch {
	case len(given) > 1:
		return "", fmt.Errorf("credentials for more than one method: %s", strings.Join(given, ", "))
	case len(given) == 1:
		if missing := c.Missing(Method(given[0])); len(missing) > 0 {
			return "", fmt.Errorf("signing in by %s needs %s as well", given[0], strings.Join(missing, " and "))
		}
		return Method(given[0]), nil
	case c.Metadata != nil:
		return MethodMetadata, nil
	default:
		return "", errNoCredentials
	}
}

// Given returns the names of the fields of c that belong to m alone, such as "access_key". A domain may serve no method.
func (c Config) Given(m Method) []string {
	return c.named(m, func(f field) bool { return f.set && !f.shared })
}

// Missing returns the names of the fields that m needs and c lacks; none when c is complete for m.
func (c Config) Missing(m Method) []string {
	return c.named(m, func(f field) bool { return !f.set && !f.optional })
}

func (c Config) named(m Method, which func(field) bool) (names []string) {
	for _, f := range c.fields(m) {
		if which(f) {
			names = append(names, f.name)
		}
	}
	return names
}

// field is one part of a method.
type field struct {
	name     string
	set      bool
	optional bool // the method works without it
	shared   bool // says nothing about the method when it is set
}

func (c Config) fields(m Method) []field {
	switch m {
	case MethodToken:
		return []field{{name: "token", set: c.Token != ""}}
	case MethodOIDC:
		// The agency alone may be one to assume in another way, and without one the token's own keys sign in.
		role := c.OIDC.Role
		account := role.DomainID != "" || role.DomainName != ""
		return []field{
			{name: "assume_role_with_oidc.idp_id", set: c.OIDC.ProviderID != ""},
			{name: "assume_role_with_oidc.id_token", set: c.OIDC.Token != "", optional: c.OIDC.TokenFile != ""},
			{name: "assume_role_with_oidc.id_token_file", set: c.OIDC.TokenFile != "", optional: true},
			{name: "assume_role_with_oidc.agency_name", set: role.Agency != "", optional: !account, shared: true},
			{name: "assume_role_with_oidc.domain_id (or domain_name)", set: account, optional: role.Agency == "", shared: true},
		}
	case MethodAccessKey:
		return []field{
			{name: "access_key", set: c.AccessKey != ""},
			{name: "secret_key", set: c.SecretKey != ""},
			{name: "security_token", set: c.SecurityToken != "", optional: true},
		}
	case MethodPassword:
		return []field{
			{name: "user_name", set: c.UserName != ""},
			{name: "password", set: c.Password != ""},
			{name: "domain_name (or domain_id)", set: c.DomainName != "" || c.DomainID != "", shared: true},
		}
	default:
		return nil
	}
}
