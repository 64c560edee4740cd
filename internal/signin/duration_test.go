// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"maps"
	"regexp"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// asRole is a block of an agency.
func asRole(account string, seconds int64) map[string]attr.Value {
	return map[string]attr.Value{"agency_name": str("a"), account: str("d"), "duration": types.Int64Value(seconds)}
}

// durationLimits renders what was reported of durations as "path: most".
func durationLimits(diags diag.Diagnostics) []string {
	most := regexp.MustCompile(`^(\S+): Invalid duration: \S+ must be a number of seconds from 900 to (\d+)\.`)
	var limits []string
	for _, problem := range problems(diags) {
		if found := most.FindStringSubmatch(problem); found != nil {
			limits = append(limits, found[1]+": "+found[2])
		} else {
			limits = append(limits, problem)
		}
	}
	return limits
}

// How long an agency's keys may live depends on what makes them. It is checked when
// the configuration is validated, and again when more is known.
func TestDurationLimits(t *testing.T) {
	t.Parallel()
	inSTS, token := str("cn-north-4"), str("t")
	unknown := func(argument string, block map[string]attr.Value) map[string]attr.Value {
		block[argument] = types.StringUnknown()
		return block
	}
	roles := func(each ...map[string]attr.Value) types.List { return blocks("assume_role", each...) }
	byToken := func(role map[string]attr.Value) types.List {
		maps.Copy(role, map[string]attr.Value{"idp_id": str("i"), "id_token": str("t")})
		return blocks("assume_role_with_oidc", role)
	}
	instance := blockModel{"region": inSTS, "assume_role": roles(asRole("domain_id", 3601))}
	for name, tc := range map[string]struct {
		model      blockModel
		env        map[string]string
		validated  []string
		configured []string // nil: as validated
		unknown    bool     // it is not configured then
	}{
		"IAM":             {model: blockModel{"region": inSTS, "token": token, "assume_role": roles(asRole("domain_name", 86400))}},
		"IAM, too long":   {model: blockModel{"region": inSTS, "token": token, "assume_role": roles(asRole("domain_name", 86401))}, validated: []string{"assume_role[0].duration: 86400"}},
		"STS":             {model: blockModel{"region": inSTS, "token": token, "assume_role": roles(asRole("domain_id", 43200))}},
		"STS, too long":   {model: blockModel{"region": inSTS, "token": token, "assume_role": roles(asRole("domain_id", 43201))}, validated: []string{"assume_role[0].duration: 43200"}},
		"STS, too short":  {model: blockModel{"region": inSTS, "token": token, "assume_role": roles(asRole("domain_id", 899))}, validated: []string{"assume_role[0].duration: 43200"}},
		"far too short":   {model: blockModel{"token": token, "assume_role": roles(asRole("domain_id", -1<<63))}, validated: []string{"assume_role[0].duration: 86400"}},
		"no STS there":    {model: blockModel{"region": str("eu-west-101"), "token": token, "assume_role": roles(asRole("domain_id", 86400))}},
		"no region":       {model: blockModel{"token": token, "assume_role": roles(asRole("domain_id", 86400))}},
		"another cloud":   {model: blockModel{"region": inSTS, "cloud": str("cloud.example"), "token": token, "assume_role": roles(asRole("domain_id", 86400))}},
		"its own address": {model: blockModel{"endpoints": endpoints("sts", "sts.example"), "token": token, "assume_role": roles(asRole("domain_id", 43201))}, validated: []string{"assume_role[0].duration: 43200"}},
		"security token":  {model: blockModel{"region": inSTS, "access_key": str("a"), "secret_key": str("s"), "security_token": str("t"), "assume_role": roles(asRole("domain_id", 3601))}, validated: []string{"assume_role[0].duration: 3600"}},
		"chain, all at once": {
			model: blockModel{
				"region": inSTS, "token": token,
				"assume_role": roles(asRole("domain_id", 43201), asRole("domain_id", 3601), asRole("domain_name", 86400), asRole("domain_id", 3600), asRole("domain_name", 86401)),
			},
			validated: []string{"assume_role[0].duration: 43200", "assume_role[1].duration: 3600", "assume_role[4].duration: 86400"},
		},
		"ID token": {
			model:     blockModel{"region": inSTS, "assume_role_with_oidc": byToken(asRole("domain_id", 3601)), "assume_role": roles(asRole("domain_id", 3601))},
			validated: []string{"assume_role_with_oidc[0].duration: 3600", "assume_role[0].duration: 3600"},
		},
		"ID token, its account by name": {model: blockModel{"region": inSTS, "assume_role_with_oidc": byToken(asRole("domain_name", 86400))}},
		"ID token, without an agency": {
			model:     blockModel{"region": inSTS, "assume_role_with_oidc": byToken(map[string]attr.Value{"duration": types.Int64Value(86401)})},
			validated: []string{"assume_role_with_oidc[0].duration: 86400"},
		},
		"ECS instance, known when nothing else signs in": {model: instance, configured: []string{"assume_role[0].duration: 3600"}},
		"key in the environment":                         {model: instance, env: map[string]string{"HW_ACCESS_KEY": "a", "HW_SECRET_KEY": "s"}},
		"temporary key in the environment": {
			model: instance, env: map[string]string{"HW_ACCESS_KEY": "a", "HW_SECRET_KEY": "s", "HW_SECURITY_TOKEN": "t"}, configured: []string{"assume_role[0].duration: 3600"},
		},
		"region in the environment": {
			model: blockModel{"token": token, "assume_role": roles(asRole("domain_id", 43201))}, env: map[string]string{"HW_REGION_NAME": "cn-north-4"},
			validated: []string{"assume_role[0].duration: 43200"},
		},

		"region not known":  {model: blockModel{"region": types.StringUnknown(), "token": token, "assume_role": roles(asRole("domain_id", 86400))}, unknown: true},
		"account not known": {model: blockModel{"region": inSTS, "token": token, "assume_role": roles(unknown("domain_id", asRole("domain_name", 86400)))}, unknown: true},
		"name not known": {
			model: blockModel{"region": inSTS, "token": token, "assume_role": roles(unknown("domain_name", asRole("agency_name", 86400)))},
			env:   map[string]string{"HW_ASSUME_ROLE_DOMAIN_ID": "d"}, unknown: true,
		},
		"cloud not known":          {model: blockModel{"region": inSTS, "cloud": types.StringUnknown(), "token": token, "assume_role": roles(asRole("domain_id", 86400))}, unknown: true},
		"addresses not known":      {model: blockModel{"region": inSTS, "endpoints": types.MapUnknown(types.StringType), "token": token, "assume_role": roles(asRole("domain_id", 86400))}, unknown: true},
		"security token not known": {model: blockModel{"region": inSTS, "security_token": types.StringUnknown(), "assume_role": roles(asRole("domain_id", 43200))}, unknown: true},
		"duration not known": {
			model:   blockModel{"region": inSTS, "token": token, "assume_role": roles(map[string]attr.Value{"agency_name": str("a"), "domain_id": str("d"), "duration": types.Int64Unknown()})},
			unknown: true,
		},
		"one known, one not": {
			model:     blockModel{"region": types.StringUnknown(), "token": token, "assume_role": roles(unknown("domain_id", asRole("agency_name", 43201)), asRole("domain_name", 86401))},
			validated: []string{"assume_role[1].duration: 86400"}, unknown: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(tc.validated, durationLimits(validateDurations(tc.model, env(tc.env)))); diff != "" {
				t.Errorf("validated (-want +got):\n%s", diff)
			}
			if tc.unknown {
				return
			}
			if tc.configured == nil {
				tc.configured = tc.validated
			}
			_, diags := resolve(tc.model, env(tc.env))
			got := durationLimits(diags)
			slices.Sort(got)
			slices.Sort(tc.configured)
			if diff := cmp.Diff(tc.configured, got); diff != "" {
				t.Errorf("configured (-want +got):\n%s", diff)
			}
		})
	}
}

// What is read where a duration is too long: the limit, whose it is, and the two
// ways out.
func TestDurationProblems(t *testing.T) {
	t.Parallel()
	model := blockModel{"region": str("cn-north-4"), "token": str("t"), "assume_role": blocks("assume_role", asRole("domain_id", 86400), asRole("domain_id", 43200))}
	const ways = "Lower it, since keys are renewed before their end, however long the run takes; or name the account by domain_name: IAM itself is asked then, and allows up to 86400."
	want := []string{
		"assume_role[0].duration: Invalid duration: assume_role.duration must be a number of seconds from 900 to 43200. " +
			"IAM's token service (STS), which is asked where domain_id names the account, makes no keys that live longer. " + ways,
		"assume_role[1].duration: Invalid duration: assume_role.duration must be a number of seconds from 900 to 3600. " +
			"IAM's token service (STS), which is asked where domain_id names the account, makes no keys that live longer for a caller with a security token: " +
			"one whose own keys are temporary, those of another agency, an identity provider or an ECS instance for example. " + ways,
	}
	if diff := cmp.Diff(want, problems(validateDurations(model, env(nil)))); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}
