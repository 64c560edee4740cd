// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

func TestRedact(t *testing.T) {
	t.Parallel()
	keys := Config{AccessKey: "AKEY", SecretKey: "AKEY-secret", SecurityToken: "temporary"}
	for name, tc := range map[string]struct {
		config     Config
		text, want string
	}{
		"token":      {byToken("issued"), "no issued, no ISSUED", "no ***, no ISSUED"},
		"access key": {keys, "AKEY AKEY-secret temporary", "*** *** ***"},
		"password":   {passwordConfig, "user pass-secret-word", "user ***"},
		"signature":  {keys, "Access=AKEY, Signature=0aF9, x", "Access=***, Signature=***, x"},
		"proxy": {
			Config{Method: MethodToken, Token: "issued", Secrets: []string{"cHVzZXI6cHJveC1zZWNyZXQtNDI=", "prox-secret-42"}},
			"refused Proxy-Authorization: Basic cHVzZXI6cHJveC1zZWNyZXQtNDI= (prox-secret-42)", "refused Proxy-Authorization: Basic *** (***)",
		},
		"too short": {byToken("no"), "nothing is known", "nothing is known"},
	} {
		assert.Check(t, is.Equal(newAuthenticator(t, tc.config, newCloud()).Redact(tc.text), tc.want), name)
	}
}

// The tokens of a password are not told either, new ones and old ones, nor is the password when IAM sends it back.
func TestRedactTokens(t *testing.T) {
	t.Parallel()
	c, a := byPassword(t)
	together(20, func(i int) {
		works(t, a, fmt.Sprint("p", i))
		a.Redact("token-1")
	})
	c.revokeAll()
	works(t, a, "p0")
	for i := range 21 {
		assert.Check(t, is.Equal(a.Redact(fmt.Sprintf("no token-%d.", i+1)), "no ***."))
	}
	c.onToken = func(*http.Request) (*http.Response, error) {
		return reply(http.StatusBadRequest, `{"error":{"code":400,"message":"what is pass-secret-word or token-1"}}`), nil
	}
	err := fails(t, a, "another", "what is *** or ***")
	assert.Check(t, !strings.Contains(err.Error(), "secret"), "got %v", err)
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
	got, want := r.redact("configured in-use token-0002 token-0003"), "*** *** token-0002 ***"
	assert.Check(t, got == want && len(r.made) == mostTokens, "got %q of %d", got, len(r.made))
}

// Credentials that sign in are in use.
func TestRedactorRemembersWhatIsInUse(t *testing.T) {
	t.Parallel()
	for name, cfg := range map[string]Config{
		"keys":     with(keyConfig, direct),
		"password": {Method: MethodPassword, UserName: "user", Password: "pass-secret-word", DomainName: "user-account"},
	} {
		m := newWorld(mockapig.Config{})
		var sent []string
		a := newAuthenticator(t, cfg, transport(func(r *http.Request) (*http.Response, error) {
			sent = append(sent, r.Header.Get("X-Auth-Token")+r.Header.Get("X-Security-Token"))
			return m.Transport().RoundTrip(r)
		}))
		for n := range 2 {
			_, _ = send(t.Context(), a, "GET", gatewayPath, "", "")
			for i := range mostTokens - 10 {
				a.redactor.add(fmt.Sprintf("other-%d-%d", n, i))
			}
		}
		assert.Check(t, len(sent) >= 3 && sent[2] != "", "%s: nothing was sent", name)
		for _, secret := range sent {
			got := a.Redact(secret)
			assert.Check(t, got == "" || got == redacted, "%s: %s is shown", name, got)
		}
	}
}

// What a server sends back it may have escaped.
func TestRedactEscaped(t *testing.T) {
	t.Parallel()
	const secret = `S3cr&et/<Pass>"w=ürd\ 😀'`
	r := newRedactor(secret)
	for name, form := range map[string]string{
		"as it is":     secret,
		"JSON":         `S3cr&et/<Pass>\"w=ürd\\ 😀'`,
		"JSON in HTML": `S3cr\u0026et/\u003cPass\u003e\"w=ürd\\ 😀'`,
		"JSON, slash":  `S3cr&et\/<Pass>\"w=ürd\\ 😀'`,
		"JSON, ASCII":  `S3cr&et/<Pass>\"w=\u00fcrd\\ \ud83d\ude00'`,
		"JSON, all":    `S3cr\u0026et/\u003cPass\u003e\"w\u003d\u00fcrd\\ \ud83d\ude00\u0027`,
		"query":        `S3cr%26et%2F%3CPass%3E%22w%3D%C3%BCrd%5C+%F0%9F%98%80%27`,
		"path":         `S3cr&et%2F%3CPass%3E%22w=%C3%BCrd%5C%20%F0%9F%98%80%27`,

		"path, small":        `S3cr&et%2f%3cPass%3e%22w=%c3%bcrd%5c%20%f0%9f%98%80%27`,
		"every byte":         percent(secret),
		"HTML":               `S3cr&amp;et/&lt;Pass&gt;&#34;w=ürd\ 😀&#39;`,
		"HTML, names":        `S3cr&amp;et/&lt;Pass&gt;&quot;w=&uuml;rd\ &#128512;&apos;`,
		"HTML, hexadecimal":  `S3cr&#x26;et&#x2F;&#x3c;Pass&#x3E;&#x22;w&#61;&#xfc;rd&#92; &#x1F600;&#x27;`,
		"HTML in JSON":       `S3cr&amp;et\/&lt;Pass&gt;&quot;w=\u00fcrd\\ \ud83d\ude00&apos;`,
		"HTML in HTML":       `S3cr&amp;amp;et/&amp;lt;Pass&amp;gt;&amp;quot;w=ürd\ 😀&amp;#39;`,
		"JSON in JSON":       `S3cr&et/<Pass>\\\"w=ürd\\\\ 😀'`,
		"JSON in it again":   `S3cr&et/<Pass>\\\\\\\"w=ürd\\\\\\\\ 😀'`,
		"JSON, capitals":     `S3cr\u0026et/\u003CPass\u003E\u0022w=\u00FCrd\u005C \uD83D\uDE00\u0027`,
		"Latin-1":            strings.ReplaceAll(secret, "ü", "\xfc"),
		"Latin-1 in a query": strings.ReplaceAll(url.QueryEscape(secret), "%C3%BC", "%FC"),
		"mixed":              `S3cr%26amp;et%252F&lt;Pass\u003e&quot;w=ürd%5C%5C+😀&#39;`,
	} {
		assert.Check(t, is.Equal(r.redact("x"+form+"y"), "x***y"), name)
	}
}

// percent escapes every byte for a URL.
func percent(text string) string {
	var b strings.Builder
	for _, c := range []byte(text) {
		fmt.Fprintf(&b, "%%%02x", c)
	}
	return b.String()
}

// Of a long secret the beginning is one, too: a server may shorten what it repeats.
func TestRedactBeginning(t *testing.T) {
	t.Parallel()
	long := "MIIabcdefghijklmnopqrstuvwxyz+/0123456789ABCDEFGHIJ"
	r := newRedactor(long, "a password of some length")
	for text, want := range map[string]string{
		"token " + long + ".":              "token ***.",
		"token " + long[:16] + "…":         "token ***…",
		"token " + long[:40] + ", " + long: "token ***, ***",
		"token " + long[:15] + ".":         "token " + long[:15] + ".",
		"token " + long[:29] + "%2B%2f01.": "token ***.",
		"a password of some l":             "a password of some l",
		"a password of some length":        "***",
		"100% & more \\ than &that; %zz":   "100% & more \\ than &that; %zz",
		"":                                 "",
	} {
		assert.Check(t, is.Equal(r.redact(text), want), text)
	}
}

func FuzzRedact(f *testing.F) {
	f.Add("S3cr&et/<Pass>", "no: S3cr&amp;et%2F%3cPass\\u003e.")
	f.Fuzz(func(t *testing.T, secret, text string) {
		r := newRedactor(secret)
		r.redact(text)
		if len(plainOf(secret).text) < shortestSecret || !utf8.ValidString(secret) || strings.ContainsAny(secret, `\%&;`) {
			return // what a secret's own escapes become is another matter
		}
		for _, form := range append(Forms(secret), percent(secret)) {
			got := r.redact("<" + form + ">")
			assert.Check(t, strings.Contains(got, redacted), "%q shows %q as %q", secret, form, got)
		}
	})
}

// Whatever IAM, its token service and the metadata service answer: what is told of it is one line that can be shown, with
// neither the password nor a key or token that was made.
func FuzzSignInAnswers(f *testing.F) {
	for _, body := range []string{
		`{"token":{"issued_at":"2030-01-01T00:00:00Z","expires_at":"2030-01-02T00:00:00.000000Z","project":{"id":"p1","name":"n"}}}`, `{"token":{"project":{"id":"../x"}}}`,
		`{"projects":[{"id":"p1","name":"n"},{"id":"p2","name":"n"}]}`, `{"projects":[{"id":"a b","name":"n"}]}`,
		`{"credential":{"access":"a","secret":"made-secret-key","securitytoken":"made-token","expires_at":"x"}}`,
		`{"credentials":{"access_key_id":"a","secret_access_key":"made-secret-key","security_token":"t","expiration":"9999-12-31T23:59:59Z"}}`,
		`{"error":{"code":401,"message":"no: pass-secret-word \u001b[2J"}}`, `{"error_code":"APIGW.0101","error_msg":"made-token"}`, "<html><title>made-token</title>", "", "null", "[]", `"x"`, "{",
	} {
		f.Add(201, "made-token", body, 200, body)
		f.Add(404, "", body, 401, `{"error_msg":"made-token, made-secret-key"}`)
	}
	f.Fuzz(func(t *testing.T, status int, token, first string, second int, last string) {
		synctest.Test(t, func(t *testing.T) {
			for _, cfg := range []Config{
				passwordConfig,
				{Method: MethodPassword, UserName: "user", Password: "pass-secret-word", DomainName: "acme", Roles: []Role{direct, directID}, STS: testSTS, STSOptional: true},
				instance,
			} {
				calls := 0
				a := newAuthenticator(t, cfg, answering(func(r *http.Request) (int, string) {
					if calls++; calls == 1 {
						return status, first
					}
					return second, last
				}, token))
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				_, err := a.ProjectID(ctx, "n")
				fitToShow(t, a, err, cfg.Password, token)
				_, err = send(ctx, a, "GET", testAPI, "", "")
				fitToShow(t, a, err, cfg.Password, token)
				cancel()
			}
		})
	})
}

// answering is a transport whose answers bring a token.
func answering(answer func(*http.Request) (int, string), token string) http.RoundTripper {
	return transport(func(r *http.Request) (*http.Response, error) {
		status, body := answer(r)
		if status < 200 || status > 599 {
			status = 200
		}
		return &http.Response{
			StatusCode: status, Header: http.Header{"X-Subject-Token": {token}, "Content-Type": {"application/json"}}, Request: r, Body: io.NopCloser(strings.NewReader(body)),
		}, nil
	})
}

func fitToShow(t *testing.T, a *Authenticator, err error, password, token string) {
	t.Helper()
	text := ""
	if err != nil {
		text = err.Error()
	}
	assert.Check(t, len(text) <= 8000 && utf8.ValidString(text) && !strings.ContainsFunc(text, unicode.IsControl), "%d bytes: %q", len(text), text)
	// A token that was taken is a secret from then on. One like a word may be in the provider's own words.
	taken := a.Redact(token) != token && strings.ContainsAny(token, "0123456789-_")
	assert.Check(t, (password == "" || !strings.Contains(text, password)) && (!taken || !strings.Contains(text, token)),
		"the secret %q or %q is in %q", password, token, text)
}
