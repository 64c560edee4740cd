// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"
)

func FuzzRetryAfter(f *testing.F) {
	for _, seed := range []string{"", "0", "3", " 7 ", "-1", "1e9", "99999999999999999999999", "Sun, 06 Nov 2044 08:49:37 GMT", "Sunday, 06-Nov-94 08:49:37 GMT", "Sun, 06 Nov 9999 08:49:37 GMT", "٣"} {
		f.Add(seed, int64(1700000000))
	}
	f.Fuzz(func(t *testing.T, value string, now int64) {
		header := http.Header{"Retry-After": {value}}
		if wait := retryAfter(header, time.Unix(now, 0)); wait < 0 || wait > maxRetryAfter {
			t.Errorf("%q: %s", value, wait)
		}
	})
}

// A redirect is followed by a GET within its scheme, host and port alone. What is said of another is fit to be shown.
func FuzzRedirect(f *testing.F) {
	for _, to := range []string{
		"https://api.example.com/x", "https://API.example.com:443/", "http://api.example.com/", "https://api.example.com.evil.test/", "//evil.test", "/x", "?q", "https://[::1]:443/",
		"https://user@evil.test/\x1b[2J", "https://api.example.com:0443/", "javascript:alert(1)", "https://api.example.com@evil.test", "https://api.example.com\\@evil.test/", "https:///x", "HTTPS:api",
	} {
		f.Add("GET", to, 1)
		f.Add("POST", to, 6)
	}
	const asked = "https://api.example.com/v2/things"
	f.Fuzz(func(t *testing.T, method, to string, before int) {
		from, _ := url.Parse(asked)
		target, err := from.Parse(to)
		if err != nil {
			return
		}
		first := &http.Request{Method: method, URL: from}
		via := []*http.Request{first}
		for range min(max(before, 0), 20) {
			via = append(via, first)
		}
		err = CheckRedirect(&http.Request{Method: method, URL: target}, via)
		if err == nil {
			sent := target.Scheme == "https" && strings.EqualFold(target.Hostname(), "api.example.com") && (target.Port() == "" || target.Port() == "443")
			if !sent || method != http.MethodGet || len(via) > maxRedirects {
				t.Errorf("%s %q is followed, after %d", method, to, len(via))
			}
			return
		}
		if refused, ok := errors.AsType[*RedirectError](err); !ok || len(refused.Error()) > maxText+200+len(method) || !utf8.ValidString(err.Error()) && utf8.ValidString(method) {
			t.Errorf("%q: %v", to, err)
		}
		if strings.ContainsFunc(strings.ReplaceAll(err.Error(), method, ""), unicode.IsControl) {
			t.Errorf("%q: %q", to, err)
		}
	})
}

// What is shown is one short line that can be shown as it is, and holds no secret.
func FuzzShown(f *testing.F) {
	for _, seed := range []string{"", "plain", "two\nlines\t and \r\n more", "\x1b[31mred\x1b[0m", "a\u202eb\u200bc", "\xff\xfe", "ä\u0300ö", strings.Repeat("ä", 300), "the pass\x00word is pass\nword"} {
		f.Add(seed, "password", 500)
		f.Add(seed, "pass word", 7)
	}
	f.Fuzz(func(t *testing.T, text, secret string, limit int) {
		limit = min(max(limit, len("…")), maxText)
		shown := Shown(text, limit)
		if !IsFit(shown, limit) {
			t.Errorf("%q is shown as %q", text, shown)
		}
		if again := Shown(shown, limit); again != shown {
			t.Errorf("%q, shown again, is %q", shown, again)
		}
		if len(secret) < 4 || strings.ContainsAny(secret, "*…") || oneLine(secret) != secret {
			return
		}
		c := &Client{Redact: func(text string) string { return strings.ReplaceAll(text, secret, "***") }}
		if got := c.show(text, limit); !IsFit(got, limit) || strings.Contains(got, secret) {
			t.Errorf("%q is shown as %q, with the secret %q", text, got, secret)
		}
	})
}
