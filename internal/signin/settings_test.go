// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"cmp"
	"maps"
	"net/url"
	"os"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/types"
	"gotest.tools/v3/assert"
)

// A configured empty string hides the environment, and an empty variable does not count: what is left are the defaults.
func TestResolveEmptyStrings(t *testing.T) {
	t.Parallel()
	s, diags := resolved(t, `access_key = "ak"; secret_key = "sk"; security_token = ""; region = ""`, "HW_SECURITY_TOKEN=left over, HW_REGION_NAME=r-1, HW_CLOUD=")
	assert.Check(t, !diags.HasError() && s.Auth.SecurityToken == "" && s.Region.IsNull() && s.cloudOf("r-1") == defaultCloud, "%+v, %s", s, told(diags))
	assert.Check(t, s.MaxRetries == 5 && !s.insecure && s.caCert == "", "%+v", s)
}

// Where the project comes from. A profile's is one of its region, and nothing else has one.
func TestResolveProject(t *testing.T) {
	t.Parallel()
	const both = "HW_PROJECT_ID=id-env, HW_PROJECT_NAME=name-env"
	profile := "HW_SHARED_CONFIG_FILE=" + file(t, `{"authEncrypt": "false", "current": "x", "profiles": [{"name": "x", "region": "r-9", "projectId": "p9", "accessKeyId": "a", "secretAccessKey": "s"}]}`)
	for name, tc := range map[string]struct{ block, env, id, name string }{
		"older variables":                 {`token = "t"`, "OS_TENANT_ID=older, OS_PROJECT_ID=old", `"old"`, "<null>"},
		"environment":                     {`token = "t"`, both, `"id-env"`, `"name-env"`},
		"configured name":                 {`token = "t"; project_name = "n"`, both, "<null>", `"n"`},
		"configured ID":                   {`token = "t"; project_id = "i"`, both, `"i"`, "<null>"},
		"unknown name":                    {`token = "t"; project_name = unknown`, both, "<null>", "<unknown>"},
		"unknown ID":                      {`token = "t"; project_id = unknown`, both, "<unknown>", "<null>"},
		"both configured":                 {`token = "t"; project_id = "i"; project_name = "n"`, "", `"i"`, `"n"`},
		"nothing":                         {`token = "t"`, "", "<null>", "<null>"},
		"a profile's, of the same region": {"", profile + ", HW_REGION_NAME=r-9", `"p9"`, "<null>"},
		"another region":                  {"", profile + ", HW_REGION_NAME=r-1", "<null>", "<null>"},
		"a name in the way":               {"", profile + ", HW_PROJECT_NAME=n", "<null>", `"n"`},
		"an empty string":                 {`project_id = ""`, profile, "<null>", "<null>"},
		"a region not known":              {`region = unknown`, profile, "<null>", "<null>"},
	} {
		s, diags := resolved(t, tc.block, tc.env)
		assert.Check(t, !diags.HasError() && s.ProjectID.String() == tc.id && s.ProjectName.String() == tc.name,
			"%s: ID %s, name %s; %s", name, s.ProjectID, s.ProjectName, told(diags))
	}
}

func TestResolveAddresses(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		block     string
		region    string // that is asked for; the provider's if empty
		iam, apig string
	}{
		"region":         {`region = "cn-north-4"`, "", "https://iam.cn-north-4.myhuaweicloud.com/v3", "https://apig.cn-north-4.myhuaweicloud.com/"},
		"another region": {`region = "cn-north-4"`, "ap-southeast-1", "https://iam.cn-north-4.myhuaweicloud.com/v3", "https://apig.ap-southeast-1.myhuaweicloud.com/"},
		"no region":      {"", "cn-north-4", "https://iam.myhuaweicloud.com/v3", "https://apig.cn-north-4.myhuaweicloud.com/"},
		"unknown region": {"region = unknown", "cn-north-4", "https://iam.myhuaweicloud.com/v3", "https://apig.cn-north-4.myhuaweicloud.com/"},
		"the European cloud": {
			`region = "eu-west-101"`, "", "https://iam.eu-west-101.myhuaweicloud.eu/v3", "https://apig.eu-west-101.myhuaweicloud.eu/",
		},
		"the European region with a cloud": {
			`region = "eu-west-101"; cloud = "Example.COM"`, "", "https://iam.eu-west-101.example.com/v3", "https://apig.eu-west-101.example.com/",
		},
		"auth_url without version": {
			`region = "r"; auth_url = "https://iam.example.com:8443/identity/"`, "", "https://iam.example.com:8443/identity/v3", "https://apig.r.myhuaweicloud.com/",
		},
		"auth_url with version": {`region = "r"; auth_url = "https://iam.example.com/v3/"`, "", "https://iam.example.com/v3", "https://apig.r.myhuaweicloud.com/"},
		"auth_url before endpoints": {
			`region = "r"; auth_url = "https://one.example"; endpoints = { iam = "https://two.example" }`, "", "https://one.example/v3", "https://apig.r.myhuaweicloud.com/",
		},
		"endpoints": {
			`region = "r"; endpoints = { iam = "iam.example.com"; apig = "https://apig.example.com/base/"; vpc = "not ours" }`, "",
			"https://iam.example.com/v3", "https://apig.example.com/base/",
		},
		"loopback":         {`region = "r"; endpoints = { iam = "http://127.9.9.9:1"; apig = "http://[::1]:2" }`, "", "http://127.9.9.9:1/v3", "http://[::1]:2/"},
		"loopback by name": {`region = "r"; endpoints = { iam = "http://localhost:1" }`, "", "http://localhost:1/v3", "https://apig.r.myhuaweicloud.com/"},
		"unencrypted, if meant": {
			`region = "r"; insecure = true; endpoints = { apig = "http://gateway.example" }`, "", "https://iam.r.myhuaweicloud.com/v3", "http://gateway.example/",
		},
		"an endpoint and no region": {`endpoints = { apig = "https://apig.example.com" }`, "any", "https://iam.myhuaweicloud.com/v3", "https://apig.example.com/"},
	} {
		s, diags := resolved(t, `token = "t"; `+tc.block, "")
		if diags.HasError() {
			t.Errorf("%s: %s", name, told(diags))
			continue
		}
		apig, err := s.Endpoint(cmp.Or(tc.region, s.Region.ValueString()))
		assert.NilError(t, err)
		assert.Check(t, s.Auth.IAM.String() == tc.iam && apig.String() == tc.apig, "%s: IAM at %s, API at %s", name, s.Auth.IAM, apig)
		// A path that begins with no slash would be joined to the host in messages.
		v2 := apig.JoinPath("v2")
		assert.Check(t, strings.HasPrefix(v2.Path, "/") && s.allows(v2), "%s: the path of %s is relative, or credentials are not allowed there", name, v2)
	}
}

func TestEndpointRefuses(t *testing.T) {
	t.Parallel()
	s := Settings{Region: str("r-1")}
	for _, region := range []string{"", "evil.example/", "a.b", "a@b", "A", "-a", "a b", "..", "a#"} {
		u, err := s.Endpoint(region)
		assert.Check(t, err != nil, "region %q is at %s", region, u)
	}
	s.apig = &url.URL{Scheme: "https", Host: "apig.example.com"}
	_, err := s.Endpoint("r-2")
	assert.Check(t, err != nil && strings.Contains(err.Error(), "its own region, r-1, so that there is none for region r-2"),
		"another region at the provider's own address: %v", err)
}

// Credentials go to addresses of the gateway API alone, by its address in `endpoints`.
func TestSettingsAllow(t *testing.T) {
	t.Parallel()
	const custom, inHost, inPath = "http://127.0.0.1:8080", "https://apig.{region}.example", "https://apig.example/{region}"
	for _, tc := range []struct {
		address, cloud, url string
		want                bool
	}{
		{"", "", "https://apig.r-2.myhuaweicloud.com/v2", true},
		{"", "", "https://apig.eu-west-101.myhuaweicloud.eu", true},
		{"", "", "https://apig.eu-west-101.myhuaweicloud.com", false},
		{"", "example.com", "https://apig.r.myhuaweicloud.com", false},
		{"", "example.com", "https://apig.r.example.com", true},
		{"", "", "http://apig.r-1.myhuaweicloud.com", false},
		{"", "", "https://apig.r-1.myhuaweicloud.com:8443", false},
		{"", "", "https://apig.r-1.myhuaweicloud.com.evil.example", false},
		{"", "", "https://apig.evil.example.r-1.myhuaweicloud.com", false},
		{"", "", "https://vpc.r-1.myhuaweicloud.com", false},
		{custom, "", "http://127.0.0.1:8080/v2", true},
		{custom, "", "http://127.0.0.1:8081/v2", false},
		{custom, "", "https://127.0.0.1:8080/v2", false},
		{custom, "", "https://apig.r-1.myhuaweicloud.com", false},
		{inHost, "", "https://apig.r-1.example/v2", true},
		{"https://APIG.{region}.Example", "", "https://apig.R-1.example/v2", true},
		{"{region}.example:8443", "", "https://r-1.example:8443", true},
		{"https://{region}.example/{region}", "", "https://r-1.example/r-1", true},
		{inPath, "", "https://apig.example/r-1", true},
		{inPath, "", "https://evil.example/r-1", false},
		{inHost, "", "https://apig..example", false},
		{inHost, "", "https://apig.evil.r-1.example", false},
		{inHost, "", "https://evil.r-1.example", false},
		{inHost, "", "https://apig.r-1.example.evil", false},
		{inHost, "", "http://apig.r-1.example", false},
		{inHost, "", "https://apig.r-1.example:8443", false},
	} {
		block := `token = "t"; region = "r-1"; cloud = "` + tc.cloud + `"`
		if tc.address != "" {
			block += `; endpoints = { apig = "` + tc.address + `" }`
		}
		s, diags := resolved(t, block, "")
		u, err := url.Parse(tc.url)
		assert.Check(t, err == nil && !diags.HasError() && s.allows(u) == tc.want, "%+v: %s, %v", tc, told(diags), err)
	}
}

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
		"by the environment":    {env: "HW_REGION_NAME=tr-west-1, OS_REGION_NAME=r-2", want: "https://sts.tr-west-1.myhuaweicloud.com/", optional: true},
		"one that has it not":   {block: `region = "eu-west-101"`},
		"a new one":             {block: `region = "xx-new-9"`},
		"no region":             {},
		"another cloud":         {block: `region = "cn-north-4"; cloud = "cloud.example"`},
		"the cloud by its name": {block: `region = "cn-north-4"; cloud = "MyHuaweiCloud.com"`, want: "https://sts.cn-north-4.myhuaweicloud.com/", optional: true},
		"an address":            {block: `region = "cn-north-4"; endpoints = { sts = "sts.example" }`, want: "https://sts.example/"},
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
		assert.Check(t, !diags.HasError() && got == tc.want && s.Auth.STSOptional == tc.optional,
			"%s: %q, optional %t, want %q, %t; %s", name, got, s.Auth.STSOptional, tc.want, tc.optional, told(diags))
	}
}

// Whoever names an account by its ID reads on the page where the token service is.
func TestProviderPageNamesTokenServiceRegions(t *testing.T) {
	t.Parallel()
	page := read(t, "../../templates/index.md.tmpl")
	for _, region := range tokenServiceRegions {
		assert.Check(t, strings.Contains(page, "`"+region+"`"), "the provider's page does not tell of the token service in %s", region)
	}
}

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

// The provider block of each cloud finds the gateway API and IAM, and no other service: most of these clouds have no STS.
func TestOtherClouds(t *testing.T) {
	t.Parallel()
	directories, err := os.ReadDir(otherClouds)
	assert.NilError(t, err)
	var examples []string
	for _, directory := range directories {
		examples = append(examples, directory.Name())
	}
	tested := slices.Sorted(maps.Keys(otherCloudHosts))
	assert.Check(t, slices.Equal(tested, examples), "clouds with a test are %q, and those with an example %q", tested, examples)
	for name, want := range otherCloudHosts {
		block := providerBlock(t, name) + "\naccess_key = \"ak\"\nsecret_key = \"sk\""
		// An agency of an account that a name names is IAM's business too.
		for _, agency := range []string{"", `; assume_role { agency_name = "operators"; domain_name = "owner-account" }`} {
			s, diags := resolved(t, block+agency, "")
			assert.Assert(t, !diags.HasError(), told(diags))
			apig, err := s.Endpoint(s.Region.ValueString())
			assert.NilError(t, err)
			got := (cloudHosts{APIG: apig.String(), IAM: s.Auth.IAM.String()})
			assert.Check(t, got == want && s.allows(apig.JoinPath("v2")) && s.Auth.STS == nil,
				"%s: at %s, want %s; credentials may go there: %t; STS is at %s", name, got, want, s.allows(apig), s.Auth.STS)
		}
	}
}

// The guide shows every example, and its table has the region and the cloud of each.
func TestOtherCloudsGuide(t *testing.T) {
	t.Parallel()
	guide := read(t, "../../templates/guides/other-clouds.md.tmpl")
	for name := range otherCloudHosts {
		assert.Check(t, strings.Contains(guide, `{{ tffile "examples/other-clouds/`+name+`/provider.tf" }}`), "the guide does not show the example %s", name)
		if name == "own-addresses" {
			continue // of no real cloud
		}
		block := model(t, providerBlock(t, name))
		cell := "the default"
		if cloud := as[types.String](block, "cloud").ValueString(); cloud != "" {
			cell = "`" + cloud + "`"
		}
		row := "| `" + as[types.String](block, "region").ValueString() + "` | " + cell + " |"
		assert.Check(t, strings.Contains(guide, row), "the guide's table has no row with %s", row)
	}
}

// providerBlock is what is in the one provider block of an example.
func providerBlock(t *testing.T, name string) string {
	t.Helper()
	_, block, ok := strings.Cut(read(t, otherClouds+"/"+name+"/provider.tf"), "provider \"apig\" {\n")
	block, rest, closed := strings.Cut(block, "\n}\n")
	assert.Assert(t, ok && closed && rest == "", "%s is not one provider block of apig", name)
	return block
}
