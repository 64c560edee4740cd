// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"maps"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

const otherClouds = "../../examples/other-clouds"

// cloudHosts are the base addresses that each example must resolve to.
type cloudHosts struct{ APIG, IAM string }

var otherCloudHosts = map[string]cloudHosts{
	"abu-dhabi":       {"https://apig.ae-ad-1.g42cloud.com/", "https://iam.ae-ad-1.g42cloud.com/v3"},
	"cloud-ru":        {"https://apig.ru-moscow-1.hc.sbercloud.ru/", "https://iam.ru-moscow-1.hc.sbercloud.ru/v3"},
	"flexible-engine": {"https://apig.eu-west-0.prod-cloud-ocb.orange-business.com/", "https://iam.eu-west-0.prod-cloud-ocb.orange-business.com/v3"},
	"istanbul":        {"https://apig.tr-west-1.myhuaweicloud.com/", "https://iam.tr-west-1.myhuaweicloud.com/v3"},
	"kuala-lumpur":    {"https://apig.my-kualalumpur-1.alphaedge.tmone.com.my/", "https://iam.my-kualalumpur-1.alphaedge.tmone.com.my/v3"},
	"own-addresses":   {"https://apig.region-1.cloud.example.com/", "https://iam.region-1.cloud.example.com/v3"},
	"t-cloud-public":  {"https://apig.eu-de.otc.t-systems.com/", "https://iam.eu-de.otc.t-systems.com/v3"},
}

// The provider block of each cloud finds the gateway API and IAM, and no other
// service: most of these clouds have no STS.
func TestOtherClouds(t *testing.T) {
	t.Parallel()
	directories, err := os.ReadDir(otherClouds)
	if err != nil {
		t.Fatal(err)
	}
	var examples []string
	for _, directory := range directories {
		examples = append(examples, directory.Name())
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(otherCloudHosts)), examples); diff != "" {
		t.Errorf("clouds with a test, and those with an example (-want +got):\n%s", diff)
	}
	for name, want := range otherCloudHosts {
		block := providerBlock(t, name) + "\naccess_key = \"ak\"\nsecret_key = \"sk\""
		// An agency of an account that a name names is IAM's business too.
		for _, agency := range []string{"", `; assume_role { agency_name = "operators"; domain_name = "owner-account" }`} {
			s, diags := resolved(t, block+agency, "")
			if diags.HasError() {
				t.Fatal(told(diags))
			}
			apig, err := s.Endpoint(s.Region.ValueString())
			if err != nil {
				t.Fatal(err)
			}
			if got := (cloudHosts{APIG: apig.String(), IAM: s.Auth.IAM.String()}); got != want || !s.allows(apig.JoinPath("v2")) || s.Auth.STS != nil {
				t.Errorf("%s: at %s, want %s; credentials may go there: %t; STS is at %s", name, got, want, s.allows(apig), s.Auth.STS)
			}
		}
	}
}

// The guide shows every example, and its table has the region and the cloud of each.
func TestOtherCloudsGuide(t *testing.T) {
	t.Parallel()
	guide := read(t, "../../templates/guides/other-clouds.md.tmpl")
	for name := range otherCloudHosts {
		if !strings.Contains(guide, `{{ tffile "examples/other-clouds/`+name+`/provider.tf" }}`) {
			t.Errorf("the guide does not show the example %s", name)
		}
		if name == "own-addresses" {
			continue // of no real cloud
		}
		block := model(t, providerBlock(t, name))
		cell := "the default"
		if cloud := as[types.String](block, "cloud").ValueString(); cloud != "" {
			cell = "`" + cloud + "`"
		}
		if row := "| `" + as[types.String](block, "region").ValueString() + "` | " + cell + " |"; !strings.Contains(guide, row) {
			t.Errorf("the guide's table has no row with %s", row)
		}
	}
}

// providerBlock is what is in the one provider block of an example.
func providerBlock(t *testing.T, name string) string {
	t.Helper()
	_, block, ok := strings.Cut(read(t, otherClouds+"/"+name+"/provider.tf"), "provider \"apig\" {\n")
	block, rest, closed := strings.Cut(block, "\n}\n")
	if !ok || !closed || rest != "" {
		t.Fatalf("%s is not one provider block of apig", name)
	}
	return block
}
