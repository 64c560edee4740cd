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
			got := mustSend(t, s, signed(t.Context(), t, http.MethodPost, path, body, "GUESTACCESSKEY", "guest-secret-key", nil, nil))
			access, secret, token := issuedKey(t, got)
			use := func() reply {
				return mustSend(t, s, signed(t.Context(), t, http.MethodGet, listPath, "", access, secret, nil, map[string]string{"X-Security-Token": token}))
			}
			assert.Check(t, is.Equal(use().status, http.StatusOK), path)
			pass(time.Hour)
			assert.Check(t, use().is(http.StatusUnauthorized, codeBadSignature), "%s, after an hour", path)
		})
	}
}

func TestKeysAreRefused(t *testing.T) {
	for name, tc := range map[string]struct {
		path, body, token string
		want              int
	}{
		"by name":           {keysPath, assumeName, "guest-token", 201},
		"by URN":            {assumePath, assumeURN, "guest-token", 200},
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
		"token":             {keysPath, `{"auth":{"identity":{"methods":["token"],"token":{"id":"guest-token"}}}}`, "", 201},
		"unknown token":     {keysPath, `{"auth":{"identity":{"methods":["token"],"token":{"id":"x"}}}}`, "", 401},
		"no token":          {keysPath, `{"auth":{"identity":{"methods":["token"]}}}`, "", 400},
		"ID token":          {idTokenPath, `{"auth":{"id_token":{"id":"ci-token"}}}`, "", 201},
		"unknown ID token":  {idTokenPath, `{"auth":{"id_token":{"id":"x"}}}`, "", 401},
		"ID token, no JSON": {idTokenPath, `x`, "", 400},
	} {
		t.Run(name, func(t *testing.T) {
			got := mustSend(t, withGuest(Config{}), newRequest(t.Context(), http.MethodPost, tc.path, tc.body, "X-Auth-Token", tc.token, "X-Idp-Id", "ci"))
			assert.Check(t, got.status == tc.want, "got %d %s, want %d", got.status, got.body, tc.want)
		})
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
		if key.status != http.StatusOK {
			continue
		}
		access, secret, securityToken := issuedKey(t, key)
		list := func() reply {
			return mustSend(t, s, signed(t.Context(), t, http.MethodGet, listPath, "", access, secret, nil, map[string]string{"X-Security-Token": securityToken}))
		}
		got := list()
		assert.Check(t, got.status == http.StatusOK, "got %d %s", got.status, got.body)
		s.ExpireKeys()
		got = list()
		assert.Check(t, got.status == http.StatusUnauthorized, "after the key's end: %d %s", got.status, got.body)
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
	return mustSend(t, s, signed(t.Context(), t, http.MethodPost, assumePath, body, access, secret, nil, headers))
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
	r := signed(t.Context(), t, http.MethodPost, keysPath, body, access, secret, nil, map[string]string{"X-Security-Token": securityToken})
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
