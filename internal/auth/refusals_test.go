// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"
	"testing/synctest"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
)

// refuseTokens answers status to all requests for tokens from now on.
func (c *cloud) refuseTokens(status int) {
	c.onToken = func(*http.Request) (*http.Response, error) {
		return reply(status, `{"error":{"code":401,"message":"no such user"}}`), nil
	}
}

// IAM locks a user who is refused a few times, be it for several projects: a
// second one tells that it is the password that is wrong, the account at once.
func TestPasswordRefusedIsNotTriedAgain(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		for projects, want := range []int{1, 1, 2, 2, 2} {
			c := newCloud()
			c.refuseTokens(http.StatusUnauthorized)
			answer := c.onToken
			c.onToken = func(r *http.Request) (*http.Response, error) {
				<-time.After(time.Second)
				return answer(r)
			}
			a := newAuthenticator(t, passwordConfig(t), c)
			var group sync.WaitGroup
			for i := range 60 {
				var header http.Header // none is for the account
				if projects > 0 {
					header = forProject(fmt.Sprint("p", i%projects))
				}
				group.Go(func() {
					_, err := send(t.Context(), a, "GET", testAPI, "", header)
					if !strings.Contains(errorText(err), "no such user") {
						t.Errorf("error %v", err)
					}
				})
			}
			group.Wait()
			if got := c.count("POST"); got != want {
				t.Errorf("%d projects: the password was tried %d times, want %d", projects, got, want)
			}
		}
	})
}

// A project that is wrong is refused like a password that is, be it the first
// one that is asked for.
func TestPasswordRefusedForTheFirstProject(t *testing.T) {
	t.Parallel()
	c := newCloud()
	c.refuseTokens(http.StatusUnauthorized)
	a := newAuthenticator(t, passwordConfig(t), c)
	refuse := func(project string) {
		t.Helper()
		if _, err := send(t.Context(), a, "GET", testAPI, "", forProject(project)); !strings.Contains(errorText(err), "no such user") {
			t.Errorf("%s: error %v", project, err)
		}
	}
	refuse("wrong")
	c.onToken = nil
	roundTrip(t, a, "GET", testAPI, "", forProject("p1"))
	roundTrip(t, a, "GET", testAPI, "", nil)
	c.refuseTokens(http.StatusUnauthorized)
	refuse("wrong as well")
	c.onToken = nil
	roundTrip(t, a, "GET", testAPI, "", forProject("p2"))
	for _, project := range []string{"wrong", "wrong as well"} {
		refuse(project)
	}
	if got := c.count("POST"); got != 5 {
		t.Errorf("%d requests for tokens, want one for each scope", got)
	}
}

// What one project is refused with says nothing about others, once the password
// is known to be good.
func TestPasswordRefusedForAProject(t *testing.T) {
	t.Parallel()
	for _, status := range []int{http.StatusUnauthorized, http.StatusForbidden} {
		c := newCloud()
		a := newAuthenticator(t, passwordConfig(t), c)
		roundTrip(t, a, "GET", testAPI, "", forProject("p1"))
		c.refuseTokens(status)
		for range 3 {
			if _, err := send(t.Context(), a, "GET", testAPI, "", forProject("p2")); err == nil {
				t.Error("no error")
			}
		}
		c.onToken = nil
		c.revokeAll()
		for _, p := range []string{"p1", "p3"} {
			if resp := roundTrip(t, a, "GET", testAPI, "", forProject(p)); resp.StatusCode != http.StatusOK {
				t.Errorf("%s: answer %d", p, resp.StatusCode)
			}
		}
		if got := c.count("POST"); got != 4 {
			t.Errorf("%d requests for tokens, want one for each project and the renewal", got)
		}
	}
}

// A password that was changed meanwhile is tried once more, not for each project.
func TestPasswordChanged(t *testing.T) {
	t.Parallel()
	c := newCloud()
	a := newAuthenticator(t, passwordConfig(t), c)
	for _, p := range []string{"p1", "p2"} {
		roundTrip(t, a, "GET", testAPI, "", forProject(p))
	}
	c.revokeAll()
	c.refuseTokens(http.StatusUnauthorized)
	for range 3 {
		for _, p := range []string{"p1", "p2", "p3"} {
			if _, err := send(t.Context(), a, "GET", testAPI, "", forProject(p)); !strings.Contains(errorText(err), "no such user") {
				t.Errorf("%s: error %v", p, err)
			}
		}
	}
	if got := c.count("POST"); got != 3 {
		t.Errorf("%d requests for tokens, want 3", got)
	}
}

// A fault that passes is not remembered.
func TestPasswordFaultIsTriedAgain(t *testing.T) {
	t.Parallel()
	c := newCloud()
	c.refuseTokens(http.StatusInternalServerError)
	a := newAuthenticator(t, passwordConfig(t), c)
	if _, err := send(t.Context(), a, "GET", testAPI, "", nil); err == nil {
		t.Error("no error")
	}
	c.onToken = nil
	roundTrip(t, a, "GET", testAPI, "", nil)
}

func TestKeysRefusedAreNotTriedAgain(t *testing.T) {
	t.Parallel()
	key := Config{AccessKey: testKey, SecretKey: testSecret}
	with := func(c Config, roles ...Role) Config {
		c.Roles = roles
		return c
	}
	stale := Config{OIDC: OIDC{ProviderID: "ci", Token: "stale-id-token", Role: directID}}
	wrong := Config{UserName: "user", Password: "wrong-password", DomainName: "user-account"}
	for name, tc := range map[string]struct {
		config Config
		want   []string
	}{
		"agency":             {with(key, Role{Agency: "nobody", DomainName: "owner"}), []string{mockapig.OpCreateKeys}},
		"second agency":      {with(key, Role{Agency: "first", DomainName: "middle"}, Role{Agency: "nobody", DomainID: "d9"}), []string{mockapig.OpCreateKeys, mockapig.OpAssumeAgency}},
		"ID token":           {stale, []string{mockapig.OpExchangeIDToken}},
		"agency of ID token": {with(stale, direct), []string{mockapig.OpExchangeIDToken}},
		"password of agency": {with(wrong, direct), []string{mockapig.OpCreateToken}},
		"instance": {
			Config{Metadata: mustURL(t, "http://169.254.169.254")}, []string{mockapig.OpGetMetadataToken, mockapig.OpGetMetadataKeys},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newWorld(mockapig.Config{})
			m.BeInstance("", mockapig.MetadataTokensRequired)
			a := world(t, m, tc.config)
			texts := map[string]bool{}
			for range 5 {
				_, err := send(t.Context(), a, "GET", gatewayPath, "", nil)
				texts[errorText(err)] = true
			}
			if got := operations(m); !slices.Equal(got, tc.want) {
				t.Errorf("calls %q, want %q", got, tc.want)
			}
			if len(texts) != 1 || texts[""] {
				t.Errorf("errors %v", texts)
			}
		})
	}
}

// Another token in the file is other credentials, for an agency that is assumed
// with them too.
func TestIDTokenRefusedThenReplaced(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "token")
	write := func(token string) {
		if err := os.WriteFile(file, []byte(token), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	m := newWorld(mockapig.Config{})
	oidc := OIDC{ProviderID: "ci", TokenFile: file, Role: Role{Agency: "first", DomainID: middleDomain}}
	a := world(t, m, Config{OIDC: oidc, Roles: []Role{{Agency: "second", DomainName: "owner"}}})
	write("stale-id-token")
	for range 3 {
		if _, err := send(t.Context(), a, "GET", gatewayPath, "", nil); err == nil {
			t.Error("no error")
		}
	}
	write("id-token-1")
	callTogether(t, a, 3)
	want := []string{mockapig.OpExchangeIDToken, mockapig.OpExchangeIDToken, mockapig.OpCreateKeys, mockapig.OpAssumeAgency, mockapig.OpCreateKeys}
	if got := operations(m); !slices.Equal(got, want) {
		t.Errorf("calls %q, want %q", got, want)
	}
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
		"temporary keys": {Config{AccessKey: testKey, SecretKey: testSecret, Roles: []Role{direct}}, mockapig.OpCreateKeys},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				m := newWorld(mockapig.Config{})
				m.AddAccount(mockapig.Account{DomainID: ownerDomain, DomainName: "owner", User: "owner-user", Password: "pass-secret-word"})
				var well atomic.Bool
				tc.config.IAM = mustURL(t, testIAM)
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
					var group sync.WaitGroup
					for i := range 100 {
						group.Go(func() {
							<-time.After(time.Duration(i) * 100 * time.Millisecond)
							target := gatewayPath
							if status == http.StatusUnauthorized {
								target += fmt.Sprint("?n=", i)
							}
							if resp := roundTrip(t, a, "GET", target, "", forProject(ownerProject)); resp.StatusCode != status {
								t.Errorf("answer %d, want %d", resp.StatusCode, status)
							}
						})
					}
					group.Wait()
					n := 0
					for _, operation := range operations(m) {
						if operation == tc.asks {
							n++
						}
					}
					return n
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
	page := func(status int) *http.Response {
		resp := reply(status, "<html><title>no</title></html>")
		resp.Header.Set("Content-Type", "text/html")
		return resp
	}
	broken := func(status int, body string) *http.Response {
		resp := reply(status, "")
		resp.Body = io.NopCloser(io.MultiReader(strings.NewReader(body), iotest.ErrReader(io.ErrUnexpectedEOF)))
		return resp
	}
	answers := map[string]func() *http.Response{
		"JSON":       func() *http.Response { return reply(401, `{"error":{"code":401,"message":"no"}}`) },
		"code":       func() *http.Response { return reply(401, `{"error_code":"APIGW.0301","error_msg":"no"}`) },
		"page":       func() *http.Response { return page(401) },
		"page, 403":  func() *http.Response { return page(403) },
		"text":       func() *http.Response { return reply(401, "no") },
		"nothing":    func() *http.Response { return reply(401, "") },
		"cut off":    func() *http.Response { return broken(401, `{"error":{"co`) },
		"403, cut":   func() *http.Response { return broken(403, `{"error":{"co`) },
		"unfinished": func() *http.Response { return reply(401, `{"error":{"co`) },
		"page, cut":  func() *http.Response { return broken(401, "<html>") },
	}
	role := Role{Agency: "deployer", DomainName: "acme", Duration: time.Hour}
	for method, cfg := range map[string]Config{
		"password": passwordConfig(t),
		"ID token": {OIDC: OIDC{ProviderID: "ci", Token: "id-token-1"}, IAM: mustURL(t, testIAM)},
		"agency":   {AccessKey: testKey, SecretKey: testSecret, Roles: []Role{role}, IAM: mustURL(t, testIAM)},
	} {
		for name, answer := range answers {
			t.Run(method+"/"+name, func(t *testing.T) {
				t.Parallel()
				var tried atomic.Int32
				base := transport(func(*http.Request) (*http.Response, error) {
					tried.Add(1)
					return answer(), nil
				})
				a, err := New(cfg, base, &rest.Client{HTTP: &http.Client{Transport: base}, MaxRetries: 5})
				if err != nil {
					t.Fatal(err)
				}
				for range 3 {
					if _, err := send(t.Context(), a, "GET", testAPI, "", forProject("p1")); err == nil {
						t.Fatal("no error")
					}
				}
				if n := tried.Load(); n != 1 {
					t.Errorf("tried %d times", n)
				}
			})
		}
	}
}
