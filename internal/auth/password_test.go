// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

func TestPasswordTokenForEachProject(t *testing.T) {
	t.Parallel()
	c := newCloud()
	a := newAuthenticator(t, passwordConfig(t), c)
	for range 3 {
		roundTrip(t, a, "GET", testAPI, "", forProject("p1"))
		roundTrip(t, a, "GET", testAPI, "", forProject("p2"))
	}
	if got := c.scopes(); !slices.Equal(got, []string{`{"project":{"id":"p1"}}`, `{"project":{"id":"p2"}}`}) {
		t.Errorf("tokens were made for %q", got)
	}
}

func TestPasswordScopes(t *testing.T) {
	t.Parallel()
	byName, byID := passwordConfig(t), passwordConfig(t)
	byName.ProjectName = "region-1"
	byID.DomainID = "d1"
	tests := map[string]struct {
		config      Config
		header      http.Header
		scope, user string
	}{
		"account by name": {passwordConfig(t), nil, `{"domain":{"name":"acme"}}`, `map[name:acme]`},
		"account by ID":   {byID, nil, `{"domain":{"id":"d1"}}`, `map[id:d1]`},
		"project by name": {byName, nil, `{"project":{"domain":{"name":"acme"},"name":"region-1"}}`, `map[name:acme]`},
		"the request's":   {byName, forProject("p1"), `{"project":{"id":"p1"}}`, `map[name:acme]`},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud()
			roundTrip(t, newAuthenticator(t, tc.config, c), "GET", testAPI, "", tc.header)
			if got := c.scopes(); !slices.Equal(got, []string{tc.scope}) {
				t.Errorf("scopes %q, want %q", got, tc.scope)
			}
			identity := c.bodies[0]["auth"].(map[string]any)["identity"].(map[string]any)
			user := identity["password"].(map[string]any)["user"].(map[string]any)
			if user["name"] != "user" || user["password"] != "pass-secret-word" || fmt.Sprint(user["domain"]) != tc.user {
				t.Errorf("user %v", user)
			}
			if fmt.Sprint(identity["methods"]) != "[password]" {
				t.Errorf("methods %v", identity["methods"])
			}
		})
	}
}

// A token that was made for a project's name tells its ID, and serves it.
func TestPasswordProjectByName(t *testing.T) {
	t.Parallel()
	c := newCloud()
	c.projects = []project{{"p1", "region-1"}}
	a := newAuthenticator(t, passwordConfig(t), c)
	id, err := a.ProjectID(t.Context(), "region-1")
	if err != nil || id != "p1" {
		t.Fatalf("project %q, %v", id, err)
	}
	roundTrip(t, a, "GET", testAPI, "", forProject("p1"))
	if want := []string{"POST /v3/auth/tokens", "GET /v2/x token=token-1"}; !slices.Equal(c.requests, want) {
		t.Errorf("requests %q, want %q", c.requests, want)
	}
}

func TestPasswordProjectThatTheTokenDoesNotTell(t *testing.T) {
	t.Parallel()
	c := newCloud()
	c.projects = []project{{"p1", "region-1"}}
	c.noBody = true
	a := newAuthenticator(t, passwordConfig(t), c)
	id, err := a.ProjectID(t.Context(), "region-1")
	if err != nil || id != "p1" {
		t.Fatalf("project %q, %v", id, err)
	}
	want := []string{"POST /v3/auth/tokens", "GET /v3/projects?name=region-1 token=token-1"}
	if !slices.Equal(c.requests, want) {
		t.Errorf("requests %q, want %q", c.requests, want)
	}
}

func TestPasswordTokenIsReplacedBeforeItEnds(t *testing.T) {
	t.Parallel()
	for _, tc := range []struct {
		life, skew time.Duration
		good       time.Duration // for how long the first token is used
	}{
		{life: 24 * time.Hour, good: 24*time.Hour - 5*time.Minute},
		{life: 10 * time.Minute, good: 9 * time.Minute},
		{life: 24 * time.Hour, skew: 48 * time.Hour, good: 24*time.Hour - 5*time.Minute},
		{life: 24 * time.Hour, skew: -48 * time.Hour, good: 24*time.Hour - 5*time.Minute},
	} {
		t.Run(fmt.Sprintf("%s, skew %s", tc.life, tc.skew), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				c := newCloud()
				c.life = tc.life
				c.now = func() time.Time { return time.Now().Add(tc.skew) }
				a := newAuthenticator(t, passwordConfig(t), c)
				roundTrip(t, a, "GET", testAPI, "", nil)
				<-time.After(tc.good - time.Second)
				roundTrip(t, a, "GET", testAPI, "", nil)
				if got := c.count("POST"); got != 1 {
					t.Errorf("%d tokens made while the first was good", got)
				}
				<-time.After(time.Second)
				roundTrip(t, a, "GET", testAPI, "", nil)
				if got := c.count("POST"); got != 2 {
					t.Errorf("%d tokens made, want 2", got)
				}
				if got := c.count("GET"); got != 3 {
					t.Errorf("%d requests sent, want 3: one was refused", got)
				}
			})
		})
	}
}

func TestLifeOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		issued, expires string
		want, end       time.Time
	}{
		"both":           {"2026-01-02T03:00:00.000000Z", "2026-01-03T03:00:00.000000Z", now.Add(24*time.Hour - 5*time.Minute), now.Add(24 * time.Hour)},
		"end alone":      {"", "2026-01-02T04:00:00Z", now.Add(55 * time.Minute), now.Add(time.Hour)},
		"ended already":  {"", "2026-01-02T02:00:00Z", now.Add(time.Minute), now.Add(-time.Hour)},
		"short life":     {"2026-01-02T03:00:00Z", "2026-01-02T03:00:10Z", now.Add(time.Minute), now.Add(10 * time.Second)},
		"no life":        {"2026-01-02T03:00:00Z", "2026-01-02T02:00:00Z", now.Add(time.Minute), now.Add(-time.Hour)},
		"no end":         {"2026-01-02T03:00:00Z", "", time.Time{}, time.Time{}},
		"unreadable end": {"2026-01-02T03:00:00Z", "tomorrow", time.Time{}, time.Time{}},
	} {
		if got := lifeOf(now, tc.issued, tc.expires); !got.renewAt.Equal(tc.want) || !got.end.Equal(tc.end) {
			t.Errorf("%s: %v, want %s and %s", name, got, tc.want, tc.end)
		}
	}
}

func TestPasswordRefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	c := newCloud()
	a := newAuthenticator(t, passwordConfig(t), c)
	roundTrip(t, a, "GET", testAPI, "", forProject("p1"))
	c.revokeAll()
	var group sync.WaitGroup
	for i := range 50 {
		group.Go(func() {
			body := fmt.Sprintf(`{"n":%d}`, i)
			if resp := roundTrip(t, a, "POST", testAPI, body, forProject("p1")); resp.StatusCode != http.StatusOK {
				t.Errorf("request %d: answer %d", i, resp.StatusCode)
			}
		})
	}
	group.Wait()
	if got := c.count("POST /v3/auth/tokens"); got != 2 {
		t.Errorf("%d tokens made, want 2", got)
	}
	for i := range 50 {
		if want := fmt.Sprintf(`POST /v2/x token=token-2 {"n":%d}`, i); c.count(want) != 1 {
			t.Errorf("not repeated with its body: %s", want)
		}
	}
}

// A late refusal of the old token must not cost the new one.
func TestPasswordLateRefusal(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		a := newAuthenticator(t, passwordConfig(t), transport(func(r *http.Request) (*http.Response, error) {
			resp, err := c.RoundTrip(r)
			if r.URL.RawQuery == "slow" && resp.StatusCode == http.StatusUnauthorized {
				<-time.After(10 * time.Second)
			}
			return resp, err
		}))
		roundTrip(t, a, "GET", testAPI, "", nil)
		c.revokeAll()
		var group sync.WaitGroup
		for _, target := range []string{testAPI, testAPI + "?slow"} {
			group.Go(func() {
				if resp := roundTrip(t, a, "GET", target, "", nil); resp.StatusCode != http.StatusOK {
					t.Errorf("%s: answer %d", target, resp.StatusCode)
				}
			})
		}
		group.Wait()
		if got := c.count("POST"); got != 2 {
			t.Errorf("%d tokens made, want 2", got)
		}
	})
}

func TestPasswordRefusedTwiceGoesThrough(t *testing.T) {
	t.Parallel()
	c := newCloud()
	a := newAuthenticator(t, passwordConfig(t), transport(func(r *http.Request) (*http.Response, error) {
		c.revokeAll()
		return c.RoundTrip(r)
	}))
	if resp := roundTrip(t, a, "GET", testAPI, "", nil); resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("answer %d", resp.StatusCode)
	}
	want := []string{"POST /v3/auth/tokens", "GET /v2/x token=token-1", "POST /v3/auth/tokens", "GET /v2/x token=token-2"}
	if !slices.Equal(c.requests, want) {
		t.Errorf("requests %q, want %q", c.requests, want)
	}
}

// An account that may not make a call may not make it with a new token either.
func TestPasswordIsNotWhatIsRefused(t *testing.T) {
	t.Parallel()
	for code, tokens := range map[string]int{"FROZEN": 1, "TOKEN": 2} {
		c := newCloud()
		body := `{"error_code":"` + code + `","error_msg":"no"}`
		base := transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "apig.test" {
				return reply(http.StatusUnauthorized, body), nil
			}
			return c.RoundTrip(r)
		})
		classify := func(status int, code, _ string) rest.Kind {
			if code == "FROZEN" {
				return rest.KindForbidden
			}
			return rest.KindOfStatus(status)
		}
		a, err := New(passwordConfig(t), base, &rest.Client{HTTP: &http.Client{Transport: base}, Classify: classify})
		if err != nil {
			t.Fatal(err)
		}
		client := rest.Client{HTTP: &http.Client{Transport: a}, Classify: classify}
		for range 2 {
			_, err = client.Do(t.Context(), rest.Request{Method: http.MethodGet, URL: mustURL(t, testAPI)}, nil)
			if e, ok := errors.AsType[*rest.Error](err); !ok || e.StatusCode != http.StatusUnauthorized || e.Code != code || e.Message != "no" {
				t.Errorf("%s: got %v", code, err)
			}
		}
		if got := c.count("POST /v3/auth/tokens"); got != tokens {
			t.Errorf("%s: %d tokens were made, want %d", code, got, tokens)
		}
	}
}

func TestPasswordBodyThatCantBeReadAgain(t *testing.T) {
	t.Parallel()
	c := newCloud()
	a := newAuthenticator(t, passwordConfig(t), c)
	roundTrip(t, a, "GET", testAPI, "", nil)
	c.revokeAll()
	req, err := http.NewRequestWithContext(t.Context(), "POST", testAPI, strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	req.GetBody = nil
	resp, err := a.RoundTrip(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusUnauthorized {
		t.Errorf("answer %d", resp.StatusCode)
	}
}

func TestPasswordErrors(t *testing.T) {
	t.Parallel()
	wrong := func(*http.Request) (*http.Response, error) {
		return reply(http.StatusUnauthorized, `{"error":{"code":401,"message":"The username or password is wrong.","title":"Unauthorized"}}`), nil
	}
	empty := func(*http.Request) (*http.Response, error) { return reply(http.StatusCreated, "{}"), nil }
	tests := map[string]struct {
		onToken func(*http.Request) (*http.Response, error)
		renewal bool
		kind    rest.Kind
		want    []string
	}{
		"wrong password": {wrong, false, rest.KindUnauthenticated, []string{
			`signing in as user "user" of account "acme" for project p1: `, "The username or password is wrong.", "401",
		}},
		"no token in the answer": {empty, false, rest.KindUnreadable, []string{"no X-Subject-Token header", "POST iam.test/v3/auth/tokens"}},
		"password changed meanwhile": {wrong, true, rest.KindUnauthenticated, []string{
			"the credentials were refused and could not be renewed: signing in as user",
		}},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			c := newCloud()
			a := newAuthenticator(t, passwordConfig(t), c)
			if tc.renewal {
				roundTrip(t, a, "GET", testAPI, "", forProject("p1"))
				c.revokeAll()
			}
			c.onToken = tc.onToken
			_, err := send(t.Context(), a, "GET", testAPI, "", forProject("p1"))
			for _, want := range tc.want {
				if !strings.Contains(errorText(err), want) {
					t.Errorf("error %q lacks %q", errorText(err), want)
				}
			}
			if strings.Contains(errorText(err), "secret") || strings.Contains(errorText(err), "token-1") {
				t.Errorf("error %q holds a secret", err)
			}
			var typed *rest.Error
			if !errors.As(err, &typed) || typed.Kind != tc.kind {
				t.Errorf("error %#v is not of kind %s", err, tc.kind)
			}
		})
	}
}

// One caller who gives up must not take along those who share the call.
func TestPasswordOneCallerGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		slow := newAuthenticator(t, passwordConfig(t), transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Path == "/v3/auth/tokens" {
				select {
				case <-time.After(10 * time.Second):
				case <-r.Context().Done():
					return nil, r.Context().Err()
				}
			}
			return c.RoundTrip(r)
		}))
		impatient, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		var group sync.WaitGroup
		group.Go(func() {
			if _, err := send(impatient, slow, "GET", testAPI, "", nil); !errors.Is(err, context.DeadlineExceeded) {
				t.Errorf("the impatient caller got %v", err)
			}
		})
		synctest.Wait() // the one who gives up is the one who began
		group.Go(func() {
			if resp := roundTrip(t, slow, "GET", testAPI, "", nil); resp.StatusCode != http.StatusOK {
				t.Errorf("the patient caller got %d", resp.StatusCode)
			}
		})
		group.Wait()
		if got := c.count("POST"); got != 1 {
			t.Errorf("%d tokens made, want 1", got)
		}
	})
}

// The last caller who gives up ends the call, and hears what it was stuck in.
func TestPasswordLastCallerGivesUp(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCloud()
		c.onToken = func(*http.Request) (*http.Response, error) {
			return reply(http.StatusTooManyRequests, `{"error_code":"APIGW.0308","error_msg":"over ratelimit"}`), nil
		}
		a := newAuthenticator(t, passwordConfig(t), c)
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		_, err := send(ctx, a, "GET", testAPI, "", nil)
		if !errors.Is(err, context.DeadlineExceeded) || !strings.Contains(errorText(err), "over ratelimit") {
			t.Errorf("error %v", err)
		}
		made := c.count("POST")
		<-time.After(time.Hour)
		if now := c.count("POST"); now != made {
			t.Errorf("%d more calls after everybody had given up", now-made)
		}
	})
}
