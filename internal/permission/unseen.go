// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package permission

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
	"github.com/apig-terraform/terraform-provider-apig/internal/unseen"
)

// Of entries, what is unseen are deletions: decisions to reject. An addition that shows late
// lets an account ask, and no more.

// withoutAbsent returns the deletions that a listing does not show yet.
func withoutAbsent(u unseen.Decisions, listed map[string]apig.Permission) unseen.Decisions {
	left := unseen.Decisions{}
	for account, asked := range u {
		if tfkit.HasKey(listed, account) {
			left[account] = asked
		}
	}
	return left
}

// restored makes of planned entries those that are to be added again: their deletion may
// still take effect.
func restored(u unseen.Decisions, planned map[string]entry) map[string]entry {
	for account := range planned {
		if u.Opposes(account, endpoint.Accepted) {
			planned[account] = unknownEntry
		}
	}
	return planned
}

// kept are those of the accounts that leave a resource with their entries, and would lose
// them to an earlier deletion.
func kept(u unseen.Decisions, accounts []string) []string {
	return tfkit.Except(accounts, func(account string) bool { return !u.Opposes(account, endpoint.Accepted) })
}

// warnOfUnseen tells in a plan of deletions of an earlier run that may still take effect.
func (m *model) warnOfUnseen(ctx context.Context, private tfkit.PrivateReader, diags *diag.Diagnostics) {
	noted := unseen.In(ctx, private, diags)
	var found []string
	for _, account := range m.accounts() {
		if at, was := noted[account][endpoint.Rejected]; was {
			found = append(found, fmt.Sprintf("%s (asked to be deleted at %s)", tfkit.AccountName(account), at.UTC().Format(time.RFC3339)))
		}
	}
	unseen.WarnOf(diags, m.Gateway(), found)
}

// changeOf is what becomes of accounts, and of those that leave: they are removed, or stay
// for good.
func changeOf(u unseen.Decisions, add, leaving []string, deletes bool, held func(account string) bool) (change gateway.PermissionChange, spared []string) {
	change.Held = held
	staying := leaving
	if deletes {
		change.Remove, spared = tfkit.Partition(leaving, held)
		staying = spared
	}
	change.Add = slices.Concat(add, kept(u, staying))
	return change, spared
}
