// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// asked expects so many requests for tokens.
func asked(t *testing.T, c *cloud, want int) {
	t.Helper()
	if got := c.count("POST"); got != want {
		t.Errorf("%d requests for tokens, want %d", got, want)
	}
}

// IAM locks a user who is refused a few times, be it for several projects: a
// second one tells that it is the password that is wrong, the account at once.
func TestPasswordRefusedIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for projects, want := range []int{1, 1, 2, 2, 2} {
			c, a := byPassword(t)
			c.refuseTokens(http.StatusUnauthorized)
			refuse := c.onToken
			c.onToken = func(r *http.Request) (*http.Response, error) {
				<-time.After(time.Second)
				return refuse(r)
			}
			together(60, func(i int) {
				project := "" // for the account
				if projects > 0 {
					project = fmt.Sprint("p", i%projects)
				}
				fails(t, a, project, "no such user")
			})
			asked(t, c, want)
		}
	})
}

// A project that is wrong is refused like a password that is, be it the first
// one that is asked for. Once the password is known to be good, a refusal says
// nothing of others.
func TestPasswordRefusedForTheFirstProject(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		c, a := byPassword(t)
		refuse := func(project string) {
			c.refuseTokens(status)
			fails(t, a, project, "no such user")
			c.onToken = nil
		}
		refuse("wrong")
		works(t, a, "p1")
		works(t, a, "")
		refuse("wrong as well")
		works(t, a, "p2")
		refuse("wrong")
		refuse("wrong as well")
		asked(t, c, 5) // one for each scope
		c.revokeAll()
		works(t, a, "p1")
		asked(t, c, 6)
	}
}

// A password that was changed meanwhile is tried once more, not for each project.
func TestPasswordChanged(t *testing.T) {
	t.Parallel()
	c, a := byPassword(t)
	works(t, a, "p1")
	works(t, a, "p2")
	c.revokeAll()
	c.refuseTokens(http.StatusUnauthorized)
	for range 3 {
		for _, p := range []string{"p1", "p2", "p3"} {
			fails(t, a, p, "no such user")
		}
	}
	asked(t, c, 3)
}

// An API that refuses whatever it is sent, old or new, costs a few renewals,
// however many calls it refuses, and how they overlap. What it refuses later,
// when it takes something again, is renewed as before.
func TestEverythingIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config Config
		asks   string // the call that renews
	}{
		"password":       {Config{UserName: "owner-user", Password: "pass-secret-word", DomainName: "owner"}, mockapig.OpCreateToken},
		"temporary keys": {with(keyConfig, direct), mockapig.OpCreateKeys},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newWorld(mockapig.Config{})
				m.AddAccount(mockapig.Account{DomainID: ownerDomain, DomainName: "owner", User: "owner-user", Password: "pass-secret-word"})
				var well atomic.Bool
				a := newAuthenticator(t, tc.config, transport(func(r *http.Request) (*http.Response, error) {
					if r.URL.Host != "apig.test" || well.Load() {
						return m.Transport().RoundTrip(r)
					}
					n, err := strconv.Atoi(r.URL.Query().Get("n"))
					<-time.After(time.Duration(n*37%11)*time.Second + time.Duration(n)*time.Millisecond)
					return reply(http.StatusUnauthorized, "{}"), err
				}))
				renewals := func(status int) int {
					t.Helper()
					m.ResetJournal()
					together(100, func(i int) {
						<-time.After(time.Duration(i) * 100 * time.Millisecond)
						target := gatewayPath
						if status == http.StatusUnauthorized {
							target += fmt.Sprint("?n=", i)
						}
						answers(t, a, status, target, ownerProject)
					})
					return m.Count(tc.asks)
				}
				// Only what is refused before the first second try has ended makes another one.
				const few = 3
				if n := renewals(http.StatusUnauthorized); n < 2 || n > 1+few {
					t.Errorf("%d renewals", n)
				}
				for range 5 {
					if n := renewals(http.StatusUnauthorized); n > 0 {
						t.Errorf("%d renewals right after", n)
					}
				}
				<-time.After(refusalPause)
				if n := renewals(http.StatusUnauthorized); n < 1 || n > few {
					t.Errorf("%d renewals after a pause", n)
				}
				<-time.After(refusalPause)
				well.Store(true)
				for range 2 {
					m.ExpireKeys()
					m.ExpireTokens()
					if n := renewals(http.StatusOK); n != 1 {
						t.Errorf("%d renewals of what ended, want 1", n)
					}
				}
			})
		})
	}
}

// Credentials that are refused are tried once, whatever the answer looks like and whatever they would be exchanged for.
func TestRefusedCredentialsAreTriedOnce(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		status int
		body   string
		cut    bool // the connection breaks after the body
	}{
		"JSON":       {401, `{"error":{"code":401,"message":"no"}}`, false},
		"code":       {401, `{"error_code":"APIGW.0301","error_msg":"no"}`, false},
		"page":       {401, "<html><title>no</title></html>", false},
		"page, 403":  {403, "<html><title>no</title></html>", false},
		"text":       {401, "no", false},
		"nothing":    {401, "", false},
		"cut off":    {401, `{"error":{"co`, true},
		"403, cut":   {403, `{"error":{"co`, true},
		"unfinished": {401, `{"error":{"co`, false},
		"page, cut":  {401, "<html>", true},
	} {
		for method, cfg := range map[string]Config{
			"password": passwordConfig, "ID token": byIDToken("id-token-1", Role{}), "agency": with(keyConfig, Role{Agency: "deployer", DomainName: "acme"}),
		} {
			var tried int
			a := newAuthenticator(t, cfg, transport(func(*http.Request) (*http.Response, error) {
				tried++
				resp := reply(tc.status, tc.body)
				if strings.HasPrefix(tc.body, "<") {
					resp.Header.Set("Content-Type", "text/html")
				}
				if tc.cut {
					resp.Body = io.NopCloser(io.MultiReader(resp.Body, iotest.ErrReader(io.ErrUnexpectedEOF)))
				}
				return resp, nil
			}), func(c *rest.Client) { c.MaxRetries = 5 })
			for range 3 {
				fails(t, a, "p1")
			}
			if tried != 1 {
				t.Errorf("%s, %s: tried %d times", method, name, tried)
			}
		}
	}
}
