// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package rest

import (
	"net/url"
	"strings"
)

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
