// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"
	"unicode/utf8"

	"gotest.tools/v3/assert"
)

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
				{UserName: "user", Password: "pass-secret-word", DomainName: "acme", Roles: []Role{direct, directID}, STS: testSTS, STSOptional: true},
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
