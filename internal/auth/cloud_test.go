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
	mu         sync.Mutex
	skew, life time.Duration
	issued     int
	live       map[string]bool
	requests   []string // method, path, token and body: "GET /v2/x token-1"
	projects   []project
	onToken    func(*http.Request) (*http.Response, error) // if not nil, answers token requests instead
	noBody     bool                                        // token answers have no body worth reading
}

func newCloud(live ...string) *cloud {
	c := &cloud{life: 24 * time.Hour, live: map[string]bool{}}
	for _, token := range live {
		c.live[token] = true
	}
	return c
}

func (c *cloud) RoundTrip(r *http.Request) (*http.Response, error) {
	var body []byte
	if r.Body != nil {
		body, _ = io.ReadAll(r.Body)
	}
	used := r.Header.Get("X-Auth-Token")
	c.mu.Lock()
	c.requests = append(c.requests, strings.Join(strings.Fields(r.Method+" "+r.URL.RequestURI()+" "+used+" "+string(body)), " "))
	onToken := c.onToken
	c.mu.Unlock()
	if r.URL.Path == "/v3/auth/tokens" && onToken != nil {
		return onToken(r)
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	switch {
	case r.URL.Path == "/v3/auth/tokens":
		return c.createToken(body), nil
	case !c.live[used]:
		return reply(http.StatusUnauthorized, `{"error_code":"APIC.7101","error_msg":"expired"}`), nil
	case r.URL.Path == "/v3/projects":
		return reply(http.StatusOK, encode(map[string]any{"projects": c.projects})), nil
	default:
		return reply(http.StatusOK, "{}"), nil
	}
}

func (c *cloud) createToken(body []byte) *http.Response {
	c.issued++
	value := fmt.Sprintf("token-%d", c.issued)
	c.live[value] = true
	now := time.Now().Add(c.skew)
	token := map[string]any{"issued_at": now.Format(time.RFC3339Nano), "expires_at": now.Add(c.life).Format(time.RFC3339Nano)}
	for _, p := range c.projects {
		if strings.Contains(string(body), encode(p.ID)) || strings.Contains(string(body), encode(p.Name)) {
			token["project"] = p
		}
	}
	answer := map[string]any{"token": token}
	if c.noBody {
		answer = map[string]any{}
	}
	resp := reply(http.StatusCreated, encode(answer))
	resp.Header.Set("X-Subject-Token", value)
	return resp
}

func encode(value any) string {
	text, err := json.Marshal(value)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func reply(status int, body string) *http.Response {
	recorder := httptest.NewRecorder()
	recorder.Header().Set("Content-Type", "application/json")
	recorder.WriteHeader(status)
	_, _ = recorder.WriteString(body)
	return recorder.Result()
}

// refuseTokens answers status to all requests for tokens from now on.
func (c *cloud) refuseTokens(status int) {
	c.onToken = func(*http.Request) (*http.Response, error) {
		return reply(status, `{"error":{"code":401,"message":"no such user"}}`), nil
	}
}

// count returns how many requests begin with prefix.
func (c *cloud) count(prefix string) (n int) {
	c.mu.Lock()
	defer c.mu.Unlock()
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
