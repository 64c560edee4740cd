// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"errors"
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

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// A renewal that fails by a passing fault harms nobody while what is renewed is still good, and is not tried for each request.
func TestRenewalThatFails(t *testing.T) {
	t.Parallel()
	status := func(status int) func(*http.Request) (*http.Response, error) {
		return func(*http.Request) (*http.Response, error) { return reply(status, "{}"), nil }
	}
	for name, fault := range map[string]func(*http.Request) (*http.Response, error){
		"no answer": func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		},
		"broken":    func(*http.Request) (*http.Response, error) { return nil, errors.New("broken pipe") },
		"server":    status(http.StatusBadGateway),
		"throttled": status(http.StatusTooManyRequests),
	} {
		timed(t, name, func(t *testing.T) {
			c, a := byPassword(t)
			c.life = time.Hour
			works(t, a, "")
			<-time.After(55 * time.Minute)
			c.onToken = fault
			call := func() int {
				before := c.count("POST")
				together(10, func(int) { works(t, a, "") })
				return c.count("POST") - before
			}
			for range 3 {
				tried, again := call(), call()
				assert.Check(t, tried != 0 && again == 0, "tried %d times, then %d times more at once", tried, again)
				<-time.After(renewalPause)
			}
			<-time.After(5 * time.Minute)
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := send(ctx, a, "GET", testAPI, "", "")
			says(t, err) // the token has ended
			c.onToken = nil
			call()
		})
	}
}

// An agency that can't be assumed for a while is asked for again while its keys
// are good, and is refused for good only once they have ended.
func TestKeysWhoseRenewalIsRefused(t *testing.T) {
	t.Parallel()
	for times, want := range map[int]int{1: 2, -1: 3} {
		synctest.Test(t, func(t *testing.T) {
			m := newWorld(mockapig.Config{KeyLifetime: time.Hour})
			a := world(t, m, with(keyConfig, direct))
			callTogether(t, a, 1)
			<-time.After(56 * time.Minute)
			m.Fail(mockapig.Fault{Operation: mockapig.OpCreateKeys, Status: http.StatusForbidden, Times: times, Code: "IAM.0001", Message: "no"})
			m.ResetJournal()
			for tries := 1; tries <= 2; tries++ {
				callTogether(t, a, 10)
				if got := m.Count(mockapig.OpCreateKeys); got != tries { // one for each pause, however many calls
					t.Errorf("asked %d times, want %d", got, tries)
				}
				<-time.After(renewalPause)
			}
			<-time.After(10 * time.Minute) // to the end of the first keys and on
			for range 3 {
				if times > 0 {
					callTogether(t, a, 1)
				} else {
					fails(t, a, "")
				}
			}
			assert.Check(t, is.Equal(m.Count(mockapig.OpCreateKeys), want), "asked")
		})
	}
}

// A token serves to its end as well. A password that is refused meanwhile is not tried again all the same, a project is.
func TestTokenWhoseRenewalIsRefused(t *testing.T) {
	t.Parallel()
	for status, want := range map[int]int{http.StatusUnauthorized: 1, http.StatusForbidden: 3} {
		synctest.Test(t, func(t *testing.T) {
			c, a := byPassword(t)
			c.life = time.Hour
			works(t, a, "p1")
			<-time.After(56 * time.Minute)
			c.refuseTokens(status)
			for range 2 {
				works(t, a, "p1")
				<-time.After(renewalPause)
			}
			<-time.After(5 * time.Minute)
			for range 3 {
				fails(t, a, "p1", "no such user")
			}
			asked(t, c, 1+want)
		})
	}
}

// stub is a value that lives for an hour.
type stub struct {
	number int
	life
}

// Who looked just before a new value came does not get another one.
func TestStoreLooksAgain(t *testing.T) {
	t.Parallel()
	calls := 0
	s := newStore(func(context.Context, string) (stub, error) {
		calls++
		return stub{number: calls}, nil
	})
	s.keep("k", stub{}, time.Unix(1, 0)) // to be renewed
	first := true
	s.now = func() time.Time {
		if first { // the clock of the first look: another caller is faster
			first = false
			v, err := s.get(t.Context(), "k")
			assert.Check(t, err == nil && v.number == 1, "value %v, %v", v, err)
		}
		return time.Unix(2, 0)
	}
	v, err := s.get(t.Context(), "k")
	assert.Check(t, err == nil && v.number == 1 && calls == 1, "value %v, %v after %d calls", v, err, calls)
}

// asked expects so many requests for tokens.
func asked(t *testing.T, c *cloud, want int) {
	t.Helper()
	assert.Check(t, is.Equal(c.count("POST"), want), "requests for tokens")
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

// A project that is wrong is refused like a password that is, be it the first one that is asked for. Once the password
// is known to be good, a refusal says nothing of others.
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

// An API that refuses whatever it is sent, old or new, costs a few renewals, however many calls it refuses, and how
// they overlap. What it refuses later, when it takes something again, is renewed as before.
func TestEverythingIsRefused(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		config Config
		asks   string // the call that renews
	}{
		"password":       {Config{Method: MethodPassword, UserName: "owner-user", Password: "pass-secret-word", DomainName: "owner"}, mockapig.OpCreateToken},
		"temporary keys": {with(keyConfig, direct), mockapig.OpCreateKeys},
	} {
		timed(t, name, func(t *testing.T) {
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
			n := renewals(http.StatusUnauthorized)
			assert.Check(t, n >= 2 && n <= 1+few, "%d renewals", n)
			for range 5 {
				assert.Check(t, is.Equal(renewals(http.StatusUnauthorized), 0), "renewals right after")
			}
			<-time.After(refusalPause)
			n = renewals(http.StatusUnauthorized)
			assert.Check(t, n >= 1 && n <= few, "%d renewals after a pause", n)
			<-time.After(refusalPause)
			well.Store(true)
			for range 2 {
				m.ExpireKeys()
				m.ExpireTokens()
				assert.Check(t, is.Equal(renewals(http.StatusOK), 1), "renewals of what ended")
			}
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
		"page":       {401, "<html><title>no</title></html>", false},
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
			assert.Check(t, tried == 1, "%s, %s: tried %d times", method, name, tried)
		}
	}
}
