// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
)

// maxRedirects is how many redirects within a host are followed.
const maxRedirects = 5

// RedirectError tells of a redirect that is not followed.
type RedirectError struct{ reason string }

func (e *RedirectError) Error() string { return e.reason }

// CheckRedirect is for http.Client.CheckRedirect: a GET follows redirects within the same scheme, host and port, at
// most 5; everything else is refused, since what goes along with a request is meant for the host that was asked.
func CheckRedirect(next *http.Request, via []*http.Request) error {
	first := via[0]
	to := fmt.Sprintf("%s://%s%s", next.URL.Scheme, next.URL.Host, next.URL.Path)
	switch {
	case !sameOrigin(first, next):
		return &RedirectError{fmt.Sprintf("the server redirects to another address, %s, which is not followed", Shown(to, maxText))}
	case first.Method != http.MethodGet:
		return &RedirectError{fmt.Sprintf("the server redirects a %s to %s, which is not followed", first.Method, Shown(to, maxText))}
	case len(via) > maxRedirects:
		return &RedirectError{fmt.Sprintf("the server redirects more than %d times", maxRedirects)}
	}
	return nil
}

func sameOrigin(a, b *http.Request) bool {
	return a.URL.Scheme == b.URL.Scheme && strings.EqualFold(a.URL.Hostname(), b.URL.Hostname()) && port(a) == port(b)
}

// port is the port that a request goes to.
func port(r *http.Request) string {
	if p := r.URL.Port(); p != "" {
		return p
	}
	if r.URL.Scheme == "https" {
		return "443"
	}
	return "80"
}

// Join gives the address of escaped path segments below a base. Other than that of url.URL.JoinPath, its path is
// absolute even where the base has none, as it is shown in messages.
func Join(base *url.URL, segments ...string) *url.URL {
	joined := base.JoinPath(segments...)
	if strings.HasPrefix(joined.Path, "/") {
		return joined
	}
	joined.Path = "/" + joined.Path
	if joined.RawPath != "" {
		joined.RawPath = "/" + joined.RawPath
	}
	return joined
}
