// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// WaysToSignIn tells of each way what to configure for it.
const WaysToSignIn = `Give one of these, in the provider block or by the environment variables:

  - access key: access_key and secret_key (HW_ACCESS_KEY and HW_SECRET_KEY), with security_token (HW_SECURITY_TOKEN) if they are temporary
  - token: token (HW_AUTH_TOKEN)
  - password: user_name, password, and domain_name or domain_id (HW_USER_NAME, HW_USER_PASSWORD, and HW_DOMAIN_NAME or HW_DOMAIN_ID)
  - profile of the vendor's CLI: shared_config_file or profile (HW_SHARED_CONFIG_FILE or HW_PROFILE)
  - token of an identity provider: assume_role_with_oidc (HW_ASSUME_ROLE_IDP_ID, HW_ASSUME_ROLE_ID_TOKEN_FILE and others)
  - agency of the ECS instance: run on an instance that has one`

// methods are the ways to sign in that have arguments, in the order that the vendor's own provider has.
var methods = []auth.Method{auth.MethodToken, auth.MethodOIDC, auth.MethodAccessKey, auth.MethodPassword}

// credentials decides how to sign in: by what the block has (the environment may complete it), or by the first method that the
// environment completes, or by a profile that the environment asks for, or by the metadata service.
func (r *resolver) credentials() {
	values := r.credentialValues()
	inBlock := func(v value) bool { return v.configured }
	chosen := only(methods, func(m auth.Method) bool { return slices.ContainsFunc(givenFor(values, m), inBlock) })
	complete := only(methods, func(m auth.Method) bool { return len(missingFor(values, m)) == 0 })
	byProfile := r.profile.configured() && r.profile.signsIn()
	switch {
	case len(chosen) > 1 || len(chosen) == 1 && byProfile:
		r.failMixed(values, chosen, byProfile)
		return
	case len(chosen) == 1:
		r.signInBy(chosen[0], values)
	case byProfile:
		r.signInByProfile()
	case r.profile.configured():
		r.failKeyless()
		return
	case len(complete) > 0:
		r.signInBy(complete[0], values)
	case r.profile.signsIn():
		r.signInByProfile()
	case r.profileProblem != nil:
		r.fail(r.profileProblem.name, r.profileProblem.summary, "%s", r.profileProblem.detail)
		return
	case r.failBegun(values):
		return
	case r.profile != nil:
		r.fail(r.profile.asked[0].name, "No credentials", "Neither the configuration nor the environment has something to sign in with, and neither has %s, which they ask for. %s", r.profile, WaysToSignIn)
		return
	default:
		r.signInByMetadata("nothing is configured, so that the agency of this ECS instance is asked for")
	}
	r.warnOfEmptyAgency(values)
	if r.refuseEmpty(values, len(chosen) > 0) {
		return
	}
	r.warnIgnored(values, r.roles())
	r.note("signing in by %s: %s", r.settings.Auth.Method, r.settings.Origins)
}

// givenFor are the values that there are for a method alone.
func givenFor(values []value, m auth.Method) []value {
	return only(values, func(v value) bool { return v.method == m && v.text != "" && !v.shared })
}

func missingFor(values []value, m auth.Method) []value {
	has := func(name string) bool {
		or := argumentNamed(name).or
		return slices.ContainsFunc(values, func(v value) bool { return v.text != "" && (v.name == name || v.name == or) })
	}
	return only(values, func(v value) bool { return v.method == m && !has(v.name) && (v.needed || has(v.with)) })
}

// failBegun reports what is missing of each method that the environment has a part of, and whether there is one.
func (r *resolver) failBegun(values []value) (begun bool) {
	for _, m := range methods {
		if len(givenFor(values, m)) > 0 {
			begun = true
			r.failIncomplete(values, m)
		}
	}
	return begun
}

// signInBy puts a method's values into the settings and checks them.
func (r *resolver) signInBy(method auth.Method, values []value) {
	r.settings.Auth.Method = method
	var origins []string
	for _, v := range values {
		if v.text == "" || v.method != method {
			continue
		}
		*v.setting(&r.settings) = v.text
		origins = append(origins, v.name+" from "+v.source())
		r.header(v)
	}
	r.settings.Auth.OIDC.TokenFile = atHome(r.settings.Auth.OIDC.TokenFile)
	r.settings.Origins = strings.Join(origins, ", ")
	if len(missingFor(values, method)) > 0 {
		r.failIncomplete(values, method)
	}
}

func (r *resolver) signInByMetadata(origins string) {
	r.settings.Auth.Method, r.settings.Auth.Metadata, r.settings.Origins = auth.MethodMetadata, metadataURL(), origins
}

// warnIgnored tells once of what the environment has for other ways to sign in. Somebody may believe that it is in use.
func (r *resolver) warnIgnored(values []value, ignored []string) {
	unused := only(values, func(v value) bool { return (r.byProfile || v.method != r.settings.Auth.Method) && !v.shared })
	if r.profile.signsIn() && !r.byProfile {
		unused = append(unused, r.profile.asked...)
	}
	for _, v := range unused {
		if v.fromVariable != "" {
			ignored = append(ignored, v.fromVariable)
		}
	}
	if r.diags.HasError() {
		return
	}
	if p := r.profileProblem; p != nil {
		r.warn(p.summary, "%s\n\nThe profile is ignored, since the provider signs in by %s (%s).", p.detail, r.settings.Auth.Method, r.settings.Origins)
	}
	if len(ignored) == 0 {
		return
	}
	slices.Sort(ignored)
	r.warn("Environment variables are ignored", "The provider signs in by %s (%s). The environment has something to sign in with in another way, which is ignored: %s. "+
		"Unset what is left over, or take what beats it out of the provider block.", r.settings.Auth.Method, r.settings.Origins, strings.Join(slices.Compact(ignored), ", "))
}

// failKeyless reports that the profile that the provider block asks for has nothing to sign in with.
func (r *resolver) failKeyless() {
	p := r.profile
	mode, add := "it has no mode", fmt.Sprintf("Add one by hcloud configure set --cli-profile=%s --cli-access-key=AK --cli-secret-key=SK", p.Name)
	if p.Mode != "" {
		mode = fmt.Sprintf("its mode is %q", p.Mode)
	}
	if p.Mode == profileOfSSO {
		add = "Get one by hcloud configure sso"
	}
	r.fail(p.asked[len(p.asked)-1].name, "No credentials", "The provider block asks for %s, which has nothing to sign in with: %s, and it has no access key. "+
		"%s, sign in by other arguments of the provider block, "+
		"or leave the choice to the environment: name the profile by %s, which gives region and project then.", p, mode, add, argumentNamed("profile").variable())
}

func (r *resolver) failMixed(values []value, methods []auth.Method, byProfile bool) {
	var ways, names []string
	add := func(way string, arguments []value) {
		of := namesOf(arguments, func(v value) bool { return v.configured })
		ways = append(ways, way+" ("+strings.Join(of, ", ")+")")
		names = append(names, of[0])
	}
	for _, m := range methods {
		add(string(m), givenFor(values, m))
	}
	if byProfile {
		add("profile", r.profile.asked)
	}
	r.fail(names[1], "More than one way to sign in",
		"The provider block has arguments of more than one way to sign in: %s. Keep those of one and remove the others.", strings.Join(ways, " and "))
}

func namesOf(values []value, which func(value) bool) (names []string) {
	for _, v := range only(values, which) {
		names = append(names, v.name)
	}
	return names
}

func (r *resolver) failIncomplete(values []value, method auth.Method) {
	given := givenFor(values, method)
	origins := make([]string, len(given))
	for i, v := range given {
		origins[i] = v.origin()
	}
	set := fmt.Sprintf("%s %s set", strings.Join(origins, " and "), one(origins, "is", "are"))
	missing := missingFor(values, method)
	names, variables := make([]string, len(missing)), make([]string, len(missing))
	for i, v := range missing {
		name, variable := v.name, v.variable()
		if or := argumentNamed(v.or); or.name != "" {
			variable += " (or " + or.variable() + ")"
			if v.shared { // an account, by either
				name += " (or " + or.local() + ")"
			}
		}
		names[i], variables[i] = name, variable
	}
	if method == auth.MethodPassword && slices.Contains(names, "user_name") {
		for _, variable := range userIDVariables {
			if text, _ := r.lookup(variable); text != "" {
				r.fail(given[0].name, "Not supported", "%s, and the environment variable %s, which is one of the provider huaweicloud that this provider does not support: %s. "+
					"Unset it, and set user_name in the provider block or by %s.", set, variable, userByName, argumentNamed("user_name").variable())
				return
			}
		}
	}
	hidden := ""
	if empty := namesOf(values, func(v value) bool { return v.method == method && v.empty() }); len(empty) > 0 {
		hidden = " " + areEmpty(empty) + ", which hides the environment variable. " + useNull(empty)
	}
	r.fail(given[0].name, "Incomplete credentials", "%s, but to sign in by %s the provider needs %s as well: set %s in the provider block or by %s.%s",
		set, method, strings.Join(names, " and "), one(names, "it", "them"), strings.Join(variables, " and "), hidden)
}

// credentialValues reads all arguments that sign in, those of a method together.
func (r *resolver) credentialValues() []value {
	values := map[string]value{}
	for _, a := range arguments {
		if a.method != "" && !a.nested() {
			values[a.name] = r.text(a.name)
		}
	}
	for _, v := range r.oidcValues(first(r.model.blocks("assume_role_with_oidc"))) {
		values[v.name] = v
	}
	// One names the account, and what beats the other is the one that counts.
	name, id := values["domain_name"], values["domain_id"]
	if name.beats(id) {
		id.text = ""
	} else if id.beats(name) {
		name.text = ""
	}
	values[name.name], values[id.name] = name, id
	if security := values["security_token"]; r.foreign(security, values["access_key"]) {
		values["security_token"] = value{argument: security.argument}
	}
	var found []value
	for _, method := range methods {
		for _, a := range arguments {
			if a.method == method {
				found = append(found, values[a.name])
			}
		}
	}
	return found
}

// foreign warns if a security token belongs to the environment's access key and not to the block's.
func (r *resolver) foreign(security, access value) bool {
	key, variable := r.fromVariable("access_key")
	if !access.configured || access.text == "" || security.fromVariable == "" || key == "" || key == access.text {
		return false
	}
	r.warn("Environment variable is ignored", "The environment variable %s has the security token of the access key in %s. "+
		"The provider signs in with another, the access_key of the provider block, which the token is not sent with. "+
		"If the token does belong to that one, set it in security_token; otherwise unset what is left over.", security.fromVariable, variable)
	return true
}

// beats tells whether a value comes from where it counts for more than another one.
func (v value) beats(other value) bool {
	rank := func(v value) int {
		return slices.Index([]bool{v.configured, v.fromVariable != "", v.fromProfile != "", true}, true)
	}
	return v.text != "" && rank(v) < rank(other)
}

// prefer returns two values of which one at most has a text: the first, unless the second beats it.
func prefer(first, second value) (value, value) {
	if second.beats(first) {
		first.text = ""
	}
	if first.text != "" {
		second.text = ""
	}
	return first, second
}

// one returns the word for one of the names, or that for several.
func one(names []string, word, several string) string {
	if len(names) > 1 {
		return several
	}
	return word
}
