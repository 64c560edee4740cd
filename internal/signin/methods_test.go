// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

var completeOIDC = map[string]attr.Value{
	"idp_id": str("i"), "id_token": str("secret-id-token"), "agency_name": str("a"), "domain_id": str("d"),
}

// Which way to sign in is taken, from where, and what is ignored for it.
func TestResolveSignIn(t *testing.T) {
	t.Parallel()
	file := configFile(t, `{"authEncrypt": "false", "current": "keys", "profiles": [
	  {"name": "keys", "mode": "AKSK", "accessKeyId": "pa", "secretAccessKey": "ps", "region": "r-9", "projectId": "p9"},
	  {"name": "temporary", "mode": "AKSK", "accessKeyId": "pa", "secretAccessKey": "ps", "securityToken": "pt"},
	  {"name": "sso", "mode": "SSO", "ssoAuth": {"stsToken": {"accessKeyId": "oa", "secretAccessKey": "os", "securityToken": "ot"}}},
	  {"name": "instance", "mode": "ecsAgency", "region": "r-9", "agencyName": "a", "agencyDomainName": "d"},
	  {"name": "delegated", "mode": "AKSK", "accessKeyId": "pa", "secretAccessKey": "ps", "agencyName": "a", "agencyDomainName": "d"},
	  {"name": "role", "mode": "AssumeRole", "sourceProfile": "temporary", "agencyName": "a", "agencyDomainId": "d", "accessKeyId": "xa", "region": "cn-north-4"},
	  {"name": "role of an instance", "mode": "AssumeRole", "sourceProfile": "was keys", "agencyName": "a", "agencyDomainName": "d", "agencyDomainId": "i"},
	  {"name": "was keys", "mode": "ecsAgency", "accessKeyId": "xa", "secretAccessKey": "xs"},
	  {"name": "place", "region": "r-9"}]}`)
	encrypted := configFile(t, `{"authEncrypt": "true", "current": "keys", "profiles": [{"name": "keys", "accessKeyId": "x", "secretAccessKey": "y", "region": "r-9"}]}`)
	named := func(name string) map[string]string {
		return map[string]string{"HW_SHARED_CONFIG_FILE": file, "HW_PROFILE": name}
	}
	keys := map[string]string{"HW_ACCESS_KEY": "ea", "HW_SECRET_KEY": "es"}
	agency := map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "ag", "HW_ASSUME_ROLE_DOMAIN_NAME": "do"}
	oidc := map[string]string{
		"HW_ASSUME_ROLE_IDP_ID": "i", "HW_ASSUME_ROLE_ID_TOKEN_FILE": "f", "HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DOMAIN_ID": "d", "HW_REGION_NAME": "r-1",
	}
	oidcAlone := map[string]string{"HW_ASSUME_ROLE_IDP_ID": "i", "HW_ASSUME_ROLE_ID_TOKEN": "t"}
	tests := map[string]struct {
		model   blockModel
		env     []map[string]string
		want    auth.Config
		note    string // of the profiles' file, FILE is left
		ignored string
	}{
		"nothing": {
			want: auth.Config{Metadata: metadataURL()},
			note: "signing in by metadata service: nothing is configured, so that the agency of this ECS instance is asked for",
		},
		"current profile": {
			env: []map[string]string{{"HW_SHARED_CONFIG_FILE": file}}, want: auth.Config{AccessKey: "pa", SecretKey: "ps"},
			note: `signing in by access key: the profile "keys" in FILE`,
		},
		"temporary keys in a profile": {
			env: []map[string]string{named("temporary")}, want: auth.Config{AccessKey: "pa", SecretKey: "ps", SecurityToken: "pt"},
			note: `signing in by access key: the profile "temporary" in FILE`,
		},
		"keys of a single sign-on": {
			env: []map[string]string{named("sso")}, want: auth.Config{AccessKey: "oa", SecretKey: "os", SecurityToken: "ot"},
			note: `signing in by access key: the profile "sso" in FILE`,
		},
		"profile of an agency": {
			env: []map[string]string{named("role")},
			want: auth.Config{
				AccessKey: "pa", SecretKey: "ps", SecurityToken: "pt", Roles: []auth.Role{{Agency: "a", DomainID: "d"}},
				STS: mustParse("https://sts.cn-north-4.myhuaweicloud.com/"), STSOptional: true,
			},
			note: `signing in by access key: the profile "role" in FILE, with its source profile "temporary", then as the agency "a" of account d`,
		},
		"profile of an instance's agency": {
			env: []map[string]string{named("role of an instance")}, want: auth.Config{Metadata: metadataURL(), Roles: []auth.Role{{Agency: "a", DomainName: "d"}}},
			note: `signing in by metadata service: the profile "role of an instance" in FILE, with its source profile "was keys", ` +
				`by the metadata service of this ECS instance, then as the agency "a" of account "d"`,
		},
		"profile of an instance": {
			env: []map[string]string{named("instance")}, want: auth.Config{Metadata: metadataURL(), Roles: []auth.Role{{Agency: "a", DomainName: "d"}}},
			note: `signing in by metadata service: the profile "instance" in FILE, by the metadata service of this ECS instance, then as the agency "a" of account "d"`,
		},
		"the environment's agency beats the profile's": {
			env: []map[string]string{named("instance"), agency}, want: auth.Config{Metadata: metadataURL(), Roles: []auth.Role{{Agency: "ag", DomainName: "do"}}},
			note: `signing in by metadata service: the profile "instance" in FILE, by the metadata service of this ECS instance, then as the agency "ag" of account "do"`,
		},
		"a configured profile's agency beats the environment's": {
			model: blockModel{"shared_config_file": str(file), "profile": str("delegated")}, env: []map[string]string{agency},
			want: auth.Config{AccessKey: "pa", SecretKey: "ps", Roles: []auth.Role{{Agency: "a", DomainName: "d"}}},
			note: `signing in by access key: the profile "delegated" in FILE, then as the agency "a" of account "d"`, ignored: "HW_ASSUME_ROLE_AGENCY_NAME",
		},
		"a configured profile without an agency leaves room for the environment's": {
			model: blockModel{"shared_config_file": str(file)}, env: []map[string]string{agency},
			want: auth.Config{AccessKey: "pa", SecretKey: "ps", Roles: []auth.Role{{Agency: "ag", DomainName: "do"}}},
			note: `signing in by access key: the profile "keys" in FILE, then as the agency "ag" of account "do"`,
		},
		"a configured profile keeps its agency beside an ID token's": {
			model: blockModel{"shared_config_file": str(file), "profile": str("delegated")}, env: []map[string]string{oidc},
			want:    auth.Config{AccessKey: "pa", SecretKey: "ps", Roles: []auth.Role{{Agency: "a", DomainName: "d"}}},
			note:    `signing in by access key: the profile "delegated" in FILE, then as the agency "a" of account "d"`,
			ignored: "HW_ASSUME_ROLE_AGENCY_NAME, HW_ASSUME_ROLE_IDP_ID, HW_ASSUME_ROLE_ID_TOKEN_FILE",
		},
		"a named profile keeps its agency beside half an ID token's": {
			env:     []map[string]string{named("delegated"), agency, {"HW_ASSUME_ROLE_IDP_ID": "i"}},
			want:    auth.Config{AccessKey: "pa", SecretKey: "ps", Roles: []auth.Role{{Agency: "a", DomainName: "d"}}},
			note:    `signing in by access key: the profile "delegated" in FILE, then as the agency "a" of account "d"`,
			ignored: "HW_ASSUME_ROLE_AGENCY_NAME, HW_ASSUME_ROLE_IDP_ID",
		},
		"the environment beats the profile that it names": {
			env: []map[string]string{named("instance"), keys}, want: auth.Config{AccessKey: "ea", SecretKey: "es"},
			note: "signing in by access key: access_key from HW_ACCESS_KEY, secret_key from HW_SECRET_KEY", ignored: "HW_PROFILE, HW_SHARED_CONFIG_FILE",
		},
		"an encrypted profile is good for its region": {
			env: []map[string]string{{"HW_SHARED_CONFIG_FILE": encrypted}, keys}, want: auth.Config{AccessKey: "ea", SecretKey: "es"},
			note: "signing in by access key: access_key from HW_ACCESS_KEY, secret_key from HW_SECRET_KEY", ignored: "HW_SHARED_CONFIG_FILE",
		},
		"a configured profile beats the environment": {
			model: blockModel{"shared_config_file": str(file)}, env: []map[string]string{keys, {"HW_AUTH_TOKEN": "t"}}, want: auth.Config{AccessKey: "pa", SecretKey: "ps"},
			note: `signing in by access key: the profile "keys" in FILE`, ignored: "HW_ACCESS_KEY, HW_AUTH_TOKEN, HW_SECRET_KEY",
		},
		"a named profile that doesn't sign in is no method": {
			env: []map[string]string{named("place"), keys}, want: auth.Config{AccessKey: "ea", SecretKey: "es"},
			note: "signing in by access key: access_key from HW_ACCESS_KEY, secret_key from HW_SECRET_KEY",
		},
		"a configured profile that doesn't sign in, beside a configured key": {
			model: blockModel{"profile": str("place"), "shared_config_file": str(file), "access_key": str("ca")}, env: []map[string]string{keys},
			want: auth.Config{AccessKey: "ca", SecretKey: "es"},
			note: "signing in by access key: access_key from the configuration, secret_key from HW_SECRET_KEY",
		},
		"keys that are left over in a profile of an instance": {
			env: []map[string]string{named("was keys")}, want: auth.Config{Metadata: metadataURL()},
			note: `signing in by metadata service: the profile "was keys" in FILE, by the metadata service of this ECS instance`,
		},
		"half a key in the environment": {
			env: []map[string]string{named("keys"), {"HW_ACCESS_KEY": "ea"}}, want: auth.Config{AccessKey: "pa", SecretKey: "ps"},
			note: `signing in by access key: the profile "keys" in FILE`, ignored: "HW_ACCESS_KEY",
		},
		"agency of the environment": {
			model: blockModel{"token": str("t")}, env: []map[string]string{agency}, want: auth.Config{Token: "t", Roles: []auth.Role{{Agency: "ag", DomainName: "do"}}},
			note: `signing in by token: token from the configuration, then as the agency "ag" of account "do"`,
		},
		"chain": {
			model: blockModel{
				"token": str("t"), "region": str("cn-north-4"),
				"assume_role": blocks("assume_role",
					map[string]attr.Value{"agency_name": str("a"), "domain_name": str("b")},
					map[string]attr.Value{"agency_name": str("c"), "domain_id": str("d"), "duration": types.Int64Value(1800)}),
			},
			env: []map[string]string{agency},
			want: auth.Config{
				Token: "t", STS: mustParse("https://sts.cn-north-4.myhuaweicloud.com/"), STSOptional: true,
				Roles: []auth.Role{{Agency: "a", DomainName: "b"}, {Agency: "c", DomainID: "d", Duration: 30 * time.Minute}},
			},
			note: `signing in by token: token from the configuration, then as the agency "a" of account "b", then as the agency "c" of account d`,
		},
		"ID token in the environment": {
			env:  []map[string]string{oidc, keys},
			want: auth.Config{OIDC: auth.OIDC{ProviderID: "i", TokenFile: "f", Role: auth.Role{Agency: "a", DomainID: "d"}}},
			note: "signing in by OIDC: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID, assume_role_with_oidc.id_token_file from HW_ASSUME_ROLE_ID_TOKEN_FILE, " +
				"assume_role_with_oidc.agency_name from HW_ASSUME_ROLE_AGENCY_NAME, assume_role_with_oidc.domain_id from HW_ASSUME_ROLE_DOMAIN_ID",
			ignored: "HW_ACCESS_KEY, HW_SECRET_KEY",
		},
		"the agency of an ID token that is not in use": {
			model: blockModel{"token": str("t")}, env: []map[string]string{oidc}, want: auth.Config{Token: "t"},
			note: "signing in by token: token from the configuration", ignored: "HW_ASSUME_ROLE_AGENCY_NAME, HW_ASSUME_ROLE_IDP_ID, HW_ASSUME_ROLE_ID_TOKEN_FILE",
		},
		"an ID token, its agency's account by name": {
			env:  []map[string]string{oidcAlone, agency, keys},
			want: auth.Config{OIDC: auth.OIDC{ProviderID: "i", Token: "t", Role: auth.Role{Agency: "ag", DomainName: "do"}}},
			note: "signing in by OIDC: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID, assume_role_with_oidc.id_token from HW_ASSUME_ROLE_ID_TOKEN, " +
				"assume_role_with_oidc.agency_name from HW_ASSUME_ROLE_AGENCY_NAME, assume_role_with_oidc.domain_name from HW_ASSUME_ROLE_DOMAIN_NAME",
			ignored: "HW_ACCESS_KEY, HW_SECRET_KEY",
		},
		"an ID token without an agency": {
			env:     []map[string]string{oidcAlone, {"HW_ASSUME_ROLE_DOMAIN_ID": "d", "HW_ASSUME_ROLE_DURATION": "900"}, keys},
			want:    auth.Config{OIDC: auth.OIDC{ProviderID: "i", Token: "t", Role: auth.Role{Duration: 15 * time.Minute}}},
			note:    "signing in by OIDC: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID, assume_role_with_oidc.id_token from HW_ASSUME_ROLE_ID_TOKEN",
			ignored: "HW_ACCESS_KEY, HW_SECRET_KEY",
		},
		"a configured file beats the environment's ID token": {
			model: blockModel{"assume_role_with_oidc": blocks("assume_role_with_oidc", map[string]attr.Value{"id_token_file": str("g")})},
			env:   []map[string]string{oidc, {"HW_ASSUME_ROLE_ID_TOKEN": "t"}},
			want:  auth.Config{OIDC: auth.OIDC{ProviderID: "i", TokenFile: "g", Role: auth.Role{Agency: "a", DomainID: "d"}}},
			note: "signing in by OIDC: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID, assume_role_with_oidc.id_token_file from the configuration, " +
				"assume_role_with_oidc.agency_name from HW_ASSUME_ROLE_AGENCY_NAME, assume_role_with_oidc.domain_id from HW_ASSUME_ROLE_DOMAIN_ID",
		},
		"an address for the token service": {
			model: blockModel{"assume_role_with_oidc": blocks("assume_role_with_oidc", completeOIDC), "endpoints": endpoints("sts", "sts.example/x/")},
			want: auth.Config{
				OIDC: auth.OIDC{ProviderID: "i", Token: "secret-id-token", Role: auth.Role{Agency: "a", DomainID: "d"}}, STS: mustParse("https://sts.example/x/"),
			},
			note: "signing in by OIDC: assume_role_with_oidc.idp_id from the configuration, assume_role_with_oidc.id_token from the configuration, " +
				"assume_role_with_oidc.agency_name from the configuration, assume_role_with_oidc.domain_id from the configuration",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables := map[string]string{}
			for _, some := range tc.env {
				maps.Copy(variables, some)
			}
			s, diags := resolve(tc.model, env(variables))
			if diags.HasError() {
				t.Fatal(problems(diags))
			}
			s.Auth.IAM = nil
			if diff := cmp.Diff(tc.want, s.Auth); diff != "" {
				t.Errorf("credentials (-want +got):\n%s", diff)
			}
			if got := strings.ReplaceAll(strings.Join(s.Notes, "\n"), file, "FILE"); got != tc.note {
				t.Errorf("note %q, want %q", got, tc.note)
			}
			if got := ignoredIn(problems(diags)); got != tc.ignored {
				t.Errorf("warned of %q, want %q", got, tc.ignored)
			}
			if method, err := s.Auth.Method(); err != nil || method != s.method || renewal[s.method] == "" {
				t.Errorf("method %q, %q, %v", s.method, method, err)
			}
		})
	}
}

// A profile's project is one of its region, and nothing else has one.
func TestResolveProjectOfAProfile(t *testing.T) {
	t.Parallel()
	file := configFile(t, `{"authEncrypt": "false", "current": "x", "profiles": [{"name": "x", "region": "r-9", "projectId": "p9", "accessKeyId": "a", "secretAccessKey": "s"}]}`)
	for name, tc := range map[string]struct {
		model blockModel
		env   map[string]string
		id    types.String
	}{
		"its own":               {id: str("p9")},
		"another region":        {env: map[string]string{"HW_REGION_NAME": "r-1"}, id: types.StringNull()},
		"a name in the way":     {env: map[string]string{"HW_PROJECT_NAME": "n"}, id: types.StringNull()},
		"an empty string":       {model: blockModel{"project_id": str("")}, id: types.StringNull()},
		"a region not known":    {model: blockModel{"region": types.StringUnknown()}, id: types.StringNull()},
		"a project not known":   {model: blockModel{"project_id": types.StringUnknown()}, id: types.StringUnknown()},
		"of the same region":    {env: map[string]string{"HW_REGION_NAME": "r-9"}, id: str("p9")},
		"another in the block":  {model: blockModel{"project_id": str("p1")}, id: str("p1")},
		"another by a variable": {env: map[string]string{"HW_PROJECT_ID": "p2"}, id: str("p2")},
	} {
		variables := map[string]string{"HW_SHARED_CONFIG_FILE": file}
		maps.Copy(variables, tc.env)
		s, diags := resolve(tc.model, env(variables))
		if diags.HasError() || !s.ProjectID.Equal(tc.id) {
			t.Errorf("%s: %s, want %s; %v", name, s.ProjectID, tc.id, problems(diags))
		}
	}
}
