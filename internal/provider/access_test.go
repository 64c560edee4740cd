// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A command's requests are signed like the provider's, whichever way the
// environment signs in, and go nowhere else.
func TestAccessByEnvironment(t *testing.T) {
	t.Parallel()
	seed := mockapig.DemoSeed()
	server := mockapig.New(mockapig.Config{})
	noProblem(t, server.Plant(seed))
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	for name, variables := range map[string]map[string]string{
		"access key": {"HW_ACCESS_KEY": "DEMOACCESSKEY", "HW_SECRET_KEY": "demo-secret-key"},
		"token":      {"HW_AUTH_TOKEN": "demo-token"},
		"password":   {"HW_USER_NAME": "demo-user", "HW_USER_PASSWORD": "demo-password", "HW_DOMAIN_NAME": "gateway-owner"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			variables["HW_REGION_NAME"], variables["HW_AUTH_URL"] = seed.Region, listener.URL
			access, err := AccessByEnvironment("test", listener.URL, env(variables))
			noProblem(t, err)
			project, err := access.ProjectID(t.Context())
			noProblem(t, err)
			if access.Region != seed.Region || project != seed.Projects[0].ID || access.Base.String() != listener.URL+"/" {
				t.Errorf("region %s, project %s, address %s", access.Region, project, access.Base)
			}
			list := func(base string) (*http.Response, error) {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
					base+"/v2/"+project+"/apigw/instances/"+seed.Gateways[0].ID+"/vpc-endpoint/connections", http.NoBody)
				noProblem(t, err)
				req.Header.Set("X-Project-Id", project)
				return access.Transport.RoundTrip(req)
			}
			resp, err := list(listener.URL)
			noProblem(t, err)
			defer resp.Body.Close()
			if body, _ := io.ReadAll(resp.Body); resp.StatusCode != http.StatusOK {
				t.Errorf("%s: %s", resp.Status, body)
			}
			if resp, err := list("http://127.0.0.2:1"); err == nil || !strings.Contains(err.Error(), "none of the configured endpoints") {
				t.Errorf("another host: %v, %v", resp, err)
			}
			for _, secret := range []string{"demo-secret-key", "demo-token", "demo-password"} {
				for _, value := range variables {
					if value == secret && strings.Contains(access.Redact("a "+secret), secret) {
						t.Errorf("%q is shown", secret)
					}
				}
			}
		})
	}
}

func TestAccessByEnvironment_problems(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		variables map[string]string
		address   string
		want      string
	}{
		"no region":     {variables: map[string]string{"HW_AUTH_TOKEN": "t"}, want: "HW_REGION_NAME"},
		"half a key":    {variables: map[string]string{"HW_REGION_NAME": "r-1", "HW_ACCESS_KEY": "a"}, want: "HW_SECRET_KEY"},
		"a bad address": {variables: map[string]string{"HW_REGION_NAME": "r-1", "HW_AUTH_TOKEN": "t"}, address: "http://example.com", want: "unencrypted"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			if _, err := AccessByEnvironment("test", test.address, env(test.variables)); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %q", err, test.want)
			}
		})
	}
}

func noProblem(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// The User-Agent takes what the environment adds, but neither what no header can
// hold nor a secret.
func TestUserAgent(t *testing.T) {
	t.Parallel()
	const own = "terraform-provider-apig/1.2.3 (+https://registry.terraform.io/providers/apig-terraform/apig) Terraform/1.9.9"
	for appended, want := range map[string]string{
		"":                       own,
		"pipeline/7 (nightly)":   own + " pipeline/7 (nightly)",
		" a\r\nX-Evil: b\x00c\t": own + " a X-Evil: b c",
		"a secret-key/1 b":       own + " a b",
	} {
		p := &apigProvider{version: "1.2.3", lookup: env(map[string]string{"TF_APPEND_USER_AGENT": appended})}
		if got := p.userAgent("1.9.9", []string{"secret-key"}); got != want {
			t.Errorf("%q: %q, want %q", appended, got, want)
		}
	}
}
