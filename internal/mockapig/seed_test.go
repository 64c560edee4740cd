// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

func TestDemoSeed(t *testing.T) {
	seed := DemoSeed()
	s := New(Config{})
	assert.NilError(t, s.Plant(seed))
	assert.Check(t, seed.Region == "demo-1" && len(seed.Gateways) == 1 && len(seed.Projects) == 1 && len(seed.Accounts) == 1 && len(seed.Tokens) == 1,
		"got %+v", seed)
	owner := seed.Accounts[0]
	assert.Check(t, owner.User != "" && owner.Password != "" && owner.AccessKey != "" && owner.SecretKey != "" && owner.DomainName != "",
		"the owner lacks a way to sign in")
	uuid := regexp.MustCompile(`^[0-9a-f]{8}-[0-9a-f]{4}-[1-8][0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`)
	perAccount, markers := map[string]int{}, map[int64]bool{}
	for _, c := range s.Connections(seed.Gateways[0].ID) {
		perAccount[c.DomainID]++
		markers[c.MarkerID] = true
		assert.Check(t, uuid.MatchString(c.ID) && c.Status == StatusPending && len(c.DomainID) == 32 && c.CreatedAt != "", "got %+v", c)
	}
	assert.Check(t, slices.Equal(slices.Sorted(maps.Values(perAccount)), []int{8, 30, 30}) && len(markers) == 68, "got %v connections an account", perAccount)
}

func TestReadSeedRefuses(t *testing.T) {
	for text, says := range map[string]string{
		`{"regions":[]}`: "unknown field",
		`{}{}`:           "follows",
		`[]`:             "cannot unmarshal",
		``:               "EOF",
	} {
		_, err := ReadSeed(strings.NewReader(text))
		assert.Check(t, err != nil && strings.Contains(err.Error(), says), "%s: %v", text, err)
	}
}

func TestPlantTellsAllProblems(t *testing.T) {
	seed, err := ReadSeed(strings.NewReader(`{
		"projects": [{"id": "p", "name": "n", "domain_id": "nobody"}],
		"tokens": [{"token": "hush", "domain_id": "nobody"}],
		"agencies": [{"name": "a", "domain_id": "nobody", "trusted": "nobody"}],
		"id_tokens": [{"token": "hush", "provider_id": "ci", "domain_id": "nobody"}],
		"gateways": [{"id": "g", "project_id": "elsewhere", "connections": [
			{"id": "a"}, {"id": "a"}, {"id": "b", "status": "done"}, {"id": "c", "created_at": "today"}, {"id": "d", "updated_at": "today"}
		]}]
	}`))
	assert.NilError(t, err)
	err = New(Config{}).Plant(seed)
	assert.Assert(t, err != nil, "no error")
	for _, says := range []string{
		`project "p"`, "token 1", `agency "a"`, "ID token 1", `gateway "g"`, `endpoint ID "a" was used`, `no such status: "done"`, `of endpoint "c"`, `of endpoint "d"`,
	} {
		assert.Check(t, strings.Contains(err.Error(), says), "%q is not in %v", says, err)
	}
	assert.Check(t, !strings.Contains(err.Error(), "hush"), "a secret is in %v", err)
}

// A seed's ID token signs in, and its agency is there to be assumed.
func TestPlantSignIn(t *testing.T) {
	s := planted(t, New(Config{}), `{
		"accounts": [{"domain_id": "d"}, {"domain_id": "guest", "access_key": "k", "secret_key": "s"}],
		"agencies": [{"name": "a", "domain_id": "d", "domain_name": "owner", "trusted": "guest"}],
		"id_tokens": [{"token": "t", "provider_id": "ci", "domain_id": "guest"}]
	}`)
	got := post(t, s, idTokenPath, `{"auth":{"id_token":{"id":"t"}}}`, "X-Idp-Id", "ci")
	assert.Check(t, got.status == http.StatusCreated && got.header.Get("X-Subject-Token") != "", "the ID token: %d %s", got.status, got.body)
	assert.Check(t, len(s.agencies) == 1 && s.agencies[0].Trusted == "guest", "agencies %+v", s.agencies)
}

func planted(t *testing.T, s *Server, text string) *Server {
	t.Helper()
	seed, err := ReadSeed(strings.NewReader(text))
	if err == nil {
		err = s.Plant(seed)
	}
	assert.NilError(t, err)
	return s
}

func TestPlantRefused(t *testing.T) {
	s := planted(t, newWorld(Config{Behavior: Behavior{Batch: BatchPartial}}), `{
		"accounts": [{"domain_id": "`+testDomain+`"}], "projects": [{"id": "`+testProject+`", "name": "demo-1", "domain_id": "`+testDomain+`"}],
		"gateways": [{"id": "`+testGateway+`", "project_id": "`+testProject+`", "connections": [{"id": "a"}, {"id": "b"}], "refused": ["b"]}]
	}`)
	for range 3 {
		got := act(t, s, "receive", "a", "b")
		assert.Check(t, got.status == http.StatusBadRequest && truth(s) == "accepted, pendingAcceptance", "%d %s, %s", got.status, got.body, truth(s))
	}
}

func TestMarkersAreUnique(t *testing.T) {
	s := newWorld(Config{})
	for _, c := range []Connection{{ID: "a", MarkerID: firstMarker}, {ID: "b"}, {ID: "c", MarkerID: firstMarker + 2}, {ID: "d"}} {
		s.Connect(testGateway, c)
	}
	for i, c := range s.Connections(testGateway) {
		assert.Check(t, c.MarkerID == []int64{firstMarker, firstMarker + 1, firstMarker + 2, firstMarker + 3}[i], "%s has marker %d", c.ID, c.MarkerID)
	}
}
