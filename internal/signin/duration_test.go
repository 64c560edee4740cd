// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"regexp"
	"slices"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// durationLimits renders what was reported of durations as "path: most".
func durationLimits(diags diag.Diagnostics) []string {
	most := regexp.MustCompile(`^(\S+): Invalid duration: \S+ must be a number of seconds from 900 to (\d+)\..*`)
	limits := problems(diags)
	for i := range limits {
		limits[i] = most.ReplaceAllString(limits[i], "$1: $2")
	}
	return limits
}

// How long an agency's keys may live depends on what makes them. It is checked when
// the configuration is validated, and again when more is known.
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
		"IAM":             {block: token + role("domain_name", 86400)},
		"IAM, too long":   {block: token + role("domain_name", 86401), validated: of(role0 + "86400")},
		"STS":             {block: token + role("domain_id", 43200)},
		"STS, too long":   {block: token + role("domain_id", 43201), validated: of(role0 + "43200")},
		"STS, too short":  {block: token + role("domain_id", 899), validated: of(role0 + "43200")},
		"far too short":   {block: `token = "t"; ` + role("domain_id", -1<<63), validated: of(role0 + "86400")},
		"no STS there":    {block: `token = "t"; region = "eu-west-101"; ` + role("domain_id", 86400)},
		"no region":       {block: `token = "t"; ` + role("domain_id", 86400)},
		"another cloud":   {block: token + `cloud = "cloud.example"; ` + role("domain_id", 86400)},
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

// What is read where a duration is too long: the limit, whose it is, and the two
// ways out.
func TestDurationProblems(t *testing.T) {
	t.Parallel()
	block := `region = "cn-north-4"; token = "t"; assume_role { agency_name = "a"; domain_id = "d"; duration = 86400 }; assume_role { agency_name = "a"; domain_id = "d"; duration = 43200 }`
	const sts, ways = "IAM's token service (STS), which is asked where domain_id names the account, makes no keys that live longer",
		" Lower it, since keys are renewed before their end, however long the run takes; or name the account by domain_name: IAM itself is asked then, and allows up to 86400."
	want := []string{
		"assume_role[0].duration: Invalid duration: assume_role.duration must be a number of seconds from 900 to 43200. " + sts + "." + ways,
		"assume_role[1].duration: Invalid duration: assume_role.duration must be a number of seconds from 900 to 3600. " + sts + " for a caller with a security token: " +
			"one whose own keys are temporary, those of another agency, an identity provider or an ECS instance for example." + ways,
	}
	assert.Check(t, is.DeepEqual(want, problems(validateDurations(model(t, block), env("")))), "problems")
}
