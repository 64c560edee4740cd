// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"cmp"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// profiles has two profiles that sign in, whose agencies' accounts are named by name and by ID.
const profiles = `{"authEncrypt": "false", "language": "en", "current": "first", "profiles": [
  {"name": "first", "mode": "AKSK", "accessKeyId": "a3", "secretAccessKey": "s3", "securityToken": "st3", "region": "r-3", "projectId": "p3", "domainId": "d3",
   "agencyName": "agency3", "agencyDomainName": "domain3", "agencyDomainId": "ignored", "readTimeout": 10, "skipSecureVerify": "false"},
  {"name": "second", "mode": "AKSK", "accessKeyId": "a4", "secretAccessKey": "s4", "region": "r-4", "agencyName": "agency4", "agencyDomainId": "id3"}]}`

// originCase is how one argument is given, and where it arrives.
type originCase struct {
	base       string // what else the provider block needs
	beside     string // what else the argument's own block needs
	also       string // what else the environment needs
	get        func(Settings) string
	configured string
	env        string
	profile    string // "" where profiles have nothing of the kind
	named      string // the profile; "" for the current one
}

// block is the provider block that sets the argument.
func (tc originCase) block(name, value string) string {
	if kind := argumentNamed(name).kind; kind == text {
		value = fmt.Sprintf("%q", value)
	}
	set := name + " = " + value
	if outer, inner, ok := strings.Cut(name, "."); ok {
		set = fmt.Sprintf("%s {\n%s\n%s = %s\n}", outer, tc.beside, inner, value)
	}
	return tc.base + "\n" + set
}

func originCases(t *testing.T) map[string]originCase {
	t.Helper()
	const (
		key  = `access_key = "ak"; secret_key = "sk"`
		user = `user_name = "u"; password = "p"`
		role = ", HW_ASSUME_ROLE_AGENCY_NAME=a"
		idp  = "HW_ASSUME_ROLE_IDP_ID=i, HW_ASSUME_ROLE_ID_TOKEN=t, HW_ASSUME_ROLE_AGENCY_NAME=a"

		account = `agency_name = "a"; domain_id = "d"`
	)
	ofRole := func(get func(auth.Role) string) func(Settings) string {
		return func(s Settings) string {
			if len(s.Auth.Roles) != 1 {
				return ""
			}
			return get(s.Auth.Roles[0])
		}
	}
	accessKey := func(s Settings) string { return s.Auth.AccessKey }
	other, third := file(t, strings.ReplaceAll(profiles, "a3", "a5")), file(t, strings.ReplaceAll(profiles, "a3", "a6"))
	return map[string]originCase{
		"region":         {base: key, get: func(s Settings) string { return s.Region.ValueString() }, configured: "r-1", env: "r-2", profile: "r-3"},
		"project_id":     {base: key, get: func(s Settings) string { return s.ProjectID.ValueString() }, configured: "p1", env: "p2", profile: "p3"},
		"project_name":   {base: key, get: func(s Settings) string { return s.ProjectName.ValueString() }, configured: "n1", env: "n2"},
		"token":          {configured: "t1", env: "t2"},
		"access_key":     {base: `secret_key = "sk"`, configured: "a1", env: "a2", profile: "a3"},
		"secret_key":     {base: `access_key = "ak"`, configured: "s1", env: "s2", profile: "s3"},
		"security_token": {base: key, configured: "st1", env: "st2", profile: "st3"},
		"user_name":      {base: `password = "p"; domain_name = "d"`, configured: "u1", env: "u2"},
		"password":       {base: `user_name = "u"; domain_name = "d"`, configured: "p1", env: "p2"},
		"domain_name":    {base: user, configured: "d1", env: "d2"},
		"domain_id":      {base: user, configured: "d1", env: "d2", profile: "d3"},
		"cloud":          {base: key, get: func(s Settings) string { return s.cloud }, configured: "one.example", env: "two.example"},
		"auth_url":       {base: key, get: func(s Settings) string { return s.Auth.IAM.String() }, configured: "https://one.example/v3", env: "https://two.example/v3"},
		"insecure":       {base: key, get: func(s Settings) string { return fmt.Sprint(s.insecure) }, configured: "false", env: "true"},
		"cacert_file":    {base: key, configured: "one.pem", env: "two.pem"},
		"cert":           {base: key + `; key = "key.pem"`, configured: "one.pem", env: "two.pem"},
		"key":            {base: key + `; cert = "cert.pem"`, configured: "one.pem", env: "two.pem"},
		"max_retries":    {base: key, get: func(s Settings) string { return fmt.Sprint(s.MaxRetries) }, configured: "1", env: "2"},
		"shared_config_file": {
			also: "HW_SHARED_CONFIG_FILE=" + third, get: func(s Settings) string { return map[string]string{"a5": other, "a6": third}[s.Auth.AccessKey] }, configured: other, env: third,
		},
		"profile": {
			also: "HW_PROFILE=first", get: func(s Settings) string { return map[string]string{"a3": "first", "a4": "second"}[accessKey(s)] }, configured: "second", env: "first",
		},
		"assume_role.agency_name": {
			base: key, beside: `domain_name = "d"`, also: "HW_ASSUME_ROLE_DOMAIN_NAME=d",
			get: ofRole(func(r auth.Role) string { return r.Agency }), configured: "a1", env: "a2", profile: "agency3",
		},
		"assume_role.domain_name": {
			base: key, beside: `agency_name = "a"`, also: role, get: ofRole(func(r auth.Role) string { return r.DomainName }), configured: "d1", env: "d2", profile: "domain3",
		},
		"assume_role.domain_id": {
			base: key + `; region = "r-1"`, beside: `agency_name = "a"`, also: role,
			get: ofRole(func(r auth.Role) string { return r.DomainID }), configured: "d1", env: "d2", profile: "id3", named: "second",
		},
		"assume_role.duration": {
			base: key, beside: `agency_name = "a"; domain_name = "d"`, also: "HW_ASSUME_ROLE_DOMAIN_NAME=d" + role,
			get: ofRole(func(r auth.Role) string { return fmt.Sprint(r.Duration.Seconds()) }), configured: "900", env: "1800",
		},
		"assume_role_with_oidc.idp_id":        {beside: `id_token = "t"; ` + account, also: idp + ", HW_ASSUME_ROLE_DOMAIN_ID=d", configured: "i1", env: "i2"},
		"assume_role_with_oidc.id_token":      {beside: `idp_id = "i"; ` + account, also: idp + ", HW_ASSUME_ROLE_DOMAIN_ID=d", configured: "t1", env: "t2"},
		"assume_role_with_oidc.id_token_file": {beside: `idp_id = "i"; ` + account, also: "HW_ASSUME_ROLE_IDP_ID=i, HW_ASSUME_ROLE_DOMAIN_ID=d" + role, configured: "one.jwt", env: "two.jwt"},
		"assume_role_with_oidc.agency_name":   {beside: `idp_id = "i"; id_token = "t"; domain_id = "d"`, also: idp + ", HW_ASSUME_ROLE_DOMAIN_ID=d", configured: "a1", env: "a2"},
		"assume_role_with_oidc.domain_name":   {also: idp, configured: "d1", env: "d2"},
		"assume_role_with_oidc.domain_id":     {beside: `idp_id = "i"; id_token = "t"; agency_name = "a"`, also: idp, configured: "d1", env: "d2"},
		"assume_role_with_oidc.duration": {
			beside: `idp_id = "i"; id_token = "t"; ` + account, also: idp + ", HW_ASSUME_ROLE_DOMAIN_ID=d",
			get: func(s Settings) string { return fmt.Sprint(s.Auth.OIDC.Role.Duration.Seconds()) }, configured: "900", env: "1800",
		},
	}
}

// Each argument comes from the configuration, or else from its variable, or else from the profile. No variable of an argument
// that the block sets changes any setting.
func TestBlockBeatsEnvironment(t *testing.T) {
	t.Parallel()
	tests := originCases(t)
	for _, a := range arguments {
		_, ok := tests[a.name]
		assert.Check(t, ok || len(a.variables) <= 0, "%s is not tested", a.name)
	}
	config := file(t, profiles)
	for name, tc := range tests {
		a := argumentNamed(name)
		expect := func(where, want, block, variables string) Settings {
			t.Helper()
			s, diags := resolved(t, block, variables)
			var got string
			if tc.get != nil {
				got = tc.get(s)
			} else {
				got = *a.setting(&s)
			}
			assert.Check(t, !diags.HasError() && got == want, "%s, %s: %q, want %q; %s", name, where, got, want, told(diags))
			s.Notes = nil
			return s
		}
		profile := "HW_SHARED_CONFIG_FILE=" + config + ", HW_PROFILE=" + cmp.Or(tc.named, "first")
		variables := profile + ", " + tc.also
		alone := expect("configured", tc.configured, tc.block(name, tc.configured), variables)
		for _, variable := range a.variables {
			with := fmt.Sprintf("%s, %s=%s", variables, variable, tc.env)
			expect("from "+variable, tc.env, tc.base, with)
			beside := expect("configured, with "+variable, tc.configured, tc.block(name, tc.configured), with)
			assert.Check(t, reflect.DeepEqual(beside, alone), "%s: %s changes the settings:\n%+v\n%+v", name, variable, beside, alone)
		}
		if tc.profile != "" {
			base := ""
			if name == "domain_id" { // which keys have no use for
				base = tc.base
			}
			expect("from the profile", tc.profile, base, profile)
		}
	}
}

// A secret is known as one, and what travels in a header has no line break.
func TestSecretsAndHeaders(t *testing.T) {
	t.Parallel()
	for name, tc := range originCases(t) {
		a := argumentNamed(name)
		s, _ := resolved(t, tc.block(name, tc.configured), tc.also)
		assert.Check(t, a.setting == nil || slices.Contains(s.Secrets(), tc.configured) == a.secret, "%s: secrets are %q", name, s.Secrets())
		if a.kind != text {
			continue
		}
		_, diags := resolved(t, tc.block(name, "line\nbreak"), tc.also)
		assert.Check(t, strings.Contains(told(diags), "contains a space, a line break") == a.header, "%s with a line break: %s", name, told(diags))
	}
}

// A password goes to no address that the block did not ask for, and without a word to none of the older variables. Where
// certificates are not checked because of the environment, it is said, too.
func TestResolveWarnsOfAddress(t *testing.T) {
	t.Parallel()
	const password, older = `user_name = "u"; password = "pass-word"; domain_name = "d"`, "OS_AUTH_URL=https://other.example.com/v3"
	const pinned = password + `; endpoints = { apig = "https://good.example.com"; iam = "https://good.example.com" }`
	for name, tc := range map[string]struct{ block, env, host, warns string }{
		"pinned":            {pinned, "HW_AUTH_URL=https://evil.example.com/v3", "good.example.com", "HW_AUTH_URL has an address of IAM, which is ignored"},
		"pinned, older":     {pinned, older, "good.example.com", "OS_AUTH_URL has an address of IAM, which is ignored, since the provider block has endpoints.iam"},
		"not there":         {password + `; endpoints = { iam = null }`, "HW_AUTH_URL=https://other.example.com/v3", "other.example.com", ""},
		"by the cloud":      {password + `; cloud = "good.example.com"`, older, "iam.good.example.com", "ignored, since the provider block has cloud"},
		"newer":             {password, "HW_AUTH_URL=https://other.example.com/v3", "other.example.com", ""},
		"older":             {password, older, "other.example.com", "password (from the configuration) is sent to the IAM that the environment variable OS_AUTH_URL names: other.example.com"},
		"older, with keys":  {`access_key = "ak"; secret_key = "sk"`, older, "other.example.com", ""},
		"older, with token": {`token = "t"`, older, "other.example.com", "token (from the configuration) is sent"},
		"older, newer password": {
			"", older + ", HW_USER_NAME=u, HW_USER_PASSWORD=p, HW_DOMAIN_NAME=d", "other.example.com", "password (from HW_USER_PASSWORD) is sent",
		},
		"all older":              {"", older + ", OS_USERNAME=u, OS_PASSWORD=p, OS_DOMAIN_NAME=d", "other.example.com", ""},
		"insecure":               {`token = "t"`, "HW_INSECURE=true", "iam.myhuaweicloud.com", "Certificates are not checked"},
		"insecure, older":        {`token = "t"`, "OS_INSECURE=1", "iam.myhuaweicloud.com", "Certificates are not checked"},
		"insecure off":           {`token = "t"`, "HW_INSECURE=false", "iam.myhuaweicloud.com", ""},
		"insecure, by the block": {`token = "t"; insecure = true`, "OS_INSECURE=true", "iam.myhuaweicloud.com", ""},
	} {
		s, diags := resolved(t, tc.block, tc.env)
		got := told(diags)
		assert.Check(t, !diags.HasError() && s.Auth.IAM.Host == tc.host && (tc.warns != "" || got == "") && strings.Contains(got, tc.warns) && len(diags) <= 1,
			"%s: %s, %s", name, s.Auth.IAM, got)
	}
}
