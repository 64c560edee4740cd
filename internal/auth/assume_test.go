// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"io"
	"net"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"

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
	byIAM := []string{mockapig.OpCreateKeys, mockapig.OpCreateKeys}
	for name, tc := range map[string]struct {
		none       bool // no address at all
		configured bool
		answer     string // with 404
		err        error
		role       Role // directID if it isn't given
		tried      int
		calls      []string
		want       []string // of the error; none for keys
	}{
		"no address":                       {none: true, calls: byIAM},
		"unknown name":                     {err: unresolved("sts.test"), tried: 1, calls: byIAM},
		"the front door":                   {answer: front, tried: 1, calls: byIAM},
		"a configured one":                 {configured: true, err: unresolved("sts.test"), tried: 1, want: []string{"the host name sts.test is not known (DNS)"}},
		"a configured one, the front door": {configured: true, answer: front, tried: 1, want: []string{"HTTP 404, APIGW.0101"}},
		"a DNS server that fails": {
			err: &net.OpError{Op: "dial", Err: &net.DNSError{Err: "server misbehaving", Name: "sts.test", IsTemporary: true}}, tried: 1, want: []string{"server misbehaving"},
		},
		"a proxy that is not found": {err: unresolved("proxy.test"), tried: 1, want: []string{"the host name proxy.test is not known (DNS)"}},
		"an answer of its own":      {answer: other, tried: 1, want: []string{"no such agency"}},
		"a service that is there":   {calls: []string{mockapig.OpAssumeAgency, mockapig.OpAssumeAgency}, tried: 2},
		"IAM refuses in its place": {
			err: unresolved("sts.test"), role: Role{Agency: "nobody", DomainID: "d9"}, tried: 1, calls: byIAM[:1],
			want: []string{`assuming the agency "nobody" of account d9`, "HTTP 403", "IAM was asked, since there is no token service at sts.test"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newWorld(mockapig.Config{})
			tried := 0
			if tc.role.Agency == "" {
				tc.role = directID
			}
			cfg := with(keyConfig, tc.role)
			if !tc.none {
				cfg.STS, cfg.STSOptional = testSTS, !tc.configured
			}
			a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
				if r.URL.Host == "sts.test" {
					tried++
					if tc.err != nil {
						return nil, tc.err
					}
					if tc.answer != "" {
						return reply(http.StatusNotFound, tc.answer), nil
					}
				}
				return m.Transport().RoundTrip(r)
			}))
			if tc.want != nil {
				err := fails(t, a, "", tc.want...)
				assert.Check(t, strings.Contains(err.Error(), "IAM was asked") == (tc.calls != nil), "error %v", err)
			} else {
				callTogether(t, a, 1)
				m.ExpireKeys()
				callTogether(t, a, 3)
			}
			got := operations(m)
			assert.Check(t, tried == tc.tried && slices.Equal(got, tc.calls),
				"the token service was tried %d times, and keys were got by %q, want %d, %q", tried, got, tc.tried, tc.calls)
		})
	}
}

// An IAM that can't be found says nothing about the token service, which is asked with its token.
func TestUnknownIAMIsNoMissingTokenService(t *testing.T) {
	t.Parallel()
	cfg := with(passwordConfig, directID)
	cfg.STS, cfg.STSOptional = testSTS, true
	a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
		return nil, unresolved(r.URL.Hostname())
	}))
	fails(t, a, "", "is not known (DNS)")
	assert.Check(t, !a.iam.sts.missing.Load(), "the token service counts as missing")
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
		"azAZ09[`{@^/:":          "azAZ09---@---",
		strings.Repeat("x", 100): strings.Repeat("x", 64),
	} {
		got := sessionName(agency)
		assert.Check(t, got == want && allowed.MatchString(got), "%q: session %q, want %q", agency, got, want)
	}

	asked := ""
	cfg := with(keyConfig, Role{Agency: "api_owners", DomainID: "d9"})
	cfg.STS = testSTS
	a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(r.Body)
		asked = string(body)
		return reply(http.StatusForbidden, `{"error_code":"PAP5.0001"}`), err
	}))
	fails(t, a, "")
	assert.Check(t, strings.Contains(asked, `"iam::d9:agency:api_owners"`) && strings.Contains(asked, `"api-owners"`), "asked for %s", asked)
}
