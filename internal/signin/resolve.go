// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
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

// environment maps each argument that an environment variable stands in for to
// that variable. The names are the vendor's own.
var environment = map[string]string{
	"region":         "HW_REGION_NAME",
	"project_id":     "HW_PROJECT_ID",
	"project_name":   "HW_PROJECT_NAME",
	"token":          "HW_AUTH_TOKEN",
	"access_key":     "HW_ACCESS_KEY",
	"secret_key":     "HW_SECRET_KEY",
	"security_token": "HW_SECURITY_TOKEN",
	"user_name":      "HW_USER_NAME",
	"password":       "HW_USER_PASSWORD",
	"domain_name":    "HW_DOMAIN_NAME",
	"domain_id":      "HW_DOMAIN_ID",
	"cloud":          "HW_CLOUD",
	"auth_url":       "HW_AUTH_URL",
	"insecure":       "HW_INSECURE",
	"cacert_file":    "OS_CACERT",
	"cert":           "OS_CERT",
	"key":            "OS_KEY",
	"max_retries":    "HW_MAX_RETRIES",

	"shared_config_file": "HW_SHARED_CONFIG_FILE",
	"profile":            "HW_PROFILE",

	"assume_role.agency_name":             "HW_ASSUME_ROLE_AGENCY_NAME",
	"assume_role.domain_name":             "HW_ASSUME_ROLE_DOMAIN_NAME",
	"assume_role.domain_id":               "HW_ASSUME_ROLE_DOMAIN_ID",
	"assume_role.duration":                "HW_ASSUME_ROLE_DURATION",
	"assume_role_with_oidc.idp_id":        "HW_ASSUME_ROLE_IDP_ID",
	"assume_role_with_oidc.id_token":      "HW_ASSUME_ROLE_ID_TOKEN",
	"assume_role_with_oidc.id_token_file": "HW_ASSUME_ROLE_ID_TOKEN_FILE",
	"assume_role_with_oidc.agency_name":   "HW_ASSUME_ROLE_AGENCY_NAME",
	"assume_role_with_oidc.domain_name":   "HW_ASSUME_ROLE_DOMAIN_NAME",
	"assume_role_with_oidc.domain_id":     "HW_ASSUME_ROLE_DOMAIN_ID",
	"assume_role_with_oidc.duration":      "HW_ASSUME_ROLE_DURATION",
}

// olderVariables are read where the variable above is not set, as the vendor's
// own provider does.
var olderVariables = map[string][]string{
	"region":       {"OS_REGION_NAME"},
	"project_id":   {"OS_PROJECT_ID", "OS_TENANT_ID"},
	"project_name": {"OS_PROJECT_NAME", "OS_TENANT_NAME"},
	"token":        {"OS_AUTH_TOKEN"},
	"access_key":   {"OS_ACCESS_KEY"},
	"secret_key":   {"OS_SECRET_KEY"},
	"user_name":    {"OS_USERNAME"},
	"password":     {"OS_PASSWORD"},
	"domain_name":  {"OS_DOMAIN_NAME", "OS_USER_DOMAIN_NAME", "OS_PROJECT_DOMAIN_NAME"},
	"domain_id":    {"OS_DOMAIN_ID", "OS_USER_DOMAIN_ID", "OS_PROJECT_DOMAIN_ID"},
	"auth_url":     {"OS_AUTH_URL"},
	"insecure":     {"OS_INSECURE"},
}

// resolver turns a model into settings and gathers every problem on the way.
type resolver struct {
	lookup   func(string) (string, bool)
	profile  *profile // nil when none is asked for
	settings Settings
	diags    diag.Diagnostics

	hidden []string // the configured arguments that fail does not point at

	iamVariable string // the environment variable that says where IAM is, if one does

	profileProblem *problem   // that there is with the one that the environment asks for
	byProfile      bool       // whether the profile signs in
	profileRole    *auth.Role // that it assumes then
}

// resolve applies environment and defaults to the configuration, which beats
// the environment. Only region, project_id and project_name may be unknown. The
// settings are good if there is no error; then all of them have been checked,
// and otherwise all problems are reported.
func resolve(model blockModel, lookup Lookup) (Settings, diag.Diagnostics) {
	r := &resolver{lookup: lookup}
	r.vendor(model)
	r.readProfile(model)
	r.place(model)
	r.connection(model)
	r.addresses(model)
	r.credentials(model)
	r.tokenServiceInUse()
	r.proxies()
	r.warnOfAddress(model)
	return r.settings, r.diags
}

// value is an argument's value and where it comes from.
type value struct {
	name       string
	text       string
	configured bool   // in the configuration
	variable   string // the environment variable that it comes from, if it does
	profile    string // the profile that it comes from, if it does
}

// origin says where the value comes from, for messages.
func (v value) origin() string {
	switch {
	case v.variable != "":
		return fmt.Sprintf("%s (from the environment variable %s)", v.name, v.variable)
	case v.profile != "":
		return fmt.Sprintf("%s (from %s)", v.name, v.profile)
	default:
		return v.name
	}
}

// source is the origin alone.
func (v value) source() string {
	switch {
	case v.variable != "":
		return v.variable
	case v.profile != "":
		return v.profile
	default:
		return "the configuration"
	}
}

// text returns an argument's value. A configured empty string hides the
// environment; an empty variable is as good as none. What neither has, a profile
// may have.
func (r *resolver) text(name string, configured types.String) value {
	if !configured.IsNull() {
		if !textfile.IsPath(configured.ValueString()) {
			r.hidden = append(r.hidden, name)
		}
		return value{name: name, text: configured.ValueString(), configured: true}
	}
	if text, variable := r.fromVariable(name); text != "" {
		return value{name: name, text: text, variable: variable}
	}
	if text := r.profile.value(name); text != "" {
		return value{name: name, text: text, profile: r.profile.String()}
	}
	return value{name: name}
}

// fromVariable returns what the environment has for an argument, and the
// variable that has it.
func (r *resolver) fromVariable(name string) (text, variable string) {
	for _, variable := range append([]string{environment[name]}, olderVariables[name]...) {
		if text, _ := r.lookup(variable); text != "" {
			return text, variable
		}
	}
	return "", ""
}

// fail reports a problem of an argument. Where that is a secret, or looks like a
// token, a key or what else belongs in a file, it does not point at it: the CLI
// would show its line of the configuration.
func (r *resolver) fail(name, summary, format string, args ...any) {
	detail := fmt.Sprintf(format, args...)
	if isSecret(name) || slices.Contains(r.hidden, name) {
		r.diags.AddError(summary, detail)
		return
	}
	block, argument, nested := strings.Cut(name, ".")
	at := path.Root(block)
	if nested {
		at = at.AtListIndex(0).AtName(argument)
	}
	r.diags.AddAttributeError(at, summary, detail)
}

// isSecret reports whether the schema has an argument as sensitive.
func isSecret(name string) bool {
	s := Schema()
	if block, argument, nested := strings.Cut(name, "."); nested {
		return s.Blocks[block].GetNestedObject().GetAttributes()[argument].IsSensitive()
	}
	attribute, ok := s.Attributes[name]
	return ok && attribute.IsSensitive()
}

// place resolves region and project.
func (r *resolver) place(model blockModel) {
	r.settings.Region = r.known("region", model.Region)
	if region := r.settings.Region.ValueString(); region != "" && !regionName.MatchString(region) {
		r.fail("region", "Invalid region", "%s is %q, which is not the name of a region, such as cn-north-4.",
			r.text("region", model.Region).origin(), region)
	}
	id, name := r.known("project_id", model.ProjectID), r.known("project_name", model.ProjectName)
	if model.ProjectID.IsNull() && !model.ProjectName.IsNull() && !id.IsNull() {
		// The name is configured: an ID from the environment would beat it.
		r.note("HW_PROJECT_ID is ignored, since project_name is configured")
		id = types.StringNull()
	}
	if !model.ProjectID.IsNull() && model.ProjectName.IsNull() {
		name = types.StringNull()
	}
	if id.IsNull() && name.IsNull() && model.ProjectID.IsNull() && model.ProjectName.IsNull() {
		id = r.profile.projectIn(r.settings.Region.ValueString())
	}
	if text := id.ValueString(); text != "" && !projectIDs.MatchString(text) {
		r.fail("project_id", "Invalid project ID", "%s is %q, which is not the ID of a project: 32 digits and letters from a to f. "+
			"A project's name belongs into project_name.", r.text("project_id", model.ProjectID).origin(), text)
	}
	r.settings.ProjectID, r.settings.ProjectName = id, name
}

// known is text for arguments that may be unknown: null when there is nothing.
func (r *resolver) known(name string, configured types.String) types.String {
	if configured.IsUnknown() {
		return configured
	}
	text := r.text(name, configured).text
	if text == "" {
		return types.StringNull()
	}
	return types.StringValue(text)
}

// connection resolves how connections are made.
func (r *resolver) connection(model blockModel) {
	r.settings.caCert = r.text("cacert_file", model.CACertFile).text
	r.clientCertificate(r.text("cert", model.Cert), r.text("key", model.Key))
	r.settings.insecure = model.Insecure.ValueBool()
	if env, variable := r.fromVariable("insecure"); model.Insecure.IsNull() && env != "" {
		insecure, err := strconv.ParseBool(strings.TrimSpace(env))
		if err != nil {
			r.fail("insecure", "Invalid environment variable", "%s is %q: it must be true or false.", variable, env)
		}
		r.settings.insecure = insecure
		r.warnOfInsecure(variable)
	}

	retries := int64(defaultMaxRetries)
	switch env, _ := r.lookup(environment["max_retries"]); {
	case !model.MaxRetries.IsNull():
		retries = model.MaxRetries.ValueInt64()
		if retries < 0 {
			r.fail("max_retries", "Invalid max_retries", "max_retries is %d: it must be 0 or more.", retries)
		}
	case env != "":
		n, err := strconv.ParseUint(strings.TrimSpace(env), 10, 31)
		if err != nil {
			r.fail("max_retries", "Invalid environment variable", "HW_MAX_RETRIES is %q: it must be a whole number, 0 or more.", env)
		}
		retries = int64(n)
	}
	r.settings.MaxRetries = int(min(retries, 1<<30))
	r.settings.MaxConcurrent = int(min(model.MaxConcurrentRequests.ValueInt64(), 1<<20))
	r.settings.PerSecond = model.RequestsPerSecond.ValueFloat64()
}

// clientCertificate resolves the certificate that this side shows.
func (r *resolver) clientCertificate(certificate, key value) {
	r.settings.clientCert, r.settings.clientKey = certificate.text, key.text
	given, missing := certificate, key
	if given.text == "" {
		given, missing = key, certificate
	}
	if given.text != "" && missing.text == "" {
		// Not at cert either, which may be the key by mistake.
		r.diags.AddError("Incomplete client certificate", fmt.Sprintf("%s is set, but a client certificate needs %s as well: set it in the provider block or by %s.",
			given.origin(), missing.name, environment[missing.name]))
	}
}

// addresses resolves where the APIs are.
func (r *resolver) addresses(model blockModel) {
	cloud := r.text("cloud", model.Cloud)
	r.settings.cloud = strings.ToLower(cloud.text)
	switch {
	case cloud.text == "" || hostName.MatchString(cloud.text):
	case mayHoldSecret(cloud.text):
		r.failAddress(path.Root("cloud"), cloud.text, "Invalid cloud", fmt.Sprintf("%s is not a domain name, such as %s.", cloud.origin(), defaultCloud))
	default:
		r.fail("cloud", "Invalid cloud", "%s is %q, which is not a domain name, such as %s.", cloud.origin(), cloud.text, defaultCloud)
	}

	elements, all := model.Endpoints.Elements(), model.Endpoints.String()
	if template, ok := elements["apig"].(types.String); ok && strings.Contains(template.ValueString(), regionPlace) {
		r.settings.apigTemplate = template.ValueString()
		elements["apig"] = types.StringValue(strings.ReplaceAll(template.ValueString(), regionPlace, anyRegion))
	}
	r.settings.apig = r.customEndpoint(elements["apig"], "apig", all)
	if apig := r.settings.apig; apig != nil && strings.Count(apig.Host, anyRegion) > 1 {
		r.failAddress(path.Root("endpoints").AtMapKey("apig"), all, "Invalid endpoint",
			fmt.Sprintf("endpoints.apig has %s more than once in its host name: keep one.", regionPlace))
	}
	iam := r.customEndpoint(elements["iam"], "iam", all)
	r.tokenServiceAddress(r.customEndpoint(elements["sts"], "sts", all))
	if authURL := r.authURL(model); authURL.text != "" {
		address, complaint := parseAddress(authURL.text, r.settings.insecure)
		if complaint != "" {
			r.failAddress(path.Root("auth_url"), authURL.text, "Invalid auth_url", fmt.Sprintf("%s %s.", authURL.origin(), complaint))
		}
		iam = address
	}

	region := r.settings.Region.ValueString()
	switch {
	case iam != nil:
		iam = withVersion(iam)
	case region == "":
		iam = &url.URL{Scheme: "https", Host: "iam." + r.settings.cloudOf(""), Path: "/v3"}
	default:
		iam = &url.URL{Scheme: "https", Host: "iam." + region + "." + r.settings.cloudOf(region), Path: "/v3"}
	}
	r.settings.Auth.IAM = iam
}

// customEndpoint reads one service's element of endpoints; nil when there is none.
// all are the elements, which may be in one line of the configuration.
func (r *resolver) customEndpoint(element any, service, all string) *url.URL {
	text, ok := element.(types.String)
	if !ok || text.IsNull() {
		return nil
	}
	if text.ValueString() == "" {
		r.failAddress(path.Root("endpoints").AtMapKey(service), all, "Invalid endpoint",
			fmt.Sprintf("endpoints.%s is empty: give it the address of the service, or leave it out for the default.", service))
		return nil
	}
	address, complaint := parseAddress(text.ValueString(), r.settings.insecure)
	if complaint != "" {
		r.failAddress(path.Root("endpoints").AtMapKey(service), all, "Invalid endpoint", fmt.Sprintf("endpoints.%s %s.", service, complaint))
	}
	return address
}

// failAddress reports what is wrong with an address. It does not point at one
// that may hold a secret, for the reason that fail has.
func (r *resolver) failAddress(at path.Path, address, summary, detail string) {
	if mayHoldSecret(address) {
		r.diags.AddError(summary, detail)
		return
	}
	r.diags.AddAttributeError(at, summary, detail)
}

// mayHoldSecret reports whether an address has what a password or a token may be
// in: user information, a query or a fragment, be they well-formed or not.
func mayHoldSecret(address string) bool { return strings.ContainsAny(address, "@?#") }

// header checks a value that travels in a header or signs one: a line break
// that came along with it from a file would make it wrong in a way that is hard
// to see.
func (r *resolver) header(v value) {
	if strings.ContainsFunc(v.text, func(c rune) bool { return unicode.IsSpace(c) || unicode.IsControl(c) }) {
		r.fail(v.name, "Invalid "+v.name, "%s contains a space, a line break or a control character, which it can't. "+
			"If it comes from a file, remove the line break at its end, with trimspace() for example.", v.origin())
	}
}

func (r *resolver) note(format string, args ...any) {
	r.settings.Notes = append(r.settings.Notes, fmt.Sprintf(format, args...))
}
