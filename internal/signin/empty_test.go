// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// An empty credential in the block signs in nobody, and nobody else instead
// without a word.
func TestResolveEmptyCredentials(t *testing.T) {
	t.Parallel()
	config := file(t, `{"authEncrypt":"false","current":"p","profiles":[{"name":"p","accessKeyId":"a","secretAccessKey":"s"}]}`)
	const (
		keys     = "HW_ACCESS_KEY=env-ak, HW_SECRET_KEY=env-sk"
		token    = "HW_AUTH_TOKEN=t"
		password = "HW_USER_NAME=u, HW_USER_PASSWORD=p, HW_DOMAIN_NAME=d"
		provider = "HW_ASSUME_ROLE_IDP_ID=idp, HW_ASSUME_ROLE_ID_TOKEN=t"

		noKeys, noToken, noPassword = `access_key = ""; secret_key = ""`, `token = ""`, `user_name = ""; password = ""`
		noIDToken                   = `assume_role_with_oidc { idp_id = ""; id_token = "" }`
		noAgency                    = `assume_role_with_oidc { idp_id = "i"; id_token = "t"; agency_name = "" }`
	)
	for name, tc := range map[string]struct {
		block, env string
		method     auth.Method // that signs in; none where it fails
		says       string      // what is empty, in the error or the warning; neither without it
	}{
		// Nobody else has been set up, so that it would be who the machine is.
		"keys":     {noKeys, "", "", "access_key, secret_key are"},
		"token":    {noToken, "", "", "token is"},
		"password": {noPassword, "", "", "user_name, password are"},
		"profile":  {`profile = ""`, "", "", "profile is"},
		"file":     {`shared_config_file = ""`, "", "", "shared_config_file is"},
		"ID token": {noIDToken, "", "", "assume_role_with_oidc.idp_id, assume_role_with_oidc.id_token are"},
		"all":      {noKeys + "; " + noToken + "; " + noPassword, "", "", "token, access_key, secret_key, user_name, password are"},

		// What the empty string hides is no other way, with the vendor's provider either.
		"keys beside the same":     {noKeys, keys, "", "access_key, secret_key are"},
		"token beside the same":    {noToken, token, "", "token is"},
		"password beside the same": {noPassword, password, "", "user_name, password are"},
		"ID token beside the same": {noIDToken, provider, "", "assume_role_with_oidc.idp_id, assume_role_with_oidc.id_token are"},

		// Another way that somebody has set up works there, and here.
		"keys beside token":     {noKeys, token, auth.MethodToken, "access_key, secret_key are"},
		"keys beside password":  {noKeys, password, auth.MethodPassword, "access_key, secret_key are"},
		"keys beside profile":   {noKeys, "HW_SHARED_CONFIG_FILE=" + config, auth.MethodAccessKey, "access_key, secret_key are"},
		"keys beside ID token":  {noKeys, provider, auth.MethodOIDC, "access_key, secret_key are"},
		"token beside keys":     {noToken, keys, auth.MethodAccessKey, "token is"},
		"password beside keys":  {noPassword, keys, auth.MethodAccessKey, "user_name, password are"},
		"profile beside keys":   {`profile = ""`, keys, auth.MethodAccessKey, "profile is"},
		"keys, block's profile": {fmt.Sprintf("%s; shared_config_file = %q", noKeys, config), "", auth.MethodAccessKey, "access_key, secret_key are"},

		// A part of a method that is empty is missing.
		"secret key":                   {`access_key = "ak"; secret_key = ""`, "", "", "secret_key is"},
		"secret key beside the same":   {`access_key = "ak"; secret_key = ""`, keys, "", "secret_key is"},
		"access key beside the same":   {`access_key = ""`, keys, "", "access_key is"},
		"access key beside token":      {`access_key = ""`, token, auth.MethodToken, "access_key is"},
		"user beside the same":         {`user_name = ""`, password, "", "user_name is"},
		"domain beside the same":       {`user_name = "u"; password = "p"; domain_name = ""`, password, "", "domain_name is"},
		"agency":                       {noAgency, "", auth.MethodOIDC, "agency_name is"},
		"agency beside the same":       {noAgency, "HW_ASSUME_ROLE_AGENCY_NAME=a", auth.MethodOIDC, "agency_name is"},
		"security token":               {`security_token = ""`, keys, auth.MethodAccessKey, ""},
		"block's keys beside empties":  {`access_key = "ak"; secret_key = "sk"; token = ""; password = ""`, "", auth.MethodAccessKey, ""},
		"block's token beside empties": {noKeys + `; token = "t"`, "", auth.MethodToken, ""},
		"nothing":                      {"", "", auth.MethodMetadata, ""},
		"null beside keys":             {"access_key = null", keys, auth.MethodAccessKey, ""},
	} {
		s, diags := resolved(t, tc.block, tc.env)
		got := told(diags)
		switch {
		case diags.HasError() != (tc.method == ""), tc.method != "" && s.Auth.Method != tc.method:
			t.Errorf("%s: signs in by %s: %s", name, s.Auth.Method, got)
		case tc.says == "" && strings.Contains(got, "mpty"):
			t.Errorf("%s: %s", name, got)
		case tc.says != "" && (!strings.Contains(got, tc.says+" empty") || !strings.Contains(got, "null in place of the empty string")):
			t.Errorf("%s: does not say what is empty, and what to do: %s", name, got)
		case tc.says != "" && tc.method != "" && !strings.Contains(got, "instead"):
			t.Errorf("%s: does not say who signs in: %s", name, got)
		}
	}
}
