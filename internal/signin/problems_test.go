// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The whole text of every problem, as it is read.
func TestResolveProblems(t *testing.T) {
	t.Parallel()
	token := blockModel{"token": str("t")}
	with := func(change func(blockModel)) blockModel {
		m := clone(token)
		change(m)
		return m
	}
	const notAURL = "is not a URL, such as https://api.example.com."
	const twoSlashes = "has http or https where the name of a host belongs: it must be a URL with one colon and two slashes, such as https://api.example.com."
	tests := map[string]struct {
		model blockModel
		env   map[string]string
		want  []string
	}{
		"two configured": {
			model: blockModel{"token": str("t-secret"), "access_key": str("ak-secret"), "secret_key": str("sk-secret")},
			want: []string{
				"More than one way to sign in: The provider block has arguments of more than one way to sign in: " +
					"token (token) and access key (access_key, secret_key). Keep those of one and remove the others.",
			},
		},
		"one and a half configured": {
			model: blockModel{"access_key": str("ak-secret"), "secret_key": str("sk-secret"), "user_name": str("u")},
			want: []string{
				"user_name: More than one way to sign in: The provider block has arguments of more than one way to sign in: " +
					"access key (access_key, secret_key) and password (user_name). Keep those of one and remove the others.",
			},
		},
		"no secret key": {
			model: blockModel{"access_key": str("ak-secret")}, env: map[string]string{"HW_AUTH_TOKEN": "t-secret"},
			want: []string{
				"Incomplete credentials: access_key is set, but to sign in by access key the provider needs secret_key as well: " +
					"set it in the provider block or by HW_SECRET_KEY.",
			},
		},
		"no access key in the environment": {
			env: map[string]string{"HW_SECRET_KEY": "sk-secret"},
			want: []string{
				"Incomplete credentials: secret_key (from the environment variable HW_SECRET_KEY) is set, " +
					"but to sign in by access key the provider needs access_key as well: set it in the provider block or by HW_ACCESS_KEY.",
			},
		},
		"no domain": {
			model: blockModel{"user_name": str("u")}, env: map[string]string{"HW_USER_PASSWORD": "p-secret"},
			want: []string{
				"user_name: Incomplete credentials: user_name and password (from the environment variable HW_USER_PASSWORD) are set, " +
					"but to sign in by password the provider needs domain_name (or domain_id) as well: " +
					"set it in the provider block or by HW_DOMAIN_NAME (or HW_DOMAIN_ID).",
			},
		},
		"neither password nor domain": {
			model: blockModel{"user_name": str("u")},
			want: []string{
				"user_name: Incomplete credentials: user_name is set, but to sign in by password the provider needs " +
					"password and domain_name (or domain_id) as well: set them in the provider block or by HW_USER_PASSWORD and HW_DOMAIN_NAME (or HW_DOMAIN_ID).",
			},
		},
		"two begun in the environment": {
			env: map[string]string{"HW_ACCESS_KEY": "ak-secret", "HW_USER_NAME": "u", "HW_DOMAIN_ID": "d"},
			want: []string{
				"Incomplete credentials: access_key (from the environment variable HW_ACCESS_KEY) is set, " +
					"but to sign in by access key the provider needs secret_key as well: set it in the provider block or by HW_SECRET_KEY.",
				"user_name: Incomplete credentials: user_name (from the environment variable HW_USER_NAME) is set, " +
					"but to sign in by password the provider needs password as well: set it in the provider block or by HW_USER_PASSWORD.",
			},
		},
		"a line break in a token": {
			env: map[string]string{"HW_AUTH_TOKEN": "t-secret\n"},
			want: []string{
				"Invalid token: token (from the environment variable HW_AUTH_TOKEN) contains a space, a line break or a control character, " +
					"which it can't. If it comes from a file, remove the line break at its end, with trimspace() for example.",
			},
		},
		"bad values": {
			model: with(func(m blockModel) {
				m["region"], m["project_id"], m["cloud"] = str("cn-north-4.evil.example/"), str("a/b"), str("https://x")
				m["max_retries"] = types.Int64Value(-1)
			}),
			want: []string{
				`region: Invalid region: region is "cn-north-4.evil.example/", which is not the name of a region, such as cn-north-4.`,
				`project_id: Invalid project ID: project_id is "a/b", which is not the ID of a project: 32 digits and letters from a to f. ` +
					`A project's name belongs into project_name.`,
				"max_retries: Invalid max_retries: max_retries is -1: it must be 0 or more.",
				`cloud: Invalid cloud: cloud is "https://x", which is not a domain name, such as myhuaweicloud.com.`,
			},
		},
		"bad variables": {
			model: token,
			env: map[string]string{
				"HW_REGION_NAME": "A B", "HW_PROJECT_ID": "..", "HW_INSECURE": "maybe", "HW_MAX_RETRIES": "many",
				"HW_CLOUD": "-x", "HW_AUTH_URL": "https://iam example",
			},
			want: []string{
				`region: Invalid region: region (from the environment variable HW_REGION_NAME) is "A B", which is not the name of a region, such as cn-north-4.`,
				`project_id: Invalid project ID: project_id (from the environment variable HW_PROJECT_ID) is "..", which is not the ID of a project: ` +
					`32 digits and letters from a to f. A project's name belongs into project_name.`,
				`insecure: Invalid environment variable: HW_INSECURE is "maybe": it must be true or false.`,
				`max_retries: Invalid environment variable: HW_MAX_RETRIES is "many": it must be a whole number, 0 or more.`,
				`cloud: Invalid cloud: cloud (from the environment variable HW_CLOUD) is "-x", which is not a domain name, such as myhuaweicloud.com.`,
				"auth_url: Invalid auth_url: auth_url (from the environment variable HW_AUTH_URL) " + notAURL,
			},
		},
		"negative retries in the environment": {
			model: token, env: map[string]string{"HW_MAX_RETRIES": "-1"},
			want: []string{`max_retries: Invalid environment variable: HW_MAX_RETRIES is "-1": it must be a whole number, 0 or more.`},
		},
		"unencrypted": {
			model: with(func(m blockModel) { m["endpoints"] = endpoints("apig", "http://apig.example:80/x") }),
			want: []string{
				`endpoints["apig"]: Invalid endpoint: endpoints.apig would send credentials to apig.example:80 unencrypted: ` +
					`use https, or set insecure = true if that is meant.`,
			},
		},
		"addresses": {
			model: with(func(m blockModel) {
				m["auth_url"] = str("ftp://iam.example")
				m["endpoints"] = endpoints("apig", "https://user:p-secret@apig.example", "iam", "https://")
			}),
			want: []string{
				`Invalid endpoint: endpoints.apig has a user name or password in its URL, which is not supported: remove what comes before the @.`,
				`Invalid endpoint: endpoints.iam has no host name: it must be a URL, such as https://api.example.com.`,
				`auth_url: Invalid auth_url: auth_url has the scheme "ftp": only https and http are supported.`,
			},
		},
		"addresses with a slash too few": {
			model: with(func(m blockModel) {
				m["auth_url"] = str("https//iam.example/v3")
				m["endpoints"] = endpoints("apig", "https:/apig.{region}.example", "iam", "HTTP:/iam.example", "sts", "https://https://sts.example")
			}),
			want: []string{
				`endpoints["apig"]: Invalid endpoint: endpoints.apig ` + twoSlashes,
				`endpoints["iam"]: Invalid endpoint: endpoints.iam ` + twoSlashes,
				`endpoints["sts"]: Invalid endpoint: endpoints.sts ` + twoSlashes,
				"auth_url: Invalid auth_url: auth_url " + twoSlashes,
			},
		},
		"empty addresses": {
			model: with(func(m blockModel) { m["endpoints"] = endpoints("apig", "", "iam", "", "sts", "", "vpc", "") }),
			want: []string{
				`endpoints["apig"]: Invalid endpoint: endpoints.apig is empty: give it the address of the service, or leave it out for the default.`,
				`endpoints["iam"]: Invalid endpoint: endpoints.iam is empty: give it the address of the service, or leave it out for the default.`,
				`endpoints["sts"]: Invalid endpoint: endpoints.sts is empty: give it the address of the service, or leave it out for the default.`,
			},
		},
		"the region twice": {
			model: with(func(m blockModel) { m["endpoints"] = endpoints("apig", "{region}.apig-{region}.example") }),
			want: []string{
				`endpoints["apig"]: Invalid endpoint: endpoints.apig has {region} more than once in its host name: keep one.`,
			},
		},
		"passwords in addresses": {
			model: with(func(m blockModel) {
				m["cloud"], m["auth_url"] = str("user:p-secret@example.com"), str("https://user:p-secret@iam.example/v3")
				m["endpoints"] = endpoints("apig", "https://user:p-secret@apig.{region}.{region}.example", "iam", "user:p-secret%@iam.example", "sts", "ftp://sts.example/#p-secret")
			}),
			want: []string{
				"Invalid cloud: cloud is not a domain name, such as myhuaweicloud.com.",
				"Invalid endpoint: endpoints.apig has a user name or password in its URL, which is not supported: remove what comes before the @.",
				"Invalid endpoint: endpoints.iam " + notAURL,
				`Invalid endpoint: endpoints.sts has the scheme "ftp": only https and http are supported.`,
				"Invalid auth_url: auth_url has a user name or password in its URL, which is not supported: remove what comes before the @.",
			},
		},
		"query": {
			model: with(func(m blockModel) { m["auth_url"] = str("https://iam.example/v3?token=t-secret") }),
			want: []string{
				"Invalid auth_url: auth_url has a query or fragment: it must be a base URL, such as https://api.example.com.",
			},
		},
		"everything at once": {
			model: blockModel{"region": str("?"), "access_key": str("ak-secret")}, env: map[string]string{"HW_INSECURE": "x"},
			want: []string{
				`region: Invalid region: region is "?", which is not the name of a region, such as cn-north-4.`,
				`insecure: Invalid environment variable: HW_INSECURE is "x": it must be true or false.`,
				"Incomplete credentials: access_key is set, but to sign in by access key the provider needs secret_key as well: " +
					"set it in the provider block or by HW_SECRET_KEY.",
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := resolve(tc.model, env(tc.env))
			got := problems(diags)
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if text := strings.Join(got, ""); strings.Contains(text, "secret\n") || strings.Contains(text, "-secret") {
				t.Errorf("a problem holds a secret: %s", text)
			}
		})
	}
}

func TestUnknowns(t *testing.T) {
	t.Parallel()
	unknown := types.StringUnknown()
	model := blockModel{
		"region": unknown, "project_id": unknown, "project_name": unknown,
		"access_key": unknown, "secret_key": unknown, "security_token": unknown, "token": unknown, "user_name": unknown, "password": unknown,
		"domain_name": unknown, "domain_id": unknown, "cloud": unknown, "auth_url": unknown, "cacert_file": unknown, "cert": unknown, "key": unknown,
		"shared_config_file": unknown, "profile": unknown, "requests_per_second": types.Float64Unknown(), "max_concurrent_requests": types.Int64Unknown(),
		"assume_role": types.ListUnknown(types.StringType), "assume_role_with_oidc": types.ListUnknown(types.StringType),
		"endpoints": types.MapUnknown(types.StringType), "insecure": types.BoolUnknown(), "max_retries": types.Int64Unknown(),
	}
	var paths []string
	for _, problem := range problems(reports(t, model)) {
		at, _, _ := strings.Cut(problem, ":")
		paths = append(paths, at)
	}
	want := []string{
		"access_key", "secret_key", "security_token", "token", "user_name", "password", "domain_name", "domain_id",
		"shared_config_file", "profile", "assume_role", "assume_role_with_oidc",
		"cloud", "auth_url", "endpoints", "insecure", "cacert_file", "cert", "key", "max_retries", "max_concurrent_requests", "requests_per_second",
	}
	if diff := cmp.Diff(want, paths); diff != "" {
		t.Errorf("unknown arguments (-want +got):\n%s", diff)
	}

	elements := endpoints("vpc", "x").Elements()
	elements["vpc"], elements["apig"] = unknown, unknown
	got := problems(reports(t, blockModel{"endpoints": types.MapValueMust(types.StringType, elements)}))
	if len(got) != 1 || got[0] != `endpoints["apig"]: Provider argument not known yet: The provider's endpoints.apig depends on something that is only known `+
		`after an apply, but the provider needs it to plan. Give it a value that doesn't depend on a resource of the same configuration. `+
		`To create first what it depends on, apply with -target.` {
		t.Errorf("unknown elements: %q", got)
	}
	if got := problems(reports(t, blockModel{"token": unknown})); len(got) != 1 ||
		!strings.Contains(got[0], "or leave it out and set the environment variable HW_AUTH_TOKEN") {
		t.Errorf("unknown token: %q", got)
	}
}

// No problem points at a secret: the CLI would show its line.
func TestProblemsPointAtNoSecret(t *testing.T) {
	t.Parallel()
	secrets := []string{"access_key", "secret_key", "security_token", "token", "password", "key", "assume_role_with_oidc.id_token"}
	for _, a := range arguments {
		var r resolver
		r.fail(a.name, "Wrong", "%s is wrong.", a.name)
		if pointless := problems(r.diags)[0] == "Wrong: "+a.name+" is wrong."; pointless != slices.Contains(secrets, a.name) {
			t.Errorf("%s", problems(r.diags)[0])
		}
	}
}

// No problem points at what belongs in a file either, in whatever argument it is.
func TestProblemsPointAtNoContent(t *testing.T) {
	t.Parallel()
	const jwt, pem = "eyJhbGciOi.eyJzdWIi.secret", "-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----"
	oidc := func(argument, text string) blockModel {
		return blockModel{"assume_role_with_oidc": blocks("assume_role_with_oidc", map[string]attr.Value{argument: str(text)})}
	}
	cert := func(text string) blockModel { return blockModel{"token": str("t"), "cert": str(text)} }
	for name, tc := range map[string]struct {
		model blockModel
		want  string // how the one problem begins
	}{
		"a path":                   {oidc("id_token_file", "/a/token"), "assume_role_with_oidc[0].id_token_file: Incomplete credentials: assume_role_with_oidc.id_token_file is set"},
		"a token for its file":     {oidc("id_token_file", jwt), "Incomplete credentials: assume_role_with_oidc.id_token_file is set"},
		"a token for its provider": {oidc("idp_id", jwt), "Incomplete credentials: assume_role_with_oidc.idp_id is set"},
		"a key for a certificate":  {cert(pem), "Incomplete client certificate: cert is set"},
		"a bare key":               {cert("MC4CAQAwBQYDK2VwBCIEsecret"), "Incomplete client certificate: cert is set"},
		"a profile for its file":   {blockModel{"shared_config_file": str(`{"profiles": "secret"}`)}, "The shared configuration file can't be read: shared_config_file asks"},
		"addresses in one line":    {blockModel{"token": str("t"), "endpoints": endpoints("apig", "", "vpc", "https://user:secret@vpc.example")}, "Invalid endpoint: endpoints.apig is empty"},
	} {
		_, diags := resolve(tc.model, env(nil))
		if got := problems(diags); len(got) != 1 || !strings.HasPrefix(got[0], tc.want) || strings.Contains(got[0], "secret") {
			t.Errorf("%s: %q, want %q", name, got, tc.want)
		}
	}
}
