// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"errors"
	"testing"
)

func TestConcealUserInfo(t *testing.T) {
	t.Parallel()
	for text, want := range map[string]string{
		"proxyconnect tcp: http://user:word@proxy:1 refused": "proxyconnect tcp: http://…@proxy:1 refused",
		"http://user:a@b@proxy:1 refused":                    "http://…@proxy:1 refused",
		"//u:a@b@c@host/path@x":                              "//…@host/path@x",
		"http://host/a@b":                                    "http://host/a@b",
		"no address: a@b":                                    "no address: a@b",
	} {
		if got := (&Client{}).redactCause(errors.New(text)).Error(); got != want {
			t.Errorf("%s: got %s", text, got)
		}
	}
}
