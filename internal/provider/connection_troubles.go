// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// troubles tells what became of the cases of one apply: one diagnostic for each
// kind of trouble, with a list of the endpoints that have it.
type troubles struct {
	gateway apig.Gateway
	wait    time.Duration
	explain func(error) string
	again   string // what to do for what is left; the next apply does it where there is nothing to say
	guards  bool   // nobody has named the endpoints
	// creation: a failure leaves nothing in the state.
	creation bool
}

// remedy begins what to do about an endpoint that can't be decided.
func (t troubles) remedy() string {
	if t.guards {
		return "If the endpoint is to stand, name it in `endpoints`; otherwise "
	}
	return "An endpoint that can't be decided any more is best removed from `endpoints`; otherwise "
}

func (t troubles) report(diags *diag.Diagnostics, cases []*settle.Item, err error) {
	t.warnOfLeft(diags, cases)
	var errs diag.Diagnostics
	t.unexpected(&errs, cases, errors.Is(err, gateway.ErrUnexpectedAccount))
	t.failed(&errs, cases)
	t.refused(&errs, cases)
	switch {
	case err == nil:
		t.neverAppeared(&errs, cases)
	case errors.Is(err, gateway.ErrUnexpectedAccount):
	case slices.ContainsFunc(cases, func(c *settle.Item) bool { return !c.Phase.Reached() }):
		t.unsettled(&errs, cases, err)
	default:
		diags.AddWarning("A call failed, and nothing is left to do", t.explain(err))
	}
	for i, d := range errs {
		detail := d.Detail()
		if i == len(errs)-1 {
			detail += decided(cases) + t.untracked(cases) + "\n\n" + cmp.Or(t.again, "The next apply looks first, and does what is left.")
		}
		diags.AddError(d.Summary(), detail)
	}
}

func (t troubles) warnOfLeft(diags *diag.Diagnostics, cases []*settle.Item) {
	left := pick(cases, func(c *settle.Item) bool { return c.Phase == settle.Gone && c.Goal == endpoint.Accept })
	if len(left) > 0 {
		diags.AddWarning(tfkit.SummaryFor("Consumers have left", left), fmt.Sprintf(
			"Since the plan was made, the %s has stopped listing these endpoints, or is deleting them:\n%s\n\nEndpoint IDs are never used again: remove them from `endpoints`.",
			t.gateway, tfkit.Bullets(left)))
	}
}

func (t troubles) unexpected(errs *diag.Diagnostics, cases []*settle.Item, beforeAnyCall bool) {
	found := pick(cases, func(c *settle.Item) bool { return c.Phase == settle.UnexpectedAccount })
	if len(found) == 0 {
		return
	}
	done := "They were not accepted."
	if beforeAnyCall {
		done = "Nothing was decided."
	}
	errs.AddError(unexpectedAccounts(t.gateway, found, done))
}

func (t troubles) failed(errs *diag.Diagnostics, cases []*settle.Item) {
	found := pick(cases, func(c *settle.Item) bool { return c.Phase == settle.Failed })
	if len(found) > 0 {
		errs.AddError("Connections stay failed", fmt.Sprintf(
			"On the %s, these are `failed`, and were so again after one more call:\n%s\n\n"+
				"The platform could not make the connection. Apply again to have it tried once more; if that does not help, ask the consumer to delete the endpoint and make a new one, or the vendor's support for the reason.",
			t.gateway, tfkit.Bullets(found)))
	}
}

func (t troubles) refused(errs *diag.Diagnostics, cases []*settle.Item) {
	var (
		found, unanswered []string
		refusals          []error
		last              error
	)
	for _, c := range cases {
		if c.Phase != settle.Refused {
			continue
		}
		line := fmt.Sprintf("%s: %s", withStatus(c.EndpointID, c.Observed), inBrief(c.Refusal))
		if isAnswer(c.Refusal) {
			found, refusals = append(found, line), append(refusals, c.Refusal)
		} else {
			unanswered, last = append(unanswered, line), c.Refusal
		}
	}
	if len(unanswered) > 0 {
		errs.AddError("No answer about endpoints", fmt.Sprintf(
			"On the %s, these were asked for alone, and no whole answer came:\n%s\n\n%s",
			t.gateway, tfkit.Bullets(unanswered), t.explain(last)))
	}
	if len(found) > 0 {
		errs.AddError("The gateway refuses to decide endpoints", fmt.Sprintf(
			"On the %s, these were asked for alone and refused:\n%s\n\n"+
				"Look at the API's own words behind each.%s %sapply again, and give the vendor's support the request ID.",
			t.gateway, tfkit.Bullets(found), refusalAdvice(refusals), t.remedy())+maybeFinal(cases))
	}
}

// mayTakeEffect tells whether what was asked for of an endpoint may still be done: the
// answer was lost, or did not come.
func mayTakeEffect(c *settle.Item) bool {
	return c.MayTakeEffect() && (c.Phase.Open() || c.Phase == settle.Refused && !isAnswer(c.Refusal))
}

// isAnswer tells whether a call that failed was answered by the API.
func isAnswer(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return !ok || e.Kind != rest.KindUnreachable && e.Kind != rest.KindUnreadable
}

// maybeFinal says why an endpoint to accept may have stayed `rejected`, where
// one did.
func maybeFinal(cases []*settle.Item) string {
	final := func(c *settle.Item) bool {
		return !c.Phase.Reached() && c.Goal == endpoint.Accept && c.Asked() && c.Observed.Status == endpoint.StatusRejected
	}
	if !slices.ContainsFunc(cases, final) {
		return ""
	}
	return "\n\nWhere an endpoint is still `rejected` after it was asked to be accepted, a rejection may be final on this gateway: the consumer then has to delete the endpoint and make a new one."
}

func (t troubles) neverAppeared(errs *diag.Diagnostics, cases []*settle.Item) {
	is := func(c *settle.Item) bool { return c.Phase == settle.Unlisted }
	found := pick(cases, is)
	if len(found) == 0 {
		return
	}
	errs.AddError("Endpoints never appeared", fmt.Sprintf(
		"The %s does not list these endpoints, and did not begin to within %s:\n%s\n\n"+
			"Compare the IDs with what the consumers say; an endpoint may also belong to another gateway, or have been deleted. "+
			"If a consumer has only just made it, apply again, or raise `wait_for_endpoints`.%s",
		t.gateway, t.waited(cases[slices.IndexFunc(cases, is)]), tfkit.Bullets(found), letterCase(found)))
}

// waited tells for how long an endpoint was waited for that never appeared.
func (t troubles) waited(c *settle.Item) string {
	if c.ShortWait == 0 {
		return fmt.Sprintf("`wait_for_endpoints` (%s), counted from when nothing else was left to do for the resource", t.wait)
	}
	return fmt.Sprintf("%s. That is shorter than `wait_for_endpoints` (%s), since this run has waited for other endpoints of the gateway, the last ten times in vain, and nothing new was listed meanwhile", c.ShortWait, t.wait)
}

// unsettled tells of the cases that an error left open.
func (t troubles) unsettled(errs *diag.Diagnostics, cases []*settle.Item, err error) {
	detail := t.explain(err)
	if found := pick(cases, func(c *settle.Item) bool { return c.Phase.Open() }); len(found) > 0 {
		detail += fmt.Sprintf("\n\nOn the %s, these are not settled:\n%s", t.gateway, tfkit.Bullets(found))
	}
	errs.AddError(unsettledSummary(err), detail+maybeUnknown(cases)+maybeFinal(cases))
}

// maybeUnknown says why nothing was done about an endpoint whose status this
// version does not know.
func maybeUnknown(cases []*settle.Item) string {
	unknown := func(c *settle.Item) bool {
		return c.Phase.Open() && c.Observed.Status != endpoint.Absent && !slices.Contains(endpoint.Statuses(), c.Observed.Status)
	}
	if !slices.ContainsFunc(cases, unknown) {
		return ""
	}
	return "\n\nA status that this version of the provider does not know is never acted on; it was waited for to change. A newer version may know it."
}

func unsettledSummary(err error) string {
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return "Not settled in time"
	case errors.Is(err, context.Canceled):
		return "Interrupted"
	default:
		return "Not all endpoints could be decided"
	}
}

// decided names what was brought to its goal by a call, for the reader of a
// failure to know what has changed all the same.
func decided(cases []*settle.Item) string {
	done := pick(cases, func(c *settle.Item) bool { return c.Phase == settle.Done && c.Asked() })
	switch {
	case len(done) > 0:
		return "\n\nThese were decided, and stay so:\n" + tfkit.Bullets(done)
	case slices.ContainsFunc(cases, mayTakeEffect):
		return "\n\nWhat was asked for may still take effect."
	default:
		return "\n\nAs far as is known, no endpoint's decision has changed."
	}
}

// untracked says of a creation that failed what becomes of what is accepted.
func (t troubles) untracked(cases []*settle.Item) string {
	accepted := func(c *settle.Item) bool {
		return c.Looked && endpoint.InEffect(c.Observed.Status)
	}
	if !t.creation || !slices.ContainsFunc(cases, accepted) {
		return ""
	}
	text := "\n\nThe resource is not in the state. Until an apply or an import puts it there, a destroy leaves what is accepted as it is"
	if before := pick(cases, func(c *settle.Item) bool { return accepted(c) && !c.Asked() }); len(before) > 0 {
		return text + ", with these that were so before:\n" + tfkit.Bullets(before)
	}
	return text + "."
}

func pick(cases []*settle.Item, is func(*settle.Item) bool) []string {
	var lines []string
	for _, c := range cases {
		if is(c) {
			lines = append(lines, caseLine(c))
		}
	}
	return lines
}

func caseLine(c *settle.Item) string {
	if !c.Looked {
		return fmt.Sprintf("%s (to %s; not looked at)", c.EndpointID, c.Goal)
	}
	line := withStatus(c.EndpointID, c.Observed)
	if c.Phase == settle.Unlisted {
		return line
	}
	if !c.Phase.Open() {
		return line
	}
	switch line += ", to " + c.Goal.String(); {
	case c.Refusal != nil:
		line += ": " + inBrief(c.Refusal)
	case c.Calls > 0:
		line += ", asked for"
	default:
		line += ", not asked for yet"
	}
	return line
}
