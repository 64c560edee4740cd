// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
)

// An empty credential in the block signs in nobody, and nobody else instead
// without a word.
func TestResolveEmptyCredentials(t *testing.T) {
	t.Parallel()
	keys := map[string]string{"HW_ACCESS_KEY": "env-ak", "HW_SECRET_KEY": "env-sk"}
	for name, tc := range map[string]struct {
		model blockModel
		env   map[string]string
		fails bool
		warns string // what stands in a warning
	}{
		"keys":                       {model: blockModel{"access_key": str(""), "secret_key": str("")}, fails: true},
		"keys, as in environment":    {model: blockModel{"access_key": str(""), "secret_key": str("")}, env: keys, fails: true},
		"token":                      {model: blockModel{"token": str("")}, fails: true},
		"password":                   {model: blockModel{"user_name": str(""), "password": str("")}, fails: true},
		"profile":                    {model: blockModel{"profile": str("")}, fails: true},
		"ID token":                   {model: blockModel{"assume_role_with_oidc": blocks("assume_role_with_oidc", map[string]attr.Value{"idp_id": str(""), "id_token": str("")})}, fails: true},
		"token, keys in environment": {model: blockModel{"token": str("")}, env: keys, warns: "token is empty in the provider block"},
		"keys, token in environment": {
			model: blockModel{"access_key": str(""), "secret_key": str("")}, env: map[string]string{"HW_AUTH_TOKEN": "t"},
			warns: "access_key, secret_key are empty in the provider block",
		},
		"security token":        {model: blockModel{"security_token": str("")}, env: keys},
		"keys of the block":     {model: blockModel{"access_key": str("ak"), "secret_key": str("sk"), "token": str(""), "password": str("")}},
		"only one key is empty": {model: blockModel{"access_key": str("ak"), "secret_key": str("")}, fails: true},
		"nothing":               {},
	} {
		s, diags := resolve(tc.model, env(tc.env))
		got := strings.Join(problems(diags), "\n")
		switch {
		case diags.HasError() != tc.fails:
			t.Errorf("%s: signs in by %s: %s", name, s.method, got)
		case tc.fails && !strings.Contains(got, "null") && name != "only one key is empty":
			t.Errorf("%s: does not say what to do: %s", name, got)
		case !strings.Contains(got, tc.warns) || tc.warns == "" && !tc.fails && strings.Contains(got, "mpty"):
			t.Errorf("%s: %s", name, got)
		}
	}
}
