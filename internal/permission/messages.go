// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/scope"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// report tells what became of a change. It is an error when it is not complete.
func (r *permissionResource) report(diags *diag.Diagnostics, gw apig.Gateway, c *gateway.PermissionChange, err error) {
	var errs diag.Diagnostics
	if len(c.Refused) > 0 {
		lines := make([]string, 0, len(c.Refused))
		for account, refusal := range c.Refused {
			lines = append(lines, fmt.Sprintf("%s (%s): %s", tfkit.AccountName(account), wantedOf(c, account), backend.InBrief(refusal)))
		}
		slices.Sort(lines)
		errs.AddAttributeError(path.Root("domain_ids"), "The gateway refuses permissions", fmt.Sprintf(
			"On the %s, these were asked for alone and refused:\n%s\n\n"+
				"Look at the API's own words behind each: an account may not exist, and the gateway owner's own entry can't be deleted.%s%s",
			gw, tfkit.Bullets(lines), backend.RefusalAdvice(slices.Collect(maps.Values(c.Refused))), heldBack(c, err)))
	}
	if err != nil {
		detail := r.backend.Explain(err)
		if left := unfinished(c); len(left) > 0 {
			detail += fmt.Sprintf("\n\nOn the %s, these are not as they are to be:\n%s", gw, tfkit.Bullets(left))
		}
		errs.AddError(changeSummary(err), detail+maybeOwner(c, err))
	}
	for i, d := range errs {
		detail := d.Detail()
		if i == len(errs)-1 {
			detail += changed(c) + "\n\nThe next apply looks first, and does what is left."
		}
		diags.AddError(d.Summary(), detail)
	}
}

// heldBack names the deletions that were not made, since an addition was refused.
func heldBack(c *gateway.PermissionChange, err error) string {
	left := unfinished(c)
	if err != nil || len(left) == 0 {
		return ""
	}
	return "\n\nNothing is deleted before all is added. These wait:\n" + tfkit.Bullets(left)
}

func changeSummary(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "Permissions not changed in time"
	case errors.Is(err, context.Canceled):
		return "Interrupted"
	default:
		return "The permissions can't be changed"
	}
}

func wantedOf(c *gateway.PermissionChange, account string) string {
	if slices.Contains(c.Add, account) {
		return "to add"
	}
	return "to delete"
}

// unfinished names what is not as it is to be, as far as is known.
func unfinished(c *gateway.PermissionChange) []string {
	var lines []string
	for _, account := range slices.Concat(c.Add, c.Remove) {
		if isDone(c, account) || tfkit.HasKey(c.Refused, account) {
			continue
		}
		line := tfkit.AccountName(account) + ", " + wantedOf(c, account)
		if tfkit.HasKey(c.Asked, account) {
			line += ", asked for"
		}
		lines = append(lines, line)
	}
	return lines
}

// isDone tells whether the gateway listed an account as it is to be.
func isDone(c *gateway.PermissionChange, account string) bool {
	return c.Listed != nil && tfkit.HasKey(c.Listed, account) == slices.Contains(c.Add, account)
}

// changed names what was done, for the reader of a failure: what the gateway
// lists as it is to be and did not before. Of a call whose answer was lost, the
// listing may tell nothing yet.
func changed(c *gateway.PermissionChange) string {
	var lines []string
	for _, account := range slices.Concat(c.Add, c.Remove) {
		if isDone(c, account) && tfkit.HasKey(c.Before, account) != tfkit.HasKey(c.Listed, account) {
			what := "added"
			if !slices.Contains(c.Add, account) {
				what = "deleted"
			}
			lines = append(lines, tfkit.AccountName(account)+", "+what)
		}
	}
	if len(lines) > 0 {
		return "\n\nThese were changed, and stay so:\n" + tfkit.Bullets(lines)
	}
	if len(c.Asked) > 0 || c.Lost {
		return "\n\nWhat was asked for may still take effect."
	}
	return "\n\nNothing was changed."
}

// maybeOwner says why an entry may stay although it was deleted.
func maybeOwner(c *gateway.PermissionChange, err error) string {
	stays := func(account string) bool { return tfkit.HasKey(c.Asked, account) && tfkit.HasKey(c.Listed, account) }
	if !errors.Is(err, context.DeadlineExceeded) || !slices.ContainsFunc(c.Remove, stays) {
		return ""
	}
	return "\n\nAn entry that is still listed after it was deleted may be the gateway owner's own, which is there by itself and stays. " +
		"Take the resource out of the state then (`terraform state rm`), and import it again without that account if others are left."
}

// refuseAbsent refuses to import what is not there.
func refuseAbsent(diags *diag.Diagnostics, gw apig.Gateway, accounts []string, listed map[string]apig.Permission) {
	var absent []string
	for _, account := range accounts {
		if !tfkit.HasKey(listed, account) {
			absent = append(absent, tfkit.AccountName(account))
		}
	}
	if len(absent) > 0 {
		diags.AddError("The gateway has no such permissions", fmt.Sprintf(
			"The %s does not list an entry for:\n%s\n\n%s in the configuration: an apply adds them.", gw, tfkit.Bullets(absent), scope.DeclareThese(len(absent) < len(accounts))))
	}
}

// leaveBehind is the same for the entries of accounts.
func (m *model) leaveBehind(diags *diag.Diagnostics, change *gateway.PermissionChange, err error) error {
	if !gateway.IsGone(err) {
		return err
	}
	there := m.entries()
	if change.Listed != nil {
		there = fromAPI(change.Listed)
	}
	report.WarnOfLeftBehind(diags, m.Gateway(), "deleted", tfkit.AccountNames(tfkit.Except(change.Remove, func(account string) bool { return !tfkit.HasKey(there, account) })), err)
	if change.Remove = nil; len(unfinished(change))+len(change.Refused) > 0 {
		return err
	}
	return nil
}

// warnOfHiddenEntries is both for the entries of accounts.
func (m *model) warnOfHiddenEntries(diags *diag.Diagnostics, state *model, cut []string) {
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
