// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// given is all that signs in: "access_key=a secret_key=b; agency c of account d".
func given(s Settings) string {
	var parts []string
	for _, a := range arguments {
		if a.method != "" && a.setting != nil && *a.setting(&s) != "" {
			parts = append(parts, a.local()+"="+*a.setting(&s))
		}
	}
	if s.Auth.Metadata != nil {
		parts = append(parts, s.Auth.Metadata.String())
	}
	if life := s.Auth.OIDC.Role.Duration; life != 0 {
		parts = append(parts, life.String())
	}
	for _, role := range s.Auth.Roles {
		parts = append(parts, fmt.Sprintf("then %s/%s/%s/%s", role.Agency, role.DomainName, role.DomainID, role.Duration))
	}
	if s.Auth.STS != nil {
		parts = append(parts, fmt.Sprintf("%s %t", s.Auth.STS, s.Auth.STSOptional))
	}
	return strings.Join(parts, " ")
}

// ignored lists what the one warning says is ignored; all problems if there are others.
func ignored(diags diag.Diagnostics) string {
	_, after, _ := strings.Cut(told(diags), "which is ignored: ")
	listed, _, _ := strings.Cut(after, ". Unset")
	if len(diags) > 1 || len(diags) == 1 && listed == "" {
		return told(diags)
	}
	return listed
}

// Which way to sign in is taken, from where, and what is ignored for it.
func TestResolveSignIn(t *testing.T) {
	t.Parallel()
	config := file(t, `{"authEncrypt": "false", "current": "keys", "profiles": [
	  {"name": "keys", "mode": "AKSK", "accessKeyId": "pa", "secretAccessKey": "ps", "region": "r-9", "projectId": "p9"},
	  {"name": "temporary", "mode": "AKSK", "accessKeyId": "pa", "secretAccessKey": "ps", "securityToken": "pt"},
	  {"name": "sso", "mode": "SSO", "ssoAuth": {"stsToken": {"accessKeyId": "oa", "secretAccessKey": "os", "securityToken": "ot"}}},
	  {"name": "instance", "mode": "ecsAgency", "region": "r-9", "agencyName": "a", "agencyDomainName": "d"},
	  {"name": "delegated", "mode": "AKSK", "accessKeyId": "pa", "secretAccessKey": "ps", "agencyName": "a", "agencyDomainName": "d"},
	  {"name": "role", "mode": "AssumeRole", "sourceProfile": "temporary", "agencyName": "a", "agencyDomainId": "d", "accessKeyId": "xa", "region": "cn-north-4"},
	  {"name": "role of an instance", "mode": "AssumeRole", "sourceProfile": "was keys", "agencyName": "a", "agencyDomainName": "d", "agencyDomainId": "i"},
	  {"name": "was keys", "mode": "ecsAgency", "accessKeyId": "xa", "secretAccessKey": "xs"},
	  {"name": "place", "region": "r-9"}]}`)
	encrypted := file(t, `{"authEncrypt": "true", "current": "keys", "profiles": [{"name": "keys", "accessKeyId": "x", "secretAccessKey": "y", "region": "r-9"}]}`)
	shared := "HW_SHARED_CONFIG_FILE=" + config
	named := func(name string) string { return shared + ", HW_PROFILE=" + name }
	configured := func(name string) string { return fmt.Sprintf("shared_config_file = %q; profile = %q", config, name) }
	const (
		keys      = ", HW_ACCESS_KEY=ea, HW_SECRET_KEY=es"
		agency    = ", HW_ASSUME_ROLE_AGENCY_NAME=ag, HW_ASSUME_ROLE_DOMAIN_NAME=do"
		oidc      = ", HW_ASSUME_ROLE_IDP_ID=i, HW_ASSUME_ROLE_ID_TOKEN_FILE=f, HW_ASSUME_ROLE_AGENCY_NAME=a, HW_ASSUME_ROLE_DOMAIN_ID=d, HW_REGION_NAME=r-1"
		oidcAlone = ", HW_ASSUME_ROLE_IDP_ID=i, HW_ASSUME_ROLE_ID_TOKEN=t"
		user      = ", HW_USER_NAME=eu, HW_USER_PASSWORD=ep, HW_DOMAIN_NAME=ed"
		token     = ", HW_AUTH_TOKEN=et"

		ofBlock, ofKeys = "access_key=pa secret_key=ps", "access_key=ea secret_key=es"
		instance        = "http://169.254.169.254"

		noteKeys  = "access key: access_key from HW_ACCESS_KEY, secret_key from HW_SECRET_KEY"
		byService = ", by the metadata service of this ECS instance"
		asA, asAg = `, then as the agency "a" of account "d"`, `, then as the agency "ag" of account "do"`
		idp       = "OIDC: assume_role_with_oidc.idp_id from HW_ASSUME_ROLE_IDP_ID, assume_role_with_oidc."
	)
	byProfile := func(name string) string { return fmt.Sprintf("access key: the profile %q in FILE", name) }
	byInstance := func(name string) string { return fmt.Sprintf("metadata service: the profile %q in FILE", name) }
	for name, tc := range map[string]struct{ block, env, want, note, ignored string }{
		"nothing":                      {"", "", instance, "metadata service: nothing is configured, so that the agency of this ECS instance is asked for", ""},
		"current profile":              {"", shared, ofBlock, byProfile("keys"), ""},
		"temporary keys in a profile":  {"", named("temporary"), ofBlock + " security_token=pt", byProfile("temporary"), ""},
		"keys of a single sign-on":     {"", named("sso"), "access_key=oa secret_key=os security_token=ot", byProfile("sso"), ""},
		"keys left over in a profile":  {"", named("was keys"), instance, byInstance("was keys") + byService, ""},
		"half a key beside a profile":  {"", named("keys") + ", HW_ACCESS_KEY=ea", ofBlock, byProfile("keys"), "HW_ACCESS_KEY"},
		"profile of an instance":       {"", named("instance"), instance + " then a/d//0s", byInstance("instance") + byService + asA, ""},
		"the environment's agency":     {"", named("instance") + agency, instance + " then ag/do//0s", byInstance("instance") + byService + asAg, ""},
		"a profile of no credentials":  {"", named("place") + keys, ofKeys, noteKeys, ""},
		"the environment's keys":       {"", named("instance") + keys, ofKeys, noteKeys, "HW_PROFILE, HW_SHARED_CONFIG_FILE"},
		"an encrypted profile's place": {"", "HW_SHARED_CONFIG_FILE=" + encrypted + keys, ofKeys, noteKeys, "HW_SHARED_CONFIG_FILE"},
		"profile of an agency": {
			"", named("role"), ofBlock + " security_token=pt then a//d/0s https://sts.cn-north-4.myhuaweicloud.com/ true",
			byProfile("role") + `, with its source profile "temporary", then as the agency "a" of account d`, "",
		},
		"profile of an instance's agency": {
			"", named("role of an instance"), instance + " then a/d//0s", byInstance("role of an instance") + `, with its source profile "was keys"` + byService + asA, "",
		},
		"a configured profile's agency beats the environment's": {
			configured("delegated"), agency, ofBlock + " then a/d//0s", byProfile("delegated") + asA, "HW_ASSUME_ROLE_AGENCY_NAME",
		},
		"a configured profile without an agency leaves room for the environment's": {
			configured("keys"), agency, ofBlock + " then ag/do//0s", byProfile("keys") + asAg, "",
		},
		"a configured profile keeps its agency beside an ID token's": {
			configured("delegated"), oidc, ofBlock + " then a/d//0s", byProfile("delegated") + asA,
			"HW_ASSUME_ROLE_AGENCY_NAME, HW_ASSUME_ROLE_IDP_ID, HW_ASSUME_ROLE_ID_TOKEN_FILE",
		},
		"a named profile keeps its agency beside half an ID token's": {
			"", named("delegated") + agency + ", HW_ASSUME_ROLE_IDP_ID=i", ofBlock + " then a/d//0s", byProfile("delegated") + asA,
			"HW_ASSUME_ROLE_AGENCY_NAME, HW_ASSUME_ROLE_IDP_ID",
		},
		"a configured profile beats the environment": {
			configured("keys"), keys + token, ofBlock, byProfile("keys"), "HW_ACCESS_KEY, HW_AUTH_TOKEN, HW_SECRET_KEY",
		},
		"a configured profile that doesn't sign in, beside a configured key": {
			configured("place") + `; access_key = "ca"`, keys, "access_key=ca secret_key=es", "access key: access_key from the configuration, secret_key from HW_SECRET_KEY", "",
		},
		"token first": {
			"", token + keys + user, "token=et", "token: token from HW_AUTH_TOKEN", "HW_ACCESS_KEY, HW_SECRET_KEY, HW_USER_NAME, HW_USER_PASSWORD",
		},
		"then the access key": {"", keys + user, ofKeys, noteKeys, "HW_USER_NAME, HW_USER_PASSWORD"},
		"then the password, though a key is begun": {
			"", ", HW_SECRET_KEY=es" + user, "user_name=eu password=ep domain_name=ed",
			"password: user_name from HW_USER_NAME, password from HW_USER_PASSWORD, domain_name from HW_DOMAIN_NAME", "HW_SECRET_KEY",
		},
		"configured password": {
			`user_name = "u"; password = "p"; domain_id = "id"`, token + keys + user, "user_name=u password=p domain_id=id",
			"password: user_name from the configuration, password from the configuration, domain_id from the configuration",
			"HW_ACCESS_KEY, HW_AUTH_TOKEN, HW_SECRET_KEY",
		},
		"the configuration decides, the environment completes": {
			`user_name = "u"`, token + keys + user, "user_name=u password=ep domain_name=ed",
			"password: user_name from the configuration, password from HW_USER_PASSWORD, domain_name from HW_DOMAIN_NAME",
			"HW_ACCESS_KEY, HW_AUTH_TOKEN, HW_SECRET_KEY",
		},
		"a domain decides nothing": {`domain_name = "d"`, keys, ofKeys, noteKeys, ""},
		"a configured domain name beats an ID in the environment": {
			`user_name = "u"; password = "p"; domain_name = "d"`, "HW_DOMAIN_ID=id", "user_name=u password=p domain_name=d",
			"password: user_name from the configuration, password from the configuration, domain_name from the configuration", "",
		},
		"agency of the environment": {`token = "t"`, agency, "token=t then ag/do//0s", "token: token from the configuration" + asAg, ""},
		"chain": {
			`token = "t"; region = "cn-north-4"; assume_role { agency_name = "a"; domain_name = "d" }; assume_role { agency_name = "c"; domain_id = "d"; duration = 1800 }`, agency,
			"token=t then a/d//0s then c//d/30m0s https://sts.cn-north-4.myhuaweicloud.com/ true",
			"token: token from the configuration" + asA + `, then as the agency "c" of account d`, "",
		},
		"ID token in the environment": {
			"", oidc + keys, "idp_id=i id_token_file=f agency_name=a domain_id=d",
			idp + "id_token_file from HW_ASSUME_ROLE_ID_TOKEN_FILE, assume_role_with_oidc.agency_name from HW_ASSUME_ROLE_AGENCY_NAME, " +
				"assume_role_with_oidc.domain_id from HW_ASSUME_ROLE_DOMAIN_ID",
			"HW_ACCESS_KEY, HW_SECRET_KEY",
		},
		"the agency of an ID token that is not in use": {
			`token = "t"`, oidc, "token=t", "token: token from the configuration", "HW_ASSUME_ROLE_AGENCY_NAME, HW_ASSUME_ROLE_IDP_ID, HW_ASSUME_ROLE_ID_TOKEN_FILE",
		},
		"an ID token, its agency's account by name": {
			"", oidcAlone + agency + keys, "idp_id=i id_token=t agency_name=ag domain_name=do",
			idp + "id_token from HW_ASSUME_ROLE_ID_TOKEN, assume_role_with_oidc.agency_name from HW_ASSUME_ROLE_AGENCY_NAME, " +
				"assume_role_with_oidc.domain_name from HW_ASSUME_ROLE_DOMAIN_NAME",
			"HW_ACCESS_KEY, HW_SECRET_KEY",
		},
		"an ID token without an agency": {
			"", oidcAlone + keys + ", HW_ASSUME_ROLE_DOMAIN_ID=d, HW_ASSUME_ROLE_DURATION=900", "idp_id=i id_token=t 15m0s",
			idp + "id_token from HW_ASSUME_ROLE_ID_TOKEN", "HW_ACCESS_KEY, HW_SECRET_KEY",
		},
		"a configured file beats the environment's ID token": {
			`assume_role_with_oidc { id_token_file = "g" }`, oidc + ", HW_ASSUME_ROLE_ID_TOKEN=t", "idp_id=i id_token_file=g agency_name=a domain_id=d",
			idp + "id_token_file from the configuration, assume_role_with_oidc.agency_name from HW_ASSUME_ROLE_AGENCY_NAME, " +
				"assume_role_with_oidc.domain_id from HW_ASSUME_ROLE_DOMAIN_ID", "",
		},
		"an address for the token service": {
			`assume_role_with_oidc { idp_id = "i"; id_token = "t"; agency_name = "a"; domain_id = "d" }; endpoints = { sts = "sts.example/x/" }`, "",
			"idp_id=i id_token=t agency_name=a domain_id=d https://sts.example/x/ false",
			"OIDC: assume_role_with_oidc.idp_id from the configuration, assume_role_with_oidc.id_token from the configuration, " +
				"assume_role_with_oidc.agency_name from the configuration, assume_role_with_oidc.domain_id from the configuration", "",
		},
	} {
		s, diags := resolved(t, tc.block, tc.env)
		note := strings.ReplaceAll(strings.Join(s.Notes, "\n"), config, "FILE")
		assert.Check(t, !diags.HasError() && given(s) == tc.want && note == "signing in by "+tc.note,
			"%s: %s, %s; want %s, %s; %s", name, given(s), note, tc.want, tc.note, told(diags))
		assert.Check(t, is.Equal(ignored(diags), tc.ignored), "%s: warned of", name)
		assert.Check(t, renewal[s.Auth.Method] != "", "%s: nothing says how to renew the credentials of the method %q", name, s.Auth.Method)
	}
}

// A security token in the environment completes a configured access key, unless it belongs to another one in the environment.
func TestResolveSecurityToken(t *testing.T) {
	t.Parallel()
	const configured = `access_key = "ak"; secret_key = "sk"`
	for name, tc := range map[string]struct{ block, env, want, says string }{
		"alone":           {configured, "", "st", ""},
		"of another key":  {configured, "HW_ACCESS_KEY=other", "", "The environment variable HW_SECURITY_TOKEN has the security token of the access key in HW_ACCESS_KEY. The"},
		"of an older one": {configured, "OS_ACCESS_KEY=other", "", "the access key in OS_ACCESS_KEY. The"},
		"of the same key": {configured, "HW_ACCESS_KEY=ak", "st", ""},
		"all of it":       {"", "HW_ACCESS_KEY=ak, HW_SECRET_KEY=sk", "st", ""},
	} {
		s, diags := resolved(t, tc.block, "HW_SECURITY_TOKEN=st, "+tc.env)
		got := told(diags)
		assert.Check(t, !diags.HasError() && s.Auth.SecurityToken == tc.want && (tc.says == "") == (got == "") && strings.Contains(got, tc.says),
			"%s: %q, want %q; %s", name, s.Auth.SecurityToken, tc.want, got)
	}
}

// A profile is encrypted unless the file says that it is not, or has nothing to decrypt it with and a key that is plainly one.
func TestProfileEncryption(t *testing.T) {
	t.Parallel()
	const plain, long = "ABCDEFGH0123456789XY", "c2VjcmV0IHRleHQgdGhhdCBpcyBlbmNyeXB0ZWQ="
	for name, tc := range map[string]struct {
		top       string // of the file, with a comma at its end
		key       string
		encrypted bool
	}{
		"said so":                        {`"authEncrypt": "true",`, plain, true},
		"said so, as a boolean":          {`"authEncrypt": true,`, plain, true},
		"said not":                       {`"authEncrypt": "false",`, long, false},
		"said not, as a boolean":         {`"authEncrypt": false,`, long, false},
		"said not, with what decrypts":   {`"authEncrypt": "false", "crypter": "c", "nonce": "n",`, plain, false},
		"not said":                       {``, long, true},
		"not said, a plain key":          {``, plain, false},
		"not said, a plain key, crypter": {`"crypter": "c",`, plain, true},
		"not said, a plain key, nonce":   {`"nonce": "n",`, plain, true},
		"not said, a plain key, empty":   {`"authEncrypt": "", "crypter": "", "nonce": "",`, plain, false},
		"another word":                   {`"authEncrypt": "no",`, long, true},
		"a key of small letters":         {``, strings.ToLower(plain), true},
		"a key that is too long":         {``, plain + "Z", true},
		"null":                           {`"authEncrypt": null, "nonce": null,`, plain, false},
	} {
		for mode, profiles := range map[string]string{
			"AKSK":       `{"name": "p", "mode": "AKSK", "accessKeyId": %q, "secretAccessKey": "s"}`,
			"SSO":        `{"name": "p", "mode": "SSO", "ssoAuth": {"stsToken": {"accessKeyId": %q, "secretAccessKey": "s", "securityToken": "t"}}}`,
			"AssumeRole": `{"name": "p", "mode": "AssumeRole", "accessKeyId": "x", "sourceProfile": "q", "agencyName": "a", "agencyDomainName": "d"}, {"name": "q", "accessKeyId": %q, "secretAccessKey": "s"}`,
		} {
			config := file(t, fmt.Sprintf(`{%s "current": "p", "profiles": [`+profiles+`]}`, tc.top, tc.key))
			s, diags := resolved(t, fmt.Sprintf("shared_config_file = %q", config), "")
			refused := strings.Contains(told(diags), ": The profile is encrypted: ")
			assert.Check(t, refused == tc.encrypted && diags.HasError() == refused, "%s, %s: %s, want encrypted: %t", name, mode, told(diags), tc.encrypted)
			assert.Check(t, tc.encrypted || s.Auth.AccessKey == tc.key, "%s, %s: signs in with %q", name, mode, s.Auth.AccessKey)
		}
	}
	// Where there is no key in the file, nothing of it is encrypted.
	config := file(t, `{"current": "p", "profiles": [{"name": "p", "mode": "ecsAgency"}]}`)
	s, diags := resolved(t, fmt.Sprintf("shared_config_file = %q", config), "")
	assert.Check(t, !diags.HasError() && s.Auth.Metadata != nil, "instance: %s", told(diags))
}

// An empty credential in the block signs in nobody, and nobody else instead without a word.
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
	)
	for name, tc := range map[string]struct {
		block, env string
		method     auth.Method // that signs in; none where it fails
		says       string      // what is empty, in the error or the warning; neither without it
	}{
		// Nobody else has been set up, so that it would be who the machine is.
		"token":    {noToken, "", "", "token is"},
		"profile":  {`profile = ""`, "", "", "profile is"},
		"file":     {`shared_config_file = ""`, "", "", "shared_config_file is"},
		"ID token": {noIDToken, "", "", "assume_role_with_oidc.idp_id, assume_role_with_oidc.id_token are"},
		"all":      {noKeys + "; " + noToken + "; " + noPassword, "", "", "token, access_key, secret_key, user_name, password are"},

		// What the empty string hides is no other way, with the vendor's provider either.
		"keys beside the same":     {noKeys, keys, "", "access_key, secret_key are"},
		"ID token beside the same": {noIDToken, provider, "", "assume_role_with_oidc.idp_id, assume_role_with_oidc.id_token are"},

		// Another way that somebody has set up works there, and here.
		"keys beside token":     {noKeys, token, auth.MethodToken, "access_key, secret_key are"},
		"keys beside profile":   {noKeys, "HW_SHARED_CONFIG_FILE=" + config, auth.MethodAccessKey, "access_key, secret_key are"},
		"token beside keys":     {noToken, keys, auth.MethodAccessKey, "token is"},
		"profile beside keys":   {`profile = ""`, keys, auth.MethodAccessKey, "profile is"},
		"keys, block's profile": {fmt.Sprintf("%s; shared_config_file = %q", noKeys, config), "", auth.MethodAccessKey, "access_key, secret_key are"},

		// A part of a method that is empty is missing.
		"secret key beside the same":   {`access_key = "ak"; secret_key = ""`, keys, "", "secret_key is"},
		"access key beside the same":   {`access_key = ""`, keys, "", "access_key is"},
		"access key beside token":      {`access_key = ""`, token, auth.MethodToken, "access_key is"},
		"domain beside the same":       {`user_name = "u"; password = "p"; domain_name = ""`, password, "", "domain_name is"},
		"agency beside the same":       {`assume_role_with_oidc { idp_id = "i"; id_token = "t"; agency_name = "" }`, "HW_ASSUME_ROLE_AGENCY_NAME=a", auth.MethodOIDC, "agency_name is"},
		"security token":               {`security_token = ""`, keys, auth.MethodAccessKey, ""},
		"block's keys beside empties":  {`access_key = "ak"; secret_key = "sk"; token = ""; password = ""`, "", auth.MethodAccessKey, ""},
		"block's token beside empties": {noKeys + `; token = "t"`, "", auth.MethodToken, ""},
		"nothing":                      {"", "", auth.MethodMetadata, ""},
		"null beside keys":             {"access_key = null", keys, auth.MethodAccessKey, ""},
	} {
		s, diags := resolved(t, tc.block, tc.env)
		got := told(diags)
		signsIn := tc.method != ""
		assert.Check(t, diags.HasError() != signsIn && (!signsIn || s.Auth.Method == tc.method), "%s: signs in by %s: %s", name, s.Auth.Method, got)
		if tc.says == "" {
			assert.Check(t, !strings.Contains(got, "mpty"), "%s: %s", name, got)
			continue
		}
		for _, says := range []string{tc.says + " empty", "null in place of the empty string"} {
			assert.Check(t, is.Contains(got, says), name)
		}
		assert.Check(t, !signsIn || strings.Contains(got, "instead"), "%s: does not say who signs in: %s", name, got)
	}
}
