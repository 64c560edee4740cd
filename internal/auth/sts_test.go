// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// A session has a name that the token service takes, whatever the agency's is.
func TestSessionName(t *testing.T) {
	t.Parallel()
	allowed := regexp.MustCompile(`^[A-Za-z0-9+=,.@-]{2,64}$`)
	for agency, want := range map[string]string{
		"operators":              "operators",
		"a.b@c+d=e,f-G1":         "a.b@c+d=e,f-G1",
		"api_gateway owners/1":   "api-gateway-owners-1",
		"a":                      "agency-a",
		"_":                      "agency--",
		"Opérateurs":             "Op-rateurs",
		strings.Repeat("x", 100): strings.Repeat("x", 64),
	} {
		if got := sessionName(agency); got != want || !allowed.MatchString(got) {
			t.Errorf("%q: session %q, want %q", agency, got, want)
		}
	}

	var asked struct {
		URN     string `json:"agency_urn"`
		Session string `json:"agency_session_name"`
	}
	cfg := Config{AccessKey: testKey, SecretKey: testSecret, Roles: []Role{{Agency: "api_owners", DomainID: "d9"}}, IAM: mustURL(t, testIAM), STS: &url.URL{Scheme: "https", Host: "sts.test"}}
	a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		return reply(http.StatusForbidden, `{"error_code":"PAP5.0001"}`), json.Unmarshal(body, &asked)
	}))
	_, _ = send(t.Context(), a, "GET", gatewayPath, "", nil)
	if asked.URN != "iam::d9:agency:api_owners" || asked.Session != "api-owners" {
		t.Errorf("asked for %+v", asked)
	}
}
