// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"encoding/json"
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

// login is the body that asks for a token of the test's owner, with this scope.
func login(scope string) string {
	return `{"auth":{"identity":{"methods":["password"],"password":{"user":` +
		`{"name":"deployer","password":"test-password","domain":{"name":"owner"}}}},"scope":` + scope + `}}`
}

const projectScope = `{"project":{"id":"` + testProject + `"}}`

func askToken(t *testing.T, s *Server, body string) reply {
	t.Helper()
	return mustSend(t, s, newRequest(t.Context(), http.MethodPost, "/v3/auth/tokens", body, "X-Auth-Token", ""))
}

// iamError is the status that IAM's own form of error holds, or 0.
func iamError(t *testing.T, got reply) int {
	t.Helper()
	var body struct {
		Error struct {
			Code           int
			Title, Message string
		}
	}
	assert.NilError(t, json.Unmarshal([]byte(got.body), &body))
	assert.Check(t, body.Error.Code == 0 || body.Error.Title == http.StatusText(body.Error.Code) && body.Error.Message != "", "got %s", got.body)
	return body.Error.Code
}

func TestTokenFromPassword(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := seeded(Config{}, StatusPending)
		got := askToken(t, s, login(projectScope))
		token := got.header.Get("X-Subject-Token")
		assert.Assert(t, got.status == http.StatusCreated && token != "" && !strings.Contains(got.body, token), "got %d %s", got.status, got.body)
		var body struct {
			Token struct {
				ExpiresAt time.Time `json:"expires_at"`
				Project   struct{ ID, Name string }
			}
		}
		assert.NilError(t, json.Unmarshal([]byte(got.body), &body))
		assert.Check(t, body.Token.Project.ID == testProject && body.Token.Project.Name == "demo-1" && body.Token.ExpiresAt.Equal(time.Now().Add(24*time.Hour)),
			"got %s", got.body)
		use := func() reply {
			return get(t, s, listPath, "X-Auth-Token", token)
		}
		pass(24*time.Hour - 1)
		assert.Check(t, is.Equal(use().status, http.StatusOK))
		pass(1)
		assert.Check(t, use().is(401, "APIC.7101"), "after a day")
		s.config.TokenLifetime = time.Minute
		token = askToken(t, s, login(projectScope)).header.Get("X-Subject-Token")
		pass(time.Minute)
		assert.Check(t, use().is(401, "APIC.7101"), "a short one lasts")
	})
}

func TestTokenScopes(t *testing.T) {
	for _, tc := range []struct {
		name, scope string
		status      int // of the answer to the request for a token
		use         int // of a listing with the token
	}{
		{"project by ID", projectScope, 201, 200},
		{"project by name", `{"project":{"name":"demo-1"}}`, 201, 200},
		{"project by name and domain", `{"project":{"name":"demo-1","domain":{"id":"` + testDomain + `"}}}`, 201, 200},
		{"another project", `{"project":{"name":"demo-1_dev"}}`, 201, 403},
		{"domain", `{"domain":{"name":"owner"}}`, 201, 403},
		{"none", `{}`, 201, 403},
		{"foreign project", `{"project":{"id":"` + otherProject + `"}}`, 401, 0},
		{"unknown project", `{"project":{"name":"demo-2"}}`, 401, 0},
		{"foreign domain", `{"domain":{"name":"other"}}`, 401, 0},
		{"project of a foreign domain", `{"project":{"name":"demo-1","domain":{"name":"other"}}}`, 401, 0},
		{"nameless project", `{"project":{}}`, 401, 0},
		{"project and domain", `{"project":{"name":"demo-1"},"domain":{"name":"owner"}}`, 401, 0},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newWorld(Config{})
			s.AddProject(Project{ID: "sub", Name: "demo-1_dev", DomainID: testDomain})
			got := askToken(t, s, login(tc.scope))
			assert.Assert(t, got.status == tc.status, "got %d %s", got.status, got.body)
			if tc.use == 0 {
				assert.Check(t, iamError(t, got) == tc.status && got.header.Get("X-Subject-Token") == "", "got %s", got.body)
				return
			}
			r := newRequest(t.Context(), http.MethodGet, listPath, "", "X-Auth-Token", got.header.Get("X-Subject-Token"))
			assert.Check(t, is.Equal(mustSend(t, s, r).status, tc.use), "its use")
		})
	}
}

func TestRefusesLogins(t *testing.T) {
	right := login(projectScope)
	replace := func(old, with string) string { return strings.Replace(right, old, with, 1) }
	for _, tc := range []struct {
		name, path, body string
		status           int
	}{
		{"wrong password", "", replace("test-password", "guess"), 401},
		{"another account's password", "", replace("test-password", "other-password"), 401},
		{"wrong user", "", replace("deployer", "nobody"), 401},
		{"wrong domain", "", replace(`"owner"`, `"other"`), 401},
		{"no domain", "", replace(`,"domain":{"name":"owner"}`, ""), 401},
		{"no password", "", replace("test-password", ""), 401},
		{"another method", "", replace(`["password"]`, `["token"]`), 400},
		{"an unknown field", "", replace(`"scope"`, `"scopes"`), 400},
		{"no JSON", "", "auth", 400},
		{"an unknown parameter", "?catalog=no", right, 400},
		{"a malformed query", "?%zz", right, 400},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newWorld(Config{})
			got := mustSend(t, s, newRequest(t.Context(), http.MethodPost, "/v3/auth/tokens"+tc.path, tc.body))
			assert.Check(t, got.status == tc.status && iamError(t, got) == tc.status && got.header.Get("X-Subject-Token") == "",
				"got %d %s", got.status, got.body)
			assert.Check(t, got.header.Get("X-Iam-Trace-Id") != "" && got.header.Get("X-Request-Id") != "", "got %v", got.header)
			entry := last(t, s)
			assert.Check(t, entry.Operation == OpCreateToken && entry.Status == tc.status, "the journal has %+v", entry)
		})
	}
	got := mustSend(t, newWorld(Config{}), newRequest(t.Context(), http.MethodPost, "/v3/auth/tokens?nocatalog=true", right))
	assert.Check(t, got.status == 201, "nocatalog: %d", got.status)
}

func TestProjects(t *testing.T) {
	s := newWorld(Config{})
	s.AddProject(Project{ID: "sub", Name: "demo-1_dev", DomainID: testDomain})
	for query, want := range map[string]string{
		"":                 testProject + " sub",
		"?name=demo-1":     testProject,
		"?name=demo-1_dev": "sub",
		"?name=demo":       "",
	} {
		got := get(t, s, "/v3/projects"+query)
		var body struct {
			Projects []struct {
				ID, Name string
				DomainID string `json:"domain_id"`
				Enabled  bool
			}
		}
		assert.NilError(t, json.Unmarshal([]byte(got.body), &body))
		var ids []string
		for _, p := range body.Projects {
			ids = append(ids, p.ID)
			assert.Check(t, p.DomainID == testDomain && p.Enabled && p.Name != "", "%s: got %+v", query, p)
		}
		assert.Check(t, strings.Join(ids, " ") == want && body.Projects != nil, "%s: got %s", query, got.body)
	}
	for name, r := range map[string]*http.Request{
		"no token":             newRequest(t.Context(), http.MethodGet, "/v3/projects", "", "X-Auth-Token", ""),
		"a wrong token":        newRequest(t.Context(), http.MethodGet, "/v3/projects", "", "X-Auth-Token", "guess"),
		"an unknown parameter": newRequest(t.Context(), http.MethodGet, "/v3/projects?nome=demo-1", ""),
	} {
		got := mustSend(t, s, r)
		assert.Check(t, got.status >= 400 && iamError(t, got) == got.status, "%s: got %d %s", name, got.status, got.body)
	}
}

const (
	guestDomain = "2d00000000000000000000000000000a"
	assumeName  = `{"auth":{"identity":{"methods":["assume_role"],"assume_role":{"agency_name":"operators","domain_name":"owner","duration_seconds":3600}}}}`
	assumeURN   = `{"agency_urn":"iam::` + testDomain + `:agency:operators","agency_session_name":"ci","duration_seconds":3600}`
	keysPath    = "/v3.0/OS-CREDENTIAL/securitytokens"
	assumePath  = "/v5/agencies/assume"
	idTokenPath = "/v3.0/OS-AUTH/id-token/tokens"
)

// withGuest is a world whose owner lets a guest act within its account.
func withGuest(cfg Config) *Server {
	s := seeded(cfg, StatusPending)
	s.AddAccount(Account{DomainID: guestDomain, DomainName: "guest", AccessKey: "GUESTACCESSKEY", SecretKey: "guest-secret-key"})
	s.AddToken("guest-token", Token{DomainID: guestDomain})
	s.AddAgency(Agency{Name: "operators", DomainID: testDomain, DomainName: "owner", Trusted: guestDomain})
	s.AddIDToken("ci-token", IDToken{ProviderID: "ci", DomainID: guestDomain, ExpiresAt: time.Now().Add(time.Hour)})
	return s
}

// issuedKey reads a key in any of the three forms.
func issuedKey(t *testing.T, got reply) (access, secret, securityToken string) {
	t.Helper()
	var body struct {
		Credential  struct{ Access, Secret, SecurityToken string }
		Credentials struct {
			Access string `json:"access_key_id"`
			Secret string `json:"secret_access_key"`
			Token  string `json:"security_token"`
		}
	}
	assert.NilError(t, json.Unmarshal([]byte(got.body), &body), "%d %s", got.status, got.body)
	return body.Credential.Access + body.Credentials.Access, body.Credential.Secret + body.Credentials.Secret,
		body.Credential.SecurityToken + body.Credentials.Token
}

func TestKeysOfAnAgency(t *testing.T) {
	for path, body := range map[string]string{keysPath: assumeName, assumePath: assumeURN} {
		synctest.Test(t, func(t *testing.T) {
			s := withGuest(Config{})
			got := mustSend(t, s, signed(t, http.MethodPost, path, body, "GUESTACCESSKEY", "guest-secret-key", nil))
			access, secret, token := issuedKey(t, got)
			use := func(headers map[string]string) reply {
				return mustSend(t, s, signed(t, http.MethodGet, listPath, "", access, secret, headers))
			}
			for _, headers := range []map[string]string{nil, {"X-Security-Token": "another"}} {
				assert.Check(t, use(headers).is(http.StatusUnauthorized, codeBadSignature), "%s with %v", path, headers)
			}
			right := map[string]string{"X-Security-Token": token}
			assert.Check(t, is.Equal(use(right).status, http.StatusOK), path)
			pass(time.Hour)
			assert.Check(t, use(right).is(http.StatusUnauthorized, codeBadSignature), "%s, after an hour", path)
		})
	}
}

func TestKeysAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		path, body, token string
		want              int
	}{
		"not trusted":       {keysPath, assumeName, testToken, 403},
		"not trusted, URN":  {assumePath, assumeURN, testToken, 403},
		"unknown agency":    {keysPath, strings.Replace(assumeName, "operators", "x", 1), "guest-token", 403},
		"unknown account":   {keysPath, strings.Replace(assumeName, "owner", "x", 1), "guest-token", 403},
		"no credentials":    {keysPath, assumeName, "", 401},
		"too short":         {keysPath, strings.Replace(assumeName, "3600", "899", 1), "guest-token", 400},
		"too long":          {assumePath, strings.Replace(assumeURN, "3600", "43201", 1), "guest-token", 400},
		"too short, URN":    {assumePath, strings.Replace(assumeURN, "3600", "899", 1), "guest-token", 400},
		"longest, URN":      {assumePath, strings.Replace(assumeURN, "3600", "43200", 1), "guest-token", 200},
		"too long, by name": {keysPath, strings.Replace(assumeName, "3600", "86401", 1), "guest-token", 400},
		"longest, by name":  {keysPath, strings.Replace(assumeName, "3600", "86400", 1), "guest-token", 201},
		"by domain ID":      {keysPath, strings.Replace(assumeName, `"domain_name":"owner"`, `"domain_id":"`+testDomain+`"`, 1), "guest-token", 201},
		"another method":    {keysPath, strings.Replace(assumeName, `["assume_role"]`, `["password"]`, 1), "guest-token", 400},
		"unknown field":     {keysPath, strings.Replace(assumeName, "agency_name", "agency", 1), "guest-token", 400},
		"unknown token":     {keysPath, `{"auth":{"identity":{"methods":["token"],"token":{"id":"x"}}}}`, "", 401},
		"no token":          {keysPath, `{"auth":{"identity":{"methods":["token"]}}}`, "", 400},
		"unknown ID token":  {idTokenPath, `{"auth":{"id_token":{"id":"x"}}}`, "", 401},
		"ID token, no JSON": {idTokenPath, `x`, "", 400},
	} {
		got := post(t, withGuest(Config{}), tc.path, tc.body, "X-Auth-Token", tc.token, "X-Idp-Id", "ci")
		assert.Check(t, got.status == tc.want, "%s: got %d %s, want %d", name, got.status, got.body, tc.want)
	}
	got := post(t, withGuest(Config{}), idTokenPath, `{"auth":{"id_token":{"id":"ci-token"}}}`, "X-Auth-Token", "", "X-Idp-Id", "other")
	assert.Check(t, got.status == http.StatusUnauthorized, "another provider's ID token: %d %s", got.status, got.body)
}

func TestMetadataService(t *testing.T) {
	const tokenPath, keyPath = "/meta-data/latest/api/token", "/openstack/latest/securitykey"
	for _, tc := range []struct {
		tokens        MetadataTokens
		token, bare   int
		withItsHeader int
	}{
		{"", 404, 404, 404},
		{MetadataTokensUnknown, 404, 200, 200},
		{MetadataTokensOptional, 200, 200, 200},
		{MetadataTokensRequired, 200, 401, 200},
	} {
		s := seeded(Config{})
		if tc.tokens != "" {
			s.BeInstance(testDomain, tc.tokens)
		}
		token := mustSend(t, s, newRequest(t.Context(), http.MethodPut, tokenPath, "", "X-Metadata-Token-Ttl-Seconds", "300"))
		bare := get(t, s, keyPath)
		key := get(t, s, keyPath, "X-Metadata-Token", token.body)
		assert.Check(t, token.status == tc.token && bare.status == tc.bare && key.status == tc.withItsHeader,
			"%q: got %d, %d, %d", tc.tokens, token.status, bare.status, key.status)
	}
	s := seeded(Config{})
	s.BeInstance("", MetadataTokensRequired)
	got := mustSend(t, s, newRequest(t.Context(), http.MethodPut, tokenPath, ""))
	assert.Check(t, got.status == http.StatusBadRequest, "without a lifetime: %d %s", got.status, got.body)
}

func assume(t *testing.T, s *Server, session, seconds, access, secret, securityToken string) reply {
	t.Helper()
	body := strings.Replace(strings.Replace(assumeURN, `"ci"`, `"`+session+`"`, 1), "3600", seconds, 1)
	var headers map[string]string
	if securityToken != "" {
		headers = map[string]string{"X-Security-Token": securityToken}
	}
	return mustSend(t, s, signed(t, http.MethodPost, assumePath, body, access, secret, headers))
}

func TestSessionNames(t *testing.T) {
	for name, want := range map[string]int{
		"": 400, "c": 400, "ci": 200, "A-z_": 400, "a b": 400, "a/b": 400, "ä1": 400, "0+=,.@-9": 200,
		strings.Repeat("a", 64): 200, strings.Repeat("a", 65): 400,
	} {
		got := assume(t, withGuest(Config{}), name, "900", "GUESTACCESSKEY", "guest-secret-key", "")
		assert.Check(t, got.status == want && (want != 400 || got.Code == codeBadSTSRequest), "%q: got %d %s", name, got.status, got.body)
	}
}

// TestChainedKeysAreShort assumes an agency with a temporary key, as in a chain or on an ECS instance.
func TestChainedKeysAreShort(t *testing.T) {
	s := withGuest(Config{})
	s.BeInstance(guestDomain, MetadataTokensOptional)
	access, secret, securityToken := issuedKey(t, get(t, s, "/openstack/latest/securitykey"))
	for seconds, want := range map[string]int{"899": 400, "900": 200, "3600": 200, "3601": 400, "43200": 400} {
		got := assume(t, s, "ci", seconds, access, secret, securityToken)
		assert.Check(t, got.status == want && (want != 400 || got.Code == codeBadSTSRequest),
			"%s s with a security token: %d %s", seconds, got.status, got.body)
	}
	for seconds, want := range map[string]int{"899": 400, "3601": 200, "43200": 200, "43201": 400} {
		got := assume(t, s, "ci", seconds, "GUESTACCESSKEY", "guest-secret-key", "")
		assert.Check(t, got.status == want, "%s s with a key that stays: %d %s", seconds, got.status, got.body)
	}
	// IAM does not mind.
	body := strings.Replace(assumeName, "3600", "86400", 1)
	r := signed(t, http.MethodPost, keysPath, body, access, secret, map[string]string{"X-Security-Token": securityToken})
	got := mustSend(t, s, r)
	assert.Check(t, got.status == http.StatusCreated, "IAM: %d %s", got.status, got.body)
}

func TestNoSTS(t *testing.T) {
	s := withGuest(Config{Behavior: Behavior{NoSTS: true}})
	request := func(path, body string) *http.Request {
		return newRequest(t.Context(), http.MethodPost, path, body, "X-Auth-Token", "guest-token")
	}
	_, err := send(s, request(assumePath, assumeURN))
	var unknown *net.DNSError
	assert.Check(t, errors.As(err, &unknown) && unknown.IsNotFound && unknown.Name == "mock.test", "in memory: %v", err)
	listener := httptest.NewServer(s)
	defer listener.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, listener.URL+assumePath, strings.NewReader(assumeURN))
	assert.NilError(t, err)
	response, err := listener.Client().Do(r)
	if err == nil {
		_ = response.Body.Close()
	}
	assert.Check(t, errors.Is(err, io.EOF), "over a socket: %v", err)
	assert.Check(t, is.Len(s.Journal(), 0))
	got := mustSend(t, s, request(keysPath, assumeName))
	assert.Check(t, got.status == http.StatusCreated, "IAM: %d %s", got.status, got.body)
	s.SetBehavior(Behavior{})
	got = mustSend(t, s, request(assumePath, assumeURN))
	assert.Check(t, got.status == http.StatusOK, "with a token service: %d %s", got.status, got.body)
}
