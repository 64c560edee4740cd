// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import (
	"net/http"
)

const (
	headerToken        = "X-Auth-Token"    // carries an IAM token
	headerSubjectToken = "X-Subject-Token" // brings one
)

// staticToken is a token that was issued elsewhere.
type staticToken string

func (t staticToken) authorize(req *http.Request) error {
	req.Header.Set(headerToken, string(t))
	return nil
}

// forget reports false: nobody here can make another token.
func (staticToken) forget(*http.Request) bool { return false }

func (staticToken) hold(*http.Request) {}
