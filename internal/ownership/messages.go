// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package ownership

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// Values of `on_destroy`.
const (
	Reject = "reject"
	Delete = "delete"
	Retain = "retain"
)

// noun is what resources of a type hold, in words.
type noun struct {
	resource  string // the type
	attribute string // that names the things
	things    string
	Things    string
	name      func(id string) string
	lost      string // what becomes of things that are let go of
	harm      string // and what that does
	onDestroy string // that lets go
}

var endpointNoun = noun{
	resource: "apig_vpc_endpoint_connection", attribute: "endpoints", things: "endpoints", Things: "Endpoints",
	name: func(id string) string { return id },
	lost: "be rejected", harm: "That cuts their consumers off, for good where a rejection is final.", onDestroy: Reject,
}

var accountNoun = noun{
	resource: "apig_vpc_endpoint_permissions", attribute: "domain_ids", things: "accounts", Things: "Accounts",
	name: tfkit.AccountName,
	lost: "lose their entries", harm: "Until they are added again they may not ask, and the platform may cut their connections.", onDestroy: Delete,
}

func (n noun) list(ids []string) string {
	named := make([]string, len(ids))
	for i, id := range ids {
		named[i] = n.name(id)
	}
	return tfkit.Bullets(named)
}

// DestroyAllTheSame ends messages that stand in the way of a destroy.
const DestroyAllTheSame = " A destroy plans like this first: to destroy all the same, do it with `-refresh=false`."

// reportConflicts refuses a plan in which two hold the same, or one wants what another lets go of.
func (n noun) reportConflicts(diags *diag.Diagnostics, gateway apig.Gateway, r Report) {
	if len(r.Twice) > 0 {
		diags.AddAttributeError(path.Root(n.attribute), "Two resources name these "+n.things, fmt.Sprintf(
			"Another %s of the same provider block names these %s of the %s too:\n%s\n\n"+
				"Each belongs to one resource, or one would undo what the other needs. Keep it in one of them.%s",
			n.resource, n.things, gateway, n.list(r.Twice), DestroyAllTheSame))
	}
	ReportExcluded(diags, gateway, r.Excluded)
	if len(r.Handovers) == 0 {
		return
	}
	var ids []string
	for _, h := range r.Handovers {
		if !slices.Contains(ids, h.ID) {
			ids = append(ids, h.ID)
		}
	}
	diags.AddAttributeError(path.Root(n.attribute), n.Things+" change hands, and would "+n.lost+" on the way", fmt.Sprintf(
		"One %s of this plan has these %s of the %s, and another one lets go of them under `on_destroy = %q`:\n%s\n\n%s Nothing was done.\n\n%s%s",
		n.resource, n.things, gateway, n.onDestroy, n.list(ids), n.harm, strings.Join(n.waysOut(r.Handovers), "\n\n"), "\n\n"+strings.TrimSpace(DestroyAllTheSame)))
}

// waysOut says how to do without a cut what the plan is to do.
func (n noun) waysOut(handovers []Handover) []string {
	some := func(is func(Handover) bool) bool { return slices.ContainsFunc(handovers, is) }
	shrinks := some(func(h Handover) bool { return h.Way == Shrinks })
	goes := some(func(h Handover) bool { return h.Way == Goes })
	renamed := some(func(h Handover) bool { return h.Way == Goes && h.Created })
	replaced := some(func(h Handover) bool { return h.Way == Replaced })
	var ways []string
	add := func(applies bool, way string) {
		if applies {
			ways = append(ways, way)
		}
	}
	retain := tfkit.Snippet(fmt.Sprintf("resource %q \"GIVER\" {", n.resource), "  # as it is", "  on_destroy = \"retain\"", "}")
	add(shrinks, "Where the one that lets go stays in the configuration, have it retain them, in this same apply; take that out afterwards as you like:\n\n"+retain)
	add(renamed, "What was only renamed needs a `moved` block, and nothing else. So does a key of `for_each` or `count`, and a module:\n\n"+
		tfkit.Snippet("moved {", fmt.Sprintf("  from = %s.OLD[\"OLD KEY\"]", n.resource), fmt.Sprintf("  to   = %s.NEW[\"NEW KEY\"]", n.resource), "}"))
	add(goes, "A whole resource, or module, that goes can be forgotten instead of destroyed, in this same apply:\n\n"+
		tfkit.Snippet("removed {", fmt.Sprintf("  from = %s.OLD", n.resource), "", "  lifecycle {", "    destroy = false", "  }", "}"))
	add(goes, "Of one that goes, a key of `for_each` or `count` included, `on_destroy` counts as the state has it: with the configuration from before, apply `on_destroy = \"retain\"` to it, and then this one.")
	add(goes, "Or have the state forget it, and apply: what is named is adopted without a call. It is the one way that reaches an object which a replacement has left behind (a deposed one); the current one is adopted again as well:\n\n"+
		tfkit.Snippet(fmt.Sprintf("terraform state rm '%s.OLD[\"OLD KEY\"]'", n.resource)))
	add(shrinks || replaced, "Of one that is replaced, `on_destroy` counts as the state has it: leave the replacement out, apply `on_destroy = \"retain\"` to it, and then replace it with that still there.")
	add(true, "What is retained or forgotten is all that the one lets go of. What no resource takes, let go of in an apply of its own before.")
	add(shrinks, fmt.Sprintf("Where an apply says this, since some `%s` were not known when it was planned, plan again: unless that says so too, the next apply does what is left.", n.attribute))
	return ways
}

// warnUnsure tells of a release where not all is known that others hold. names are what this resource lets go of.
func (n noun) warnUnsure(diags *diag.Diagnostics, gateway apig.Gateway, names []string) {
	summary, what := n.Things+" may change hands", fmt.Sprintf("`%s` is known only after the apply, while another resource of this plan lets go of some on the %s.", n.attribute, gateway)
	if len(names) > 0 {
		summary = tfkit.SummaryFor(summary, names)
		what = fmt.Sprintf("The `%s` of another resource on the %s are known only after the apply, while this one lets go of:\n%s\n", n.attribute, gateway, tfkit.Bullets(names))
	}
	diags.AddAttributeWarning(path.Root(n.attribute), summary, fmt.Sprintf(
		"%s\nShould they turn out to be the same, they may %s, since the one lets go of them before the other has them, and are made good only after that; or the apply of one of the two fails, before anything of it is decided. "+
			"To be safe, apply `on_destroy = \"retain\"` to the one that lets go first.", what, n.lost))
}

// warnSpared tells of what was left to somebody who may not have it in the end.
func (n noun) warnSpared(diags *diag.Diagnostics, gateway apig.Gateway, names []string) {
	tfkit.Warn(diags, "", n.Things+" left to another resource", names,
		"On the %s, these were left as they are, since another resource of this apply has them:\n%s\n\n"+
			"If that one's own apply fails, no state holds them, and a destroy leaves them as they are; the next apply makes up for it.", gateway, tfkit.Bullets(names))
}

// WarnAbandoned tells of what is left as it is, since no plan could tell what a successor has.
func (n noun) WarnAbandoned(diags *diag.Diagnostics, gateway apig.Gateway, names []string, tainted bool) {
	why := fmt.Sprintf("`%s` or the gateway of the new one was not known when this was planned", n.attribute)
	if tainted {
		why = "it was tainted, so that no plan could show what it would let go of"
	}
	tfkit.Warn(diags, "", n.Things+" left as they are", names,
		"The object was replaced, and %s. So nothing of it was let go of on the %s, and these stay as they are:\n%s\n\n"+
			"What the new object does not name, no state holds. Name it in a resource to decide on it.", why, gateway, tfkit.Bullets(names))
}

// ReportExcluded refuses endpoints that one resource accepts and an exclusive one rejects.
func ReportExcluded(diags *diag.Diagnostics, gw apig.Gateway, conflicts []string) {
	if len(conflicts) == 0 {
		return
	}
	diags.AddAttributeError(path.Root("endpoints"), "Accepted here, rejected there", fmt.Sprintf(
		"An apig_vpc_endpoint_connection of the same provider block accepts these endpoints of the %s, and its apig_vpc_endpoint_connections_exclusive would reject them:\n%s\n\n"+
			"Name them in the latter's `endpoints`, or their accounts in its `domain_ids`, or don't accept them.%s", gw, tfkit.Bullets(conflicts), DestroyAllTheSame))
}
