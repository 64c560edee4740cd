// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"fmt"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	keys := Config{AccessKey: "AKEY", SecretKey: "AKEY-secret", SecurityToken: "temporary", IAM: mustURL(t, testIAM)}
	for name, tc := range map[string]struct {
		config     Config
		text, want string
	}{
		"token":      {Config{Token: "issued", IAM: mustURL(t, testIAM)}, "no issued, no ISSUED", "no ***, no ISSUED"},
		"access key": {keys, "AKEY AKEY-secret temporary", "*** *** ***"},
		"password":   {passwordConfig(t), "user pass-secret-word", "user ***"},
		"signature":  {keys, "Access=AKEY, Signature=0aF9, x", "Access=***, Signature=***, x"},
		"too short":  {Config{Token: "no", IAM: mustURL(t, testIAM)}, "nothing is known", "nothing is known"},
	} {
		if got := newAuthenticator(t, tc.config, newCloud()).Redact(tc.text); got != tc.want {
			t.Errorf("%s: got %q, want %q", name, got, tc.want)
		}
	}
}

// The tokens of a password are not told either, new ones and old ones, nor is
// the password when IAM sends it back.
func TestRedactTokens(t *testing.T) {
	t.Parallel()
	c := newCloud()
	a := newAuthenticator(t, passwordConfig(t), c)
	var group sync.WaitGroup
	for i := range 20 {
		group.Go(func() {
			roundTrip(t, a, "GET", testAPI, "", forProject(fmt.Sprint("p", i)))
			a.Redact("token-1")
		})
	}
	group.Wait()
	c.revokeAll()
	roundTrip(t, a, "GET", testAPI, "", forProject("p0"))
	for i := range 21 {
		if got := a.Redact(fmt.Sprintf("no token-%d.", i+1)); got != "no ***." {
			t.Errorf("got %q", got)
		}
	}
	c.onToken = func(r *http.Request) (*http.Response, error) {
		return reply(http.StatusBadRequest, `{"error":{"code":400,"message":"what is pass-secret-word or token-1"}}`), nil
	}
	_, err := send(t.Context(), a, "GET", testAPI, "", forProject("another"))
	if text := errorText(err); !strings.Contains(text, "what is *** or ***") || strings.Contains(text, "secret") {
		t.Errorf("got %s", text)
	}
}

// Of too many tokens, those are forgotten that nobody uses.
func TestRedactorForgets(t *testing.T) {
	t.Parallel()
	r := newRedactor("configured")
	for i := range mostTokens + 2 {
		r.add("in-use")
		r.add(fmt.Sprintf("token-%04d", i))
		r.add(fmt.Sprintf("token-%04d", i))
	}
	if got, want := r.redact("configured in-use token-0002 token-0003"), "*** *** token-0002 ***"; got != want || len(r.made) != mostTokens {
		t.Errorf("got %q of %d", got, len(r.made))
	}
}

// Credentials that sign in are in use.
func TestRedactorRemembersWhatIsInUse(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"keys":     {AccessKey: testKey, SecretKey: testSecret, Roles: []Role{direct}},
		"password": {UserName: "user", Password: "pass-secret-word", DomainName: "user-account"},
	} {
		m := newWorld(mockapig.Config{})
		var sent []string
		cfg.IAM = mustURL(t, testIAM)
		a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
			sent = append(sent, r.Header.Get("X-Auth-Token"), r.Header.Get("X-Security-Token"))
			return m.Transport().RoundTrip(r)
		}))
		forget := func() {
			for i := range mostTokens - 10 {
				a.redactor.add(fmt.Sprintf("other-%d-%d", len(sent), i))
			}
		}
		for range 2 {
			roundTrip(t, a, "GET", gatewayPath, "", nil)
			forget()
		}
		if strings.Join(sent, "") == "" {
			t.Errorf("%s: nothing was sent", name)
		}
		for _, secret := range sent {
			if got := a.Redact(secret); got != "" && got != redacted {
				t.Errorf("%s: %s is shown", name, got)
			}
		}
	}
}

// What a server sends back it may have escaped.
func TestRedactEscaped(t *testing.T) {
	t.Parallel()
	const secret = `S3cr&et/<Pass>"w=ürd\ 😀'`
	cfg := passwordConfig(t)
	cfg.Password = secret
	a := newAuthenticator(t, cfg, newCloud())
	for name, form := range map[string]string{
		"as it is":     secret,
		"JSON":         `S3cr&et/<Pass>\"w=ürd\\ 😀'`,
		"JSON in HTML": `S3cr\u0026et/\u003cPass\u003e\"w=ürd\\ 😀'`,
		"JSON, slash":  `S3cr&et\/<Pass>\"w=ürd\\ 😀'`,
		"JSON, ASCII":  `S3cr&et/<Pass>\"w=\u00fcrd\\ \ud83d\ude00'`,
		"JSON, all":    `S3cr\u0026et/\u003cPass\u003e\"w\u003d\u00fcrd\\ \ud83d\ude00\u0027`,
		"query":        `S3cr%26et%2F%3CPass%3E%22w%3D%C3%BCrd%5C+%F0%9F%98%80%27`,
		"path":         `S3cr&et%2F%3CPass%3E%22w=%C3%BCrd%5C%20%F0%9F%98%80%27`,
	} {
		if got := a.Redact("x" + form + "y"); got != "x***y" {
			t.Errorf("%s: %s", name, got)
		}
	}
}
