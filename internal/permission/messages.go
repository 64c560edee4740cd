// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// warnOfHiddenEntries tells which entries an update deletes, may delete, or adds again,
// where `permissions` can't show it since not all accounts are known.
func (m *model) warnOfHiddenEntries(diags *diag.Diagnostics, state *model, cut []string) {
	if m.IDsKnown() {
		return
	}
	if len(cut) > 0 {
		diags.AddAttributeWarning(path.Root("domain_ids"), tfkit.SummaryFor("Entries may be deleted", cut), fmt.Sprintf(
			"%s. Of these accounts, what it does not name then loses its entry on the %s:\n%s\n\n"+
				"To leave the entries as they are, apply `on_destroy = \"retain\"` first.%s",
			tfkit.NotKnownYet(m.DomainIDs, "domain_ids"), state.Gateway(), tfkit.Bullets(cut), tfkit.AssignList(m.DomainIDs, "domain_ids")))
	}
	had, there := tfkit.StringSet(state.DomainIDs), state.recorded()
	missing := tfkit.Except(tfkit.Known(m.IDs()), func(account string) bool { return tfkit.HasKey(there, account) || !tfkit.HasKey(had, account) })
	if len(missing) > 0 {
		diags.AddAttributeWarning(path.Root("domain_ids"), tfkit.SummaryFor("Entries will be added again", tfkit.AccountNames(missing)), fmt.Sprintf(
			"%s, so that `permissions` can't show what an apply adds. The %s has lost the entries of these, and it adds them again:\n%s",
			tfkit.NotKnownYet(m.DomainIDs, "domain_ids"), state.Gateway(), tfkit.Bullets(tfkit.AccountNames(missing))))
	}
}
