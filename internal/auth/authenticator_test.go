// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// transport is an http.RoundTripper made of a function.
type transport func(*http.Request) (*http.Response, error)

func (f transport) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func mustURL(t *testing.T, raw string) *url.URL {
	t.Helper()
	u, err := url.Parse(raw)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func newAuthenticator(t *testing.T, cfg Config, base http.RoundTripper) *Authenticator {
	t.Helper()
	a, err := New(cfg, base, &rest.Client{HTTP: &http.Client{Transport: base}})
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// roundTrip sends a request and returns the answer with its body read.
func roundTrip(t *testing.T, a http.RoundTripper, method, target, body string, header http.Header) *http.Response {
	t.Helper()
	resp, err := send(t.Context(), a, method, target, body, header)
	if err != nil {
		t.Error(err)
		return &http.Response{}
	}
	return resp
}

func send(ctx context.Context, a http.RoundTripper, method, target, body string, header http.Header) (*http.Response, error) {
	var reader io.Reader
	if body != "" {
		reader = strings.NewReader(body)
	}
	req, err := http.NewRequestWithContext(ctx, method, target, reader)
	if err != nil {
		return nil, err
	}
	maps.Copy(req.Header, header)
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

func forProject(id string) http.Header { return http.Header{"X-Project-Id": {id}} }

const (
	testIAM = "https://iam.test/v3"
	testAPI = "https://apig.test/v2/x"
)

func passwordConfig(t *testing.T) Config {
	t.Helper()
	return Config{UserName: "user", Password: "pass-secret-word", DomainName: "acme", IAM: mustURL(t, testIAM)}
}

func TestStaticToken(t *testing.T) {
	t.Parallel()
	c := newCloud()
	c.live["mine"] = true
	c.projects = []project{{ID: "p1", Name: "region-1"}}
	a := newAuthenticator(t, Config{Token: "mine", IAM: mustURL(t, testIAM)}, c)
	if resp := roundTrip(t, a, "GET", testAPI, "", nil); resp.StatusCode != http.StatusOK {
		t.Fatalf("answer %d", resp.StatusCode)
	}
	id, err := a.ProjectID(t.Context(), "region-1")
	if err != nil || id != "p1" {
		t.Fatalf("project %q, %v", id, err)
	}
	c.revokeAll()
	if resp := roundTrip(t, a, "GET", testAPI, "", nil); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("answer %d to a refused token", resp.StatusCode)
	}
	want := []string{"GET /v2/x token=mine", "GET /v3/projects?name=region-1 token=mine", "GET /v2/x token=mine"}
	if !slices.Equal(c.requests, want) {
		t.Errorf("requests %q, want %q", c.requests, want)
	}
}

func TestCredentialsStayWithConfiguredHosts(t *testing.T) {
	t.Parallel()
	tests := map[string]bool{
		"https://apig.test/v2/x":      true,
		"https://iam.test/v3/x":       true,
		"https://IAM.test/v3/x":       true,
		"http://iam.test/v3/x":        false,
		"https://iam.test:8443/v3/x":  false,
		"https://evil.test/v2/x":      false,
		"https://apig.test.evil/v2/x": false,
		"http://apig.test/v2/x":       false,
	}
	for _, cfg := range []Config{
		{Token: "t-secret"},
		{AccessKey: testKey, SecretKey: testSecret},
		{UserName: "u", Password: "p-secret", DomainName: "d"},
	} {
		for target, allowed := range tests {
			t.Run(target, func(t *testing.T) {
				t.Parallel()
				var sent int
				cfg := cfg
				cfg.IAM = mustURL(t, testIAM)
				cfg.Allow = func(u *url.URL) bool { return u.Scheme == "https" && u.Host == "apig.test" }
				a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
					sent++
					resp := reply(http.StatusOK, "{}")
					resp.Header.Set("X-Subject-Token", "t")
					return resp, nil
				}))
				_, err := send(t.Context(), a, "GET", target, "", nil)
				if allowed && err != nil {
					t.Fatal(err)
				}
				if !allowed && (err == nil || sent != 0) {
					t.Fatalf("%d requests sent, error %v", sent, err)
				}
				if !allowed && !errors.As(err, new(*rest.Error)) {
					t.Errorf("the error would be retried: %v", err)
				}
			})
		}
	}
}

func TestProjectID(t *testing.T) {
	t.Parallel()
	tests := map[string]struct {
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
		"only similar": {
			projects: []project{{"p0", "r_sub"}},
			err:      `no project is named "r" among those that these credentials can see at iam.test`,
		},
		"several": {
			projects: []project{{"p1", "r"}, {"p2", "r"}},
			err:      `2 projects are named "r" ("p1" "p2"): give the ID of the one that is meant instead`,
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud()
			c.live["mine"] = true
			c.projects = tc.projects
			a := newAuthenticator(t, Config{Token: "mine", IAM: mustURL(t, testIAM)}, c)
			for range 2 {
				got, err := a.ProjectID(t.Context(), "r")
				if got != tc.want || (tc.err == "") != (err == nil) || !strings.Contains(errorText(err), tc.err) {
					t.Fatalf("got %q, %v; want %q, %q", got, err, tc.want, tc.err)
				}
			}
			wantCalls := 1 // an answer is kept, a failure isn't
			if tc.err != "" {
				wantCalls = 2
			}
			if got := c.count("GET /v3/projects"); got != wantCalls {
				t.Errorf("%d lookups, want %d", got, wantCalls)
			}
		})
	}
}

func TestProjectIDIsSigned(t *testing.T) {
	t.Parallel()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if err := verifySignature(r, testSecret); err != nil {
			http.Error(w, err.Error(), http.StatusUnauthorized)
			return
		}
		_, _ = io.WriteString(w, `{"projects":[{"id":"p1","name":"a b/c"}]}`)
	}))
	t.Cleanup(server.Close)
	id, err := newAccessKey(t, server.URL+"/v3", "").ProjectID(t.Context(), "a b/c")
	if err != nil || id != "p1" {
		t.Errorf("project %q, %v", id, err)
	}
}

func TestProjectIDWithoutName(t *testing.T) {
	t.Parallel()
	a := newAuthenticator(t, Config{Token: "mine", IAM: mustURL(t, testIAM)}, newCloud())
	if _, err := a.ProjectID(t.Context(), ""); err == nil {
		t.Error("no error")
	}
}

func TestNewRefuses(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"no credentials": {IAM: mustURL(t, testIAM)},
		"two methods":    {Token: "t", AccessKey: "a", SecretKey: "s", IAM: mustURL(t, testIAM)},
		"no IAM":         {Token: "t"},
	} {
		if _, err := New(cfg, http.DefaultTransport, &rest.Client{}); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
