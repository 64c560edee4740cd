// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package mockapig

import (
	"encoding/json"
	"net/http"
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
