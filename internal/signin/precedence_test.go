// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Whatever the provider block sets beats the environment: with it, no variable of
// the argument changes the settings.
func TestBlockBeatsEnvironment(t *testing.T) {
	t.Parallel()
	file := configFile(t, `{"authEncrypt":"false","current":"p","profiles":[{"name":"p","accessKeyId":"a","secretAccessKey":"s"},{"name":"q","accessKeyId":"b","secretAccessKey":"t"}]}`)
	keys := func(m blockModel) { m["access_key"], m["secret_key"] = str("ak"), str("sk") }
	password := func(m blockModel) { m["user_name"], m["password"], m["domain_name"] = str("u"), str("p"), str("d") }
	role := func(kind string) func(blockModel) {
		return func(m blockModel) {
			arguments := map[string]attr.Value{"agency_name": str("agency"), "domain_name": str("owner"), "duration": types.Int64Value(3600)}
			if kind == "assume_role" {
				keys(m)
				m["assume_role"] = blocks(kind, arguments)
				return
			}
			arguments["idp_id"], arguments["id_token"] = str("idp"), str("token")
			m["assume_role_with_oidc"] = blocks(kind, arguments)
		}
	}
	roleWithID := func(kind string) func(blockModel) {
		return func(m blockModel) {
			m["region"] = str("cn-north-4")
			arguments := map[string]attr.Value{"agency_name": str("agency"), "domain_id": str("0123456789abcdef0123456789abcdef")}
			if kind == "assume_role" {
				keys(m)
				m["assume_role"] = blocks(kind, arguments)
				return
			}
			arguments["idp_id"], arguments["id_token_file"] = str("idp"), str("/tmp/token")
			m["assume_role_with_oidc"] = blocks(kind, arguments)
		}
	}
	set := func(with func(blockModel), and func(blockModel)) func(blockModel) {
		return func(m blockModel) { with(m); and(m) }
	}
	blocksOf := map[string]func(blockModel){
		"region":         set(keys, func(m blockModel) { m["region"] = str("cn-north-4") }),
		"project_id":     set(keys, func(m blockModel) { m["project_id"] = str("0123456789abcdef0123456789abcdef") }),
		"project_name":   set(keys, func(m blockModel) { m["project_name"] = str("cn-north-4_x") }),
		"token":          func(m blockModel) { m["token"] = str("t") },
		"access_key":     keys,
		"secret_key":     keys,
		"security_token": set(keys, func(m blockModel) { m["security_token"] = str("st") }),
		"user_name":      password,
		"password":       password,
		"domain_name":    password,
		"domain_id":      set(password, func(m blockModel) { m["domain_name"], m["domain_id"] = types.StringNull(), str("id") }),
		"cloud":          set(keys, func(m blockModel) { m["cloud"] = str("example.com") }),
		"auth_url":       set(keys, func(m blockModel) { m["auth_url"] = str("https://iam.example.com/v3") }),
		"insecure":       set(keys, func(m blockModel) { m["insecure"] = types.BoolValue(false) }),
		"cacert_file":    set(keys, func(m blockModel) { m["cacert_file"] = str("/block/ca.pem") }),
		"cert":           set(keys, func(m blockModel) { m["cert"], m["key"] = str("/block/cert.pem"), str("/block/key.pem") }),
		"key":            set(keys, func(m blockModel) { m["cert"], m["key"] = str("/block/cert.pem"), str("/block/key.pem") }),
		"max_retries":    set(keys, func(m blockModel) { m["max_retries"] = types.Int64Value(2) }),

		"shared_config_file": func(m blockModel) { m["shared_config_file"] = str(file) },
		"profile":            func(m blockModel) { m["shared_config_file"], m["profile"] = str(file), str("q") },

		"assume_role.agency_name": role("assume_role"), "assume_role.domain_name": role("assume_role"),
		"assume_role.domain_id": roleWithID("assume_role"), "assume_role.duration": role("assume_role"),
		"assume_role_with_oidc.idp_id": role("assume_role_with_oidc"), "assume_role_with_oidc.id_token": role("assume_role_with_oidc"),
		"assume_role_with_oidc.id_token_file": roleWithID("assume_role_with_oidc"), "assume_role_with_oidc.agency_name": role("assume_role_with_oidc"),
		"assume_role_with_oidc.domain_name": role("assume_role_with_oidc"), "assume_role_with_oidc.domain_id": roleWithID("assume_role_with_oidc"),
		"assume_role_with_oidc.duration": role("assume_role_with_oidc"),

		// What says where IAM is by another name.
		"auth_url, endpoints.iam": set(keys, func(m blockModel) { m["endpoints"] = endpoints("iam", "https://iam.example.com") }),
		"auth_url, cloud":         set(keys, func(m blockModel) { m["cloud"] = str("example.com") }),
	}
	for _, a := range arguments {
		if len(a.variables) > 0 && blocksOf[a.name] == nil {
			t.Errorf("%s is not tested", a.name)
		}
	}
	for name, configure := range blocksOf {
		argument, _, _ := strings.Cut(name, ",")
		for _, variable := range argumentNamed(argument).variables {
			other := map[string]string{
				"auth_url": "https://evil.example.com/v3", "insecure": "true", "max_retries": "9", "cloud": "evil.example.com", "region": "eu-west-101",
				"project_id": "fedcba9876543210fedcba9876543210", "assume_role.duration": "7200", "assume_role_with_oidc.duration": "7200", "profile": "p",
			}[argument]
			if other == "" {
				other = "other"
			}
			model := blockModel{}
			configure(model)
			want, diags := resolve(model, env(nil))
			if diags.HasError() {
				t.Fatalf("%s: %v", name, problems(diags))
			}
			got, diags := resolve(model, env(map[string]string{variable: other}))
			if diags.HasError() {
				t.Errorf("%s, %s: %v", name, variable, problems(diags))
			}
			got.Notes, want.Notes = nil, nil
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s, %s: the environment changes the settings:\n%+v\n%+v", name, variable, got, want)
			}
		}
	}
}

// A password goes to no address that the block did not ask for, and without a
// word to none of the older variables.
func TestResolveWarnsOfAddress(t *testing.T) {
	t.Parallel()
	password := blockModel{"user_name": str("u"), "password": str("pass-word"), "domain_name": str("d")}
	pinned := clone(password)
	pinned["endpoints"] = endpoints("apig", "https://good.example.com", "iam", "https://good.example.com")
	cloud := clone(password)
	cloud["cloud"] = str("good.example.com")
	keys := blockModel{"access_key": str("ak"), "secret_key": str("sk")}
	for name, tc := range map[string]struct {
		model blockModel
		env   map[string]string
		host  string
		warns string
	}{
		"pinned":            {pinned, map[string]string{"HW_AUTH_URL": "https://evil.example.com/v3"}, "good.example.com", "HW_AUTH_URL has an address of IAM, which is ignored"},
		"pinned, older":     {pinned, map[string]string{"OS_AUTH_URL": "https://evil.example.com/v3"}, "good.example.com", "OS_AUTH_URL has an address of IAM, which is ignored"},
		"by the cloud":      {cloud, map[string]string{"OS_AUTH_URL": "https://evil.example.com/v3"}, "iam.good.example.com", "ignored, since the provider block has cloud"},
		"newer":             {password, map[string]string{"HW_AUTH_URL": "https://other.example.com/v3"}, "other.example.com", ""},
		"older":             {password, map[string]string{"OS_AUTH_URL": "https://other.example.com/v3"}, "other.example.com", "password (from the configuration) is sent to the IAM that the environment variable OS_AUTH_URL names: other.example.com"},
		"older, with keys":  {keys, map[string]string{"OS_AUTH_URL": "https://other.example.com/v3"}, "other.example.com", ""},
		"older, with token": {blockModel{"token": str("t")}, map[string]string{"OS_AUTH_URL": "https://other.example.com/v3"}, "other.example.com", "token (from the configuration) is sent"},
		"older, newer password": {
			blockModel{},
			map[string]string{"OS_AUTH_URL": "https://other.example.com/v3", "HW_USER_NAME": "u", "HW_USER_PASSWORD": "p", "HW_DOMAIN_NAME": "d"},
			"other.example.com", "password (from HW_USER_PASSWORD) is sent",
		},
		"all older": {blockModel{}, map[string]string{"OS_AUTH_URL": "https://other.example.com/v3", "OS_USERNAME": "u", "OS_PASSWORD": "p", "OS_DOMAIN_NAME": "d"}, "other.example.com", ""},
	} {
		s, diags := resolve(tc.model, env(tc.env))
		got := problems(diags)
		if diags.HasError() || s.Auth.IAM.Host != tc.host {
			t.Errorf("%s: %s, %v", name, s.Auth.IAM, got)
		}
		if text := strings.Join(got, "\n"); tc.warns == "" && text != "" || !strings.Contains(text, tc.warns) || len(got) > 1 {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// Where certificates are not checked because of the environment, it is said.
func TestResolveWarnsOfInsecure(t *testing.T) {
	t.Parallel()
	model := blockModel{"token": str("t")}
	configured := clone(model)
	configured["insecure"] = types.BoolValue(true)
	for name, tc := range map[string]struct {
		model blockModel
		env   map[string]string
		warns bool
	}{
		"older":        {model, map[string]string{"OS_INSECURE": "1"}, true},
		"newer":        {model, map[string]string{"HW_INSECURE": "true"}, true},
		"off":          {model, map[string]string{"HW_INSECURE": "false"}, false},
		"by the block": {configured, map[string]string{"OS_INSECURE": "true"}, false},
	} {
		_, diags := resolve(tc.model, env(tc.env))
		got := strings.Join(problems(diags), "\n")
		if diags.HasError() || strings.Contains(got, "Certificates are not checked") != tc.warns {
			t.Errorf("%s: %s", name, got)
		}
	}
}
