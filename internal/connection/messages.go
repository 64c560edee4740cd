// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package connection

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// checkAccounts refuses endpoints of accounts that are not expected, as far as the entries tell whose they are.
func checkAccounts(diags *diag.Diagnostics, plan *model, entries map[string]observed) {
	expected := plan.expected()
	if expected == nil || plan.decision() != endpoint.Accepted {
		return
	}
	var found []string
	for _, id := range plan.IDs() {
		e := entries[id] // one that is missing is null
		if !e.Status.IsNull() && !tfkit.HasKey(expected, e.DomainID.ValueString()) {
			found = append(found, e.line(id))
		}
	}
	if len(found) > 0 {
		summary, detail := report.UnexpectedAccounts(plan.Gateway(), found, "Nothing was decided.")
		diags.AddAttributeError(path.Root("endpoints"), summary, detail+ownership.DestroyAllTheSame)
	}
}

func warnOfUnlisted(diags *diag.Diagnostics, plan *model, unlisted []string) {
	what := fmt.Sprintf("An apply waits for them, up to `wait_for_endpoints` (%s), and fails if they do not appear.", plan.WaitForEndpoints.ValueString())
	if plan.decision() == endpoint.Rejected {
		what = "They count as rejected; one that appears later shows up as drift, and is rejected then."
	}
	tfkit.Warn(diags, "endpoints", "Endpoints that the gateway does not list yet", unlisted,
		"The %s does not list:\n%s\n\n%s Check the IDs if this is a surprise.%s", plan.Gateway(), tfkit.Bullets(unlisted), what, report.LetterCase(unlisted))
}

const (
	releases      = "Connections will be rejected"
	releasesThese = "These endpoints leave this resource's care, and an apply rejects them on the %s:\n%s\n\n" +
		"To leave them as they are, apply `on_destroy = \"retain\"` first."
)

// WarnOfGoing implements lifecycle.Held. A plan names what it destroys, so that a CLI may show many warnings as one.
func (m *model) WarnOfGoing(diags *diag.Diagnostics, cut []string) {
	if len(cut) > 0 {
		diags.AddWarning(releases, fmt.Sprintf(releasesThese, m.Gateway(), tfkit.Bullets(cut)))
	}
}

func (e observed) line(id string) string {
	return report.Endpoint(id, endpoint.Connection{Status: e.status(), DomainID: e.DomainID.ValueString()})
}

// goneLine names an endpoint that is not listed any more, or is being deleted, and its account as the state has it.
func goneLine(id string, prior observed, listed endpoint.Connection) string {
	if listed.Status != endpoint.Absent || prior.Status.IsNull() {
		return report.Endpoint(id, listed)
	}
	return fmt.Sprintf("%s (not listed; it was %s, of account %s)", id, prior.status(), cmp.Or(prior.DomainID.ValueString(), "unknown"))
}

func warnOfGone(diags *diag.Diagnostics, state *model, gone []string) {
	tfkit.Warn(diags, "endpoints", "Consumers have left", gone,
		"The %s no longer lists these endpoints, or is deleting them:\n%s\n\n"+
			"Endpoint IDs are never used again, so nothing is planned for them: remove them from `endpoints`.",
		state.Gateway(), tfkit.Bullets(gone))
}

func warnOfUnknownRelease(diags *diag.Diagnostics, plan, state *model, cut []string) {
	tfkit.Warn(diags, "endpoints", "Connections may be rejected", cut,
		"%s. Of these, what it does not name then is rejected on the %s:\n%s\n\n"+
			"To leave them as they are, apply `on_destroy = \"retain\"` first.%s", tfkit.NotKnownYet(plan.Endpoints, "endpoints"), state.Gateway(), tfkit.Bullets(cut), tfkit.AssignList(plan.Endpoints, "endpoints"))
}

// warnOfHiddenDecisions tells what an apply decides, where `connections` can't show it.
func warnOfHiddenDecisions(diags *diag.Diagnostics, plan, state *model) {
	if plan.DesiredStatus.IsUnknown() {
		return
	}
	named, prior := tfkit.Known(plan.IDs()), state.recorded()
	decided := func(ids []string) (changed []string) {
		for id, planned := range planEntries(plan.decision(), ids, state, nil) {
			if before, recorded := prior[id]; recorded && !planned.Status.Equal(before.Status) {
				changed = append(changed, id)
			}
		}
		slices.Sort(changed)
		for i, id := range changed {
			changed[i] = state.Line(id)
		}
		return changed
	}
	verb := plan.decision().Goal()
	will, may := decided(named), decided(tfkit.Without(state.IDs(), named))
	tfkit.Warn(diags, "endpoints", fmt.Sprintf("Connections will be %sed", verb), will,
		"%s, so that `connections` can't show what an apply decides. It %ss these, which `endpoints` names, on the %s:\n%s",
		tfkit.NotKnownYet(plan.Endpoints, "endpoints"), verb, plan.Gateway(), tfkit.Bullets(will))
	tfkit.Warn(diags, "endpoints", fmt.Sprintf("Connections may be %sed", verb), may,
		"%s, so that `connections` can't show what an apply decides. Of these, it %ss what `endpoints` names then, on the %s:\n%s\n\n%s",
		tfkit.NotKnownYet(plan.Endpoints, "endpoints"), verb, plan.Gateway(), tfkit.Bullets(may), tfkit.AssignList(plan.Endpoints, "endpoints"))
}
