// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
	"github.com/apig-terraform/terraform-provider-apig/internal/textfile"
)

// resolver turns a model into settings and gathers every problem on the way.
type resolver struct {
	model    blockModel
	lookup   Lookup
	profile  *profile // nil when none is asked for
	settings Settings
	diags    diag.Diagnostics

	hidden      []string // the configured arguments that fail does not point at
	iamVariable string   // the environment variable that says where IAM is, if one does

	profileProblem *problem   // that there is with the one that the environment asks for
	byProfile      bool       // whether the profile signs in
	profileRole    *auth.Role // that it assumes then
}

// resolve applies environment and defaults to a configuration of which only region and project may be unknown.
func resolve(model blockModel, lookup Lookup) (Settings, diag.Diagnostics) {
	r := &resolver{lookup: lookup, model: model}
	r.vendor()
	r.readProfile()
	r.place()
	r.connection()
	r.addresses()
	r.credentials()
	r.tokenServiceInUse()
	r.proxies()
	r.warnOfAddress()
	return r.settings, r.diags
}

// value is an argument's value and where it comes from.
type value struct {
	argument
	text         string
	configured   bool   // in the configuration
	fromVariable string // the environment variable that it comes from, if it does
	fromProfile  string // the profile that it comes from, if it does
}

// empty tells whether the configuration has the empty string, which hides the environment.
func (v value) empty() bool { return v.configured && v.text == "" }

// origin says where the value comes from, for messages.
func (v value) origin() string {
	switch {
	case v.fromVariable != "":
		return v.name + " (from the environment variable " + v.fromVariable + ")"
	case v.fromProfile != "":
		return v.name + " (from " + v.fromProfile + ")"
	default:
		return v.name
	}
}

func (v value) source() string { return cmp.Or(v.fromVariable, v.fromProfile, "the configuration") }

// text returns the value of an argument that is a text, and in no block.
func (r *resolver) text(name string) value {
	return r.value(argumentNamed(name), as[types.String](r.model, name))
}

// value returns an argument's value. A configured empty string hides the environment, an empty variable counts as none.
func (r *resolver) value(a argument, configured types.String) value {
	if !configured.IsNull() {
		if !textfile.IsPath(configured.ValueString()) {
			r.hidden = append(r.hidden, a.name)
		}
		return value{argument: a, text: configured.ValueString(), configured: true}
	}
	if text, variable := r.fromVariable(a.name); text != "" {
		return value{argument: a, text: text, fromVariable: variable}
	}
	if a.profile != nil && r.profile != nil && a.profile(r.profile) != "" {
		return value{argument: a, text: a.profile(r.profile), fromProfile: r.profile.String()}
	}
	return value{argument: a}
}

// fromVariable returns what the environment has for an argument, and the variable that has it.
func (r *resolver) fromVariable(name string) (text, variable string) {
	for _, variable := range argumentNamed(name).variables {
		if text, _ := r.lookup(variable); text != "" {
			return text, variable
		}
	}
	return "", ""
}

// fail reports a problem of an argument. It does not point at what is, or looks like, a secret: the CLI would show that line.
func (r *resolver) fail(name, summary, format string, args ...any) {
	block, argument, nested := strings.Cut(name, ".")
	at := path.Root(block)
	switch {
	case argumentNamed(name).secret || slices.Contains(r.hidden, name):
		at = path.Empty()
	case nested:
		at = at.AtListIndex(0).AtName(argument)
	}
	r.failAt(at, summary, format, args...)
}

func (r *resolver) failAt(at path.Path, summary, format string, args ...any) {
	addError(&r.diags, at, summary, format, args...)
}

// addError reports a problem at a place in the provider block, or at none if it is empty.
func addError(diags *diag.Diagnostics, at path.Path, summary, format string, args ...any) {
	if detail := fmt.Sprintf(format, args...); at.Equal(path.Empty()) {
		diags.AddError(summary, detail)
	} else {
		diags.AddAttributeError(at, summary, detail)
	}
}

func (r *resolver) warn(summary, format string, args ...any) {
	r.diags.AddWarning(summary, fmt.Sprintf(format, args...))
}

func (r *resolver) place() {
	r.settings.Region = r.known("region")
	if region := r.settings.Region.ValueString(); region != "" && !regionName.MatchString(region) {
		r.fail("region", "Invalid region", "%s is %q, which is not the name of a region, such as cn-north-4.",
			r.text("region").origin(), region)
	}
	id, name := r.known("project_id"), r.known("project_name")
	noID, noName := as[types.String](r.model, "project_id").IsNull(), as[types.String](r.model, "project_name").IsNull()
	switch {
	case noID && !noName && !id.IsNull():
		// The name is configured: an ID from the environment would beat it.
		r.note("HW_PROJECT_ID is ignored, since project_name is configured")
		id = types.StringNull()
	case !noID && noName:
		name = types.StringNull()
	case noID && noName && id.IsNull() && name.IsNull():
		id = r.profile.projectIn(r.settings.Region.ValueString())
	}
	if text := id.ValueString(); text != "" && !projectIDs.MatchString(text) {
		r.fail("project_id", "Invalid project ID", "%s is %q, which is not the ID of a project: 32 digits and letters from a to f. "+
			"A project's name belongs into project_name.", r.text("project_id").origin(), text)
	}
	r.settings.ProjectID, r.settings.ProjectName = id, name
}

// known is text for arguments that may be unknown: null when there is nothing.
func (r *resolver) known(name string) types.String {
	if configured := as[types.String](r.model, name); configured.IsUnknown() {
		return configured
	}
	text := r.text(name).text
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

func (r *resolver) connection() {
	for _, a := range arguments {
		if a.setting != nil && a.method == "" {
			*a.setting(&r.settings) = r.text(a.name).text
		}
	}
	r.clientCertificate(r.text("cert"), r.text("key"))
	r.settings.insecure = as[types.Bool](r.model, "insecure").ValueBool()
	if env, variable := r.fromVariable("insecure"); as[types.Bool](r.model, "insecure").IsNull() && env != "" {
		insecure, err := strconv.ParseBool(strings.TrimSpace(env))
		if err != nil {
			r.fail("insecure", "Invalid environment variable", "%s is %q: it must be true or false.", variable, env)
		}
		r.settings.insecure = insecure
		if insecure {
			r.warn("Certificates are not checked", "The environment variable %s switches off the checks of certificates, and lets addresses be without TLS: "+
				"whoever is on the way can read the credentials. Unset it, or set insecure in the provider block.", variable)
		}
	}

	retries := int64(defaultMaxRetries)
	switch env, variable := r.fromVariable("max_retries"); {
	case !as[types.Int64](r.model, "max_retries").IsNull():
		retries = as[types.Int64](r.model, "max_retries").ValueInt64()
		if retries < 0 {
			r.fail("max_retries", "Invalid max_retries", "max_retries is %d: it must be 0 or more.", retries)
		}
	case env != "":
		n, err := strconv.ParseUint(strings.TrimSpace(env), 10, 31)
		if err != nil {
			r.fail("max_retries", "Invalid environment variable", "%s is %q: it must be a whole number, 0 or more.", variable, env)
		}
		retries = int64(n)
	}
	r.settings.MaxRetries = int(min(retries, 1<<30))
	r.settings.MaxConcurrent = int(min(as[types.Int64](r.model, "max_concurrent_requests").ValueInt64(), 1<<20))
	r.settings.PerSecond = as[types.Float64](r.model, "requests_per_second").ValueFloat64()
}

func (r *resolver) clientCertificate(certificate, key value) {
	given, missing := certificate, key
	if given.text == "" {
		given, missing = key, certificate
	}
	if given.text != "" && missing.text == "" {
		// Not at cert either, which may be the key by mistake.
		r.failAt(path.Empty(), "Incomplete client certificate", "%s is set, but a client certificate needs %s as well: set it in the provider block or by %s.",
			given.origin(), missing.name, missing.variable())
	}
}

func (r *resolver) addresses() {
	cloud := r.text("cloud")
	r.settings.cloud = strings.ToLower(cloud.text)
	switch {
	case cloud.text == "" || hostName.MatchString(cloud.text):
	case mayHoldSecret(cloud.text):
		r.failAddress(path.Root("cloud"), cloud.text, "Invalid cloud", "%s is not a domain name, such as %s.", cloud.origin(), defaultCloud)
	default:
		r.fail("cloud", "Invalid cloud", "%s is %q, which is not a domain name, such as %s.", cloud.origin(), cloud.text, defaultCloud)
	}

	elements, all := as[types.Map](r.model, "endpoints").Elements(), as[types.Map](r.model, "endpoints").String()
	if template, ok := elements["apig"].(types.String); ok && strings.Contains(template.ValueString(), regionPlace) {
		r.settings.apigTemplate = template.ValueString()
		elements["apig"] = types.StringValue(strings.ReplaceAll(template.ValueString(), regionPlace, anyRegion))
	}
	r.settings.apig = r.customEndpoint(elements["apig"], "apig", all)
	if apig := r.settings.apig; apig != nil && strings.Count(apig.Host, anyRegion) > 1 {
		r.failAddress(path.Root("endpoints").AtMapKey("apig"), all, "Invalid endpoint", "endpoints.apig has %s more than once in its host name: keep one.", regionPlace)
	}
	iam := r.customEndpoint(elements["iam"], "iam", all)
	r.tokenServiceAddress(r.customEndpoint(elements["sts"], "sts", all))
	if authURL := r.authURL(); authURL.text != "" {
		address, complaint := parseAddress(authURL.text, r.settings.insecure)
		if complaint != "" {
			r.failAddress(path.Root("auth_url"), authURL.text, "Invalid auth_url", "%s %s.", authURL.origin(), complaint)
		}
		iam = address
	}
	r.settings.Auth.IAM = withVersion(cmp.Or(iam, r.settings.regional("iam", r.settings.Region.ValueString())))
}

// customEndpoint reads one service's element of endpoints; nil without one. all are the elements as one text.
func (r *resolver) customEndpoint(element any, service, all string) *url.URL {
	text, ok := element.(types.String)
	if !ok || text.IsNull() {
		return nil
	}
	address, complaint := parseAddress(text.ValueString(), r.settings.insecure)
	if text.ValueString() == "" {
		complaint = "is empty: give it the address of the service, or leave it out for the default"
	}
	if complaint != "" {
		r.failAddress(path.Root("endpoints").AtMapKey(service), all, "Invalid endpoint", "endpoints.%s %s.", service, complaint)
	}
	return address
}

// failAddress reports what is wrong with an address, and points at none that may hold a secret.
func (r *resolver) failAddress(at path.Path, address, summary, format string, args ...any) {
	if mayHoldSecret(address) {
		at = path.Empty()
	}
	r.failAt(at, summary, format, args...)
}

// mayHoldSecret reports whether an address has, well-formed or not, user information, a query or a fragment.
func mayHoldSecret(address string) bool { return strings.ContainsAny(address, "@?#") }

// header checks a value that travels in a header or signs one: a line break from a file would be hard to see.
func (r *resolver) header(v value) {
	if v.header && strings.ContainsFunc(v.text, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }) {
		r.fail(v.name, "Invalid "+v.name, "%s contains a space, a line break or a control character, which it can't. "+
			"If it comes from a file, remove the line break at its end, with trimspace() for example.", v.origin())
	}
}

func (r *resolver) note(format string, args ...any) {
	r.settings.Notes = append(r.settings.Notes, fmt.Sprintf(format, args...))
}
