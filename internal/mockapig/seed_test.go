// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"
)

func TestDemoSeed(t *testing.T) {
	seed := DemoSeed()
	s := New(Config{})
	if err := s.Plant(seed); err != nil {
		t.Fatal(err)
	}
	if seed.Region != "demo-1" || len(seed.Gateways) != 1 || len(seed.Projects) != 1 || len(seed.Accounts) != 1 || len(seed.Tokens) != 1 {
		t.Errorf("got %+v", seed)
	}
	owner := seed.Accounts[0]
	if owner.User == "" || owner.Password == "" || owner.AccessKey == "" || owner.SecretKey == "" || owner.DomainName == "" {
		t.Error("the owner lacks a way to sign in")
	}
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	perAccount, markers := map[string]int{}, map[int64]bool{}
	for _, c := range s.Connections(seed.Gateways[0].ID) {
		perAccount[c.DomainID]++
		markers[c.MarkerID] = true
		if !uuid.MatchString(c.ID) || c.Status != StatusPending || len(c.DomainID) != 32 || c.CreatedAt == "" {
			t.Errorf("got %+v", c)
		}
	}
	var counts []int
	for _, count := range perAccount {
		counts = append(counts, count)
	}
	if len(counts) != 3 || counts[0]+counts[1]+counts[2] != 68 || counts[0]*counts[1]*counts[2] != 30*30*8 || len(markers) != 68 {
		t.Errorf("got %v connections an account", perAccount)
	}
}

func TestReadSeedRefuses(t *testing.T) {
	for text, says := range map[string]string{
		`{"regions":[]}`: "unknown field",
		`{}{}`:           "follows",
		`[]`:             "cannot unmarshal",
		``:               "EOF",
	} {
		if _, err := ReadSeed(strings.NewReader(text)); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("%s: %v", text, err)
		}
	}
}

func TestPlantTellsAllProblems(t *testing.T) {
	seed, err := ReadSeed(strings.NewReader(`{
		"projects": [{"id": "p", "name": "n", "domain_id": "nobody"}],
		"tokens": [{"token": "hush", "domain_id": "nobody"}],
		"agencies": [{"name": "a", "domain_id": "nobody", "trusted": "nobody"}],
		"id_tokens": [{"token": "hush", "provider_id": "ci", "domain_id": "nobody"}],
		"gateways": [{"id": "g", "project_id": "elsewhere", "connections": [{"id": "a"}, {"id": "a"}, {"id": "b", "status": "done"}]}]
	}`))
	if err != nil {
		t.Fatal(err)
	}
	err = New(Config{}).Plant(seed)
	if err == nil {
		t.Fatal("no error")
	}
	for _, says := range []string{`project "p"`, "token 1", `agency "a"`, "ID token 1", `gateway "g"`, `endpoint ID "a" was used`, `no such status: "done"`} {
		if !strings.Contains(err.Error(), says) {
			t.Errorf("%q is not in %v", says, err)
		}
	}
	if strings.Contains(err.Error(), "hush") {
		t.Errorf("a secret is in %v", err)
	}
}

// A seed's ID token signs in, and its agency is there to be assumed.
func TestPlantSignIn(t *testing.T) {
	seed, err := ReadSeed(strings.NewReader(`{
		"accounts": [{"domain_id": "d"}, {"domain_id": "guest", "access_key": "k", "secret_key": "s"}],
		"agencies": [{"name": "a", "domain_id": "d", "domain_name": "owner", "trusted": "guest"}],
		"id_tokens": [{"token": "t", "provider_id": "ci", "domain_id": "guest"}]
	}`))
	if err != nil {
		t.Fatal(err)
	}
	s := New(Config{})
	if err := s.Plant(seed); err != nil {
		t.Fatal(err)
	}
	request := httptest.NewRequestWithContext(t.Context(), http.MethodPost, "/v3.0/OS-AUTH/id-token/tokens", strings.NewReader(`{"auth":{"id_token":{"id":"t"}}}`))
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("X-Idp-Id", "ci")
	answer := httptest.NewRecorder()
	s.ServeHTTP(answer, request)
	if answer.Code != http.StatusCreated || answer.Header().Get("X-Subject-Token") == "" {
		t.Errorf("the ID token: %d %s", answer.Code, answer.Body)
	}
	if len(s.agencies) != 1 || s.agencies[0].Trusted != "guest" {
		t.Errorf("agencies %+v", s.agencies)
	}
}

func TestPlantRefused(t *testing.T) {
	seed, err := ReadSeed(strings.NewReader(`{"gateways": [{"id": "` + testGateway + `", "project_id": "` + testProject + `",
		"connections": [{"id": "a"}, {"id": "b"}], "refused": ["b"]}]}`))
	if err != nil {
		t.Fatal(err)
	}
	s := newWorld(Config{Behavior: Behavior{Batch: BatchPartial}})
	if err := s.Plant(Seed{Accounts: s.accounts, Projects: []Project{s.projects[testProject]}, Gateways: seed.Gateways}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if got := act(t, s, "receive", "a", "b"); got.status != http.StatusBadRequest || truth(s) != "accepted, pendingAcceptance" {
			t.Errorf("%d %s, %s", got.status, got.body, truth(s))
		}
	}
}

func TestMarkersAreUnique(t *testing.T) {
	s := newWorld(Config{})
	for _, c := range []Connection{{ID: "a", MarkerID: firstMarker}, {ID: "b"}, {ID: "c", MarkerID: firstMarker + 2}, {ID: "d"}} {
		s.Connect(testGateway, c)
	}
	for i, c := range s.Connections(testGateway) {
		if c.MarkerID != []int64{firstMarker, firstMarker + 1, firstMarker + 2, firstMarker + 3}[i] {
			t.Errorf("%s has marker %d", c.ID, c.MarkerID)
		}
	}
}
