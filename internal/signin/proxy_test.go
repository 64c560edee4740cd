// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"slices"
	"strings"
	"testing"
)

// The secrets of proxies are known, and what is no proxy's address is an error.
func TestResolveProxies(t *testing.T) {
	t.Parallel()
	secrets, invalid := []string{"cHVzZXI6cHJveC1zZWNyZXQtNDI=", "prox-secret-42"}, []string{"invalid"}
	for address, want := range map[string][]string{
		"": nil, "http://127.0.0.1:3128": nil, "proxy.example.com:3128": nil, "proxy.example.com": nil, "socks5://proxy.example.com": nil,
		"http://puser:prox-secret-42@proxy:3128": secrets, "puser:prox-secret-42@proxy:3128": secrets, "http://puser:prox%2Dsecret-42@proxy": secrets,
		"http://u:a%zz@proxy": invalid, "http://u:a/b@proxy:3128": invalid, "http://": invalid,
	} {
		for _, variable := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
			s, diags := resolved(t, `token = "token"`, variable+"="+address)
			wrong := slices.Equal(want, invalid)
			got := told(diags)
			if diags.HasError() != (wrong && strings.EqualFold(variable, "HTTPS_PROXY")) || strings.Contains(got, "a/b") || strings.Contains(got, "a%zz") {
				t.Errorf("%s=%s: %s", variable, address, got)
			}
			if !wrong && !slices.Equal(s.proxies, want) || !slices.Equal(s.proxies, s.Auth.Secrets) {
				t.Errorf("%s=%s: secrets %q", variable, address, s.proxies)
			}
		}
	}
}
