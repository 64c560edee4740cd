// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// problemCase is a provider block and an environment, with the whole text of every problem. Files are FILE in it.
type problemCase struct {
	block, env string
	want       []string
}

// check compares the problems, and none may hold a secret.
func (tc problemCase) check(t *testing.T, name string, files ...string) {
	t.Helper()
	_, diags := resolved(t, tc.block, tc.env)
	got := problems(diags)
	for i := range got {
		for _, file := range files {
			got[i] = strings.ReplaceAll(got[i], file, "FILE")
		}
	}
	assert.Check(t, is.DeepEqual(tc.want, got), "%s: problems", name)
	assert.Check(t, !regexp.MustCompile(`(ak|sk|t|p|key)-secret|secret-id`).MatchString(told(diags)), "%s: a problem holds a secret: %s", name, got)
}

// incomplete is the problem of who has given one part of a way to sign in, and not another.
func incomplete(given, method, missing, by string) string {
	return fmt.Sprintf("Incomplete credentials: %s set, but to sign in by %s the provider needs %s as well: set %s.", given, method, missing, by)
}

// twoWays is the problem of who has given two ways to sign in.
func twoWays(ways string) string {
	return "More than one way to sign in: The provider block has arguments of more than one way to sign in: " + ways + ". Keep those of one and remove the others."
}

func TestResolveProblems(t *testing.T) {
	t.Parallel()
	const notAURL = "is not a URL, such as https://api.example.com."
	const twoSlashes = "has http or https where the name of a host belongs: it must be a URL with one colon and two slashes, such as https://api.example.com."
	const notARegion = ", which is not the name of a region, such as cn-north-4."
	const notAProject = ", which is not the ID of a project: 32 digits and letters from a to f. A project's name belongs into project_name."
	const userInURL = "has a user name or password in its URL, which is not supported: remove what comes before the @."
	const oneHeader = " contains a space, a line break or a control character, which it can't. " +
		"If it comes from a file, remove the line break at its end, with trimspace() for example."
	const unencrypted = "unencrypted: use https, or set insecure = true if that is meant."
	noSecretKey := incomplete("access_key is", "access key", "secret_key", "it in the provider block or by HW_SECRET_KEY")
	endpoint := func(service, problem string) string {
		return fmt.Sprintf("endpoints[%q]: Invalid endpoint: endpoints.%s %s", service, service, problem)
	}
	empty := func(service string) string {
		return endpoint(service, "is empty: give it the address of the service, or leave it out for the default.")
	}
	for name, tc := range map[string]problemCase{
		"two configured": {
			`token = "t-secret"; access_key = "ak-secret"; secret_key = "sk-secret"`, "", []string{twoWays("token (token) and access key (access_key, secret_key)")},
		},
		"one and a half configured": {
			`access_key = "ak-secret"; secret_key = "sk-secret"; user_name = "u"`, "",
			[]string{"user_name: " + twoWays("access key (access_key, secret_key) and password (user_name)")},
		},
		"no secret key": {`access_key = "ak-secret"`, "HW_AUTH_TOKEN=t-secret", []string{noSecretKey}},
		"no access key in the environment": {
			"", "HW_SECRET_KEY=sk-secret",
			[]string{incomplete("secret_key (from the environment variable HW_SECRET_KEY) is", "access key", "access_key", "it in the provider block or by HW_ACCESS_KEY")},
		},
		"no domain": {
			`user_name = "u"`, "HW_USER_PASSWORD=p-secret",
			[]string{"user_name: " + incomplete("user_name and password (from the environment variable HW_USER_PASSWORD) are", "password",
				"domain_name (or domain_id)", "it in the provider block or by HW_DOMAIN_NAME (or HW_DOMAIN_ID)")},
		},
		"neither password nor domain": {
			`user_name = "u"`, "",
			[]string{"user_name: " + incomplete("user_name is", "password", "password and domain_name (or domain_id)",
				"them in the provider block or by HW_USER_PASSWORD and HW_DOMAIN_NAME (or HW_DOMAIN_ID)")},
		},
		"two begun in the environment": {
			"", "HW_ACCESS_KEY=ak-secret, HW_USER_NAME=u, HW_DOMAIN_ID=d",
			[]string{
				incomplete("access_key (from the environment variable HW_ACCESS_KEY) is", "access key", "secret_key", "it in the provider block or by HW_SECRET_KEY"),
				"user_name: " + incomplete("user_name (from the environment variable HW_USER_NAME) is", "password", "password", "it in the provider block or by HW_USER_PASSWORD"),
			},
		},
		"a line break in a token": {
			"", "HW_AUTH_TOKEN=t-secret\n", []string{"Invalid token: token (from the environment variable HW_AUTH_TOKEN)" + oneHeader},
		},
		"bad values": {
			`access_key = "ak-secret"; region = "cn-north-4.evil.example/"; project_id = "a/b"; cloud = "https://x"; max_retries = -1`, "",
			[]string{
				`region: Invalid region: region is "cn-north-4.evil.example/"` + notARegion,
				`project_id: Invalid project ID: project_id is "a/b"` + notAProject,
				"max_retries: Invalid max_retries: max_retries is -1: it must be 0 or more.",
				`cloud: Invalid cloud: cloud is "https://x", which is not a domain name, such as myhuaweicloud.com.`,
				noSecretKey,
			},
		},
		"bad variables": {
			`token = "t"`, "HW_REGION_NAME=A B, HW_PROJECT_ID=.., HW_INSECURE=maybe, HW_MAX_RETRIES=-1, HW_CLOUD=-x, HW_AUTH_URL=https://iam example",
			[]string{
				`region: Invalid region: region (from the environment variable HW_REGION_NAME) is "A B"` + notARegion,
				`project_id: Invalid project ID: project_id (from the environment variable HW_PROJECT_ID) is ".."` + notAProject,
				`insecure: Invalid environment variable: HW_INSECURE is "maybe": it must be true or false.`,
				`max_retries: Invalid environment variable: HW_MAX_RETRIES is "-1": it must be a whole number, 0 or more.`,
				`cloud: Invalid cloud: cloud (from the environment variable HW_CLOUD) is "-x", which is not a domain name, such as myhuaweicloud.com.`,
				"auth_url: Invalid auth_url: auth_url (from the environment variable HW_AUTH_URL) " + notAURL,
			},
		},
		// Names below localhost may go through a proxy, by the standard library.
		"unencrypted": {
			`token = "t"; auth_url = "http://10.0.0.1"; endpoints = { apig = "http://apig.example:80/x"; iam = "http://x.localhost"; sts = "http://localhost.example" }`, "",
			[]string{
				endpoint("apig", "would send credentials to apig.example:80 "+unencrypted), endpoint("iam", "would send credentials to x.localhost "+unencrypted),
				endpoint("sts", "would send credentials to localhost.example "+unencrypted), "auth_url: Invalid auth_url: auth_url would send credentials to 10.0.0.1 " + unencrypted,
			},
		},
		"addresses": {
			`token = "t"; auth_url = "ftp://iam.example"; endpoints = { apig = "https://user:p-secret@apig.example"; iam = "https://" }`, "",
			[]string{
				"Invalid endpoint: endpoints.apig " + userInURL,
				"Invalid endpoint: endpoints.iam has no host name: it must be a URL, such as https://api.example.com.",
				`auth_url: Invalid auth_url: auth_url has the scheme "ftp": only https and http are supported.`,
			},
		},
		"addresses with a slash too few": {
			`token = "t"; auth_url = "https//iam.example/v3"; endpoints = { apig = "https:/apig.{region}.example"; iam = "HTTP:/iam.example"; sts = "https://https://sts.example" }`, "",
			[]string{endpoint("apig", twoSlashes), endpoint("iam", twoSlashes), endpoint("sts", twoSlashes), "auth_url: Invalid auth_url: auth_url " + twoSlashes},
		},
		"empty addresses": {
			`token = "t"; endpoints = { apig = ""; iam = ""; sts = ""; vpc = "" }`, "", []string{empty("apig"), empty("iam"), empty("sts")},
		},
		"the region twice": {
			`token = "t"; endpoints = { apig = "{region}.apig-{region}.example" }`, "",
			[]string{endpoint("apig", "has {region} more than once in its host name: keep one.")},
		},
		"passwords in addresses": {
			`token = "t"; cloud = "user:p-secret@example.com"; auth_url = "https://user:p-secret@iam.example/v3"
			endpoints = { apig = "https://user:p-secret@apig.{region}.{region}.example"; iam = "user:p-secret%@iam.example"; sts = "ftp://sts.example/#p-secret" }`, "",
			[]string{
				"Invalid cloud: cloud is not a domain name, such as myhuaweicloud.com.",
				"Invalid endpoint: endpoints.apig " + userInURL,
				"Invalid endpoint: endpoints.iam " + notAURL,
				`Invalid endpoint: endpoints.sts has the scheme "ftp": only https and http are supported.`,
				"Invalid auth_url: auth_url " + userInURL,
			},
		},
		"query": {
			`token = "t"; auth_url = "https://iam.example/v3?token=t-secret"`, "",
			[]string{"Invalid auth_url: auth_url has a query or fragment: it must be a base URL, such as https://api.example.com."},
		},
		"half a client certificate": {
			`token = "t-secret"; key = "key-secret"`, "",
			[]string{"Incomplete client certificate: key is set, but a client certificate needs cert as well: set it in the provider block or by OS_CERT."},
		},
	} {
		tc.check(t, name)
	}
}

// No problem points at a secret: the CLI would show its line.
func TestProblemsPointAtNoSecret(t *testing.T) {
	t.Parallel()
	secrets := []string{"access_key", "secret_key", "security_token", "token", "password", "key", "assume_role_with_oidc.id_token"}
	for _, a := range arguments {
		var r resolver
		r.fail(a.name, "Wrong", "%s is wrong.", a.name)
		assert.Check(t, is.Equal(told(r.diags) == "Wrong: "+a.name+" is wrong.", slices.Contains(secrets, a.name)), told(r.diags))
	}
}

// No problem points at what belongs in a file either, in whatever argument it is.
func TestProblemsPointAtNoContent(t *testing.T) {
	t.Parallel()
	const jwt, pem = "eyJhbGciOi.eyJzdWIi.secret", `-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----`
	for name, tc := range map[string]struct {
		block string
		want  string // how the one problem begins
	}{
		"a path": {
			`assume_role_with_oidc { id_token_file = "/a/token" }`,
			"assume_role_with_oidc[0].id_token_file: Incomplete credentials: assume_role_with_oidc.id_token_file is set",
		},
		"a token for its file":     {`assume_role_with_oidc { id_token_file = "` + jwt + `" }`, "Incomplete credentials: assume_role_with_oidc.id_token_file is set"},
		"a token for its provider": {`assume_role_with_oidc { idp_id = "` + jwt + `" }`, "Incomplete credentials: assume_role_with_oidc.idp_id is set"},
		"a key for a certificate":  {`token = "t"; cert = "` + pem + `"`, "Incomplete client certificate: cert is set"},
		"a bare key":               {`token = "t"; cert = "MC4CAQAwBQYDK2VwBCIEsecret"`, "Incomplete client certificate: cert is set"},
		"a profile for its file":   {`shared_config_file = "{\"profiles\": \"secret\"}"`, "The shared configuration file can't be read: shared_config_file asks"},
		"addresses in one line":    {`token = "t"; endpoints = { apig = ""; vpc = "https://user:secret@vpc.example" }`, "Invalid endpoint: endpoints.apig is empty"},
	} {
		_, diags := resolved(t, tc.block, "")
		got := told(diags)
		assert.Check(t, len(diags) == 1 && strings.HasPrefix(got, tc.want) && !strings.Contains(got, "secret"), "%s: %q, want %q", name, got, tc.want)
	}
}
