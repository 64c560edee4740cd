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

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/ownership"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// change is what an apply is about to do, and afterwards what became of it.
type change struct {
	gateway.PermissionChange

	plan, state *model
	staying     []string // that leave with their entries, which an earlier deletion may still take
	spared      []string // that leave, and are not removed, since others hold them
}

func (m *model) From(state *model, others ownership.Others) lifecycle.Change {
	c := &change{plan: m, state: state}
	c.Held = others.Accept
	leaving := tfkit.Without(state.IDs(), m.IDs())
	if m.Releases() {
		c.Remove, c.spared = tfkit.Partition(leaving, others.Accept)
		leaving = c.spared
	}
	_, c.staying = tfkit.Partition(leaving, func(account string) bool { return state.Noted.Opposes(account, endpoint.Accepted) })
	c.Add = slices.Concat(toAdd(m.recorded()), c.staying)
	return c
}

func (c *change) Make(ctx context.Context, session *gateway.Session) error {
	if len(c.Add)+len(c.Remove) == 0 {
		return nil
	}
	return session.Permit(ctx, &c.PermissionChange)
}

func (c *change) LeaveBehind() (left []string, done bool) {
	there := c.there()
	left = tfkit.AccountNames(tfkit.Except(c.Remove, func(account string) bool { return !tfkit.HasKey(there, account) }))
	c.Add, c.Remove, c.staying = tfkit.Without(c.Add, c.staying), nil, nil
	return left, len(c.unfinished())+len(c.Refused) == 0
}

// there are the entries as far as is known: those of the state where nothing was listed.
func (c *change) there() map[string]entry {
	if c.Listed == nil {
		return c.state.recorded()
	}
	return fromAPI(c.Listed)
}

func (c *change) Spared() []string { return c.spared }

// Record implements lifecycle.Change. After a failure there are the accounts that the state
// had or that were added, and those that left and are not known to be gone, or to stay.
func (c *change) Record(failed bool) {
	if !failed {
		c.plan.setEntries(c.plan.IDs(), fulfilled(c.plan.recorded(), fromAPI(c.Listed)))
		return
	}
	there, had := c.there(), tfkit.StringSet(c.state.DomainIDs)
	kept := tfkit.Except(c.plan.IDs(), func(account string) bool { return !tfkit.HasKey(had, account) && !tfkit.HasKey(there, account) })
	_, remain := tfkit.Partition(c.Remove, func(account string) bool { return tfkit.HasKey(there, account) })
	c.plan.setEntries(tfkit.WithLeft(kept, slices.Concat(remain, c.staying), c.state.IDs()), there)
}

var words = report.Words{
	Refuses: "The gateway refuses permissions", Late: "Permissions not changed in time", Failed: "The permissions can't be changed",
	Open: "as they are to be", Done: "changed", Unchanged: "Nothing was changed.",
}

func (c *change) Report(o report.Outcomes, diags *diag.Diagnostics, err error) {
	o.Words = words
	var errs diag.Diagnostics
	refused, waiting := make([]string, 0, len(c.Refused)), ""
	for account, refusal := range c.Refused {
		refused = append(refused, fmt.Sprintf("%s (%s): %s", tfkit.AccountName(account), c.wantedOf(account), backend.InBrief(refusal)))
	}
	slices.Sort(refused)
	open := c.unfinished()
	if err == nil && len(open) > 0 { // an addition was refused
		waiting = "\n\nNothing is deleted before all is added. These wait:\n" + tfkit.Bullets(open)
	}
	o.Refused(&errs, refused, slices.Collect(maps.Values(c.Refused)), ": an account may not exist, and the gateway owner's own entry can't be deleted.", waiting)
	if err != nil {
		o.Unfinished(&errs, err, open, c.maybeOwner(err))
	}
	o.Close(diags, errs, c.changed(), len(c.Asked) > 0 || c.Lost, "")
}

func (c *change) wantedOf(account string) string {
	if slices.Contains(c.Add, account) {
		return "to add"
	}
	return "to delete"
}

// unfinished names what is not as it is to be, as far as is known.
func (c *change) unfinished() []string {
	var lines []string
	for _, account := range slices.Concat(c.Add, c.Remove) {
		if c.isDone(account) || tfkit.HasKey(c.Refused, account) {
			continue
		}
		line := tfkit.AccountName(account) + ", " + c.wantedOf(account)
		if tfkit.HasKey(c.Asked, account) {
			line += ", asked for"
		}
		lines = append(lines, line)
	}
	return lines
}

func (c *change) isDone(account string) bool {
	return c.Listed != nil && tfkit.HasKey(c.Listed, account) == slices.Contains(c.Add, account)
}

// changed names what the gateway lists as it is to be, and did not before.
func (c *change) changed() (lines []string) {
	for _, account := range slices.Concat(c.Add, c.Remove) {
		if !c.isDone(account) || tfkit.HasKey(c.Before, account) == tfkit.HasKey(c.Listed, account) {
			continue
		}
		what := ", deleted"
		if slices.Contains(c.Add, account) {
			what = ", added"
		}
		lines = append(lines, tfkit.AccountName(account)+what)
	}
	return lines
}

// maybeOwner says why an entry may stay although it was deleted.
func (c *change) maybeOwner(err error) string {
	stays := func(account string) bool { return tfkit.HasKey(c.Asked, account) && tfkit.HasKey(c.Listed, account) }
	if !errors.Is(err, context.DeadlineExceeded) || !slices.ContainsFunc(c.Remove, stays) {
		return ""
	}
	return "\n\nAn entry that is still listed after it was deleted may be the gateway owner's own, which is there by itself and stays. " +
		"Take the resource out of the state then (`terraform state rm`), and import it again without that account if others are left."
}

// warnOfHiddenEntries tells what becomes of entries where `permissions` can't show it, since an account is unknown.
func (m *model) warnOfHiddenEntries(diags *diag.Diagnostics, state *model, cut []string) {
	if m.IDsKnown() {
		return
	}
	tfkit.Warn(diags, "domain_ids", "Entries may be deleted", cut,
		"%s. Of these accounts, what it does not name then loses its entry on the %s:\n%s\n\n"+
			"To leave the entries as they are, apply `on_destroy = \"retain\"` first.%s",
		tfkit.NotKnownYet(m.DomainIDs, "domain_ids"), state.Gateway(), tfkit.Bullets(cut), tfkit.AssignList(m.DomainIDs, "domain_ids"))
	had := tfkit.StringSet(state.DomainIDs)
	missing := tfkit.AccountNames(tfkit.Except(tfkit.Known(m.IDs()), func(account string) bool { return state.There(account) || !tfkit.HasKey(had, account) }))
	tfkit.Warn(diags, "domain_ids", "Entries will be added again", missing,
		"%s, so that `permissions` can't show what an apply adds. The %s has lost the entries of these, and it adds them again:\n%s",
		tfkit.NotKnownYet(m.DomainIDs, "domain_ids"), state.Gateway(), tfkit.Bullets(missing))
}
