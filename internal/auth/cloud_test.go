// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"time"
)

// cloud is a scripted IAM and API in one transport, without a network. It
// accepts the tokens that it issued and that weren't revoked.
type cloud struct {
	mu       sync.Mutex
	now      func() time.Time
	life     time.Duration
	issued   int
	live     map[string]bool
	requests []string         // "POST /v3/auth/tokens project=p1", "GET /v2/x token=token-1"
	bodies   []map[string]any // of token requests
	projects []project

	// onToken, if not nil, answers token requests instead.
	onToken func(*http.Request) (*http.Response, error)
	noBody  bool // token answers have no body worth reading
}

func newCloud() *cloud {
	return &cloud{now: time.Now, life: 24 * time.Hour, live: map[string]bool{}}
}

func (c *cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	switch r.URL.Path {
	case "/v3/auth/tokens":
		return c.createToken(r)
	case "/v3/projects":
		return c.listProjects(r)
	default:
		return c.call(r)
	}
}

func (c *cloud) createToken(r *http.Request) (*http.Response, error) {
	raw, err := io.ReadAll(r.Body)
	if err != nil {
		return nil, err
	}
	var body map[string]any
	if err := json.Unmarshal(raw, &body); err != nil {
		return nil, err
	}
	c.mu.Lock()
	c.requests = append(c.requests, "POST "+r.URL.Path)
	c.bodies = append(c.bodies, body)
	onToken := c.onToken
	c.mu.Unlock()
	if onToken != nil {
		return onToken(r)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.issued++
	value := fmt.Sprintf("token-%d", c.issued)
	c.live[value] = true
	answer := "{}"
	if !c.noBody {
		answer = c.tokenAnswer(body)
	}
	resp := reply(http.StatusCreated, answer)
	resp.Header.Set("X-Subject-Token", value)
	return resp, nil
}

func (c *cloud) tokenAnswer(body map[string]any) string {
	issued := c.now().UTC()
	token := map[string]any{
		"issued_at":  issued.Format("2006-01-02T15:04:05.000000Z"),
		"expires_at": issued.Add(c.life).Format("2006-01-02T15:04:05.000000Z"),
	}
	scope, _ := body["auth"].(map[string]any)["scope"].(map[string]any)
	if asked, ok := scope["project"].(map[string]any); ok {
		for _, p := range c.projects {
			if asked["id"] == p.ID || asked["name"] == p.Name {
				token["project"] = p
			}
		}
	}
	answer, err := json.Marshal(map[string]any{"token": token})
	if err != nil {
		panic(err)
	}
	return string(answer)
}

func (c *cloud) listProjects(r *http.Request) (*http.Response, error) {
	resp, err := c.call(r)
	if err != nil || resp.StatusCode != http.StatusOK {
		return resp, err
	}
	answer, err := json.Marshal(map[string]any{"projects": c.projects})
	if err != nil {
		return nil, err
	}
	return reply(http.StatusOK, string(answer)), nil
}

// call answers 200, or 401 to a token that isn't live.
func (c *cloud) call(r *http.Request) (*http.Response, error) {
	var body string
	if r.Body != nil {
		raw, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		body = string(raw)
	}
	value := r.Header.Get("X-Auth-Token")
	c.mu.Lock()
	defer c.mu.Unlock()
	c.requests = append(c.requests, strings.TrimRight(fmt.Sprintf("%s %s token=%s %s", r.Method, r.URL.RequestURI(), value, body), " "))
	if !c.live[value] {
		return reply(http.StatusUnauthorized, `{"error_code":"APIC.7101","error_msg":"expired"}`), nil
	}
	return reply(http.StatusOK, "{}"), nil
}

func reply(status int, body string) *http.Response {
	recorder := httptest.NewRecorder()
	recorder.Header().Set("Content-Type", "application/json")
	recorder.WriteHeader(status)
	_, _ = recorder.WriteString(body)
	return recorder.Result()
}

// count returns how many requests begin with prefix.
func (c *cloud) count(prefix string) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	var n int
	for _, r := range c.requests {
		if strings.HasPrefix(r, prefix) {
			n++
		}
	}
	return n
}

func (c *cloud) revokeAll() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.live)
}

func (c *cloud) scopes() []string {
	c.mu.Lock()
	defer c.mu.Unlock()
	var scopes []string
	for _, b := range c.bodies {
		raw, err := json.Marshal(b["auth"].(map[string]any)["scope"])
		if err != nil {
			panic(err)
		}
		scopes = append(scopes, string(raw))
	}
	return scopes
}
