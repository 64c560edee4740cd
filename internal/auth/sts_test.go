// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"encoding/json"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// unresolved is the error of a dial to a host whose name DNS doesn't know.
func unresolved(host string) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
}

// Where there is no token service, IAM assumes the agencies of accounts that an ID
// names, and the token service is tried once in a run. Where there is one, or it
// is not known whether there is, or the address is a configured one, its answer stands.
func TestAssumeWithoutTokenService(t *testing.T) {
	t.Parallel()
	const front = `{"error_code":"APIGW.0101","error_msg":"The API does not exist or has not been published in the environment"}`
	const other = `{"error_code":"PAP5.0404","error_msg":"no such agency"}`
	for name, tc := range map[string]struct {
		none       bool // no address at all
		configured bool
		answer     string // with 404
		err        error
		tried      int
		calls      []string
		want       string // of the error; "" for keys
	}{
		"no address":     {none: true, calls: []string{mockapig.OpCreateKeys, mockapig.OpCreateKeys}},
		"unknown name":   {err: unresolved("sts.test"), tried: 1, calls: []string{mockapig.OpCreateKeys, mockapig.OpCreateKeys}},
		"the front door": {answer: front, tried: 1, calls: []string{mockapig.OpCreateKeys, mockapig.OpCreateKeys}},
		"a configured one": {
			configured: true, err: unresolved("sts.test"), tried: 1, want: "the host name sts.test is not known (DNS)",
		},
		"a configured one, the front door": {configured: true, answer: front, tried: 1, want: "HTTP 404, APIGW.0101"},
		"a DNS server that fails": {
			err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: "sts.test", IsTemporary: true}}, tried: 1, want: "server misbehaving",
		},
		"a proxy that is not found": {err: unresolved("proxy.test"), tried: 1, want: "the host name proxy.test is not known (DNS)"},
		"an answer of its own":      {answer: other, tried: 1, want: "no such agency"},
		"a service that is there":   {calls: []string{mockapig.OpAssumeAgency, mockapig.OpAssumeAgency}, tried: 2},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newWorld(mockapig.Config{})
			tried := 0
			cfg := Config{AccessKey: testKey, SecretKey: testSecret, Roles: []Role{directID}, IAM: mustURL(t, testIAM), STS: mustURL(t, "https://sts.test"), STSOptional: !tc.configured}
			if tc.none {
				cfg.STS, cfg.STSOptional = nil, false
			}
			a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
				if r.URL.Host != "sts.test" {
					return m.Transport().RoundTrip(r)
				}
				tried++
				switch {
				case tc.err != nil:
					return nil, tc.err
				case tc.answer != "":
					return reply(http.StatusNotFound, tc.answer), nil
				default:
					return m.Transport().RoundTrip(r)
				}
			}))
			if tc.want != "" {
				_, err := send(t.Context(), a, "GET", gatewayPath, "", nil)
				if !strings.Contains(errorText(err), tc.want) || strings.Contains(errorText(err), "IAM was asked") {
					t.Errorf("error %v, want %q", err, tc.want)
				}
			} else {
				callTogether(t, a, 1)
				m.ExpireKeys()
				callTogether(t, a, 3)
			}
			if got := operations(m); tried != tc.tried || !slices.Equal(got, tc.calls) {
				t.Errorf("the token service was tried %d times, and keys were got by %q, want %d, %q", tried, got, tc.tried, tc.calls)
			}
		})
	}
}

// An IAM that can't be found says nothing about the token service, which is asked
// with its token.
func TestUnknownIAMIsNoMissingTokenService(t *testing.T) {
	t.Parallel()
	cfg := passwordConfig(t)
	cfg.Roles, cfg.STS, cfg.STSOptional = []Role{directID}, mustURL(t, "https://sts.test"), true
	a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
		return nil, unresolved(r.URL.Hostname())
	}))
	_, err := send(t.Context(), a, "GET", gatewayPath, "", nil)
	if !strings.Contains(errorText(err), "is not known (DNS)") || a.iam.sts.missing.Load() {
		t.Errorf("error %v", err)
	}
}

// IAM in the token service's place tells that it is.
func TestIAMInTokenServicesPlaceRefuses(t *testing.T) {
	t.Parallel()
	m := newWorld(mockapig.Config{})
	cfg := Config{AccessKey: testKey, SecretKey: testSecret, Roles: []Role{{Agency: "nobody", DomainID: "d9"}}, IAM: mustURL(t, testIAM), STS: mustURL(t, "https://sts.test"), STSOptional: true}
	a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
		if r.URL.Host == "sts.test" {
			return nil, unresolved("sts.test")
		}
		return m.Transport().RoundTrip(r)
	}))
	_, err := send(t.Context(), a, "GET", gatewayPath, "", nil)
	for _, want := range []string{`assuming the agency "nobody" of account d9`, "HTTP 403", "IAM was asked, since there is no token service at sts.test"} {
		if !strings.Contains(errorText(err), want) {
			t.Errorf("error %v, want %q", err, want)
		}
	}
}

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
