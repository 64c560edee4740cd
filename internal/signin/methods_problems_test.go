// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// The whole text of every problem with profiles, agencies and identity
// providers, as it is read.
func TestSignInProblems(t *testing.T) {
	t.Parallel()
	token := blockModel{"token": str("t-secret")}
	file := configFile(t, `{"authEncrypt": "false", "profiles": [{"name": "half", "accessKeyId": "ak-secret"}, {"name": "place", "region": "r-9"}, {"name": "sso", "mode": "SSO"},
	  {"name": "delegated", "accessKeyId": "x", "secretAccessKey": "y", "agencyName": "a"},
	  {"name": "broken", "accessKeyId": "ak-secret", "secretAccessKey": "sk-secret\n"}]}`)
	chained := configFile(t, `{"authEncrypt": "false", "profiles": [{"name": "keys", "accessKeyId": "x", "secretAccessKey": "y"},
	  {"name": "bare", "mode": "AssumeRole", "accessKeyId": "x", "secretAccessKey": "y"},
	  {"name": "sourceless", "mode": "AssumeRole", "agencyName": "a", "agencyDomainId": "d"},
	  {"name": "agencyless", "mode": "AssumeRole", "sourceProfile": "keys", "agencyDomainId": "d"},
	  {"name": "orphan", "mode": "AssumeRole", "sourceProfile": "gone", "agencyName": "a", "agencyDomainId": "d"},
	  {"name": "chain", "mode": "AssumeRole", "sourceProfile": "orphan", "agencyName": "a", "agencyDomainId": "d"},
	  {"name": "half", "mode": "AssumeRole", "sourceProfile": "keys", "agencyName": "a"}]}`)
	incomplete := func(name, complaint string) []string {
		return []string{fmt.Sprintf("profile: Incomplete profile: The profile %q in FILE has the mode AssumeRole, but %s. "+
			"Complete it by hcloud configure set, or name a profile with keys, and the agency in an assume_role block.", name, complaint)}
	}
	encrypted := configFile(t, `{"authEncrypt": true, "current": "keys", "profiles": [{"name": "keys", "accessKeyId": "x", "secretAccessKey": "y"}]}`)
	blank := configFile(t, "{}")
	directory := t.TempDir()
	broken := configFile(t, `{"profiles": "sk-secret"}`)
	role := func(given map[string]attr.Value) blockModel {
		m := clone(token)
		m["assume_role"] = blocks("assume_role", given)
		return m
	}
	oidc := func(given map[string]attr.Value) blockModel {
		return blockModel{"assume_role_with_oidc": blocks("assume_role_with_oidc", given)}
	}
	tests := map[string]struct {
		model blockModel
		env   map[string]string
		want  []string
	}{
		"no such file": {
			env: map[string]string{"HW_SHARED_CONFIG_FILE": "/does/not/exist"},
			want: []string{
				"shared_config_file: The shared configuration file can't be read: shared_config_file (from the environment variable HW_SHARED_CONFIG_FILE) " +
					"asks for a profile in the configuration file of the vendor's CLI: open /does/not/exist: no such file or directory. " +
					"Check shared_config_file (HW_SHARED_CONFIG_FILE), or create the file by hcloud configure set.",
			},
		},
		"no such file, but a token": {
			model: token, env: map[string]string{"HW_PROFILE": "x", "HW_SHARED_CONFIG_FILE": "/does/not/exist"},
			want: []string{
				"The shared configuration file can't be read: shared_config_file (from the environment variable HW_SHARED_CONFIG_FILE) " +
					"asks for a profile in the configuration file of the vendor's CLI: open /does/not/exist: no such file or directory. " +
					"Check shared_config_file (HW_SHARED_CONFIG_FILE), or create the file by hcloud configure set.\n\n" +
					"The profile is ignored, since the provider signs in by token (token from the configuration).",
			},
		},
		"a profile in the file's place": {
			model: blockModel{"shared_config_file": str(`{"profiles": [{"secretAccessKey": "sk-secret"}]}`)},
			want: []string{
				"The shared configuration file can't be read: shared_config_file asks for a profile in the configuration file of the vendor's CLI: " +
					"open (a path that looks like the content of a file): no such file or directory. " +
					"Check shared_config_file (HW_SHARED_CONFIG_FILE), or create the file by hcloud configure set.",
			},
		},
		"another file": {
			model: blockModel{"shared_config_file": str(broken), "token": str("t-secret")},
			want: []string{
				"shared_config_file: The shared configuration file can't be read: FILE is not a configuration file of the vendor's CLI (hcloud): " +
					"it is not the JSON that the CLI writes.",
			},
		},
		"a directory in the file's place": {
			model: blockModel{"shared_config_file": str(directory), "token": str("t-secret")},
			want: []string{
				"shared_config_file: The shared configuration file can't be read: shared_config_file asks for a profile in the configuration file of the vendor's CLI: " +
					"FILE is a directory, not a regular file. Check shared_config_file (HW_SHARED_CONFIG_FILE), or create the file by hcloud configure set.",
			},
		},
		"no such profile": {
			model: blockModel{"shared_config_file": str(file), "profile": str("other"), "token": str("t-secret")},
			want: []string{
				`profile: No such profile: FILE has no profile "other". It has: "half", "place", "sso", "delegated", "broken". ` +
					"Name one of them in profile (HW_PROFILE), or make one current by hcloud configure set --cli-profile=NAME.",
			},
		},
		"no current profile": {
			model: blockModel{"shared_config_file": str(file), "token": str("t-secret")},
			want: []string{
				`shared_config_file: No such profile: FILE has no current profile. It has: "half", "place", "sso", "delegated", "broken". ` +
					"Name one of them in profile (HW_PROFILE), or make one current by hcloud configure set --cli-profile=NAME.",
			},
		},
		"no profiles": {
			model: blockModel{"shared_config_file": str(blank), "profile": str("any"), "token": str("t-secret")},
			want: []string{
				"profile: No such profile: FILE has no profiles. Add one by hcloud configure set --cli-profile=NAME, or name another file in shared_config_file (HW_SHARED_CONFIG_FILE).",
			},
		},
		"half an agency in a profile": {
			model: blockModel{"shared_config_file": str(file)}, env: map[string]string{"HW_PROFILE": "delegated"},
			want: []string{
				`profile: Incomplete agency: The profile "delegated" in FILE names the agency "a", but not its account: agencyDomainName or agencyDomainId is needed as well. ` +
					"Add one of them to the profile, or name agency and account in an assume_role block.",
			},
		},
		"a profile of an agency without all": {
			model: blockModel{"shared_config_file": str(chained), "profile": str("bare")},
			want:  incomplete("bare", "names neither a source profile (sourceProfile) nor an agency (agencyName)"),
		},
		"a profile of an agency without its source": {
			model: blockModel{"shared_config_file": str(chained), "profile": str("sourceless")}, want: incomplete("sourceless", "names no source profile (sourceProfile)"),
		},
		"a profile of an agency without its name": {
			model: blockModel{"shared_config_file": str(chained), "profile": str("agencyless")}, want: incomplete("agencyless", "names no agency (agencyName)"),
		},
		"a profile of an agency whose source is gone": {
			model: blockModel{"shared_config_file": str(chained), "profile": str("orphan")},
			want:  incomplete("orphan", `signs in with the profile "gone", which the file does not have`),
		},
		"a profile of an agency whose source is one too": {
			model: blockModel{"shared_config_file": str(chained), "profile": str("chain")},
			want:  incomplete("chain", `signs in with the profile "orphan", whose own mode is AssumeRole: one with keys is needed`),
		},
		"a profile of an agency without its account": {
			model: blockModel{"shared_config_file": str(chained), "profile": str("half")},
			want: []string{
				`profile: Incomplete agency: The profile "half" in FILE names the agency "a", but not its account: agencyDomainName or agencyDomainId is needed as well. ` +
					"Add one of them to the profile, or name agency and account in an assume_role block.",
			},
		},
		"encrypted": {
			model: blockModel{"shared_config_file": str(encrypted)},
			want: []string{
				"shared_config_file: The profile is encrypted: The vendor's CLI encrypts the keys in FILE so that only it can read them, " +
					`and the profile "keys" in FILE is asked to sign in. Turn that off by the command` +
					"\n\n    hcloud configure set --cli-auth-encrypt=false\n\nand protect the file, or choose another way to sign in.",
			},
		},
		"half a profile": {
			model: blockModel{"shared_config_file": str(file), "profile": str("half")},
			want: []string{
				`profile: Incomplete credentials: The profile "half" in FILE has no access key with its secret key. ` +
					"Add them by hcloud configure set --cli-profile=half --cli-access-key=AK --cli-secret-key=SK.",
			},
		},
		"nothing in a configured profile": {
			model: blockModel{"shared_config_file": str(file), "profile": str("place")},
			env:   map[string]string{"HW_ACCESS_KEY": "ak-secret", "HW_SECRET_KEY": "sk-secret"},
			want: []string{
				`profile: No credentials: The provider block asks for the profile "place" in FILE, which has nothing to sign in with: it has no mode, and it has no access key. ` +
					"Add one by hcloud configure set --cli-profile=place --cli-access-key=AK --cli-secret-key=SK, sign in by other arguments of the provider block, " +
					"or leave the choice to the environment: name the profile by HW_PROFILE, which gives region and project then.",
			},
		},
		"nothing in a configured profile of a mode": {
			model: blockModel{"shared_config_file": str(file), "profile": str("sso")}, env: map[string]string{"HW_AUTH_TOKEN": "t-secret"},
			want: []string{
				`profile: No credentials: The provider block asks for the profile "sso" in FILE, which has nothing to sign in with: its mode is "SSO", and it has no access key. ` +
					"Get one by hcloud configure sso, sign in by other arguments of the provider block, " +
					"or leave the choice to the environment: name the profile by HW_PROFILE, which gives region and project then.",
			},
		},
		"nothing in the profile": {
			env: map[string]string{"HW_SHARED_CONFIG_FILE": file, "HW_PROFILE": "place"},
			want: []string{
				"shared_config_file: No credentials: Neither the configuration nor the environment has something to sign in with, " +
					`and neither has the profile "place" in FILE, which they ask for. ` + WaysToSignIn,
			},
		},
		"a line break in a profile": {
			model: blockModel{"shared_config_file": str(file), "profile": str("broken")},
			want: []string{
				`Invalid secret_key: secret_key (from the profile "broken" in FILE) contains a space, a line break or a control character, which it can't. ` +
					"If it comes from a file, remove the line break at its end, with trimspace() for example.",
			},
		},
		"profile and key": {
			model: blockModel{"shared_config_file": str(file), "profile": str("half"), "access_key": str("ak-secret"), "secret_key": str("sk-secret")},
			want: []string{
				"shared_config_file: More than one way to sign in: The provider block has arguments of more than one way to sign in: " +
					"access key (access_key, secret_key) and profile (shared_config_file, profile). Keep those of one and remove the others.",
			},
		},
		"identity provider and token": {
			model: func() blockModel { m := oidc(completeOIDC); m["token"] = str("t-secret"); return m }(),
			want: []string{
				"assume_role_with_oidc[0].idp_id: More than one way to sign in: The provider block has arguments of more than one way to sign in: " +
					"token (token) and OIDC (assume_role_with_oidc.idp_id, assume_role_with_oidc.id_token). Keep those of one and remove the others.",
			},
		},
		"half an identity provider": {
			model: oidc(map[string]attr.Value{"idp_id": str("i"), "domain_id": str("d")}), env: map[string]string{"HW_REGION_NAME": "r-1"},
			want: []string{
				"assume_role_with_oidc[0].idp_id: Incomplete credentials: assume_role_with_oidc.idp_id is set, but to sign in by OIDC the provider needs " +
					"assume_role_with_oidc.id_token and assume_role_with_oidc.agency_name as well: set them in the provider block or by " +
					"HW_ASSUME_ROLE_ID_TOKEN (or HW_ASSUME_ROLE_ID_TOKEN_FILE) and HW_ASSUME_ROLE_AGENCY_NAME.",
			},
		},
		"an identity provider's agency without an account": {
			model: oidc(map[string]attr.Value{"idp_id": str("i"), "id_token_file": str("f"), "agency_name": str("a")}),
			want: []string{
				"assume_role_with_oidc[0].idp_id: Incomplete credentials: assume_role_with_oidc.idp_id and assume_role_with_oidc.id_token_file are set, but to sign in by OIDC " +
					"the provider needs assume_role_with_oidc.domain_id (or domain_name) as well: set it in the provider block or by " +
					"HW_ASSUME_ROLE_DOMAIN_ID (or HW_ASSUME_ROLE_DOMAIN_NAME).",
			},
		},
		"a password of a user's ID": {
			env: map[string]string{"OS_USER_ID": "u1", "HW_USER_PASSWORD": "t-secret", "HW_DOMAIN_NAME": "d"},
			want: []string{
				"Not supported: password (from the environment variable HW_USER_PASSWORD) is set, and the environment variable OS_USER_ID, " +
					"which is one of the provider huaweicloud that this provider does not support: the user who signs in is named by `user_name`, with `domain_name` or `domain_id`. " +
					"Unset it, and set user_name in the provider block or by HW_USER_NAME.",
			},
		},
		"a user's ID that says nothing": {
			model: token, env: map[string]string{"HW_USER_ID": "u1"},
		},
		"a user's ID beside a name": {
			env: map[string]string{"HW_USER_ID": "u1", "HW_USER_NAME": "u", "HW_USER_PASSWORD": "t-secret", "HW_DOMAIN_NAME": "d"},
		},
		"two ID tokens": {
			model: oidc(map[string]attr.Value{
				"idp_id": str("i"), "id_token": str("secret-id-token"), "id_token_file": str("f"), "agency_name": str("a"), "domain_id": str("d"),
			}), env: map[string]string{"HW_REGION_NAME": "r-1"},
			want: []string{
				"assume_role_with_oidc[0].id_token_file: Two ID tokens: assume_role_with_oidc has both id_token and id_token_file: keep one and remove the other.",
			},
		},
		"a region that is not known, for the token service": {
			model: func() blockModel {
				m := role(map[string]attr.Value{"agency_name": str("a"), "domain_id": str("d")})
				m["region"] = types.StringUnknown()
				return m
			}(),
			want: []string{
				"region: Provider argument not known yet: The provider's region depends on something that is only known after an apply, " +
					"but the provider needs it to plan. Give it a value that doesn't depend on a resource of the same configuration, " +
					"or leave it out and set the environment variable HW_REGION_NAME. To create first what it depends on, apply with -target.",
			},
		},
		"half an agency": {
			model: role(map[string]attr.Value{"duration": types.Int64Value(899)}),
			want: []string{
				"assume_role[0].duration: Invalid duration: assume_role.duration must be a number of seconds from 900 to 86400.",
				"assume_role[0]: Incomplete agency: To assume an agency the provider needs agency_name (HW_ASSUME_ROLE_AGENCY_NAME) and " +
					"domain_name or domain_id (HW_ASSUME_ROLE_DOMAIN_NAME or HW_ASSUME_ROLE_DOMAIN_ID) as well.",
			},
		},
		"half an agency in the environment": {
			model: token, env: map[string]string{"HW_ASSUME_ROLE_AGENCY_NAME": "a", "HW_ASSUME_ROLE_DURATION": "1h"},
			want: []string{
				"Invalid duration: HW_ASSUME_ROLE_DURATION must be a number of seconds from 900 to 86400.",
				"Incomplete agency: The environment variable HW_ASSUME_ROLE_AGENCY_NAME names an agency. " +
					"To assume an agency the provider needs domain_name or domain_id (HW_ASSUME_ROLE_DOMAIN_NAME or HW_ASSUME_ROLE_DOMAIN_ID) as well.",
			},
		},
		"unencrypted token service": {
			model: func() blockModel {
				m := clone(token)
				m["endpoints"] = endpoints("sts", "http://sts.example")
				return m
			}(),
			want: []string{
				`endpoints["sts"]: Invalid endpoint: endpoints.sts would send credentials to sts.example unencrypted: use https, or set insecure = true if that is meant.`,
			},
		},
		"half a client certificate": {
			model: func() blockModel { m := clone(token); m["key"] = str("key-secret"); return m }(),
			want: []string{
				"Incomplete client certificate: key is set, but a client certificate needs cert as well: set it in the provider block or by OS_CERT.",
			},
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, diags := resolve(tc.model, env(tc.env))
			var got []string
			for _, problem := range problems(diags) {
				for _, path := range []string{file, chained, encrypted, broken, blank, directory} {
					problem = strings.ReplaceAll(problem, path, "FILE")
				}
				got = append(got, problem)
			}
			if diff := cmp.Diff(tc.want, got); diff != "" {
				t.Errorf("problems (-want +got):\n%s", diff)
			}
			if text := strings.Join(got, ""); regexp.MustCompile(`(ak|sk|t|key)-secret|secret-id`).MatchString(text) {
				t.Errorf("a problem holds a secret: %s", text)
			}
		})
	}
}

// What of the vendor's arguments is not done is refused, with the reason; what
// asks for nothing is let be.
func TestVendorArguments(t *testing.T) {
	t.Parallel()
	tags := types.MapValueMust(types.StringType, map[string]attr.Value{"a": str("b")})
	keys := types.ListValueMust(types.StringType, []attr.Value{str("a")})
	full := blockModel{
		"token":   str("t"),
		"user_id": str("x"), "tenant_id": str("x"), "tenant_name": str("x"), "agency_name": str("x"), "agency_domain_name": str("x"), "delegated_project": str("x"),
		"enterprise_project_id": str("x"), "signing_algorithm": str("SM2SM3"), "enable_force_new": types.BoolValue(true), "default_tags": tags, "ignore_tags": keys,
		"regional": types.BoolValue(true), "skip_check_website_type": types.BoolValue(true), "skip_check_upgrade": types.BoolValue(false),
	}
	_, diags := resolve(full, env(map[string]string{"HW_SIGNING_ALGORITHM": "HmacSM3", "OS_AGENCY_NAME": "x"}))
	var refused []string
	for _, problem := range problems(diags) {
		at, rest, _ := strings.Cut(problem, ": ")
		refused = append(refused, at)
		if !strings.Contains(rest, "that this provider does not support: ") {
			t.Errorf("%s", problem)
		}
	}
	want := []string{
		"user_id", "tenant_id", "tenant_name", "agency_name", "Not supported", "agency_domain_name", "delegated_project",
		"enterprise_project_id", "signing_algorithm", "Not supported", "enable_force_new", "default_tags", "ignore_tags",
	}
	if diff := cmp.Diff(want, refused); diff != "" {
		t.Errorf("refused (-want +got):\n%s", diff)
	}

	empty := blockModel{
		"token":   str("t"),
		"user_id": str(""), "signing_algorithm": str("HmacSHA256"), "enable_force_new": types.BoolValue(false), "regional": types.BoolValue(true),
		"default_tags": types.MapValueMust(types.StringType, nil), "ignore_tags": types.ListValueMust(types.StringType, nil),
	}
	_, diags = resolve(empty, env(map[string]string{
		"HW_SIGNING_ALGORITHM": "HmacSHA256", "HW_ENTERPRISE_PROJECT_ID": "x", "SKIP_CHECK_UPGRADE": "true",
	}))
	if len(diags) > 0 {
		t.Errorf("what asks for nothing: %v", problems(diags))
	}
	_, diags = resolve(blockModel{"token": str("t"), "user_id": types.StringUnknown()}, env(nil))
	if len(diags) != 1 {
		t.Errorf("what is not known: %v", problems(diags))
	}
}

// Each unknown argument of a block is told by name.
func TestUnknownsInBlocks(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"assume_role", "assume_role_with_oidc"} {
		arguments := argumentsOf(kind)
		model := blockModel{}
		given := map[string]attr.Value{}
		for _, argument := range arguments {
			given[argument.local()] = types.StringUnknown()
		}
		given["duration"] = types.Int64Unknown()
		if kind == "assume_role" {
			model["assume_role"] = blocks(kind, map[string]attr.Value{"agency_name": str("a")}, given)
		} else {
			model["assume_role_with_oidc"] = blocks(kind, map[string]attr.Value{"agency_name": str("a")}, given)
		}
		got := problems(reports(t, model))
		if len(got) != len(arguments) {
			t.Errorf("%s: %q", kind, got)
			continue
		}
		for i, argument := range arguments {
			if !strings.HasPrefix(got[i], kind+"[1]."+argument.local()+": ") || !strings.Contains(got[i], "The provider's "+argument.name+" depends") ||
				!strings.Contains(got[i], argument.variable()) {
				t.Errorf("%s", got[i])
			}
		}
	}
}
