// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package report

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
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

// GatewayGone tells that a resource leaves the state, and what would have to be done to what it had.
func GatewayGone(err error, gw apig.Gateway, what string, had []string) diag.Diagnostic {
	summary, left := "The gateway is gone", ""
	if len(had) > 0 {
		summary = tfkit.SummaryFor(summary, had)
		left = fmt.Sprintf("\n\nIf it exists all the same, these are as they were, and are not %s by a destroy any more, nor by an apply of this plan where it says so:\n%s", what, tfkit.Bullets(had))
	}
	return diag.NewWarningDiagnostic(summary, fmt.Sprintf(
		"The %s does not exist any more, so this resource leaves the state.%s%s%s\n\n%s", gw, backend.HowOften(err), left, backend.WrongAddress(err), backend.Happened(err)))
}

// WarnOfLeftBehind tells what could not be done, since the gateway is gone.
func WarnOfLeftBehind(diags *diag.Diagnostics, gw apig.Gateway, what string, left []string, err error) {
	if len(left) == 0 {
		diags.AddWarning("The gateway is gone", fmt.Sprintf("The %s does not exist any more, so that nothing is left to be %s.%s%s\n\n%s", gw, what, backend.HowOften(err), backend.WrongAddress(err), backend.Happened(err)))
		return
	}
	diags.AddWarning(tfkit.SummaryFor("Not "+what+", since the gateway is gone", left), fmt.Sprintf(
		"The %s does not exist any more.%s These were to be %s and could not be. If the gateway exists all the same, they are as they were, and this resource has them no more:\n%s%s\n\n%s",
		gw, backend.HowOften(err), what, tfkit.Bullets(left), backend.WrongAddress(err), backend.Happened(err)))
}
