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

	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/lifecycle"
	"github.com/apig-terraform/terraform-provider-apig/internal/report"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// change is what an apply is about to do, and afterwards what became of it. What leaves the
// resource is removed, or stays for good.
type change struct {
	gateway.PermissionChange

	plan, state *model
	staying     []string // that leave with their entries, which an earlier deletion may still take
	spared      []string // that leave, and are not removed, since others hold them
}

// From implements lifecycle.Held.
func (m *model) From(state *model, held func(account string) bool) lifecycle.Change {
	c := &change{plan: m, state: state}
	c.Held = held
	leaving := tfkit.Without(state.IDs(), m.IDs())
	if m.Releases() {
		c.Remove, c.spared = tfkit.Partition(leaving, held)
		leaving = c.spared
	}
	_, c.staying = tfkit.Partition(leaving, func(account string) bool { return state.Noted.Opposes(account, endpoint.Accepted) })
	c.Add = slices.Concat(toAdd(m.recorded()), c.staying)
	return c
}

// Make implements lifecycle.Change.
func (c *change) Make(ctx context.Context, session *gateway.Session) error {
	if len(c.Add)+len(c.Remove) == 0 {
		return nil
	}
	return session.Permit(ctx, &c.PermissionChange)
}

// LeaveBehind implements lifecycle.Change.
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

// Spared implements lifecycle.Change.
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
	c.plan.setEntries(slices.Concat(kept, remain, c.staying), there)
}

// Report implements lifecycle.Change.
func (c *change) Report(o report.Outcomes, diags *diag.Diagnostics, err error) {
	var errs diag.Diagnostics
	if len(c.Refused) > 0 {
		lines := make([]string, 0, len(c.Refused))
		for account, refusal := range c.Refused {
			lines = append(lines, fmt.Sprintf("%s (%s): %s", tfkit.AccountName(account), c.wantedOf(account), backend.InBrief(refusal)))
		}
		slices.Sort(lines)
		errs.AddAttributeError(path.Root("domain_ids"), "The gateway refuses permissions", fmt.Sprintf(
			"On the %s, these were asked for alone and refused:\n%s\n\n"+
				"Look at the API's own words behind each: an account may not exist, and the gateway owner's own entry can't be deleted.%s%s",
			o.Gateway, tfkit.Bullets(lines), backend.RefusalAdvice(slices.Collect(maps.Values(c.Refused))), c.heldBack(err)))
	}
	if err != nil {
		detail := o.Explain(err)
		if left := c.unfinished(); len(left) > 0 {
			detail += fmt.Sprintf("\n\nOn the %s, these are not as they are to be:\n%s", o.Gateway, tfkit.Bullets(left))
		}
		errs.AddError(changeSummary(err), detail+c.maybeOwner(err))
	}
	for i, d := range errs {
		detail := d.Detail()
		if i == len(errs)-1 {
			detail += c.changed() + "\n\nThe next apply looks first, and does what is left."
		}
		diags.AddError(d.Summary(), detail)
	}
}

// heldBack names the deletions that were not made, since an addition was refused.
func (c *change) heldBack(err error) string {
	left := c.unfinished()
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

// isDone tells whether the gateway listed an account as it is to be.
func (c *change) isDone(account string) bool {
	return c.Listed != nil && tfkit.HasKey(c.Listed, account) == slices.Contains(c.Add, account)
}

// changed names what was done, for the reader of a failure: what the gateway
// lists as it is to be and did not before. Of a call whose answer was lost, the
// listing may tell nothing yet.
func (c *change) changed() string {
	var lines []string
	for _, account := range slices.Concat(c.Add, c.Remove) {
		if c.isDone(account) && tfkit.HasKey(c.Before, account) != tfkit.HasKey(c.Listed, account) {
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
func (c *change) maybeOwner(err error) string {
	stays := func(account string) bool { return tfkit.HasKey(c.Asked, account) && tfkit.HasKey(c.Listed, account) }
	if !errors.Is(err, context.DeadlineExceeded) || !slices.ContainsFunc(c.Remove, stays) {
		return ""
	}
	return "\n\nAn entry that is still listed after it was deleted may be the gateway owner's own, which is there by itself and stays. " +
		"Take the resource out of the state then (`terraform state rm`), and import it again without that account if others are left."
}
