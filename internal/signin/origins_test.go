// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// blocks makes blocks of one kind, with what is not given null.
func blocks(kind string, each ...map[string]attr.Value) types.List {
	kinds := map[string]attr.Type{}
	for _, argument := range argumentsOf(kind) {
		kinds[argument.local()] = types.StringType
	}
	kinds["duration"] = types.Int64Type
	var elements []attr.Value
	for _, given := range each {
		values := map[string]attr.Value{"duration": types.Int64Null()}
		for _, argument := range argumentsOf(kind) {
			if _, ok := values[argument.local()]; !ok {
				values[argument.local()] = types.StringNull()
			}
		}
		maps.Copy(values, given)
		elements = append(elements, types.ObjectValueMust(kinds, values))
	}
	return types.ListValueMust(types.ObjectType{AttrTypes: kinds}, elements)
}

// configFile writes a configuration file of the vendor's CLI, and returns its path.
func configFile(t *testing.T, content string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "config.json")
	if err := os.WriteFile(file, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// profiles has two profiles that sign in, whose agencies' accounts are named by
// name and by ID.
const profiles = `{"authEncrypt": "false", "language": "en", "current": "first", "profiles": [
  {"name": "first", "mode": "AKSK", "accessKeyId": "a3", "secretAccessKey": "s3", "securityToken": "st3", "region": "r-3", "projectId": "p3", "domainId": "d3",
   "agencyName": "agency3", "agencyDomainName": "domain3", "agencyDomainId": "ignored", "readTimeout": 10, "skipSecureVerify": "false"},
  {"name": "second", "mode": "AKSK", "accessKeyId": "a4", "secretAccessKey": "s4", "region": "r-4", "agencyName": "agency4", "agencyDomainId": "id3"}]}`

// originCase is how one argument is given, and where it arrives.
type originCase struct {
	base       func(blockModel)         // what else the configuration needs; may be nil
	also       map[string]string        // what else the environment needs
	set        func(blockModel, string) // configures the argument
	get        func(Settings) string
	configured string
	env        string
	profile    string // "" where profiles have nothing of the kind
	named      string // the profile; "" for the current one
}

func role(s Settings) (r struct{ Agency, Name, ID, Life string }) {
	if len(s.Auth.Roles) == 1 {
		a := s.Auth.Roles[0]
		r.Agency, r.Name, r.ID, r.Life = a.Agency, a.DomainName, a.DomainID, fmt.Sprint(a.Duration.Seconds())
	}
	return r
}

func originCases(t *testing.T) map[string]originCase {
	t.Helper()
	key := func(m blockModel) { m["access_key"], m["secret_key"] = str("ak"), str("sk") }
	user := func(m blockModel) { m["user_name"], m["password"], m["domain_name"] = str("u"), str("p"), str("d") }
	agency := func(argument string, others map[string]attr.Value) func(blockModel, string) {
		return func(m blockModel, v string) {
			given := maps.Clone(others)
			given[argument] = str(v)
			if argument == "duration" {
				n, _ := strconv.Atoi(v)
				given[argument] = types.Int64Value(int64(n))
			}
			m["assume_role"] = blocks("assume_role", given)
		}
	}
	named := map[string]attr.Value{"agency_name": str("a"), "domain_name": str("d")}
	region := func(m blockModel) { key(m); m["region"] = str("r-1") }
	oidc := func(argument string) func(blockModel, string) {
		return func(m blockModel, v string) {
			given := map[string]attr.Value{"idp_id": str("i"), "id_token": str("t"), "agency_name": str("a"), "domain_id": str("d")}
			given[argument] = str(v)
			switch argument {
			case "id_token_file":
				given["id_token"] = types.StringNull()
			case "duration":
				n, _ := strconv.Atoi(v)
				given[argument] = types.Int64Value(int64(n))
			}
			m["assume_role_with_oidc"] = blocks("assume_role_with_oidc", given)
		}
	}
	oidcEnv := map[string]string{
		"HW_ASSUME_ROLE_IDP_ID": "i", "HW_ASSUME_ROLE_ID_TOKEN": "t", "HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_ID": "d", "HW_REGION_NAME": "r-1",
	}
	oidcCase := func(argument string, get func(Settings) string, configured, env string) originCase {
		also := maps.Clone(oidcEnv)
		if argument == "id_token_file" {
			delete(also, "HW_ASSUME_ROLE_ID_TOKEN")
		}
		return originCase{also: also, set: oidc(argument), get: get, configured: configured, env: env}
	}
	other := configFile(t, strings.ReplaceAll(profiles, "a3", "a5"))
	third := configFile(t, strings.ReplaceAll(profiles, "a3", "a6"))
	return map[string]originCase{
		"region": {
			base: key, set: func(m blockModel, v string) { m["region"] = str(v) },
			get: func(s Settings) string { return s.Region.ValueString() }, configured: "r-1", env: "r-2", profile: "r-3",
		},
		"project_id": {
			base: key, set: func(m blockModel, v string) { m["project_id"] = str(v) },
			get: func(s Settings) string { return s.ProjectID.ValueString() }, configured: "p1", env: "p2", profile: "p3",
		},
		"project_name": {
			base: key, set: func(m blockModel, v string) { m["project_name"] = str(v) },
			get: func(s Settings) string { return s.ProjectName.ValueString() }, configured: "n1", env: "n2",
		},
		"token": {
			set: func(m blockModel, v string) { m["token"] = str(v) },
			get: func(s Settings) string { return s.Auth.Token }, configured: "t1", env: "t2",
		},
		"access_key": {
			base: func(m blockModel) { m["secret_key"] = str("sk") }, set: func(m blockModel, v string) { m["access_key"] = str(v) },
			get: func(s Settings) string { return s.Auth.AccessKey }, configured: "a1", env: "a2", profile: "a3",
		},
		"secret_key": {
			base: func(m blockModel) { m["access_key"] = str("ak") }, set: func(m blockModel, v string) { m["secret_key"] = str(v) },
			get: func(s Settings) string { return s.Auth.SecretKey }, configured: "s1", env: "s2", profile: "s3",
		},
		"security_token": {
			base: key, set: func(m blockModel, v string) { m["security_token"] = str(v) },
			get: func(s Settings) string { return s.Auth.SecurityToken }, configured: "st1", env: "st2", profile: "st3",
		},
		"user_name": {
			base: func(m blockModel) { m["password"], m["domain_name"] = str("p"), str("d") }, set: func(m blockModel, v string) { m["user_name"] = str(v) },
			get: func(s Settings) string { return s.Auth.UserName }, configured: "u1", env: "u2",
		},
		"password": {
			base: func(m blockModel) { m["user_name"], m["domain_name"] = str("u"), str("d") }, set: func(m blockModel, v string) { m["password"] = str(v) },
			get: func(s Settings) string { return s.Auth.Password }, configured: "p1", env: "p2",
		},
		"domain_name": {
			base: func(m blockModel) { user(m); m["domain_name"] = types.StringNull() }, set: func(m blockModel, v string) { m["domain_name"] = str(v) },
			get: func(s Settings) string { return s.Auth.DomainName }, configured: "d1", env: "d2",
		},
		"domain_id": {
			base: func(m blockModel) { user(m); m["domain_name"] = types.StringNull() }, set: func(m blockModel, v string) { m["domain_id"] = str(v) },
			get: func(s Settings) string { return s.Auth.DomainID }, configured: "d1", env: "d2", profile: "d3",
		},
		"cloud": {
			base: key, set: func(m blockModel, v string) { m["cloud"] = str(v) },
			get: func(s Settings) string { return s.cloud }, configured: "one.example", env: "two.example",
		},
		"auth_url": {
			base: key, set: func(m blockModel, v string) { m["auth_url"] = str(v) },
			get: func(s Settings) string { return s.Auth.IAM.String() }, configured: "https://one.example/v3", env: "https://two.example/v3",
		},
		"insecure": {
			base: key, set: func(m blockModel, v string) { m["insecure"] = types.BoolValue(v == "true") },
			get: func(s Settings) string { return fmt.Sprint(s.insecure) }, configured: "false", env: "true",
		},
		"cacert_file": {
			base: key, set: func(m blockModel, v string) { m["cacert_file"] = str(v) },
			get: func(s Settings) string { return s.caCert }, configured: "one.pem", env: "two.pem",
		},
		"cert": {
			base: func(m blockModel) { key(m); m["key"] = str("key.pem") }, set: func(m blockModel, v string) { m["cert"] = str(v) },
			get: func(s Settings) string { return s.clientCert }, configured: "one.pem", env: "two.pem",
		},
		"key": {
			base: func(m blockModel) { key(m); m["cert"] = str("cert.pem") }, set: func(m blockModel, v string) { m["key"] = str(v) },
			get: func(s Settings) string { return s.clientKey }, configured: "one.pem", env: "two.pem",
		},
		"max_retries": {
			base: key, set: func(m blockModel, _ string) { m["max_retries"] = types.Int64Value(1) },
			get: func(s Settings) string { return fmt.Sprint(s.MaxRetries) }, configured: "1", env: "2",
		},
		"shared_config_file": {
			set: func(m blockModel, v string) {
				m["shared_config_file"] = str(map[string]string{"a5": other}[v])
			},
			also: map[string]string{"HW_SHARED_CONFIG_FILE": third},
			get:  func(s Settings) string { return s.Auth.AccessKey }, configured: "a5", env: "a6",
		},
		"profile": {
			set:  func(m blockModel, v string) { m["profile"] = str(map[string]string{"a4": "second"}[v]) },
			also: map[string]string{"HW_PROFILE": "first"},
			get:  func(s Settings) string { return s.Auth.AccessKey }, configured: "a4", env: "a3",
		},
		"assume_role.agency_name": {
			base: key, also: map[string]string{"HW_ASSUME_ROLE_DOMAIN_NAME": "d"}, set: agency("agency_name", map[string]attr.Value{"domain_name": str("d")}),
			get: func(s Settings) string { return role(s).Agency }, configured: "a1", env: "a2", profile: "agency3",
		},
		"assume_role.domain_name": {
			base: key, also: map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "a"}, set: agency("domain_name", map[string]attr.Value{"agency_name": str("a")}),
			get: func(s Settings) string { return role(s).Name }, configured: "d1", env: "d2", profile: "domain3",
		},
		"assume_role.domain_id": {
			base: region, also: map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_REGION_NAME": "r-1"}, set: agency("domain_id", map[string]attr.Value{"agency_name": str("a")}),
			get: func(s Settings) string { return role(s).ID }, configured: "d1", env: "d2", profile: "id3", named: "second",
		},
		"assume_role.duration": {
			base: key, also: map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_NAME": "d"}, set: agency("duration", named),
			get: func(s Settings) string { return role(s).Life }, configured: "900", env: "1800",
		},
		"assume_role_with_oidc.idp_id":      oidcCase("idp_id", func(s Settings) string { return s.Auth.OIDC.ProviderID }, "i1", "i2"),
		"assume_role_with_oidc.id_token":    oidcCase("id_token", func(s Settings) string { return s.Auth.OIDC.Token }, "t1", "t2"),
		"assume_role_with_oidc.agency_name": oidcCase("agency_name", func(s Settings) string { return s.Auth.OIDC.Role.Agency }, "a1", "a2"),
		"assume_role_with_oidc.domain_id":   oidcCase("domain_id", func(s Settings) string { return s.Auth.OIDC.Role.DomainID }, "d1", "d2"),
		"assume_role_with_oidc.domain_name": {
			also: map[string]string{"HW_ASSUME_ROLE_IDP_ID": "i", "HW_ASSUME_ROLE_ID_TOKEN": "t", "HW_ASSUME_ROLE_AGENCY_NAME": "a"},
			set: func(m blockModel, v string) {
				m["assume_role_with_oidc"] = blocks("assume_role_with_oidc", map[string]attr.Value{"domain_name": str(v)})
			},
			get: func(s Settings) string { return s.Auth.OIDC.Role.DomainName }, configured: "d1", env: "d2",
		},
		"assume_role_with_oidc.id_token_file": oidcCase("id_token_file",
			func(s Settings) string { return s.Auth.OIDC.TokenFile }, "one.jwt", "two.jwt"),
		"assume_role_with_oidc.duration": oidcCase("duration",
			func(s Settings) string { return fmt.Sprint(s.Auth.OIDC.Role.Duration.Seconds()) }, "900", "1800"),
	}
}

// Each argument comes from the configuration, or else from its variable, or else
// from the profile.
func TestResolveOrigins(t *testing.T) {
	t.Parallel()
	tests := originCases(t)
	for _, a := range arguments {
		if _, ok := tests[a.name]; !ok && len(a.variables) > 0 {
			t.Errorf("%s is not tested", a.name)
		}
	}
	file := configFile(t, profiles)
	for name, tc := range tests {
		expect := func(where, want string, model blockModel, variables map[string]string) {
			t.Helper()
			s, diags := resolve(model, env(variables))
			if diags.HasError() || tc.get(s) != want {
				t.Errorf("%s, %s: %q, want %q; %v", name, where, tc.get(s), want, problems(diags))
			}
		}
		profile := map[string]string{"HW_SHARED_CONFIG_FILE": file}
		if tc.named != "" {
			profile["HW_PROFILE"] = tc.named
		}
		for _, variable := range argumentNamed(name).variables {
			variables := maps.Clone(profile)
			maps.Copy(variables, tc.also)
			if _, given := variables[variable]; !given || name != "shared_config_file" && name != "profile" {
				variables[variable] = tc.env
			}
			model := blockModel{}
			if tc.base != nil {
				tc.base(model)
			}
			expect("from "+variable, tc.env, model, variables)
			tc.set(model, tc.configured)
			expect("configured, with "+variable, tc.configured, model, variables)
		}
		if tc.profile != "" {
			model := blockModel{}
			if name == "domain_id" { // which keys have no use for
				tc.base(model)
			}
			expect("from the profile", tc.profile, model, profile)
		}
	}
}

// A secret is known as one, and what travels in a header has no line break.
func TestSecretsAndHeaders(t *testing.T) {
	t.Parallel()
	for name, tc := range originCases(t) {
		a, model := argumentNamed(name), blockModel{}
		if tc.base != nil {
			tc.base(model)
		}
		tc.set(model, tc.configured)
		if s, _ := resolve(model, env(tc.also)); a.setting != nil && slices.Contains(s.Secrets(), tc.configured) != a.secret {
			t.Errorf("%s: secrets are %q", name, s.Secrets())
		}
		tc.set(model, "line\nbreak")
		_, diags := resolve(model, env(tc.also))
		if refused := strings.Contains(strings.Join(problems(diags), ""), "contains a space, a line break"); refused != a.header {
			t.Errorf("%s with a line break: %q", name, problems(diags))
		}
	}
}

// The newer of a variable's names beats the older ones.
func TestResolveOlderVariables(t *testing.T) {
	t.Parallel()
	s, diags := resolve(blockModel{"token": str("t")}, env(map[string]string{
		"HW_REGION_NAME": "r-1", "OS_REGION_NAME": "r-2", "OS_TENANT_ID": "p3", "OS_PROJECT_ID": "p2",
	}))
	if diags.HasError() || s.Region.ValueString() != "r-1" || s.ProjectID.ValueString() != "p2" {
		t.Errorf("region %s, project %s, %v", s.Region, s.ProjectID, problems(diags))
	}
}
