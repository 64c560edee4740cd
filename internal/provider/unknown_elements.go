// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

// warnOfUnknownRelease tells which connections an apply may cut.
func warnOfUnknownRelease(diags *diag.Diagnostics, plan, state *connectionModel, cut []string) {
	if len(cut) == 0 {
		return
	}
	diags.AddAttributeWarning(path.Root("endpoints"), tfkit.SummaryFor("Connections may be rejected", cut), fmt.Sprintf(
		"%s. Of these, what it does not name then is rejected on the %s:\n%s\n\n"+
			"To leave them as they are, apply `on_destroy = \"retain\"` first.%s", tfkit.NotKnownYet(plan.Endpoints, "endpoints"), state.Gateway(), tfkit.Bullets(cut), tfkit.AssignList(plan.Endpoints, "endpoints")))
}

// warnOfHiddenDecisions tells what an apply decides, where `connections` can't show it
// since not all of its keys are known.
func warnOfHiddenDecisions(diags *diag.Diagnostics, plan, state *connectionModel, never neverListed) {
	if plan.DesiredStatus.IsUnknown() {
		return
	}
	named := tfkit.Known(plan.endpointIDs())
	prior := state.entries()
	decided := func(ids []string) (changed []string) {
		for id, planned := range planEntries(plan.decision(), ids, prior, never, unseen.Decisions{}) {
			if before, recorded := prior[id]; recorded && !planned.Status.Equal(before.Status) {
				changed = append(changed, id)
			}
		}
		slices.Sort(changed)
		return lines(changed, prior)
	}
	verb := map[endpoint.Decision]string{endpoint.Accepted: "accept", endpoint.Rejected: "reject"}[plan.decision()]
	if will := decided(named); len(will) > 0 {
		diags.AddAttributeWarning(path.Root("endpoints"), tfkit.SummaryFor(fmt.Sprintf("Connections will be %sed", verb), will), fmt.Sprintf(
			"%s, so that `connections` can't show what an apply decides. It %ss these, which `endpoints` names, on the %s:\n%s",
			tfkit.NotKnownYet(plan.Endpoints, "endpoints"), verb, plan.Gateway(), tfkit.Bullets(will)))
	}
	if may := decided(tfkit.Without(state.endpointIDs(), named)); len(may) > 0 {
		diags.AddAttributeWarning(path.Root("endpoints"), tfkit.SummaryFor(fmt.Sprintf("Connections may be %sed", verb), may), fmt.Sprintf(
			"%s, so that `connections` can't show what an apply decides. Of these, it %ss what `endpoints` names then, on the %s:\n%s\n\n%s",
			tfkit.NotKnownYet(plan.Endpoints, "endpoints"), verb, plan.Gateway(), tfkit.Bullets(may), tfkit.AssignList(plan.Endpoints, "endpoints")))
	}
}

// warnOfHiddenEntries is both for the entries of accounts.
func (m *permissionsModel) warnOfHiddenEntries(diags *diag.Diagnostics, state *permissionsModel, cut []string) {
	if tfkit.AllKnown(m.DomainIDs) {
		return
	}
	if len(cut) > 0 {
		diags.AddAttributeWarning(path.Root("domain_ids"), tfkit.SummaryFor("Entries may be deleted", cut), fmt.Sprintf(
			"%s. Of these accounts, what it does not name then loses its entry on the %s:\n%s\n\n"+
				"To leave the entries as they are, apply `on_destroy = \"retain\"` first.%s",
			tfkit.NotKnownYet(m.DomainIDs, "domain_ids"), state.Gateway(), tfkit.Bullets(cut), tfkit.AssignList(m.DomainIDs, "domain_ids")))
	}
	had, there := tfkit.StringSet(state.DomainIDs), state.entries()
	missing := tfkit.Except(tfkit.Known(m.accounts()), func(account string) bool { return tfkit.HasKey(there, account) || !tfkit.HasKey(had, account) })
	if len(missing) > 0 {
		diags.AddAttributeWarning(path.Root("domain_ids"), tfkit.SummaryFor("Entries will be added again", tfkit.AccountNames(missing)), fmt.Sprintf(
			"%s, so that `permissions` can't show what an apply adds. The %s has lost the entries of these, and it adds them again:\n%s",
			tfkit.NotKnownYet(m.DomainIDs, "domain_ids"), state.Gateway(), tfkit.Bullets(tfkit.AccountNames(missing))))
	}
}
