// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
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
	m.AddAgency(mockapig.Agency{Name: "second", DomainID: ownerDomain, DomainName: "owner", Trusted: middleDomain})
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
	second   = Role{Agency: "second", DomainName: "owner"}

	keyConfig = Config{AccessKey: testKey, SecretKey: testSecret}
	instance  = Config{Metadata: &url.URL{Scheme: "http", Host: "169.254.169.254"}}
)

// with assumes roles on top of what signs in.
func with(c Config, roles ...Role) Config {
	c.Roles = roles
	return c
}

func byIDToken(token string, role Role) Config {
	return Config{OIDC: OIDC{ProviderID: "ci", Token: token, Role: role}}
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
		"chain":                                 {with(keyConfig, first, Role{Agency: "second", DomainID: ownerDomain}), []string{create, assume}, []string{assume}},
		"role of a token":                       {with(Config{Token: "user-token"}, direct), []string{create}, nil},
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

// What a renewal that fails says: which credentials, from where. A refusal is not
// asked for again, whatever the calls that it took.
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
			with(Config{UserName: "user", Password: "wrong-password", DomainName: "user-account"}, direct), nil, []string{mockapig.OpCreateToken},
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
	for _, skew := range []time.Duration{0, time.Hour, -time.Hour} {
		i := &iam{now: func() time.Time { return now }, secret: func(string) {}}
		client := &rest.Client{HTTP: &http.Client{Transport: transport(func(*http.Request) (*http.Response, error) {
			end := now.Add(skew + time.Hour).Format(time.RFC3339Nano)
			resp := reply(http.StatusCreated, `{"credential":{"access":"a","secret":"s","securitytoken":"t","expires_at":"`+end+`"}}`)
			if skew != 0 {
				resp.Header.Set("Date", now.Add(skew).Format(http.TimeFormat))
			}
			return resp, nil
		})}}
		got, err := i.keys(t.Context(), client, signIn("get keys", testIAM, nil))
		want := (life{now.Add(55 * time.Minute), now.Add(time.Hour)})
		assert.Check(t, err == nil && got.life == want, "skew %s: %v, want %v; %v", skew, got, want, err)
	}
}
