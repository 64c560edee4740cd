// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"cmp"
	"net/http"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// refusalTest is a request that must be refused and change nothing.
type refusalTest struct {
	name    string
	method  string
	path    string
	body    string
	headers []string
	status  int
	code    string
}

func (tc refusalTest) run(t *testing.T, s *Server) {
	t.Helper()
	t.Run(tc.name, func(t *testing.T) {
		before := truth(s)
		got := mustSend(t, s, newRequest(t.Context(), tc.method, tc.path, tc.body, tc.headers...))
		assert.Check(t, got.status == tc.status && got.Code == tc.code && got.Message != "", "got %d %s, want %d %s", got.status, got.body, tc.status, tc.code)
		assert.Check(t, got.header.Get("X-Request-Id") != "" && (got.status != http.StatusMethodNotAllowed || got.header.Get("Allow") != ""),
			"headers: %v", got.header)
		assert.Check(t, strings.HasPrefix(tc.code, "APIGW.") == (got.RequestID == got.header.Get("X-Request-Id")),
			"request ID in the body of %s: %q", tc.code, got.RequestID)
		assert.Check(t, is.Equal(truth(s), before), "after the call")
		entry := last(t, s)
		assert.Check(t, entry.Status == tc.status && entry.Code == tc.code && entry.RequestID == got.header.Get("X-Request-Id") && entry.Decided == nil,
			"the journal has %+v", entry)
	})
}

func TestRefusesCallers(t *testing.T) {
	const noProject = "/v2/" + otherProject + "/apigw/instances/" + otherGateway + "/vpc-endpoint/connections"
	gatewayPath := func(id string) string { return strings.Replace(listPath, testGateway, id, 1) }
	for _, tc := range []refusalTest{
		{name: "no credentials", path: listPath, headers: []string{"X-Auth-Token", ""}, status: 401, code: "APIC.7100"},
		{name: "unknown token", path: listPath, headers: []string{"X-Auth-Token", "nonsense"}, status: 401, code: "APIC.7102"},
		{name: "expired token", path: listPath, headers: []string{"X-Auth-Token", "expired"}, status: 401, code: "APIC.7101"},
		{name: "token and signature", path: listPath, headers: []string{"Authorization", "SDK-HMAC-SHA256 x"}, status: 401, code: "APIGW.0301"},
		{name: "token of the domain", path: listPath, headers: []string{"X-Auth-Token", "domain"}, status: 403, code: "APIC.7106"},
		{name: "token of another account", path: listPath, headers: []string{"X-Auth-Token", "other"}, status: 403, code: "APIC.7106"},
		{name: "foreign project", path: noProject, status: 403, code: "APIC.7106"},
		{name: "unknown project", path: strings.Replace(listPath, testProject, "nobody's", 1), status: 403, code: "APIC.7106"},
		{name: "another project in the header", path: listPath, headers: []string{"X-Project-Id", otherProject}, status: 403, code: "APIC.7106"},
		{name: "unknown gateway", path: gatewayPath("unknown"), status: 404, code: "APIC.7302"},
		{name: "foreign gateway", path: gatewayPath(otherGateway), status: 404, code: "APIC.7302"},
		{name: "gateway with a slash", path: gatewayPath("a%2Fb"), status: 404, code: "APIC.7302"},
		{name: "no endpoint service", path: gatewayPath("bare"), status: 404, code: "APIC.7314"},
		{name: "NLB", path: gatewayPath("nlb"), status: 412, code: "APIG.3458"},
		{name: "unknown path", path: listPath + "s", status: 404, code: "APIGW.0101"},
		{name: "no gateway", path: gatewayPath(""), status: 404, code: "APIGW.0101"},
		{name: "trailing slash", path: listPath + "/", status: 404, code: "APIGW.0101"},
		{name: "dots", path: gatewayPath(".."), status: 404, code: "APIC.7302"},
		{name: "wrong method", method: http.MethodPut, path: listPath, status: 405, code: "APIGW.0101"},
		{name: "listing the action", method: http.MethodGet, path: actionPath, status: 405, code: "APIGW.0101"},
	} {
		s := seeded(Config{}, StatusPending)
		s.AddToken("expired", Token{DomainID: testDomain, ProjectID: testProject, ExpiresAt: time.Now().Add(-time.Second)})
		s.AddToken("domain", Token{DomainID: testDomain})
		s.AddToken("other", Token{DomainID: otherDomain, ProjectID: otherProject})
		s.AddGateway(Gateway{ID: "bare", ProjectID: testProject, NoEndpointService: true})
		s.AddGateway(Gateway{ID: "nlb", ProjectID: testProject, NLB: true})
		tc.run(t, s)
	}
}

func TestRefusesListings(t *testing.T) {
	for _, tc := range []refusalTest{
		{name: "offset", path: "?offset=one", code: "APIG.2011"},
		{name: "offset beyond integers", path: "?offset=9223372036854775808", code: "APIG.2011"},
		{name: "limit", path: "?limit=1.5", code: "APIG.2011"},
		{name: "empty limit", path: "?limit=", code: "APIG.2011"},
		{name: "marker", path: "?marker_id=x", code: "APIG.2011"},
		{name: "status creating", path: "?status=creating", code: "APIG.2011"},
		{name: "status deleting", path: "?status=deleting", code: "APIG.2011"},
		{name: "unknown status", path: "?status=Accepted", code: "APIG.2011"},
		{name: "unknown parameter", path: "?page=1", code: "APIG.2011"},
		{name: "repeated parameter", path: "?limit=1&limit=2", code: "APIG.2011"},
		{name: "malformed query", path: "?limit=%zz", code: "APIG.2000"},
		{name: "body", body: "{}", code: "APIG.2000"},
	} {
		tc.path, tc.status = listPath+tc.path, http.StatusBadRequest
		tc.run(t, seeded(Config{}, StatusPending))
	}
}

func TestRefusesActions(t *testing.T) {
	one := actionBody("receive", endpoint(0))
	for _, tc := range []refusalTest{
		{name: "no endpoints", body: `{"action":"receive","endpoints":[]}`, code: "APIC.7211"},
		{name: "endpoints left out", body: `{"action":"receive"}`, code: "APIC.7211"},
		{name: "51 endpoints", body: actionBody("receive", endpoints(0, 51)...), code: "APIC.7211"},
		{name: "duplicate", body: actionBody("receive", endpoint(0), endpoint(0)), code: "APIC.7211"},
		{name: "empty endpoint", body: actionBody("receive", endpoint(0), ""), code: "APIC.7211"},
		{name: "null endpoint", body: `{"action":"receive","endpoints":[null]}`, code: "APIC.7211"},
		{name: "number as endpoint", body: `{"action":"receive","endpoints":[1]}`, code: "APIG.2000"},
		{name: "unknown verb", body: actionBody("accept", endpoint(0)), code: "APIG.2011"},
		{name: "no verb", body: actionBody("", endpoint(0)), code: "APIG.2011"},
		{name: "unknown field", body: `{"action":"receive","endpoints":["a"],"force":true}`, code: "APIG.2000"},
		{name: "field in another case", body: `{"Action":"receive","endpoints":["a"]}`, code: "APIG.2011"},
		{name: "not JSON", body: "action=receive", code: "APIG.2000"},
		{name: "two values", body: one + one, code: "APIG.2000"},
		{name: "array", body: "[" + one + "]", code: "APIG.2000"},
		{name: "no content type", body: one, headers: []string{"Content-Type", ""}, code: "APIG.2000"},
		{name: "another content type", body: one, headers: []string{"Content-Type", "text/plain"}, code: "APIG.2000"},
		{name: "query", path: "?force=true", body: one, code: "APIG.2000"},
		{name: "huge", body: `{"action":"` + strings.Repeat("x", maxBody) + `"}`, status: 413, code: "APIG.2000"},
	} {
		tc.method, tc.path = http.MethodPost, actionPath+tc.path
		tc.status = cmp.Or(tc.status, http.StatusBadRequest)
		tc.run(t, seeded(Config{}, StatusPending))
	}
}
