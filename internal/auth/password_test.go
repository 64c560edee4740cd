// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// What IAM is asked for a token, and for which scope.
func TestPasswordScopes(t *testing.T) {
	t.Parallel()
	byName, byID := passwordConfig, passwordConfig
	byName.ProjectName = "region-1"
	byID.DomainID = "d1"
	for name, tc := range map[string]struct {
		config      Config
		project     string
		user, scope string
	}{
		"account by name": {passwordConfig, "", `"name":"acme"`, `{"domain":{"name":"acme"}}`},
		"account by ID":   {byID, "", `"id":"d1"`, `{"domain":{"id":"d1"}}`},
		"project by name": {byName, "", `"name":"acme"`, `{"project":{"domain":{"name":"acme"},"name":"region-1"}}`},
		"the request's":   {byName, "p1", `"name":"acme"`, `{"project":{"id":"p1"}}`},
	} {
		c := newCloud()
		a := newAuthenticator(t, tc.config, c)
		works(t, a, tc.project)
		works(t, a, tc.project)
		want := []string{
			`POST /v3/auth/tokens {"auth":{"identity":{"methods":["password"],"password":{"user":{"name":"user","password":"pass-secret-word","domain":{` + tc.user +
				`}}}},"scope":` + tc.scope + `}}`,
			"GET /v2/x token-1", "GET /v2/x token-1",
		}
		assert.Check(t, slices.Equal(c.requests, want), "%s: requests %q, want %q", name, c.requests, want)
		works(t, a, "another")
		assert.Check(t, c.count("POST") == 2, "%s: another project is asked for with the same token", name)
	}
}

// A token that was made for a project's name tells its ID, and serves it.
func TestPasswordProjectByName(t *testing.T) {
	t.Parallel()
	for untold, want := range map[bool]string{false: "GET /v2/x token-1", true: "GET /v3/projects?name=region-1 token-1"} {
		c, a := byPassword(t)
		c.projects, c.noBody = []project{{"p1", "region-1"}}, untold
		id, err := a.ProjectID(t.Context(), "region-1")
		assert.Assert(t, err == nil && id == "p1", "project %q, %v", id, err)
		works(t, a, "p1")
		assert.Check(t, c.requests[1] == want, "requests %q, want %q second", c.requests, want)
	}
}

// A token is replaced before it ends, by the clock of who made it.
func TestPasswordTokenIsReplacedBeforeItEnds(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c, a := byPassword(t)
		c.life, c.skew = 24*time.Hour, 48*time.Hour
		works(t, a, "")
		<-time.After(24*time.Hour - 5*time.Minute - time.Second)
		works(t, a, "")
		before := c.count("POST")
		<-time.After(time.Second)
		works(t, a, "")
		assert.Check(t, before == 1 && c.count("POST") == 2 && c.count("GET") == 3, "%d tokens made while the first was good; %q", before, c.requests)
	})
}

func TestLifeOf(t *testing.T) {
	t.Parallel()
	now := time.Date(2026, 1, 2, 3, 0, 0, 0, time.UTC)
	for name, tc := range map[string]struct {
		issued     time.Time
		expires    string
		renew, end time.Duration // from now on
	}{
		"both":          {now, "2026-01-03T03:00:00.000000Z", 24*time.Hour - 5*time.Minute, 24 * time.Hour},
		"another clock": {now.Add(time.Hour), "2026-01-02T05:00:00Z", 55 * time.Minute, time.Hour},
		"end alone":     {time.Time{}, "2026-01-02T04:00:00Z", 55 * time.Minute, time.Hour},
		"ended already": {time.Time{}, "2026-01-02T02:00:00Z", time.Minute, -time.Hour},
		"ten minutes":   {time.Time{}, "2026-01-02T03:10:00Z", 9 * time.Minute, 10 * time.Minute},
		"short life":    {now, "2026-01-02T03:00:10Z", time.Minute, 10 * time.Second},
		"no life":       {now, "2026-01-02T02:00:00Z", time.Minute, -time.Hour},
	} {
		assert.Check(t, is.Equal(lifeOf(now, tc.issued, tc.expires), life{now.Add(tc.renew), now.Add(tc.end)}), name)
	}
	for _, end := range []string{"", "tomorrow"} {
		assert.Check(t, is.Equal(lifeOf(now, now, end), (life{})), "with the end %q", end)
	}
}

// How long something may be used: it is renewed after a minute at the soonest, whatever is said of it.
func FuzzLife(f *testing.F) {
	for _, seed := range [][2]string{{"2030-01-01T00:00:00Z", "2030-01-02T00:00:00Z"}, {"", "2030-01-02T00:00:00.123456Z"}, {"9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z"}, {"x", "y"}, {"0000-01-01T00:00:00Z", "9999-12-31T23:59:59Z"}} {
		f.Add(seed[0], seed[1], int64(1700000000))
	}
	f.Fuzz(func(t *testing.T, sent, expires string, seconds int64) {
		issued, _ := time.Parse(time.RFC3339, sent)
		now := time.Unix(seconds%(1<<33), 0)
		l := lifeOf(now, issued, expires)
		assert.Check(t, l.renewAt.IsZero() == l.end.IsZero() && (l.renewAt.IsZero() || !l.renewAt.Before(now.Add(shortestUse))),
			"issued %s, expires %q: at %s, renewed at %s, ends at %s", issued, expires, now, l.renewAt, l.end)
	})
}

func TestPasswordRefusedTokenIsRenewedOnce(t *testing.T) {
	t.Parallel()
	c, a := byPassword(t)
	works(t, a, "p1")
	c.revokeAll()
	together(50, func(i int) {
		resp, err := send(t.Context(), a, "POST", testAPI, fmt.Sprintf(`{"n":%d}`, i), "p1")
		assert.Check(t, err == nil && resp.StatusCode == http.StatusOK, "request %d: %v, %v", i, resp, err)
	})
	assert.Check(t, is.Equal(c.count("POST /v3/auth/tokens"), 2), "tokens made")
	for i := range 50 {
		want := fmt.Sprintf(`POST /v2/x token-2 {"n":%d}`, i)
		assert.Check(t, c.count(want) == 1, "not repeated with its body: %s", want)
	}
}

// An account that may not make a call may not make it with a new token either. A second refusal of a token goes through.
func TestPasswordIsNotWhatIsRefused(t *testing.T) {
	t.Parallel()
	for code, tokens := range map[string]int{"FROZEN": 1, "TOKEN": 2} {
		c := newCloud()
		classify := func(status int, code, _ string) rest.Kind {
			if code == "FROZEN" {
				return rest.KindForbidden
			}
			return rest.KindOfStatus(status)
		}
		a := newAuthenticator(t, passwordConfig, transport(func(r *http.Request) (*http.Response, error) {
			if r.URL.Host == "apig.test" {
				return reply(http.StatusUnauthorized, `{"error_code":"`+code+`","error_msg":"no"}`), nil
			}
			return c.RoundTrip(r)
		}), func(client *rest.Client) { client.Classify = classify })
		client := rest.Client{HTTP: &http.Client{Transport: a}, Classify: classify}
		for range 2 {
			_, err := client.Do(t.Context(), rest.Request{Method: http.MethodGet, URL: &url.URL{Scheme: "https", Host: "apig.test"}}, nil)
			e, ok := errors.AsType[*rest.Error](err)
			assert.Check(t, ok && e.StatusCode == http.StatusUnauthorized && e.Code == code && e.Message == "no", "%s: got %v", code, err)
		}
		assert.Check(t, is.Equal(c.count("POST"), tokens), "%s: tokens made", code)
	}
}

func TestPasswordBodyThatCantBeReadAgain(t *testing.T) {
	t.Parallel()
	c, a := byPassword(t)
	works(t, a, ownerProject)
	c.revokeAll()
	req := newRequest(t, "POST", testAPI, "{}")
	req.GetBody = nil
	resp, err := a.RoundTrip(req)
	assert.Check(t, err == nil && resp.StatusCode == http.StatusUnauthorized, "%v, %v", resp, err)
}

func TestPasswordErrors(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status  int
		renewal bool
		kind    rest.Kind
		want    []string
	}{
		"wrong password":             {401, false, rest.KindUnauthenticated, []string{`signing in as user "user" of account "acme" for project p1: `, "no such user", "401"}},
		"no token in the answer":     {201, false, rest.KindUnreadable, []string{"no X-Subject-Token header", "POST iam.test/v3/auth/tokens"}},
		"password changed meanwhile": {401, true, rest.KindUnauthenticated, []string{"the credentials were refused and could not be renewed: signing in as user"}},
	} {
		c, a := byPassword(t)
		if tc.renewal {
			works(t, a, "p1")
			c.revokeAll()
		}
		c.refuseTokens(tc.status)
		err := fails(t, a, "p1", tc.want...)
		e, ok := errors.AsType[*rest.Error](err)
		assert.Check(t, ok && e.Kind == tc.kind && !strings.Contains(err.Error(), "secret") && !strings.Contains(err.Error(), "token-1"),
			"%s: error %v is not of kind %s, or holds a secret", name, err, tc.kind)
	}
}
