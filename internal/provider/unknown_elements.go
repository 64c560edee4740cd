// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
)

// known are the IDs that a plan has already; an unknown one is "".
func known(ids []string) []string {
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" })
}

// notKnownYet begins a sentence with what a plan does not know of a list.
func notKnownYet(list types.List, attribute string) string {
	if list.IsUnknown() {
		return fmt.Sprintf("`%s` as a whole is known only after the apply", attribute)
	}
	return fmt.Sprintf("A part of `%s` is known only after the apply", attribute)
}

// assignList says how to have a plan know most of a list of which it knows nothing.
func assignList(list types.List, attribute string) string {
	if !list.IsUnknown() {
		return ""
	}
	return fmt.Sprintf(" If it comes from a function such as `toset`, assign the list itself: one unknown element makes all of a set unknown, but of `%s = [...]` the plan knows what is known.", attribute)
}

// wholeUnknown says both of a list of which a plan knows nothing.
func wholeUnknown(list types.List, attribute string) string {
	if !list.IsUnknown() {
		return ""
	}
	return " " + notKnownYet(list, attribute) + "." + assignList(list, attribute)
}

// warnOfUnknownRelease tells which connections an apply may cut.
func warnOfUnknownRelease(diags *diag.Diagnostics, plan, state *connectionModel, cut []string) {
	if len(cut) == 0 {
		return
	}
	diags.AddAttributeWarning(attributePath("endpoints"), naming("Connections may be rejected", cut), fmt.Sprintf(
		"%s. Of these, what it does not name then is rejected on the %s:\n%s\n\n"+
			"To leave them as they are, apply `on_destroy = \"retain\"` first.%s", notKnownYet(plan.Endpoints, "endpoints"), state.gateway(), bullets(cut), assignList(plan.Endpoints, "endpoints")))
}

// warnOfHiddenDecisions tells what an apply decides, where `connections` can't show it
// since not all of its keys are known.
func warnOfHiddenDecisions(diags *diag.Diagnostics, plan, state *connectionModel, never neverListed) {
	if plan.DesiredStatus.IsUnknown() {
		return
	}
	named := known(plan.endpointIDs())
	prior := state.entries()
	decided := func(ids []string) (changed []string) {
		for id, planned := range planEntries(plan.decision(), ids, prior, never, unseen{}) {
			if before, recorded := prior[id]; recorded && !planned.Status.Equal(before.Status) {
				changed = append(changed, id)
			}
		}
		slices.Sort(changed)
		return lines(changed, prior)
	}
	verb := map[endpoint.Decision]string{endpoint.Accepted: "accept", endpoint.Rejected: "reject"}[plan.decision()]
	if will := decided(named); len(will) > 0 {
		diags.AddAttributeWarning(attributePath("endpoints"), naming(fmt.Sprintf("Connections will be %sed", verb), will), fmt.Sprintf(
			"%s, so that `connections` can't show what an apply decides. It %ss these, which `endpoints` names, on the %s:\n%s",
			notKnownYet(plan.Endpoints, "endpoints"), verb, plan.gateway(), bullets(will)))
	}
	if may := decided(without(state.endpointIDs(), named)); len(may) > 0 {
		diags.AddAttributeWarning(attributePath("endpoints"), naming(fmt.Sprintf("Connections may be %sed", verb), may), fmt.Sprintf(
			"%s, so that `connections` can't show what an apply decides. Of these, it %ss what `endpoints` names then, on the %s:\n%s\n\n%s",
			notKnownYet(plan.Endpoints, "endpoints"), verb, plan.gateway(), bullets(may), assignList(plan.Endpoints, "endpoints")))
	}
}

// warnOfHiddenEntries is both for the entries of accounts.
func (m *permissionsModel) warnOfHiddenEntries(diags *diag.Diagnostics, state *permissionsModel, cut []string) {
	if allKnown(m.DomainIDs) {
		return
	}
	if len(cut) > 0 {
		diags.AddAttributeWarning(attributePath("domain_ids"), naming("Entries may be deleted", cut), fmt.Sprintf(
			"%s. Of these accounts, what it does not name then loses its entry on the %s:\n%s\n\n"+
				"To leave the entries as they are, apply `on_destroy = \"retain\"` first.%s",
			notKnownYet(m.DomainIDs, "domain_ids"), state.gateway(), bullets(cut), assignList(m.DomainIDs, "domain_ids")))
	}
	had, there := stringSet(state.DomainIDs), state.entries()
	missing := dropped(known(m.accounts()), func(account string) bool { return hasKey(there, account) || !hasKey(had, account) })
	if len(missing) > 0 {
		diags.AddAttributeWarning(attributePath("domain_ids"), naming("Entries will be added again", accountNames(missing)), fmt.Sprintf(
			"%s, so that `permissions` can't show what an apply adds. The %s has lost the entries of these, and it adds them again:\n%s",
			notKnownYet(m.DomainIDs, "domain_ids"), state.gateway(), bullets(accountNames(missing))))
	}
}
