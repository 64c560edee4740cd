// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"strings"
	"testing"
)

// Where the token service is asked, and whether IAM stands in for it.
func TestResolveTokenService(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		block, env string
		byName     bool
		want       string // "" for none
		optional   bool
	}{
		"a region that has it":  {block: `region = "ap-southeast-3"`, want: "https://sts.ap-southeast-3.myhuaweicloud.com/", optional: true},
		"by the environment":    {env: "HW_REGION_NAME=tr-west-1", want: "https://sts.tr-west-1.myhuaweicloud.com/", optional: true},
		"one that has it not":   {block: `region = "eu-west-101"`},
		"a new one":             {block: `region = "xx-new-9"`},
		"no region":             {},
		"another cloud":         {block: `region = "cn-north-4"; cloud = "cloud.example"`},
		"the cloud by its name": {block: `region = "cn-north-4"; cloud = "MyHuaweiCloud.com"`, want: "https://sts.cn-north-4.myhuaweicloud.com/", optional: true},
		"an address":            {block: `region = "eu-west-101"; endpoints = { sts = "sts.example" }`, want: "https://sts.example/"},
		"an address, a region not known": {
			block: `region = unknown; endpoints = { sts = "sts.example" }`, want: "https://sts.example/",
		},
		"an account by its name":  {block: `region = "cn-north-4"; endpoints = { sts = "sts.example" }`, byName: true},
		"by its name, no address": {block: `region = "cn-north-4"`, byName: true},
	} {
		account := "domain_id"
		if tc.byName {
			account = "domain_name"
		}
		s, diags := resolved(t, tc.block+`; token = "t"; assume_role { agency_name = "a"; `+account+` = "d" }`, tc.env)
		got := ""
		if s.Auth.STS != nil {
			got = s.Auth.STS.String()
		}
		if diags.HasError() || got != tc.want || s.Auth.STSOptional != tc.optional {
			t.Errorf("%s: %q, optional %t, want %q, %t; %s", name, got, s.Auth.STSOptional, tc.want, tc.optional, told(diags))
		}
	}
}

// Whoever names an account by its ID reads on the page where the token service is.
func TestProviderPageNamesTokenServiceRegions(t *testing.T) {
	t.Parallel()
	page := read(t, "../../templates/index.md.tmpl")
	for _, region := range tokenServiceRegions {
		if !strings.Contains(page, "`"+region+"`") {
			t.Errorf("the provider's page does not tell of the token service in %s", region)
		}
	}
}
