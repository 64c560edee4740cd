// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Requests are signed like the provider's, whichever way the environment signs in, and go nowhere else.
func TestAccess(t *testing.T) {
	t.Parallel()
	seed := mockapig.DemoSeed()
	server := mockapig.New(mockapig.Config{})
	assert.NilError(t, server.Plant(seed))
	listener := httptest.NewServer(server)
	t.Cleanup(listener.Close)
	for name, test := range map[string]struct {
		secret  string
		environ []string
	}{
		"access key": {"demo-secret-key", []string{"HW_ACCESS_KEY=DEMOACCESSKEY", "HW_SECRET_KEY=demo-secret-key"}},
		"token":      {"demo-token", []string{"HW_AUTH_TOKEN=demo-token"}},
		"password":   {"demo-password", []string{"HW_USER_NAME=demo-user", "HW_USER_PASSWORD=demo-password", "HW_DOMAIN_NAME=gateway-owner"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signed, err := accessIn(listener.URL, lookupIn(append(test.environ, "HW_REGION_NAME="+seed.Region, "HW_AUTH_URL="+listener.URL)))
			assert.NilError(t, err)
			project, err := signed.projectID(t.Context())
			assert.NilError(t, err)
			assert.Check(t, signed.region == seed.Region && project == seed.Projects[0].ID && signed.base.String() == listener.URL+"/",
				"region %s, project %s, address %s", signed.region, project, signed.base)
			list := func(base string) (*http.Response, error) {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
					base+"/v2/"+project+"/apigw/instances/"+seed.Gateways[0].ID+"/vpc-endpoint/connections", http.NoBody)
				assert.NilError(t, err)
				req.Header.Set("X-Project-Id", project)
				return signed.transport.RoundTrip(req)
			}
			resp, err := list(listener.URL)
			assert.NilError(t, err)
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			assert.Check(t, resp.StatusCode == http.StatusOK, "%s: %s", resp.Status, body)
			_, err = list("http://127.0.0.2:1")
			assert.Check(t, is.ErrorContains(err, "none of the configured endpoints"))
			assert.Check(t, !strings.Contains(signed.redact("a "+test.secret), test.secret), "%q is shown", test.secret)
		})
	}
}

func TestAccess_problems(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		address, want string
		environ       []string
	}{
		"no region":     {"", "HW_REGION_NAME", []string{"HW_AUTH_TOKEN=t"}},
		"half a key":    {"", "HW_SECRET_KEY", []string{"HW_REGION_NAME=r-1", "HW_ACCESS_KEY=a"}},
		"a bad address": {"http://example.com", "unencrypted", []string{"HW_REGION_NAME=r-1", "HW_AUTH_TOKEN=t"}},
	} {
		_, err := accessIn(test.address, lookupIn(test.environ))
		assert.Check(t, is.ErrorContains(err, test.want), name)
	}
}
