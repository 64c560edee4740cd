// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

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

func world(t *testing.T, m *mockapig.Server, cfg Config) *Authenticator {
	t.Helper()
	cfg.IAM, cfg.STS = mustURL(t, testIAM), mustURL(t, "https://sts.test")
	return newAuthenticator(t, cfg, m.Transport())
}

func operations(m *mockapig.Server) []string {
	var all []string
	for _, call := range m.Journal() {
		if call.Operation != mockapig.OpListConnections {
			all = append(all, call.Operation)
		}
	}
	return all
}

var (
	direct   = Role{Agency: "direct", DomainName: "owner"}
	directID = Role{Agency: "direct", DomainID: ownerDomain}
)

// temporary are the ways to keys that end, and the calls that bring them.
func temporary(t *testing.T) map[string]struct {
	config Config
	calls  []string
} {
	file := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(file, []byte("id-token-1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	oidc := func(token, file string, role Role) Config {
		return Config{OIDC: OIDC{ProviderID: "ci", Token: token, TokenFile: file, Role: role}}
	}
	federated := []string{mockapig.OpExchangeIDToken, mockapig.OpCreateKeys, mockapig.OpAssumeAgency}
	metadata := mustURL(t, "http://169.254.169.254")
	key := Config{AccessKey: testKey, SecretKey: testSecret}
	with := func(c Config, roles ...Role) Config {
		c.Roles = roles
		return c
	}
	return map[string]struct {
		config Config
		calls  []string
	}{
		"role by the account's name": {with(key, direct), []string{mockapig.OpCreateKeys}},
		"role by the account's ID":   {with(key, directID), []string{mockapig.OpAssumeAgency}},
		"chain": {
			with(key, Role{Agency: "first", DomainName: "middle"}, Role{Agency: "second", DomainID: ownerDomain}),
			[]string{mockapig.OpCreateKeys, mockapig.OpAssumeAgency},
		},
		"role of a token":    {with(Config{Token: "user-token"}, direct), []string{mockapig.OpCreateKeys}},
		"ID token":           {oidc("id-token-1", "", directID), federated},
		"ID token in a file": {oidc("", file, directID), federated},
		"ID token, role by the account's name": {
			oidc("id-token-1", "", direct), []string{mockapig.OpExchangeIDToken, mockapig.OpCreateKeys, mockapig.OpCreateKeys},
		},
		"ID token of the owner, without a role": {
			oidc("id-token-owner", "", Role{}), []string{mockapig.OpExchangeIDToken, mockapig.OpCreateKeys},
		},
		"role of an ID token's": {
			with(oidc("id-token-1", "", Role{Agency: "first", DomainID: middleDomain}), Role{Agency: "second", DomainName: "owner"}),
			append(slices.Clone(federated), mockapig.OpCreateKeys),
		},
		"role of an instance": {
			with(Config{Metadata: metadata}, direct),
			[]string{mockapig.OpGetMetadataToken, mockapig.OpGetMetadataKeys, mockapig.OpCreateKeys},
		},
	}
}

// call asks the gateway from many goroutines, and expects an answer for each.
func callTogether(t *testing.T, a *Authenticator, n int) {
	t.Helper()
	var group sync.WaitGroup
	for range n {
		group.Go(func() {
			if resp := roundTrip(t, a, "GET", gatewayPath, "", nil); resp.StatusCode != http.StatusOK {
				t.Errorf("answer %d", resp.StatusCode)
			}
		})
	}
	group.Wait()
}

// However many calls need keys, they are got once; refused, they are renewed
// once; and they are renewed before they end, without a refused call.
func TestTemporaryKeys(t *testing.T) {
	t.Parallel()
	for name, tc := range temporary(t) {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newWorld(mockapig.Config{KeyLifetime: time.Hour, Latency: time.Second})
				m.BeInstance(userDomain, mockapig.MetadataTokensOptional)
				a := world(t, m, tc.config)
				callTogether(t, a, 20)
				if got := operations(m); !slices.Equal(got, tc.calls) {
					t.Errorf("keys were got by %q, want %q", got, tc.calls)
				}

				m.ResetJournal()
				m.ExpireKeys()
				callTogether(t, a, 20)
				if got, want := operations(m), again(tc.calls); !slices.Equal(got, want) {
					t.Errorf("refused keys were renewed by %q, want %q", got, want)
				}

				m.ResetJournal()
				<-time.After(50 * time.Minute)
				callTogether(t, a, 20)
				if got := operations(m); len(got) > 0 {
					t.Errorf("keys that are good were renewed by %q", got)
				}
				<-time.After(6 * time.Minute)
				callTogether(t, a, 20)
				if got := operations(m); !slices.Equal(got, tc.calls) {
					t.Errorf("keys that will end were renewed by %q, want %q", got, tc.calls)
				}
				if refused := count(m, http.StatusUnauthorized); refused > 0 {
					t.Errorf("%d calls were refused before", refused)
				}
			})
		})
	}
}

// again are the calls that renew keys when all that there are are refused: where
// a role was assumed with keys, it is asked for in vain first.
func again(calls []string) []string {
	last := calls[len(calls)-1]
	switch calls[0] {
	case mockapig.OpExchangeIDToken:
		if len(calls) <= 3 {
			return calls // its keys serve for one call
		}
	default:
		if len(calls) == 1 {
			return calls
		}
	}
	return append([]string{last}, calls...)
}

func count(m *mockapig.Server, status int) (n int) {
	for _, call := range m.Journal() {
		if call.Status == status {
			n++
		}
	}
	return n
}

// The account's token of a password assumes a role, whatever project calls are for.
func TestRoleOfAPassword(t *testing.T) {
	t.Parallel()
	m := newWorld(mockapig.Config{})
	cfg := passwordConfig(t)
	cfg.DomainName, cfg.ProjectName, cfg.Roles = "user-account", "region-1", []Role{direct}
	a := world(t, m, cfg)
	id, err := a.ProjectID(t.Context(), "region-1")
	if err != nil || id != ownerProject {
		t.Fatalf("project %q, %v", id, err)
	}
	callTogether(t, a, 5)
	want := []string{mockapig.OpCreateToken, mockapig.OpCreateKeys, mockapig.OpListProjects}
	if got := operations(m); !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
}

// What a renewal that fails says: which credentials, from where.
func TestTemporaryKeysThatCantBeHad(t *testing.T) {
	t.Parallel()
	key := Config{AccessKey: testKey, SecretKey: testSecret}
	role := func(r ...Role) Config {
		c := key
		c.Roles = r
		return c
	}
	for name, tc := range map[string]struct {
		config Config
		want   []string
	}{
		"unknown agency": {
			role(Role{Agency: "nobody", DomainName: "owner"}),
			[]string{`assuming the agency "nobody" of account "owner": get temporary keys of an agency: HTTP 403`, "not authorized"},
		},
		"by ID": {
			role(Role{Agency: "nobody", DomainID: "d9"}),
			[]string{`assuming the agency "nobody" of account d9: assume an agency: HTTP 403`},
		},
		"the second of a chain": {
			role(Role{Agency: "first", DomainName: "middle"}, direct),
			[]string{`assuming the agency "direct" of account "owner"`},
		},
		"too long": {role(Role{Agency: "direct", DomainName: "owner", Duration: 48 * time.Hour}), []string{`the agency "direct"`, "HTTP 400"}},
		"ID token": {
			Config{OIDC: OIDC{ProviderID: "ci", Token: "stale-id-token", Role: directID}},
			[]string{`signing in with the configured ID token of the identity provider "ci" (assume_role_with_oidc): exchange the ID token: HTTP 401`},
		},
		"instance without an agency": {
			Config{Metadata: mustURL(t, "http://169.254.169.254")},
			[]string{"signing in by the metadata service of this ECS instance: get the keys of the instance's agency: HTTP 401", "Please configure Cloud Service Agency first"},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newWorld(mockapig.Config{})
			m.BeInstance("", mockapig.MetadataTokensRequired)
			_, err := send(t.Context(), world(t, m, tc.config), "GET", gatewayPath, "", nil)
			for _, want := range tc.want {
				if err == nil || !strings.Contains(err.Error(), want) {
					t.Errorf("error %v, want %q", err, want)
				}
			}
			if _, ok := errors.AsType[*rest.Error](err); !ok {
				t.Errorf("%T would be repeated", err)
			}
		})
	}
}

// Answers that lack what they should bring are errors, not empty keys.
func TestAnswersWithoutKeys(t *testing.T) {
	t.Parallel()
	for _, operation := range []string{
		mockapig.OpExchangeIDToken, mockapig.OpCreateKeys, mockapig.OpAssumeAgency, mockapig.OpGetMetadataKeys,
	} {
		m := newWorld(mockapig.Config{})
		m.BeInstance(userDomain, mockapig.MetadataTokensOptional)
		m.Fail(mockapig.Fault{Operation: operation, Body: `{"credential":{"access":"AK"}}`})
		cfg := Config{OIDC: OIDC{ProviderID: "ci", Token: "id-token-1", Role: directID}}
		if operation == mockapig.OpGetMetadataKeys {
			cfg = Config{Metadata: mustURL(t, "http://169.254.169.254")}
		}
		_, err := send(t.Context(), world(t, m, cfg), "GET", gatewayPath, "", nil)
		if e, ok := errors.AsType[*rest.Error](err); !ok || e.Kind != rest.KindUnreadable || !strings.Contains(err.Error(), "the answer brings no") {
			t.Errorf("%s: %v", operation, err)
		}
	}
}

// Keys that were made later are secrets as well.
func TestTemporaryKeysAreRedacted(t *testing.T) {
	t.Parallel()
	m := newWorld(mockapig.Config{})
	cfg := Config{OIDC: OIDC{ProviderID: "ci", Token: "id-token-1", Role: directID}}
	a := world(t, m, cfg)
	callTogether(t, a, 1)
	k, ok := a.credentials.(*temporaryKey).keys.cached(struct{}{})
	if !ok {
		t.Fatal("no keys")
	}
	for _, secret := range []string{k.access, k.secret, k.securityToken, "id-token-1"} {
		if got := a.Redact("x" + secret + "y"); got != "x***y" {
			t.Errorf("%s is shown", got)
		}
	}
}

// A late refusal of the old keys must not cost the new ones.
func TestKeysLateRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		m := newWorld(mockapig.Config{})
		cfg := Config{AccessKey: testKey, SecretKey: testSecret, Roles: []Role{direct}, IAM: mustURL(t, testIAM)}
		a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
			resp, err := m.Transport().RoundTrip(r)
			if r.URL.RawQuery == "limit=7" && resp.StatusCode == http.StatusUnauthorized {
				<-time.After(10 * time.Second)
			}
			return resp, err
		}))
		callTogether(t, a, 1)
		m.ExpireKeys()
		var group sync.WaitGroup
		for _, target := range []string{gatewayPath, gatewayPath + "?limit=7"} {
			group.Go(func() {
				if resp := roundTrip(t, a, "GET", target, "", nil); resp.StatusCode != http.StatusOK {
					t.Errorf("%s: answer %d", target, resp.StatusCode)
				}
			})
		}
		group.Wait()
		if got, want := operations(m), []string{mockapig.OpCreateKeys, mockapig.OpCreateKeys}; !slices.Equal(got, want) {
			t.Errorf("calls %q, want %q", got, want)
		}
	})
}

// The end of keys is by the clock of who made them.
func TestKeysEnd(t *testing.T) {
	t.Parallel()
	now := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	for skew, date := range map[time.Duration]string{0: "", time.Hour: "set", -time.Hour: "set"} {
		header := http.Header{}
		served := now.Add(skew)
		if date != "" {
			header.Set("Date", served.Format(http.TimeFormat))
		}
		got := keysLife(now, header, served.Add(time.Hour).Format(time.RFC3339Nano))
		if want := (life{now.Add(55 * time.Minute), now.Add(time.Hour)}); got != want {
			t.Errorf("skew %s: %v, want %v", skew, got, want)
		}
	}
	if got := keysLife(now, http.Header{}, "soon"); got != (life{}) {
		t.Errorf("an end that can't be read gives %v", got)
	}
}

func TestCredentialsGoToTheTokenService(t *testing.T) {
	t.Parallel()
	m := newWorld(mockapig.Config{})
	cfg := Config{AccessKey: testKey, SecretKey: testSecret, Roles: []Role{directID}, Allow: func(u *url.URL) bool { return u.Host == "apig.test" }}
	callTogether(t, world(t, m, cfg), 1)
	a := world(t, m, cfg)
	if _, err := send(t.Context(), a, "GET", "http://sts.test/x", "", nil); err == nil || !strings.Contains(err.Error(), "credentials are not sent to") {
		t.Errorf("unencrypted: %v", err)
	}
}
