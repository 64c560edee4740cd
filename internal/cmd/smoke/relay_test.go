// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

const stranger = "11111111-2222-4333-8444-555555555555"

func newRelay(t *testing.T, environ []string) *relay {
	t.Helper()
	lookup := lookupIn(environ)
	set, problems := parse(lookup)
	assert.Assert(t, len(problems) <= 0, problems)
	signed, err := accessIn(set.address, lookup)
	assert.NilError(t, err)
	project, err := signed.projectID(t.Context())
	assert.NilError(t, err)
	r := openRelay(signed, apig.Gateway{Region: signed.region, ProjectID: project, InstanceID: set.instance}, set, stranger)
	t.Cleanup(r.close)
	return r
}

// The relay passes nothing that the test must not do, and nothing for others.
func TestRelay_refuses(t *testing.T) {
	t.Parallel()
	mock := newRig(t, mockapig.Config{}, mockapig.StatusAccepted)
	r := newRelay(t, mock.environ)
	mock.ResetJournal()
	connections := "v2/" + r.gateway.ProjectID + "/apigw/instances/" + r.gateway.InstanceID + "/vpc-endpoint/connections"
	for name, test := range map[string]struct {
		method, path, body string
		anybody            bool
		want               string
	}{
		"anybody":                  {method: http.MethodGet, path: connections, anybody: true, want: "for the smoke test alone"},
		"another gateway":          {method: http.MethodGet, path: strings.Replace(connections, mock.gateway, "other", 1), want: "no use for GET"},
		"permissions":              {method: http.MethodPost, path: strings.Replace(connections, "connections", "permissions/batch-add", 1), body: `{}`, want: "no use for POST"},
		"another endpoint":         {method: http.MethodPost, path: connections + "/action", body: `{"action":"receive","endpoints":["other"]}`, want: "decides nothing of endpoint other"},
		"one beside the spare one": {method: http.MethodPost, path: connections + "/action", body: `{"action":"receive","endpoints":["` + spare + `","other"]}`, want: "decides nothing of endpoint other"},
		"a rejection":              {method: http.MethodPost, path: connections + "/action", body: `{"action":"reject","endpoints":["` + spare + `"]}`, want: "not told to reject"},
		"no JSON":                  {method: http.MethodPost, path: connections + "/action", body: `reject`, want: "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			req, err := http.NewRequestWithContext(t.Context(), test.method, r.address.JoinPath(test.path).String(), strings.NewReader(test.body))
			assert.NilError(t, err)
			if !test.anybody {
				req.Header.Set("User-Agent", "x "+r.word)
			}
			resp, err := http.DefaultTransport.RoundTrip(req)
			assert.NilError(t, err)
			defer resp.Body.Close()
			body, _ := io.ReadAll(resp.Body)
			assert.Check(t, resp.StatusCode == http.StatusForbidden && strings.Contains(string(body), test.want),
				"%s %s, want %q", resp.Status, body, test.want)
		})
	}
	assert.Check(t, is.Len(mock.Journal(), 0), "calls reached the gateway")
	assert.Check(t, is.Len(r.exchanges(0), 0), "calls count as passed")
}

// What the gateway answers arrives as it was, without what it says of the credentials.
func TestRelay_passes(t *testing.T) {
	t.Parallel()
	mock := newRig(t, mockapig.Config{}, mockapig.StatusAccepted)
	r := newRelay(t, mock.environ)
	c := course{relay: r, client: r.client(), gateway: r.gateway, settings: settings{endpoint: spare}}
	status, err := c.status(t.Context())
	assert.Check(t, err == nil && status == endpoint.StatusAccepted, "%q, %v", status, err)
	mock.Fail(mockapig.Fault{Status: http.StatusForbidden, Code: "APIC.7106", Message: "No:", Echo: true})
	_, err = c.status(t.Context())
	assert.Check(t, err != nil && strings.Contains(err.Error(), "HTTP 403, APIC.7106: No:") && !strings.Contains(err.Error(), "Access=DEMOACCESSKEY"),
		"%v", err)
	passed := r.exchanges(0)
	assert.Check(t, len(passed) == 2 && passed[0].lists(spare) == endpoint.StatusAccepted && passed[0].filter == spare && passed[1].status == http.StatusForbidden,
		"%+v", passed)
}

// Requests are signed like the provider's, whichever way the environment signs in, and go nowhere else.
func TestAccess(t *testing.T) {
	t.Parallel()
	seed, mock := mockapig.DemoSeed(), newRig(t, mockapig.Config{}, mockapig.StatusPending)
	address, _ := lookupIn(mock.environ)("APIG_SMOKE_API_URL")
	for name, test := range map[string]struct {
		secret  string
		environ []string
	}{
		"access key": {"demo-secret-key", nil},
		"token":      {"demo-token", []string{"HW_AUTH_TOKEN=demo-token"}},
		"password":   {"demo-password", []string{"HW_ACCESS_KEY=", "HW_SECRET_KEY=", "HW_USER_NAME=demo-user", "HW_USER_PASSWORD=demo-password", "HW_DOMAIN_NAME=gateway-owner"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			signed, err := accessIn(address, lookupIn(slices.Concat(mock.environ, test.environ)))
			assert.NilError(t, err)
			project, err := signed.projectID(t.Context())
			assert.NilError(t, err)
			assert.Check(t, signed.region == seed.Region && project == seed.Projects[0].ID && signed.base.String() == address+"/",
				"region %s, project %s, address %s", signed.region, project, signed.base)
			list := func(base string) (*http.Response, error) {
				req, err := http.NewRequestWithContext(t.Context(), http.MethodGet,
					base+"/v2/"+project+"/apigw/instances/"+seed.Gateways[0].ID+"/vpc-endpoint/connections", http.NoBody)
				assert.NilError(t, err)
				req.Header.Set("X-Project-Id", project)
				return signed.transport.RoundTrip(req)
			}
			resp, err := list(address)
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
