// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"maps"
	"net/url"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

func env(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

func str(s string) types.String { return types.StringValue(s) }

func endpoints(pairs ...string) types.Map {
	elements := map[string]attr.Value{}
	for i := 0; i < len(pairs); i += 2 {
		elements[pairs[i]] = str(pairs[i+1])
	}
	return types.MapValueMust(types.StringType, elements)
}

// clone is a model that can be changed.
func clone(m blockModel) blockModel {
	changed := blockModel{}
	maps.Copy(changed, m)
	return changed
}

// problems renders diagnostics as "path: summary: detail".
func problems(diags diag.Diagnostics) []string {
	var lines []string
	for _, d := range diags {
		line := d.Summary() + ": " + d.Detail()
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			line = at.Path().String() + ": " + line
		}
		lines = append(lines, line)
	}
	return lines
}

func TestResolveDefaults(t *testing.T) {
	t.Parallel()
	s, diags := resolve(blockModel{"token": str("t")}, env(nil))
	if diags.HasError() {
		t.Fatal(problems(diags))
	}
	if !s.Region.IsNull() || !s.ProjectID.IsNull() || !s.ProjectName.IsNull() || s.MaxRetries != 5 || s.insecure || s.caCert != "" {
		t.Errorf("defaults %+v", s)
	}
}

func TestResolveEmptyStrings(t *testing.T) {
	t.Parallel()
	model := blockModel{"access_key": str("ak"), "secret_key": str("sk"), "security_token": str(""), "region": str("")}
	s, diags := resolve(model, env(map[string]string{"HW_SECURITY_TOKEN": "left over", "HW_REGION_NAME": "r-1", "HW_CLOUD": ""}))
	if diags.HasError() || s.Auth.SecurityToken != "" || !s.Region.IsNull() || s.cloudOf("r-1") != defaultCloud {
		t.Errorf("a configured empty string must hide the environment, an empty variable must not count: %+v, %v", s, problems(diags))
	}
}

func TestResolveProject(t *testing.T) {
	t.Parallel()
	both := map[string]string{"HW_PROJECT_ID": "id-env", "HW_PROJECT_NAME": "name-env"}
	for name, tc := range map[string]struct {
		id, name, wantID, wantName types.String
		env                        map[string]string
	}{
		"environment":            {wantID: str("id-env"), wantName: str("name-env"), env: both},
		"configured name":        {name: str("n"), wantID: types.StringNull(), wantName: str("n"), env: both},
		"configured ID":          {id: str("i"), wantID: str("i"), wantName: types.StringNull(), env: both},
		"unknown name":           {name: types.StringUnknown(), wantID: types.StringNull(), wantName: types.StringUnknown(), env: both},
		"unknown ID":             {id: types.StringUnknown(), wantID: types.StringUnknown(), wantName: types.StringNull(), env: both},
		"both configured":        {id: str("i"), name: str("n"), wantID: str("i"), wantName: str("n")},
		"nothing":                {wantID: types.StringNull(), wantName: types.StringNull()},
		"the environment's name": {wantID: types.StringNull(), wantName: str("n"), env: map[string]string{"HW_PROJECT_NAME": "n"}},
	} {
		s, diags := resolve(blockModel{"token": str("t"), "project_id": tc.id, "project_name": tc.name}, env(tc.env))
		if diags.HasError() || !s.ProjectID.Equal(tc.wantID) || !s.ProjectName.Equal(tc.wantName) {
			t.Errorf("%s: ID %s, name %s; %v", name, s.ProjectID, s.ProjectName, problems(diags))
		}
	}
}

func TestResolveAddresses(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
		model     blockModel
		region    string // that is asked for; the provider's if empty
		iam, apig string
	}{
		"region": {
			blockModel{"region": str("cn-north-4")},
			"",
			"https://iam.cn-north-4.myhuaweicloud.com/v3", "https://apig.cn-north-4.myhuaweicloud.com/",
		},
		"another region": {
			blockModel{"region": str("cn-north-4")},
			"ap-southeast-1",
			"https://iam.cn-north-4.myhuaweicloud.com/v3", "https://apig.ap-southeast-1.myhuaweicloud.com/",
		},
		"no region": {
			blockModel{},
			"cn-north-4",
			"https://iam.myhuaweicloud.com/v3", "https://apig.cn-north-4.myhuaweicloud.com/",
		},
		"unknown region": {
			blockModel{"region": types.StringUnknown()},
			"cn-north-4",
			"https://iam.myhuaweicloud.com/v3", "https://apig.cn-north-4.myhuaweicloud.com/",
		},
		"the European cloud": {
			blockModel{"region": str("eu-west-101")},
			"",
			"https://iam.eu-west-101.myhuaweicloud.eu/v3", "https://apig.eu-west-101.myhuaweicloud.eu/",
		},
		"the European region with a cloud": {
			blockModel{"region": str("eu-west-101"), "cloud": str("Example.COM")},
			"",
			"https://iam.eu-west-101.example.com/v3", "https://apig.eu-west-101.example.com/",
		},
		"auth_url without version": {
			blockModel{"region": str("r"), "auth_url": str("https://iam.example.com:8443/identity/")},
			"",
			"https://iam.example.com:8443/identity/v3", "https://apig.r.myhuaweicloud.com/",
		},
		"auth_url with version": {
			blockModel{"region": str("r"), "auth_url": str("https://iam.example.com/v3/")},
			"",
			"https://iam.example.com/v3", "https://apig.r.myhuaweicloud.com/",
		},
		"auth_url before endpoints": {
			blockModel{"region": str("r"), "auth_url": str("https://one.example"), "endpoints": endpoints("iam", "https://two.example")},
			"",
			"https://one.example/v3", "https://apig.r.myhuaweicloud.com/",
		},
		"endpoints": {
			blockModel{
				"region":    str("r"),
				"endpoints": endpoints("iam", "iam.example.com", "apig", "https://apig.example.com/base/", "vpc", "not ours"),
			},
			"",
			"https://iam.example.com/v3", "https://apig.example.com/base/",
		},
		"loopback": {
			blockModel{"region": str("r"), "endpoints": endpoints("iam", "http://127.0.0.1:1", "apig", "http://[::1]:2")},
			"",
			"http://127.0.0.1:1/v3", "http://[::1]:2/",
		},
		"unencrypted, if meant": {
			blockModel{"region": str("r"), "insecure": types.BoolValue(true), "endpoints": endpoints("apig", "http://gateway.example")},
			"",
			"https://iam.r.myhuaweicloud.com/v3", "http://gateway.example/",
		},
		"an endpoint and no region": {
			blockModel{"endpoints": endpoints("apig", "https://apig.example.com")},
			"any",
			"https://iam.myhuaweicloud.com/v3", "https://apig.example.com/",
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			tc.model = clone(tc.model)
			tc.model["token"] = str("t")
			s, diags := resolve(tc.model, env(nil))
			if diags.HasError() {
				t.Fatal(problems(diags))
			}
			region := tc.region
			if region == "" {
				region = s.Region.ValueString()
			}
			apig, err := s.Endpoint(region)
			if err != nil {
				t.Fatal(err)
			}
			if got := s.Auth.IAM.String(); got != tc.iam {
				t.Errorf("IAM at %s, want %s", got, tc.iam)
			}
			// A path that begins with no slash would be joined to the host in messages.
			if got := apig.JoinPath("v2").Path; !strings.HasPrefix(got, "/") {
				t.Errorf("relative path %s", got)
			}
			if got := apig.String(); got != tc.apig {
				t.Errorf("API at %s, want %s", got, tc.apig)
			}
			if !s.allows(apig.JoinPath("v2")) {
				t.Error("credentials are not allowed there")
			}
		})
	}
}

// What counts as this machine may be unencrypted, so that it must go through no
// proxy: the standard library has names below localhost go through one.
func TestIsLoopback(t *testing.T) {
	t.Parallel()
	for host, want := range map[string]bool{
		"localhost": true, "127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"x.localhost": false, "localhost.example": false, "10.0.0.1": false, "example.com": false, "": false,
	} {
		if got := isLoopback(host); got != want {
			t.Errorf("%s: %t", host, got)
		}
	}
}

func TestEndpointRefuses(t *testing.T) {
	t.Parallel()
	s := Settings{Region: str("r-1")}
	for _, region := range []string{"", "evil.example/", "a.b", "a@b", "A", "-a", "a b", "..", "a#"} {
		if u, err := s.Endpoint(region); err == nil {
			t.Errorf("region %q is at %s", region, u)
		}
	}
	s.apig = &url.URL{Scheme: "https", Host: "apig.example.com"}
	_, err := s.Endpoint("r-2")
	if err == nil || !strings.Contains(err.Error(), "its own region, r-1, so that there is none for region r-2") {
		t.Errorf("another region at the provider's own address: %v", err)
	}
}

func TestSettingsAllow(t *testing.T) {
	t.Parallel()
	template := func(address string) Settings {
		s, diags := resolve(blockModel{"token": str("t"), "endpoints": endpoints("apig", address)}, env(nil))
		if diags.HasError() {
			t.Error(problems(diags))
		}
		return s
	}
	custom := &url.URL{Scheme: "http", Host: "127.0.0.1:8080"}
	for name, tc := range map[string]struct {
		settings Settings
		url      string
		want     bool
	}{
		"a region":                    {Settings{}, "https://apig.r-1.myhuaweicloud.com/v2", true},
		"another":                     {Settings{Region: str("r-1")}, "https://apig.r-2.myhuaweicloud.com/v2", true},
		"Europe":                      {Settings{}, "https://apig.eu-west-101.myhuaweicloud.eu", true},
		"Europe elsewhere":            {Settings{}, "https://apig.eu-west-101.myhuaweicloud.com", false},
		"other cloud":                 {Settings{cloud: "example.com"}, "https://apig.r.myhuaweicloud.com", false},
		"own cloud":                   {Settings{cloud: "example.com"}, "https://apig.r.example.com", true},
		"unencrypted":                 {Settings{}, "http://apig.r-1.myhuaweicloud.com", false},
		"other port":                  {Settings{}, "https://apig.r-1.myhuaweicloud.com:8443", false},
		"suffix":                      {Settings{}, "https://apig.r-1.myhuaweicloud.com.evil.example", false},
		"nested":                      {Settings{}, "https://apig.evil.example.r-1.myhuaweicloud.com", false},
		"other service":               {Settings{}, "https://vpc.r-1.myhuaweicloud.com", false},
		"custom":                      {Settings{apig: custom}, "http://127.0.0.1:8080/v2", true},
		"custom, port":                {Settings{apig: custom}, "http://127.0.0.1:8081/v2", false},
		"custom, scheme":              {Settings{apig: custom}, "https://127.0.0.1:8080/v2", false},
		"custom, default":             {Settings{apig: custom}, "https://apig.r-1.myhuaweicloud.com", false},
		"template":                    {template("https://apig.{region}.example"), "https://apig.r-1.example/v2", true},
		"template, upper case":        {template("https://APIG.{region}.Example"), "https://apig.R-1.example/v2", true},
		"template, at the beginning":  {template("{region}.example:8443"), "https://r-1.example:8443", true},
		"template, in host and path":  {template("https://{region}.example/{region}"), "https://r-1.example/r-1", true},
		"template, in the path":       {template("https://apig.example/{region}"), "https://apig.example/r-1", true},
		"template, in the path, host": {template("https://apig.example/{region}"), "https://evil.example/r-1", false},
		"template, no region":         {template("https://apig.{region}.example"), "https://apig..example", false},
		"template, nested":            {template("https://apig.{region}.example"), "https://apig.evil.r-1.example", false},
		"template, not a region":      {template("https://apig-{region}.example"), "https://apig-.example", false},
		"template, other begin":       {template("https://apig.{region}.example"), "https://evil.r-1.example", false},
		"template, other end":         {template("https://apig.{region}.example"), "https://apig.r-1.example.evil", false},
		"template, scheme":            {template("https://apig.{region}.example"), "http://apig.r-1.example", false},
		"template, port":              {template("https://apig.{region}.example"), "https://apig.r-1.example:8443", false},
	} {
		u, err := url.Parse(tc.url)
		if err != nil {
			t.Fatal(err)
		}
		if got := tc.settings.allows(u); got != tc.want {
			t.Errorf("%s: %t", name, got)
		}
	}
}
