// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// Endpoint names an endpoint, its status and its account.
func Endpoint(id string, c endpoint.Connection) string {
	if c.Status == endpoint.Absent {
		return id + " (not listed)"
	}
	return fmt.Sprintf("%s (status %s, account %s)", id, c.Status, cmp.Or(c.DomainID, "unknown"))
}

// LetterCase says what may be wrong with IDs that the gateway does not list, where they
// have upper-case letters. The lines begin with the IDs.
func LetterCase(lines []string) string {
	upper := func(line string) bool {
		id, _, _ := strings.Cut(line, " ")
		return id != strings.ToLower(id)
	}
	if !slices.ContainsFunc(lines, upper) {
		return ""
	}
	return " Upper and lower case differ: write each ID as the gateway lists it."
}

// UnexpectedAccounts is the error about endpoints of accounts that are not expected.
func UnexpectedAccounts(gateway apig.Gateway, found []string, done string) (summary, detail string) {
	return "Endpoints of accounts that are not expected", fmt.Sprintf(
		"On the %s, these are to be accepted, or are already, and belong to accounts that `expected_domain_ids` does not name:\n%s\n\n%s Remove the endpoints, which rejects the accepted ones as `on_destroy` says, or, if the accounts are to be trusted, add them to `expected_domain_ids`.",
		gateway, tfkit.Bullets(found), done)
}
