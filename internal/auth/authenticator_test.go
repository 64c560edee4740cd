// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

const (
	testKey    = "AKTEST"
	testSecret = "sk-secret-value"
	testAPI    = "https://apig.test/v2/x"
)

var testIAM = &url.URL{Scheme: "https", Host: "iam.test", Path: "/v3"}

// transport is an http.RoundTripper made of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// newAuthenticator makes one whose calls, those to IAM included, leave through base.
// change, if there is any, changes the client that makes the calls to IAM.
func newAuthenticator(t *testing.T, cfg Config, base http.RoundTripper, change ...func(*rest.Client)) *Authenticator {
	t.Helper()
	cfg.IAM = testIAM
	client := &rest.Client{HTTP: &http.Client{Transport: base}}
	for _, c := range change {
		c(client)
	}
	return New(cfg, base, client)
}

// byPassword makes a cloud and who signs in to it by password.
func byPassword(t *testing.T) (*cloud, *Authenticator) {
	t.Helper()
	c := newCloud()
	return c, newAuthenticator(t, passwordConfig, c)
}

var passwordConfig = Config{Method: MethodPassword, UserName: "user", Password: "pass-secret-word", DomainName: "acme"}

// send makes a call for a project, if one is named, and reads its answer.
func send(ctx context.Context, a http.RoundTripper, method, target, body, project string) (*http.Response, error) {
	req, err := http.NewRequestWithContext(ctx, method, target, strings.NewReader(body))
	if err != nil {
		return nil, err
	}
	if project != "" {
		req.Header.Set("X-Project-Id", project)
	}
	before := req.Header.Clone()
	resp, err := a.RoundTrip(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	if _, err := io.Copy(io.Discard, resp.Body); err != nil {
		return nil, err
	}
	if !maps.EqualFunc(before, req.Header, slices.Equal) {
		return nil, fmt.Errorf("the caller's headers were changed to %v", req.Header)
	}
	return resp, nil
}

// answers expects the status of a call to target.
func answers(t *testing.T, a http.RoundTripper, status int, target, project string) {
	t.Helper()
	resp, err := send(t.Context(), a, "GET", target, "", project)
	assert.Check(t, err == nil && resp.StatusCode == status, "%s: %v, %v, want %d", target, resp, err, status)
}

// works expects that a call for the project is let.
func works(t *testing.T, a http.RoundTripper, project string) {
	t.Helper()
	answers(t, a, http.StatusOK, testAPI, project)
}

// fails expects that a call for the project can't be made, and what the error says.
func fails(t *testing.T, a http.RoundTripper, project string, wants ...string) error {
	t.Helper()
	_, err := send(t.Context(), a, "GET", testAPI, "", project)
	says(t, err, wants...)
	return err
}

// says expects an error, and what it says.
func says(t *testing.T, err error, wants ...string) {
	t.Helper()
	if err == nil {
		t.Error("no error")
		return
	}
	for _, want := range wants {
		assert.Check(t, strings.Contains(err.Error(), want), "error %q lacks %q", err, want)
	}
}

// timed runs a case in a bubble with a time of its own.
func timed(t *testing.T, name string, run func(*testing.T)) {
	t.Helper()
	t.Run(name, func(t *testing.T) { synctest.Test(t, run) })
}

// together runs n calls at the same time.
func together(n int, call func(i int)) {
	var group sync.WaitGroup
	for i := range n {
		group.Go(func() { call(i) })
	}
	group.Wait()
}

func TestStaticToken(t *testing.T) {
	t.Parallel()
	c := newCloud("mine")
	c.projects = []project{{ID: "p1", Name: "region-1"}}
	a := newAuthenticator(t, byToken("mine"), c)
	works(t, a, "")
	id, err := a.ProjectID(t.Context(), "region-1")
	assert.Assert(t, err == nil && id == "p1", "project %q, %v", id, err)
	c.revokeAll()
	answers(t, a, http.StatusUnauthorized, testAPI, "")
	want := []string{"GET /v2/x mine", "GET /v3/projects?name=region-1 mine", "GET /v2/x mine"}
	assert.Check(t, slices.Equal(c.requests, want), "requests %q, want %q", c.requests, want)
}

// Credentials go to IAM, to the token service and where the configuration allows.
func TestCredentialsStayWithConfiguredHosts(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"https://apig.test/v2/x": true, "https://iam.test/v3/x": true, "https://IAM.test/v3/x": true, "https://sts.test/x": true,
		"http://iam.test/v3/x": false, "https://iam.test:8443/v3/x": false, "https://evil.test/v2/x": false, "https://apig.test.evil/v2/x": false,
		"http://apig.test/v2/x": false, "http://sts.test/x": false,
	}
	for _, cfg := range []Config{byToken("t-secret"), keyConfig, passwordConfig} {
		cfg.STS = &url.URL{Scheme: "https", Host: "sts.test"}
		cfg.Allow = func(u *url.URL) bool { return u.Scheme == "https" && u.Host == "apig.test" }
		for target, allowed := range tests {
			var sent int
			a := newAuthenticator(t, cfg, transport(func(*http.Request) (*http.Response, error) {
				sent++
				resp := reply(http.StatusOK, "{}")
				resp.Header.Set("X-Subject-Token", "t")
				return resp, nil
			}))
			_, err := send(t.Context(), a, "GET", target, "", "")
			assert.Check(t, allowed == (err == nil) && (allowed || sent == 0), "%s: %d requests sent, error %v", target, sent, err)
			assert.Check(t, allowed || errors.As(err, new(*rest.Error)), "%s: the error would be retried: %v", target, err)
		}
	}
}

// An answer about a project is kept, a failure isn't.
func TestProjectID(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		projects []project
		want     string
		err      string
	}{
		"one":                   {projects: []project{{"p1", "r"}}, want: "p1"},
		"only exact names":      {projects: []project{{"p0", "r_sub"}, {"p1", "r"}, {"p2", "R"}}, want: "p1"},
		"the same one repeated": {projects: []project{{"p1", "r"}, {"p1", "r"}}, want: "p1"},
		"none": {
			err: `no project is named "r" among those that these credentials can see at iam.test: check the region and the name, ` +
				`that the account is enabled for the region, and that the user has IAM's permission to list projects`,
		},
		"only similar": {projects: []project{{"p0", "r_sub"}}, err: `no project is named "r" among those that these credentials can see at iam.test`},
		"several": {
			projects: []project{{"p1", "r"}, {"p2", "r"}},
			err:      `2 projects are named "r" ("p1" "p2"): give the ID of the one that is meant instead`,
		},
	} {
		c := newCloud("mine")
		c.projects = tc.projects
		a := newAuthenticator(t, byToken("mine"), c)
		calls := 1
		for range 2 {
			got, err := a.ProjectID(t.Context(), "r")
			assert.Check(t, got == tc.want && (tc.want == "" || err == nil), "%s: got %q, %v; want %q", name, got, err, tc.want)
			if tc.want == "" {
				says(t, err, tc.err)
				calls = 2
			}
		}
		assert.Check(t, is.Equal(c.count("GET /v3/projects"), calls), "%s: lookups", name)
		_, err := a.ProjectID(t.Context(), "")
		assert.Check(t, err != nil && c.count("GET /v3/projects") <= calls, "%s: a project without a name: %v", name, err)
	}
}

// cloud is a scripted IAM and API in one transport, without a network. It accepts the tokens that it issued and that weren't revoked.
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
