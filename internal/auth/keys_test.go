// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// The accounts of the temporary keys: one that signs in, and the chain of those
// that it acts within, of which the last owns the gateway.
const (
	userDomain   = "d0"
	middleDomain = "d1"
	ownerDomain  = "d2"
	ownerProject = "p2"
	ownerGateway = "g2"
	gatewayPath  = "https://apig.test/v2/" + ownerProject + "/apigw/instances/" + ownerGateway + "/vpc-endpoint/connections"
)

// newWorld makes a mock whose gateway belongs to ownerDomain.
func newWorld(config mockapig.Config) *mockapig.Server {
	m := mockapig.New(config)
	m.AddAccount(mockapig.Account{
		DomainID: userDomain, DomainName: "user-account", User: "user", Password: "pass-secret-word", AccessKey: testKey, SecretKey: testSecret,
	})
	m.AddToken("user-token", mockapig.Token{DomainID: userDomain})
	m.AddAgency(mockapig.Agency{Name: "direct", DomainID: ownerDomain, DomainName: "owner", Trusted: userDomain})
	m.AddAgency(mockapig.Agency{Name: "first", DomainID: middleDomain, DomainName: "middle", Trusted: userDomain})
	m.AddAgency(mockapig.Agency{Name: "second_one", DomainID: ownerDomain, DomainName: "owner", Trusted: middleDomain})
	m.AddIDToken("id-token-1", mockapig.IDToken{ProviderID: "ci", DomainID: userDomain})
	m.AddIDToken("id-token-owner", mockapig.IDToken{ProviderID: "ci", DomainID: ownerDomain})
	m.AddProject(mockapig.Project{ID: ownerProject, Name: "region-1", DomainID: ownerDomain})
	m.AddGateway(mockapig.Gateway{ID: ownerGateway, ProjectID: ownerProject})
	return m
}

var testSTS = &url.URL{Scheme: "https", Host: "sts.test"}

// world makes who signs in to m, which has a token service.
func world(t *testing.T, m *mockapig.Server, cfg Config) *Authenticator {
	t.Helper()
	cfg.STS = testSTS
	return newAuthenticator(t, cfg, m.Transport())
}

// operations are the calls that signed in.
func operations(m *mockapig.Server) (all []string) {
	for _, call := range m.Journal() {
		if call.Operation != mockapig.OpListConnections {
			all = append(all, call.Operation)
		}
	}
	return all
}

// made expects these calls to have signed in, and forgets them.
func made(t *testing.T, m *mockapig.Server, want ...string) {
	t.Helper()
	got := operations(m)
	assert.Check(t, slices.Equal(got, want), "signed in by %q, want %q", got, want)
	m.ResetJournal()
}

var (
	direct   = Role{Agency: "direct", DomainName: "owner"}
	directID = Role{Agency: "direct", DomainID: ownerDomain}
	first    = Role{Agency: "first", DomainName: "middle"}
	firstID  = Role{Agency: "first", DomainID: middleDomain}
	second   = Role{Agency: "second_one", DomainName: "owner"}

	keyConfig = Config{Method: MethodAccessKey, AccessKey: testKey, SecretKey: testSecret}
	instance  = Config{Method: MethodMetadata, Metadata: &url.URL{Scheme: "http", Host: "169.254.169.254"}}
)

// with assumes roles on top of what signs in.
func with(c Config, roles ...Role) Config {
	c.Roles = roles
	return c
}

func byToken(token string) Config { return Config{Method: MethodToken, Token: token} }

func byIDToken(token string, role Role) Config {
	return Config{Method: MethodOIDC, OIDC: OIDC{ProviderID: "ci", Token: token, Role: role}}
}

// callTogether asks the gateway from many goroutines, and expects an answer for each.
func callTogether(t *testing.T, a *Authenticator, n int) {
	t.Helper()
	together(n, func(int) { answers(t, a, http.StatusOK, gatewayPath, "") })
}

// However many calls need keys, they are got once; refused, they are renewed
// once; and they are renewed before they end, without a refused call.
func TestTemporaryKeys(t *testing.T) {
	t.Parallel()
	idToken, _ := tokenFile(t, "id-token-1\n")
	const exchange, create, assume = mockapig.OpExchangeIDToken, mockapig.OpCreateKeys, mockapig.OpAssumeAgency
	for name, tc := range map[string]struct {
		config Config
		calls  []string
		vain   []string // the calls with refused keys before those that renew them
	}{
		"role by the account's name":            {with(keyConfig, direct), []string{create}, nil},
		"role by the account's ID":              {with(keyConfig, directID), []string{assume}, nil},
		"chain":                                 {with(keyConfig, first, Role{Agency: "second_one", DomainID: ownerDomain}), []string{create, assume}, []string{assume}},
		"role of a token":                       {with(byToken("user-token"), direct), []string{create}, nil},
		"ID token":                              {byIDToken("id-token-1", directID), []string{exchange, create, assume}, nil},
		"ID token in a file":                    {byFile(idToken, directID), []string{exchange, create, assume}, nil},
		"ID token, role by the account's name":  {byIDToken("id-token-1", direct), []string{exchange, create, create}, nil},
		"ID token of the owner, without a role": {byIDToken("id-token-owner", Role{}), []string{exchange, create}, nil},
		"role of an ID token's": {
			with(byIDToken("id-token-1", firstID), second), []string{exchange, create, assume, create}, []string{create},
		},
		"role of an instance": {
			with(instance, direct), []string{mockapig.OpGetMetadataToken, mockapig.OpGetMetadataKeys, create}, []string{create},
		},
	} {
		timed(t, name, func(t *testing.T) {
			m := newWorld(mockapig.Config{KeyLifetime: time.Hour, Latency: time.Second})
			m.BeInstance(userDomain, mockapig.MetadataTokensOptional)
			a := world(t, m, tc.config)
			callTogether(t, a, 20)
			made(t, m, tc.calls...)
			m.ExpireKeys()
			callTogether(t, a, 20)
			made(t, m, slices.Concat(tc.vain, tc.calls)...)
			<-time.After(50 * time.Minute)
			callTogether(t, a, 20)
			made(t, m)
			<-time.After(6 * time.Minute)
			callTogether(t, a, 20)
			for _, call := range m.Journal() {
				assert.Check(t, call.Status != http.StatusUnauthorized, "a call was refused before the renewal")
			}
			made(t, m, tc.calls...)
		})
	}
}

// The account's token of a password assumes a role, whatever project calls are for.
func TestRoleOfAPassword(t *testing.T) {
	t.Parallel()
	m := newWorld(mockapig.Config{})
	cfg := with(passwordConfig, direct)
	cfg.DomainName, cfg.ProjectName = "user-account", "region-1"
	a := world(t, m, cfg)
	id, err := a.ProjectID(t.Context(), "region-1")
	assert.Assert(t, err == nil && id == ownerProject, "project %q, %v", id, err)
	callTogether(t, a, 5)
	made(t, m, mockapig.OpCreateToken, mockapig.OpCreateKeys, mockapig.OpListProjects)
}

// What a renewal that fails says: which credentials, from where. A refusal is not asked for again, whatever the calls that it took.
func TestTemporaryKeysThatCantBeHad(t *testing.T) {
	t.Parallel()
	nobody := Role{Agency: "nobody", DomainName: "owner"}
	stale := byIDToken("stale-id-token", directID)
	for name, tc := range map[string]struct {
		config Config
		want   []string
		calls  []string // however often it is tried; nil where it is no refusal
	}{
		"unknown agency": {
			with(keyConfig, nobody),
			[]string{`assuming the agency "nobody" of account "owner": get temporary keys of an agency: HTTP 403`, "not authorized"},
			[]string{mockapig.OpCreateKeys},
		},
		"the second of a chain, by ID": {
			with(keyConfig, first, Role{Agency: "nobody", DomainID: "d9"}),
			[]string{`assuming the agency "nobody" of account d9: assume an agency: HTTP 403`},
			[]string{mockapig.OpCreateKeys, mockapig.OpAssumeAgency},
		},
		"too long": {with(keyConfig, Role{Agency: "direct", DomainName: "owner", Duration: 48 * time.Hour}), []string{`the agency "direct"`, "HTTP 400"}, nil},
		"ID token": {
			stale,
			[]string{`signing in with the configured ID token of the identity provider "ci" (assume_role_with_oidc): exchange the ID token: HTTP 401`},
			[]string{mockapig.OpExchangeIDToken},
		},
		"agency of ID token": {with(stale, direct), nil, []string{mockapig.OpExchangeIDToken}},
		"agency of password": {
			with(Config{Method: MethodPassword, UserName: "user", Password: "wrong-password", DomainName: "user-account"}, direct), nil, []string{mockapig.OpCreateToken},
		},
		"instance without an agency": {
			instance,
			[]string{"signing in by the metadata service of this ECS instance: get the keys of the instance's agency: HTTP 401", "Please configure Cloud Service Agency first"},
			[]string{mockapig.OpGetMetadataToken, mockapig.OpGetMetadataKeys},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newWorld(mockapig.Config{})
			m.BeInstance("", mockapig.MetadataTokensRequired)
			a := world(t, m, tc.config)
			err := fails(t, a, "", tc.want...)
			_, ok := errors.AsType[*rest.Error](err)
			assert.Check(t, ok, "%T would be repeated", err)
			if tc.calls == nil {
				return
			}
			for range 4 {
				again := fails(t, a, "")
				assert.Check(t, again.Error() == err.Error(), "first %v, then %v", err, again)
			}
			made(t, m, tc.calls...)
		})
	}
}

// Answers that lack what they should bring are errors, not empty keys.
func TestAnswersWithoutKeys(t *testing.T) {
	t.Parallel()
	for operation, cfg := range map[string]Config{
		mockapig.OpExchangeIDToken: byIDToken("id-token-1", directID), mockapig.OpCreateKeys: byIDToken("id-token-1", directID),
		mockapig.OpAssumeAgency: byIDToken("id-token-1", directID), mockapig.OpGetMetadataKeys: instance,
	} {
		m := newWorld(mockapig.Config{})
		m.BeInstance(userDomain, mockapig.MetadataTokensOptional)
		m.Fail(mockapig.Fault{Operation: operation, Body: `{"credential":{"access":"AK"}}`})
		err := fails(t, world(t, m, cfg), "", "the answer brings no")
		e, ok := errors.AsType[*rest.Error](err)
		assert.Check(t, ok && e.Kind == rest.KindUnreadable, "%s: %v", operation, err)
	}
}

// A late refusal of the old credentials must not cost the new ones.
func TestLateRefusal(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{"password": passwordConfig, "keys": with(keyConfig, direct)} {
		timed(t, name, func(t *testing.T) {
			c, m := newCloud(), newWorld(mockapig.Config{})
			base := http.RoundTripper(c)
			if cfg.Roles != nil {
				base = m.Transport()
			}
			a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
				resp, err := base.RoundTrip(r)
				if r.URL.RawQuery == "limit=7" && resp.StatusCode == http.StatusUnauthorized {
					<-time.After(10 * time.Second)
				}
				return resp, err
			}))
			callTogether(t, a, 1)
			c.revokeAll()
			m.ExpireKeys()
			targets := []string{gatewayPath, gatewayPath + "?limit=7"}
			together(2, func(i int) { answers(t, a, http.StatusOK, targets[i], "") })
			assert.Check(t, is.Equal(c.count("POST")+m.Count(mockapig.OpCreateKeys), 2), "signed in")
		})
	}
}

// The end of keys is by the clock of who made them, as far as the answer tells it.
func TestKeysEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	i := &iam{now: func() time.Time { return now }, secret: func(string) {}}
	client := &rest.Client{HTTP: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
		end := now.Add(3 * time.Hour).Format(time.RFC3339Nano)
		resp := reply(http.StatusCreated, `{"credential":{"access":"a","secret":"s","securitytoken":"t","expires_at":"`+end+`"}}`)
		resp.Header.Set("Date", now.Add(2*time.Hour).Format(http.TimeFormat))
		return resp, nil
	})}}
	got, err := i.keys(t.Context(), client, signIn("get keys", testIAM, nil))
	want := (life{now.Add(55 * time.Minute), now.Add(time.Hour)})
	assert.Check(t, err == nil && got.life == want, "%v, want %v; %v", got, want, err)
}

// unresolved is the error of a dial to a host whose name DNS doesn't know.
func unresolved(host string) error {
	return &net.OpError{Op: "dial", Net: "tcp", Err: &net.DNSError{Err: "no such host", Name: host, IsNotFound: true}}
}

// Where there is no token service, IAM assumes the agencies of accounts that an ID names, and the token service is tried once in a
// run. Where there is one, or it is not known whether there is, or the address is a configured one, its answer stands.
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
}
