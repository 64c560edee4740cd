// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"errors"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
)

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
		if got.status != want || want == 400 && got.Code != codeBadSTSRequest {
			t.Errorf("%q: got %d %s", name, got.status, got.body)
		}
	}
}

// TestChainedKeysAreShort assumes an agency with a temporary key, as in a chain or on an ECS instance.
func TestChainedKeysAreShort(t *testing.T) {
	s := withGuest(Config{})
	s.BeInstance(guestDomain, MetadataTokensOptional)
	access, secret, securityToken := issuedKey(t, get(t, s, "/openstack/latest/securitykey"))
	for seconds, want := range map[string]int{"899": 400, "900": 200, "3600": 200, "3601": 400, "43200": 400} {
		got := assume(t, s, "ci", seconds, access, secret, securityToken)
		if got.status != want || want == 400 && got.Code != codeBadSTSRequest {
			t.Errorf("%s s with a security token: %d %s", seconds, got.status, got.body)
		}
	}
	for seconds, want := range map[string]int{"899": 400, "3601": 200, "43200": 200, "43201": 400} {
		if got := assume(t, s, "ci", seconds, "GUESTACCESSKEY", "guest-secret-key", ""); got.status != want {
			t.Errorf("%s s with a key that stays: %d %s", seconds, got.status, got.body)
		}
	}
	// IAM does not mind.
	body := strings.Replace(assumeName, "3600", "86400", 1)
	r := signed(t.Context(), t, http.MethodPost, keysPath, body, access, secret, nil, map[string]string{"X-Security-Token": securityToken})
	if got := mustSend(t, s, r); got.status != http.StatusCreated {
		t.Errorf("IAM: %d %s", got.status, got.body)
	}
}

func TestNoSTS(t *testing.T) {
	s := withGuest(Config{Behavior: Behavior{NoSTS: true}})
	request := func(path, body string) *http.Request {
		return newRequest(t.Context(), http.MethodPost, path, body, "X-Auth-Token", "guest-token")
	}
	_, err := send(s, request(assumePath, assumeURN))
	var unknown *net.DNSError
	if !errors.As(err, &unknown) || !unknown.IsNotFound || unknown.Name != "mock.test" {
		t.Errorf("in memory: %v", err)
	}
	listener := httptest.NewServer(s)
	defer listener.Close()
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPost, listener.URL+assumePath, strings.NewReader(assumeURN))
	if err != nil {
		t.Fatal(err)
	}
	response, err := listener.Client().Do(r)
	if err == nil {
		_ = response.Body.Close()
	}
	if !errors.Is(err, io.EOF) {
		t.Errorf("over a socket: %v", err)
	}
	if n := len(s.Journal()); n != 0 {
		t.Errorf("%d calls arrived", n)
	}
	if got := mustSend(t, s, request(keysPath, assumeName)); got.status != http.StatusCreated {
		t.Errorf("IAM: %d %s", got.status, got.body)
	}
	s.SetBehavior(Behavior{})
	if got := mustSend(t, s, request(assumePath, assumeURN)); got.status != http.StatusOK {
		t.Errorf("with a token service: %d %s", got.status, got.body)
	}
}
