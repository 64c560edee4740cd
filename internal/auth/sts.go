// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package auth

import "strings"

// The length of the name of a session at the token service.
const (
	shortestSession = 2
	longestSession  = 64
)

// sessionName names the session of an agency in the platform's audit log. It is
// the agency's name, as far as a session may have it.
func sessionName(agency string) string {
	name := strings.Map(func(c rune) rune {
		switch {
		case 'a' <= c && c <= 'z', 'A' <= c && c <= 'Z', '0' <= c && c <= '9', strings.ContainsRune("+=,.@-", c):
			return c
		default:
			return '-'
		}
	}, agency)
	if len(name) < shortestSession {
		name = "agency-" + name
	}
	return name[:min(len(name), longestSession)]
}
