// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"net/url"
	"testing"
)

func TestJoin(t *testing.T) {
	for base, want := range map[string]string{
		"https://h:1": "/v2/p%2Fq", "https://h:1/": "/v2/p%2Fq", "https://h:1/b/": "/b/v2/p%2Fq", "https://h:1?q=1": "/v2/p%2Fq",
	} {
		parsed, err := url.Parse(base)
		if err != nil {
			t.Fatal(err)
		}
		before := *parsed
		if got := Join(parsed, "v2", "p%2Fq"); got.EscapedPath() != want || got.Host != "h:1" || *parsed != before {
			t.Errorf("%s: got %s", base, got)
		}
	}
	if got := Join(&url.URL{Scheme: "https", Host: "h", Path: "v3"}, "x"); got.Path != "/v3/x" {
		t.Errorf("got %s", got.Path)
	}
}
