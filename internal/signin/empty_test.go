// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// An empty credential in the block signs in nobody, and nobody else instead
// without a word.
func TestResolveEmptyCredentials(t *testing.T) {
	t.Parallel()
	keys := map[string]string{"HW_ACCESS_KEY": "env-ak", "HW_SECRET_KEY": "env-sk"}
	token := map[string]string{"HW_AUTH_TOKEN": "t"}
	password := map[string]string{"HW_USER_NAME": "u", "HW_USER_PASSWORD": "p", "HW_DOMAIN_NAME": "d"}
	file := configFile(t, `{"authEncrypt":"false","current":"p","profiles":[{"name":"p","accessKeyId":"a","secretAccessKey":"s"}]}`)
	profile := map[string]string{"HW_SHARED_CONFIG_FILE": file}
	provider := map[string]string{"HW_ASSUME_ROLE_IDP_ID": "idp", "HW_ASSUME_ROLE_ID_TOKEN": "t"}
	noKeys := blockModel{"access_key": str(""), "secret_key": str("")}
	noPassword := blockModel{"user_name": str(""), "password": str("")}
	oidc := func(arguments ...string) blockModel {
		block := map[string]attr.Value{}
		for i := 0; i < len(arguments); i += 2 {
			block[arguments[i]] = str(arguments[i+1])
		}
		return blockModel{"assume_role_with_oidc": blocks("assume_role_with_oidc", block)}
	}
	for name, tc := range map[string]struct {
		model  blockModel
		env    map[string]string
		method auth.Method // that signs in; none where it fails
		says   string      // what stands in the error or the warning; neither without it
	}{
		// Nobody else has been set up, so that it would be who the machine is.
		"keys":     {model: noKeys, says: "access_key, secret_key are empty"},
		"token":    {model: blockModel{"token": str("")}, says: "token is empty"},
		"password": {model: noPassword, says: "user_name, password are empty"},
		"profile":  {model: blockModel{"profile": str("")}, says: "profile is empty"},
		"file":     {model: blockModel{"shared_config_file": str("")}, says: "shared_config_file is empty"},
		"ID token": {model: oidc("idp_id", "", "id_token", ""), says: "assume_role_with_oidc.idp_id"},
		"all":      {model: blockModel{"access_key": str(""), "secret_key": str(""), "token": str(""), "user_name": str(""), "password": str("")}, says: "token, access_key, secret_key, user_name, password are empty"},

		// What the empty string hides is no other way, with the vendor's provider either.
		"keys beside the same":     {model: noKeys, env: keys, says: "access_key, secret_key are empty"},
		"token beside the same":    {model: blockModel{"token": str("")}, env: token, says: "token is empty"},
		"password beside the same": {model: noPassword, env: password, says: "user_name, password are empty"},
		"ID token beside the same": {model: oidc("idp_id", "", "id_token", ""), env: provider, says: "assume_role_with_oidc.idp_id"},

		// Another way that somebody has set up works there, and here.
		"keys beside token":     {model: noKeys, env: token, method: auth.MethodToken, says: "access_key, secret_key are empty"},
		"keys beside password":  {model: noKeys, env: password, method: auth.MethodPassword, says: "access_key, secret_key are empty"},
		"keys beside profile":   {model: noKeys, env: profile, method: auth.MethodAccessKey, says: "access_key, secret_key are empty"},
		"keys beside ID token":  {model: noKeys, env: provider, method: auth.MethodOIDC, says: "access_key, secret_key are empty"},
		"token beside keys":     {model: blockModel{"token": str("")}, env: keys, method: auth.MethodAccessKey, says: "token is empty"},
		"password beside keys":  {model: noPassword, env: keys, method: auth.MethodAccessKey, says: "user_name, password are empty"},
		"profile beside keys":   {model: blockModel{"profile": str("")}, env: keys, method: auth.MethodAccessKey, says: "profile is empty"},
		"keys, block's profile": {model: blockModel{"access_key": str(""), "secret_key": str(""), "shared_config_file": str(file)}, method: auth.MethodAccessKey, says: "access_key, secret_key are empty"},

		// A part of a method that is empty is missing.
		"secret key":                   {model: blockModel{"access_key": str("ak"), "secret_key": str("")}, says: "secret_key is empty"},
		"secret key beside the same":   {model: blockModel{"access_key": str("ak"), "secret_key": str("")}, env: keys, says: "secret_key is empty"},
		"access key beside the same":   {model: blockModel{"access_key": str("")}, env: keys, says: "access_key is empty"},
		"access key beside token":      {model: blockModel{"access_key": str("")}, env: token, method: auth.MethodToken, says: "access_key is empty"},
		"user beside the same":         {model: blockModel{"user_name": str("")}, env: password, says: "user_name is empty"},
		"domain beside the same":       {model: blockModel{"user_name": str("u"), "password": str("p"), "domain_name": str("")}, env: password, says: "domain_name is empty"},
		"agency":                       {model: oidc("idp_id", "i", "id_token", "t", "agency_name", ""), method: auth.MethodOIDC, says: "agency_name is empty"},
		"agency beside the same":       {model: oidc("idp_id", "i", "id_token", "t", "agency_name", ""), env: map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "a"}, method: auth.MethodOIDC, says: "agency_name is empty"},
		"security token":               {model: blockModel{"security_token": str("")}, env: keys, method: auth.MethodAccessKey},
		"block's keys beside empties":  {model: blockModel{"access_key": str("ak"), "secret_key": str("sk"), "token": str(""), "password": str("")}, method: auth.MethodAccessKey},
		"block's token beside empties": {model: blockModel{"access_key": str(""), "secret_key": str(""), "token": str("t")}, method: auth.MethodToken},
		"nothing":                      {method: auth.MethodMetadata},
		"null beside keys":             {env: keys, method: auth.MethodAccessKey},
	} {
		s, diags := resolve(tc.model, env(tc.env))
		got := strings.Join(problems(diags), "\n")
		switch {
		case diags.HasError() != (tc.method == ""), tc.method != "" && s.method != tc.method:
			t.Errorf("%s: signs in by %s: %s", name, s.method, got)
		case tc.says == "" && strings.Contains(got, "mpty"):
			t.Errorf("%s: %s", name, got)
		case tc.says != "" && (!strings.Contains(got, tc.says) || !strings.Contains(got, "null in place of the empty string")):
			t.Errorf("%s: does not say what is empty, and what to do: %s", name, got)
		case tc.says != "" && tc.method != "" && !strings.Contains(got, "instead"):
			t.Errorf("%s: does not say who signs in: %s", name, got)
		}
	}
}
