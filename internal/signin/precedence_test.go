// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"cmp"
	"maps"
	"reflect"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Whatever the provider block sets beats the environment: with it, no variable of
// the argument changes the settings.
func TestBlockBeatsEnvironment(t *testing.T) {
	t.Parallel()
	file, tests := configFile(t, profiles), originCases(t)
	iam, cloud := tests["auth_url"], tests["auth_url"]
	// What says where IAM is by another name.
	iam.set = func(m blockModel, _ string) { m["endpoints"] = endpoints("iam", "https://iam.example.com") }
	cloud.set = func(m blockModel, _ string) { m["cloud"] = str("example.com") }
	tests["auth_url, endpoints.iam"], tests["auth_url, cloud"] = iam, cloud
	others := map[string]string{
		"auth_url": "https://evil.example.com/v3", "insecure": "true", "max_retries": "9", "cloud": "evil.example.com", "region": "eu-west-101",
		"project_id": "fedcba9876543210fedcba9876543210", "assume_role.duration": "7200", "assume_role_with_oidc.duration": "7200", "profile": "p",
	}
	for name, tc := range tests {
		argument, _, _ := strings.Cut(name, ",")
		model := blockModel{}
		if tc.base != nil {
			tc.base(model)
		}
		tc.set(model, tc.configured)
		variables := map[string]string{"HW_SHARED_CONFIG_FILE": file}
		maps.Copy(variables, tc.also)
		want, diags := resolve(model, env(variables))
		if diags.HasError() {
			t.Fatalf("%s: %v", name, problems(diags))
		}
		for _, variable := range argumentNamed(argument).variables {
			variables := maps.Clone(variables)
			variables[variable] = cmp.Or(others[argument], "other")
			got, diags := resolve(model, env(variables))
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
