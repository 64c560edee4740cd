// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
)

// Where the token service is asked, and whether IAM stands in for it.
func TestResolveTokenService(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		model    blockModel
		env      map[string]string
		byName   bool
		want     string // "" for none
		optional bool
	}{
		"a region that has it":  {model: blockModel{"region": str("ap-southeast-3")}, want: "https://sts.ap-southeast-3.myhuaweicloud.com/", optional: true},
		"by the environment":    {env: map[string]string{"HW_REGION_NAME": "tr-west-1"}, want: "https://sts.tr-west-1.myhuaweicloud.com/", optional: true},
		"one that has it not":   {model: blockModel{"region": str("eu-west-101")}},
		"a new one":             {model: blockModel{"region": str("xx-new-9")}},
		"no region":             {},
		"another cloud":         {model: blockModel{"region": str("cn-north-4"), "cloud": str("cloud.example")}},
		"the cloud by its name": {model: blockModel{"region": str("cn-north-4"), "cloud": str("MyHuaweiCloud.com")}, want: "https://sts.cn-north-4.myhuaweicloud.com/", optional: true},
		"an address": {
			model: blockModel{"region": str("eu-west-101"), "endpoints": endpoints("sts", "sts.example")}, want: "https://sts.example/",
		},
		"an address, a region not known": {
			model: blockModel{"region": types.StringUnknown(), "endpoints": endpoints("sts", "sts.example")}, want: "https://sts.example/",
		},
		"an account by its name":  {model: blockModel{"region": str("cn-north-4"), "endpoints": endpoints("sts", "sts.example")}, byName: true},
		"by its name, no address": {model: blockModel{"region": str("cn-north-4")}, byName: true},
	} {
		tc.model = clone(tc.model)
		tc.model["token"] = str("t")
		role := asRole("domain_id", 3600)
		if tc.byName {
			role = asRole("domain_name", 3600)
		}
		tc.model["assume_role"] = blocks("assume_role", role)
		s, diags := resolve(tc.model, env(tc.env))
		got := ""
		if s.Auth.STS != nil {
			got = s.Auth.STS.String()
		}
		if diags.HasError() || got != tc.want || s.Auth.STSOptional != tc.optional {
			t.Errorf("%s: %q, optional %t, want %q, %t; %v", name, got, s.Auth.STSOptional, tc.want, tc.optional, problems(diags))
		}
	}
}

// Whoever names an account by its ID reads on the page where the token service is.
func TestProviderPageNamesTokenServiceRegions(t *testing.T) {
	t.Parallel()
	page := pageTemplate(t, "index.md.tmpl")
	for _, region := range tokenServiceRegions {
		if !strings.Contains(page, "`"+region+"`") {
			t.Errorf("the provider's page does not tell of the token service in %s", region)
		}
	}
}
