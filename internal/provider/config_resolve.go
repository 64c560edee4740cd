// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"unicode"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
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
	"max_retries":    "HW_MAX_RETRIES",
}

// resolver turns a model into settings and gathers every problem on the way.
type resolver struct {
	lookup   func(string) (string, bool)
	settings settings
	diags    diag.Diagnostics
}

// resolve applies environment and defaults to the configuration, which beats
// the environment. Only region, project_id and project_name may be unknown. The
// settings are good if there is no error; then all of them have been checked,
// and otherwise all problems are reported.
func resolve(model providerModel, lookup func(string) (string, bool)) (settings, diag.Diagnostics) {
	r := &resolver{lookup: lookup}
	r.place(model)
	r.connection(model)
	r.addresses(model)
	r.credentials(model)
	return r.settings, r.diags
}

// value is an argument's value and where it comes from.
type value struct {
	name       string
	text       string
	configured bool // in the configuration; otherwise, if there is a text, in the environment
}

// origin says where the value comes from, for messages.
func (v value) origin() string {
	if v.configured {
		return v.name
	}
	return fmt.Sprintf("%s (from the environment variable %s)", v.name, environment[v.name])
}

// text returns an argument's value. A configured empty string hides the
// environment; an empty variable is as good as none.
func (r *resolver) text(name string, configured types.String) value {
	if !configured.IsNull() {
		return value{name: name, text: configured.ValueString(), configured: true}
	}
	text, _ := r.lookup(environment[name])
	return value{name: name, text: text}
}

// fail reports a problem of an argument. Where that is a secret, it does not
// point at it: the CLI would show its line of the configuration.
func (r *resolver) fail(name, summary, format string, args ...any) {
	detail := fmt.Sprintf(format, args...)
	switch name {
	case "token", "secret_key", "security_token", "password":
		r.diags.AddError(summary, detail)
	default:
		r.diags.AddAttributeError(path.Root(name), summary, detail)
	}
}

// place resolves region and project.
func (r *resolver) place(model providerModel) {
	r.settings.region = r.known("region", model.Region)
	if region := r.settings.region.ValueString(); region != "" && !regionName.MatchString(region) {
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
	if text := id.ValueString(); text != "" && !projectIDs.MatchString(text) {
		r.fail("project_id", "Invalid project ID", "%s is %q, which is not the ID of a project: 32 digits and letters from a to f. "+
			"A project's name belongs into project_name.", r.text("project_id", model.ProjectID).origin(), text)
	}
	r.settings.projectID, r.settings.projectName = id, name
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
func (r *resolver) connection(model providerModel) {
	r.settings.caCert = r.text("cacert_file", model.CACertFile).text
	r.settings.insecure = model.Insecure.ValueBool()
	if env, _ := r.lookup(environment["insecure"]); model.Insecure.IsNull() && env != "" {
		insecure, err := strconv.ParseBool(strings.TrimSpace(env))
		if err != nil {
			r.fail("insecure", "Invalid environment variable", "HW_INSECURE is %q: it must be true or false.", env)
		}
		r.settings.insecure = insecure
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
	r.settings.maxRetries = int(min(retries, 1<<30))
	r.settings.maxConcurrent = int(min(model.MaxConcurrentRequests.ValueInt64(), 1<<20))
	r.settings.perSecond = model.RequestsPerSecond.ValueFloat64()
}

// addresses resolves where the APIs are.
func (r *resolver) addresses(model providerModel) {
	cloud := r.text("cloud", model.Cloud)
	r.settings.cloud = strings.ToLower(cloud.text)
	if cloud.text != "" && !hostName.MatchString(cloud.text) {
		r.fail("cloud", "Invalid cloud", "%s is %q, which is not a domain name, such as %s.", cloud.origin(), cloud.text, defaultCloud)
	}

	elements := model.Endpoints.Elements()
	if template, ok := elements["apig"].(types.String); ok && strings.Contains(template.ValueString(), regionPlace) {
		r.settings.apigTemplate = template.ValueString()
		elements["apig"] = types.StringValue(strings.ReplaceAll(template.ValueString(), regionPlace, anyRegion))
	}
	r.settings.apig = r.customEndpoint(elements["apig"], "apig")
	iam := r.customEndpoint(elements["iam"], "iam")
	if authURL := r.text("auth_url", model.AuthURL); authURL.text != "" {
		address, complaint := parseAddress(authURL.text, r.settings.insecure)
		if complaint != "" {
			r.fail("auth_url", "Invalid auth_url", "%s %s.", authURL.origin(), complaint)
		}
		iam = address
	}

	region := r.settings.region.ValueString()
	switch {
	case iam != nil:
		iam = withVersion(iam)
	case region == "":
		iam = &url.URL{Scheme: "https", Host: "iam." + r.settings.cloudOf(""), Path: "/v3"}
	default:
		iam = &url.URL{Scheme: "https", Host: "iam." + region + "." + r.settings.cloudOf(region), Path: "/v3"}
	}
	r.settings.auth.IAM = iam
}

// customEndpoint reads one service's element of endpoints; nil when there is none.
func (r *resolver) customEndpoint(element any, service string) *url.URL {
	text, ok := element.(types.String)
	if !ok || text.ValueString() == "" {
		return nil
	}
	address, complaint := parseAddress(text.ValueString(), r.settings.insecure)
	if complaint != "" {
		r.diags.AddAttributeError(path.Root("endpoints").AtMapKey(service), "Invalid endpoint",
			fmt.Sprintf("endpoints.%s %s.", service, complaint))
	}
	return address
}

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
	r.settings.notes = append(r.settings.notes, fmt.Sprintf(format, args...))
}
