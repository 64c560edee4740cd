// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// The whole text of every problem with profiles, as it is read.
func TestProfileProblems(t *testing.T) {
	t.Parallel()
	keys := file(t, `{"authEncrypt": "false", "profiles": [{"name": "half", "accessKeyId": "ak-secret"}, {"name": "place", "region": "r-9"}, {"name": "sso", "mode": "SSO"},
	  {"name": "delegated", "accessKeyId": "x", "secretAccessKey": "y", "agencyName": "a"},
	  {"name": "broken", "accessKeyId": "ak-secret", "secretAccessKey": "sk-secret\n"}]}`)
	chained := file(t, `{"authEncrypt": "false", "profiles": [{"name": "keys", "accessKeyId": "x", "secretAccessKey": "y"},
	  {"name": "bare", "mode": "AssumeRole", "accessKeyId": "x", "secretAccessKey": "y"},
	  {"name": "sourceless", "mode": "AssumeRole", "agencyName": "a", "agencyDomainId": "d"},
	  {"name": "agencyless", "mode": "AssumeRole", "sourceProfile": "keys", "agencyDomainId": "d"},
	  {"name": "orphan", "mode": "AssumeRole", "sourceProfile": "gone", "agencyName": "a", "agencyDomainId": "d"},
	  {"name": "chain", "mode": "AssumeRole", "sourceProfile": "orphan", "agencyName": "a", "agencyDomainId": "d"},
	  {"name": "half", "mode": "AssumeRole", "sourceProfile": "keys", "agencyName": "a"}]}`)
	encrypted := file(t, `{"authEncrypt": true, "current": "keys", "profiles": [{"name": "keys", "accessKeyId": "x", "secretAccessKey": "y"}]}`)
	blank, broken, directory := file(t, "{}"), file(t, `{"profiles": "sk-secret"}`), t.TempDir()
	asked := func(path, name string) string {
		return fmt.Sprintf("shared_config_file = %q; profile = %q", path, name)
	}
	unreadable := func(asked, problem string) string {
		return "The shared configuration file can't be read: " + asked + " asks for a profile in the configuration file of the vendor's CLI: " + problem +
			". Check shared_config_file (HW_SHARED_CONFIG_FILE), or create the file by hcloud configure set."
	}
	const byVariable, content = "shared_config_file (from the environment variable HW_SHARED_CONFIG_FILE)", `{"profiles": [{"secretAccessKey": "sk-secret"}]}`
	gone := "open /does/not/exist: " + absence("/does/not/exist")
	none := func(which string) string {
		return "No such profile: FILE has no " + which + `. It has: "half", "place", "sso", "delegated", "broken". ` +
			"Name one of them in profile (HW_PROFILE), or make one current by hcloud configure set --cli-profile=NAME."
	}
	incomplete := func(name, complaint string) []string {
		return []string{fmt.Sprintf("profile: Incomplete profile: The profile %q in FILE has the mode AssumeRole, but %s. "+
			"Complete it by hcloud configure set, or name a profile with keys, and the agency in an assume_role block.", name, complaint)}
	}
	noAccount := func(name string) []string {
		return []string{fmt.Sprintf("profile: Incomplete agency: The profile %q in FILE names the agency \"a\", but not its account: "+
			"agencyDomainName or agencyDomainId is needed as well. Add one of them to the profile, or name agency and account in an assume_role block.", name)}
	}
	keyless := func(name, mode, add string) []string {
		return []string{fmt.Sprintf("profile: No credentials: The provider block asks for the profile %q in FILE, which has nothing to sign in with: %s, and it has no access key. "+
			"%s, sign in by other arguments of the provider block, "+
			"or leave the choice to the environment: name the profile by HW_PROFILE, which gives region and project then.", name, mode, add)}
	}
	for name, tc := range map[string]problemCase{
		"no such file": {"", "HW_SHARED_CONFIG_FILE=/does/not/exist", []string{"shared_config_file: " + unreadable(byVariable, gone)}},
		"no such file, but a token": {
			`token = "t-secret"`, "HW_PROFILE=x, HW_SHARED_CONFIG_FILE=/does/not/exist",
			[]string{unreadable(byVariable, gone) + "\n\nThe profile is ignored, since the provider signs in by token (token from the configuration)."},
		},
		"a profile in the file's place": {
			fmt.Sprintf("shared_config_file = %q", content), "",
			[]string{unreadable("shared_config_file", "open (a path that looks like the content of a file): "+absence(content))},
		},
		"another file": {
			fmt.Sprintf("shared_config_file = %q; token = %q", broken, "t-secret"), "",
			[]string{"shared_config_file: The shared configuration file can't be read: FILE is not a configuration file of the vendor's CLI (hcloud): " +
				"it is not the JSON that the CLI writes."},
		},
		"a directory in the file's place": {
			fmt.Sprintf("shared_config_file = %q; token = %q", directory, "t-secret"), "",
			[]string{"shared_config_file: " + unreadable("shared_config_file", "FILE is a directory, not a regular file")},
		},
		"no such profile":    {asked(keys, "other") + `; token = "t-secret"`, "", []string{"profile: " + none(`profile "other"`)}},
		"no current profile": {fmt.Sprintf("shared_config_file = %q; token = %q", keys, "t-secret"), "", []string{"shared_config_file: " + none("current profile")}},
		"no profiles": {
			asked(blank, "any") + `; token = "t-secret"`, "",
			[]string{"profile: No such profile: FILE has no profiles. Add one by hcloud configure set --cli-profile=NAME, or name another file in shared_config_file (HW_SHARED_CONFIG_FILE)."},
		},
		"half an agency in a profile":              {fmt.Sprintf("shared_config_file = %q", keys), "HW_PROFILE=delegated", noAccount("delegated")},
		"an agency without its account":            {asked(chained, "half"), "", noAccount("half")},
		"an agency without all":                    {asked(chained, "bare"), "", incomplete("bare", "names neither a source profile (sourceProfile) nor an agency (agencyName)")},
		"an agency without its source":             {asked(chained, "sourceless"), "", incomplete("sourceless", "names no source profile (sourceProfile)")},
		"an agency without its name":               {asked(chained, "agencyless"), "", incomplete("agencyless", "names no agency (agencyName)")},
		"an agency whose source is gone":           {asked(chained, "orphan"), "", incomplete("orphan", `signs in with the profile "gone", which the file does not have`)},
		"an agency whose source has an agency too": {asked(chained, "chain"), "", incomplete("chain", `signs in with the profile "orphan", whose own mode is AssumeRole: one with keys is needed`)},
		"encrypted": {
			fmt.Sprintf("shared_config_file = %q", encrypted), "",
			[]string{"shared_config_file: The profile is encrypted: The vendor's CLI encrypts the keys in FILE so that only it can read them, " +
				`and the profile "keys" in FILE is asked to sign in. Turn that off by the command` +
				"\n\n    hcloud configure set --cli-auth-encrypt=false\n\nand protect the file, or choose another way to sign in."},
		},
		"half a profile": {
			asked(keys, "half"), "",
			[]string{`profile: Incomplete credentials: The profile "half" in FILE has no access key with its secret key. ` +
				"Add them by hcloud configure set --cli-profile=half --cli-access-key=AK --cli-secret-key=SK."},
		},
		"nothing in a configured profile": {
			asked(keys, "place"), "HW_ACCESS_KEY=ak-secret, HW_SECRET_KEY=sk-secret",
			keyless("place", "it has no mode", "Add one by hcloud configure set --cli-profile=place --cli-access-key=AK --cli-secret-key=SK"),
		},
		"nothing in a configured profile of a mode": {
			asked(keys, "sso"), "HW_AUTH_TOKEN=t-secret", keyless("sso", `its mode is "SSO"`, "Get one by hcloud configure sso"),
		},
		"nothing in the profile": {
			"", "HW_PROFILE=place, HW_SHARED_CONFIG_FILE=" + keys,
			[]string{"shared_config_file: No credentials: Neither the configuration nor the environment has something to sign in with, " +
				`and neither has the profile "place" in FILE, which they ask for. ` + WaysToSignIn},
		},
		"a line break in a profile": {
			asked(keys, "broken"), "",
			[]string{`Invalid secret_key: secret_key (from the profile "broken" in FILE) contains a space, a line break or a control character, which it can't. ` +
				"If it comes from a file, remove the line break at its end, with trimspace() for example."},
		},
		"profile and key": {
			asked(keys, "half") + `; access_key = "ak-secret"; secret_key = "sk-secret"`, "",
			[]string{"shared_config_file: " + twoWays("access key (access_key, secret_key) and profile (shared_config_file, profile)")},
		},
	} {
		tc.check(t, name, keys, chained, encrypted, broken, blank, directory)
	}
}

// The whole text of every problem with agencies and identity providers, as it is read.
func TestAgencyProblems(t *testing.T) {
	t.Parallel()
	const needs = "To assume an agency the provider needs "
	const sts, ways = "IAM's token service (STS), which is asked where domain_id names the account, makes no keys that live longer",
		" Lower it, since keys are renewed before their end, however long the run takes; or name the account by domain_name: IAM itself is asked then, and allows up to 86400."
	for name, tc := range map[string]problemCase{
		"identity provider and token": {
			`token = "t-secret"; assume_role_with_oidc { idp_id = "i"; id_token = "secret-id-token"; agency_name = "a"; domain_id = "d" }`, "",
			[]string{"assume_role_with_oidc[0].idp_id: " + twoWays("token (token) and OIDC (assume_role_with_oidc.idp_id, assume_role_with_oidc.id_token)")},
		},
		"half an identity provider": {
			`assume_role_with_oidc { idp_id = "i"; domain_id = "d" }`, "HW_REGION_NAME=r-1",
			[]string{"assume_role_with_oidc[0].idp_id: " + incomplete("assume_role_with_oidc.idp_id is", "OIDC", "assume_role_with_oidc.id_token and assume_role_with_oidc.agency_name",
				"them in the provider block or by HW_ASSUME_ROLE_ID_TOKEN (or HW_ASSUME_ROLE_ID_TOKEN_FILE) and HW_ASSUME_ROLE_AGENCY_NAME")},
		},
		"an identity provider's agency without an account": {
			`assume_role_with_oidc { idp_id = "i"; id_token_file = "f"; agency_name = "a" }`, "",
			[]string{"assume_role_with_oidc[0].idp_id: " + incomplete("assume_role_with_oidc.idp_id and assume_role_with_oidc.id_token_file are", "OIDC",
				"assume_role_with_oidc.domain_id (or domain_name)", "it in the provider block or by HW_ASSUME_ROLE_DOMAIN_ID (or HW_ASSUME_ROLE_DOMAIN_NAME)")},
		},
		"a password of a user's ID": {
			"", "OS_USER_ID=u1, HW_USER_PASSWORD=t-secret, HW_DOMAIN_NAME=d",
			[]string{"Not supported: password (from the environment variable HW_USER_PASSWORD) is set, and the environment variable OS_USER_ID, " +
				"which is one of the provider huaweicloud that this provider does not support: the user who signs in is named by `user_name`, with `domain_name` or `domain_id`. " +
				"Unset it, and set user_name in the provider block or by HW_USER_NAME."},
		},
		"a user's ID that says nothing": {block: `token = "t-secret"`, env: "HW_USER_ID=u1"},
		"a user's ID beside a name":     {env: "HW_USER_ID=u1, HW_USER_NAME=u, HW_USER_PASSWORD=t-secret, HW_DOMAIN_NAME=d"},
		"two ID tokens": {
			`assume_role_with_oidc { idp_id = "i"; id_token = "secret-id-token"; id_token_file = "f"; agency_name = "a"; domain_id = "d" }`, "HW_REGION_NAME=r-1",
			[]string{"assume_role_with_oidc[0].id_token_file: Two ID tokens: assume_role_with_oidc has both id_token and id_token_file: keep one and remove the other."},
		},
		"a region that is not known, for the token service": {
			`token = "t-secret"; region = unknown; assume_role { agency_name = "a"; domain_id = "d" }`, "", []string{"region: " + notKnown("region", "HW_REGION_NAME")},
		},
		"half an agency": {
			`token = "t-secret"; assume_role { duration = 899 }`, "",
			[]string{
				"assume_role[0].duration: Invalid duration: assume_role.duration must be a number of seconds from 900 to 86400.",
				"assume_role[0]: Incomplete agency: " + needs + "agency_name (HW_ASSUME_ROLE_AGENCY_NAME) and " +
					"domain_name or domain_id (HW_ASSUME_ROLE_DOMAIN_NAME or HW_ASSUME_ROLE_DOMAIN_ID) as well.",
			},
		},
		"too long, by the token service": {
			`region = "cn-north-4"; token = "t"; assume_role { agency_name = "a"; domain_id = "d"; duration = 86400 }; assume_role { agency_name = "a"; domain_id = "d"; duration = 43200 }`, "",
			[]string{
				"assume_role[0].duration: Invalid duration: assume_role.duration must be a number of seconds from 900 to 43200. " + sts + "." + ways,
				"assume_role[1].duration: Invalid duration: assume_role.duration must be a number of seconds from 900 to 3600. " + sts + " for a caller with a security token: " +
					"one whose own keys are temporary, those of another agency, an identity provider or an ECS instance for example." + ways,
			},
		},
		"half an agency in the environment": {
			`token = "t-secret"`, "HW_ASSUME_ROLE_AGENCY_NAME=a, HW_ASSUME_ROLE_DURATION=1h",
			[]string{
				"Invalid duration: HW_ASSUME_ROLE_DURATION must be a number of seconds from 900 to 86400.",
				"Incomplete agency: The environment variable HW_ASSUME_ROLE_AGENCY_NAME names an agency. " + needs +
					"domain_name or domain_id (HW_ASSUME_ROLE_DOMAIN_NAME or HW_ASSUME_ROLE_DOMAIN_ID) as well.",
			},
		},
	} {
		tc.check(t, name)
	}
}

// What of the vendor's arguments is not done is refused, with the reason; what asks for nothing is let be.
func TestVendorArguments(t *testing.T) {
	t.Parallel()
	_, diags := resolved(t, `token = "t"; user_id = "x"; tenant_id = "x"; tenant_name = "x"; agency_name = "x"; agency_domain_name = "x"; delegated_project = "x"
		enterprise_project_id = "x"; signing_algorithm = "SM2SM3"; enable_force_new = true; default_tags = { a = "b" }; ignore_tags = ["a"]
		regional = true; skip_check_website_type = true; skip_check_upgrade = false`, "HW_SIGNING_ALGORITHM=HmacSM3, OS_AGENCY_NAME=x")
	var refused []string
	for _, problem := range problems(diags) {
		at, rest, _ := strings.Cut(problem, ": ")
		refused = append(refused, at)
		assert.Check(t, strings.Contains(rest, "that this provider does not support: "), "%s", problem)
	}
	want := []string{
		"user_id", "tenant_id", "tenant_name", "agency_name", "Not supported", "agency_domain_name", "delegated_project",
		"enterprise_project_id", "signing_algorithm", "Not supported", "enable_force_new", "default_tags", "ignore_tags",
	}
	assert.Check(t, is.DeepEqual(want, refused), "refused")

	_, diags = resolved(t, `token = "t"; user_id = ""; signing_algorithm = "HmacSHA256"; enable_force_new = false; regional = true; default_tags = {}; ignore_tags = []`,
		"HW_SIGNING_ALGORITHM=HmacSHA256, HW_ENTERPRISE_PROJECT_ID=x, SKIP_CHECK_UPGRADE=true")
	assert.Check(t, len(diags) <= 0, "what asks for nothing: %s", told(diags))
	_, diags = resolved(t, `token = "t"; user_id = unknown`, "")
	assert.Check(t, is.Len(diags, 1), told(diags))
}

// durationLimits renders what was reported of durations as "path: most".
func durationLimits(diags diag.Diagnostics) []string {
	most := regexp.MustCompile(`^(\S+): Invalid duration: \S+ must be a number of seconds from 900 to (\d+)\..*`)
	limits := problems(diags)
	for i := range limits {
		limits[i] = most.ReplaceAllString(limits[i], "$1: $2")
	}
	return limits
}

// How long an agency's keys may live depends on what makes them. It is checked by validation, and again when more is known.
func TestDurationLimits(t *testing.T) {
	t.Parallel()
	role := func(account string, seconds int) string {
		return fmt.Sprintf(`assume_role { agency_name = "a"; %s = "d"; duration = %d }; `, account, seconds)
	}
	byToken := func(rest string) string {
		return `region = "cn-north-4"; assume_role_with_oidc { idp_id = "i"; id_token = "t"; ` + rest + ` }; `
	}
	const here, token = `region = "cn-north-4"; `, `region = "cn-north-4"; token = "t"; `
	of := func(limits ...string) []string { return limits }
	role0, oidc0 := "assume_role[0].duration: ", "assume_role_with_oidc[0].duration: "
	for name, tc := range map[string]struct {
		block, env string
		validated  []string
		configured []string // nil: as validated
		unknown    bool     // it is not configured then
	}{
		"STS":             {block: token + role("domain_id", 43200)},
		"far too short":   {block: `token = "t"; ` + role("domain_id", -1<<63), validated: of(role0 + "86400")},
		"no STS there":    {block: `token = "t"; region = "eu-west-101"; ` + role("domain_id", 86400)},
		"its own address": {block: `token = "t"; endpoints = { sts = "sts.example" }; ` + role("domain_id", 43201), validated: of(role0 + "43200")},
		"security token": {
			block: here + `access_key = "a"; secret_key = "s"; security_token = "t"; ` + role("domain_id", 3601), validated: of(role0 + "3600"),
		},
		"chain, all at once": {
			block:     token + role("domain_id", 43201) + role("domain_id", 3601) + role("domain_name", 86400) + role("domain_id", 3600) + role("domain_name", 86401),
			validated: of(role0+"43200", "assume_role[1].duration: 3600", "assume_role[4].duration: 86400"),
		},
		"ID token": {
			block: byToken(`agency_name = "a"; domain_id = "d"; duration = 3601`) + role("domain_id", 3601), validated: of(oidc0+"3600", role0+"3600"),
		},
		"ID token, its account by name":                  {block: byToken(`agency_name = "a"; domain_name = "d"; duration = 86400`)},
		"ID token, without an agency":                    {block: byToken(`duration = 86401`), validated: of(oidc0 + "86400")},
		"ECS instance, known when nothing else signs in": {block: here + role("domain_id", 3601), configured: of(role0 + "3600")},
		"key in the environment":                         {block: here + role("domain_id", 3601), env: "HW_ACCESS_KEY=a, HW_SECRET_KEY=s"},
		"temporary key in the environment": {
			block: here + role("domain_id", 3601), env: "HW_ACCESS_KEY=a, HW_SECRET_KEY=s, HW_SECURITY_TOKEN=t", configured: of(role0 + "3600"),
		},
		"region in the environment": {block: `token = "t"; ` + role("domain_id", 43201), env: "HW_REGION_NAME=cn-north-4", validated: of(role0 + "43200")},

		"region not known":  {block: `region = unknown; token = "t"; ` + role("domain_id", 86400), unknown: true},
		"account not known": {block: token + `assume_role { agency_name = "a"; domain_name = "d"; domain_id = unknown; duration = 86400 }`, unknown: true},
		"name not known": {
			block: token + `assume_role { agency_name = "a"; domain_name = unknown; duration = 86400 }`, env: "HW_ASSUME_ROLE_DOMAIN_ID=d", unknown: true,
		},
		"cloud not known":          {block: token + `cloud = unknown; ` + role("domain_id", 86400), unknown: true},
		"addresses not known":      {block: token + `endpoints = unknown; ` + role("domain_id", 86400), unknown: true},
		"address not known":        {block: token + `endpoints = { sts = unknown }; ` + role("domain_id", 86400), unknown: true},
		"security token not known": {block: here + `security_token = unknown; ` + role("domain_id", 43200), unknown: true},
		"duration not known":       {block: token + `assume_role { agency_name = "a"; domain_id = "d"; duration = unknown }`, unknown: true},
		"one known, one not": {
			block:     `region = unknown; token = "t"; assume_role { agency_name = "a"; domain_id = unknown; duration = 43201 }; ` + role("domain_name", 86401),
			validated: of("assume_role[1].duration: 86400"), unknown: true,
		},
	} {
		assert.Check(t, is.DeepEqual(tc.validated, durationLimits(validateDurations(model(t, tc.block), env(tc.env)))), "%s: validated", name)
		if tc.unknown {
			continue
		}
		if tc.configured == nil {
			tc.configured = tc.validated
		}
		_, diags := resolved(t, tc.block, tc.env)
		assert.Check(t, is.DeepEqual(slices.Sorted(slices.Values(tc.configured)), slices.Sorted(slices.Values(durationLimits(diags)))), "%s: configured", name)
	}
}
