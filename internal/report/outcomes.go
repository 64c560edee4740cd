// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package report says what became of each endpoint. It makes no call, decides nothing, and knows nothing of any schema.
package report

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/settle"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// Outcomes tells what became of an apply: one diagnostic for each kind of trouble, with a list of what has it.
type Outcomes struct {
	Words

	Gateway   apig.Gateway
	Wait      time.Duration
	Explain   func(error) string
	NextStep  string // what to do for what is left; the next apply does it where there is nothing to say
	Exclusive bool   // nobody has named the endpoints
	Creation  bool   // a failure leaves nothing in the state
}

// Words are those for what is changed.
type Words struct {
	Refuses      string // summary: the gateway refuses it
	Late, Failed string // summaries: it was not done in time, or for another reason
	Open         string // what is still to be done is not ...
	Done         string // what has changed was ...
	Unchanged    string // nothing has
}

var endpointWords = Words{
	Refuses: "The gateway refuses to decide endpoints", Late: "Not settled in time", Failed: "Not all endpoints could be decided",
	Open: "settled", Done: "decided", Unchanged: "As far as is known, no endpoint's decision has changed.",
}

// Refused adds the error about what was refused alone. why follows the API's own words, and more is at the end.
func (o Outcomes) Refused(errs *diag.Diagnostics, lines []string, refusals []error, why, more string) {
	if len(lines) > 0 {
		errs.AddError(o.Refuses, fmt.Sprintf("On the %s, these were asked for alone and refused:\n%s\n\nLook at the API's own words behind each%s%s%s",
			o.Gateway, tfkit.Bullets(lines), why, backend.RefusalAdvice(refusals), more))
	}
}

// Unfinished adds the error that left something open, by its lines.
func (o Outcomes) Unfinished(errs *diag.Diagnostics, err error, open []string, more string) {
	summary, detail := o.Failed, o.Explain(err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		summary = o.Late
	case errors.Is(err, context.Canceled):
		summary = "Interrupted"
	}
	if len(open) > 0 {
		detail += fmt.Sprintf("\n\nOn the %s, these are not %s:\n%s", o.Gateway, o.Open, tfkit.Bullets(open))
	}
	errs.AddError(summary, detail+more)
}

// Close adds the errors to diags. The last one also tells what has changed all the same, and what is next.
func (o Outcomes) Close(diags *diag.Diagnostics, errs diag.Diagnostics, done []string, mayTakeEffect bool, more string) {
	what := o.Unchanged
	switch {
	case len(done) > 0:
		what = "These were " + o.Done + ", and stay so:\n" + tfkit.Bullets(done)
	case mayTakeEffect:
		what = "What was asked for may still take effect."
	}
	for i, d := range errs {
		detail := d.Detail()
		if i == len(errs)-1 {
			detail += "\n\n" + what + more + "\n\n" + cmp.Or(o.NextStep, "The next apply looks first, and does what is left.")
		}
		diags.AddError(d.Summary(), detail)
	}
}

// Report tells of endpoints. There is an error where one did not reach its goal.
func (o Outcomes) Report(diags *diag.Diagnostics, items []*settle.Item, err error) {
	o.Words = endpointWords
	o.warnOfLeft(diags, items)
	var errs diag.Diagnostics
	o.unexpected(&errs, items, errors.Is(err, gateway.ErrUnexpectedAccount))
	o.failed(&errs, items)
	o.refused(&errs, items)
	switch {
	case err == nil:
		o.neverAppeared(&errs, items)
	case errors.Is(err, gateway.ErrUnexpectedAccount):
	case slices.ContainsFunc(items, func(c *settle.Item) bool { return !c.Phase.Reached() }):
		open := pick(items, func(c *settle.Item) bool { return c.Phase.Open() })
		o.Unfinished(&errs, err, open, maybeUnknown(items)+maybeFinal(items))
	default:
		diags.AddWarning("A call failed, and nothing is left to do", o.Explain(err))
	}
	done := pick(items, func(c *settle.Item) bool { return c.Phase == settle.Done && c.Asked() })
	o.Close(diags, errs, done, slices.ContainsFunc(items, mayTakeEffect), o.untracked(items))
}

func (o Outcomes) warnOfLeft(diags *diag.Diagnostics, items []*settle.Item) {
	left := pick(items, func(c *settle.Item) bool { return c.Phase == settle.Gone && c.Goal == endpoint.Accept })
	tfkit.Warn(diags, "", "Consumers have left", left,
		"Since the plan was made, the %s has stopped listing these endpoints, or is deleting them:\n%s\n\nEndpoint IDs are never used again: remove them from `endpoints`.",
		o.Gateway, tfkit.Bullets(left))
}

func (o Outcomes) unexpected(errs *diag.Diagnostics, items []*settle.Item, beforeAnyCall bool) {
	found := pick(items, func(c *settle.Item) bool { return c.Phase == settle.UnexpectedAccount })
	if len(found) == 0 {
		return
	}
	done := "They were not accepted."
	if beforeAnyCall {
		done = "Nothing was decided."
	}
	errs.AddError(UnexpectedAccounts(o.Gateway, found, done))
}

func (o Outcomes) failed(errs *diag.Diagnostics, items []*settle.Item) {
	found := pick(items, func(c *settle.Item) bool { return c.Phase == settle.Failed })
	if len(found) > 0 {
		errs.AddError("Connections stay failed", fmt.Sprintf(
			"On the %s, these are `failed`, and were so again after one more call:\n%s\n\n"+
				"The platform could not make the connection. Apply again to have it tried once more; if that does not help, ask the consumer to delete the endpoint and make a new one, or the vendor's support for the reason.",
			o.Gateway, tfkit.Bullets(found)))
	}
}

func (o Outcomes) refused(errs *diag.Diagnostics, items []*settle.Item) {
	var (
		found, unanswered []string
		refusals          []error
		last              error
	)
	for _, c := range items {
		if c.Phase != settle.Refused {
			continue
		}
		line := fmt.Sprintf("%s: %s", Endpoint(c.EndpointID, c.Observed), backend.InBrief(c.Refusal))
		if isAnswer(c.Refusal) {
			found, refusals = append(found, line), append(refusals, c.Refusal)
		} else {
			unanswered, last = append(unanswered, line), c.Refusal
		}
	}
	if len(unanswered) > 0 {
		errs.AddError("No answer about endpoints", fmt.Sprintf(
			"On the %s, these were asked for alone, and no whole answer came:\n%s\n\n%s",
			o.Gateway, tfkit.Bullets(unanswered), o.Explain(last)))
	}
	next := "An endpoint that can't be decided any more is best removed from `endpoints`"
	if o.Exclusive {
		next = "If the endpoint is to stay accepted, name it in `endpoints`"
	}
	o.Refused(errs, found, refusals, ".", " "+next+"; otherwise apply again, and give the vendor's support the request ID."+maybeFinal(items))
}

// mayTakeEffect tells whether what was asked for may still be done: no answer told.
func mayTakeEffect(c *settle.Item) bool {
	return c.MayTakeEffect() && (c.Phase.Open() || c.Phase == settle.Refused && !isAnswer(c.Refusal))
}

// isAnswer tells whether a call that failed was answered by the API.
func isAnswer(err error) bool {
	e, ok := errors.AsType[*rest.Error](err)
	return !ok || e.Kind != rest.KindUnreachable && e.Kind != rest.KindUnreadable
}

// maybeFinal says why an endpoint to accept may have stayed `rejected`.
func maybeFinal(items []*settle.Item) string {
	if !slices.ContainsFunc(items, func(c *settle.Item) bool {
		return !c.Phase.Reached() && c.Goal == endpoint.Accept && c.Asked() && c.Observed.Status == endpoint.StatusRejected
	}) {
		return ""
	}
	return "\n\nWhere an endpoint is still `rejected` after it was asked to be accepted, a rejection may be final on this gateway: the consumer then has to delete the endpoint and make a new one."
}

func (o Outcomes) neverAppeared(errs *diag.Diagnostics, items []*settle.Item) {
	is := func(c *settle.Item) bool { return c.Phase == settle.Unlisted }
	found := pick(items, is)
	if len(found) == 0 {
		return
	}
	errs.AddError("Endpoints never appeared", fmt.Sprintf(
		"The %s does not list these endpoints, and did not begin to within %s:\n%s\n\n"+
			"Compare the IDs with what the consumers say; an endpoint may also belong to another gateway, or have been deleted. "+
			"If a consumer has only just made it, apply again, or raise `wait_for_endpoints`.%s",
		o.Gateway, o.waited(items[slices.IndexFunc(items, is)]), tfkit.Bullets(found), LetterCase(found)))
}

// waited tells for how long an endpoint was waited for that never appeared.
func (o Outcomes) waited(c *settle.Item) string {
	if c.ShortWait == 0 {
		return fmt.Sprintf("`wait_for_endpoints` (%s), counted from when nothing else was left to do for the resource", o.Wait)
	}
	return fmt.Sprintf("%s. That is shorter than `wait_for_endpoints` (%s), since this run has waited for other endpoints of the gateway, the last ten times in vain, and nothing new was listed meanwhile", c.ShortWait, o.Wait)
}

// maybeUnknown says why nothing was done about a status that this version does not know.
func maybeUnknown(items []*settle.Item) string {
	if !slices.ContainsFunc(items, func(c *settle.Item) bool {
		return c.Phase.Open() && c.Observed.Status != endpoint.Absent && !slices.Contains(endpoint.Statuses(), c.Observed.Status)
	}) {
		return ""
	}
	return "\n\nA status that this version of the provider does not know is never acted on; it was waited for to change. A newer version may know it."
}

// untracked says of a creation that failed what becomes of what is accepted.
func (o Outcomes) untracked(items []*settle.Item) string {
	accepted := func(c *settle.Item) bool { return c.Looked && endpoint.InEffect(c.Observed.Status) }
	if !o.Creation || !slices.ContainsFunc(items, accepted) {
		return ""
	}
	text := "\n\nThe resource is not in the state. Until an apply or an import puts it there, a destroy leaves what is accepted as it is"
	if before := pick(items, func(c *settle.Item) bool { return accepted(c) && !c.Asked() }); len(before) > 0 {
		return text + ", with these that were so before:\n" + tfkit.Bullets(before)
	}
	return text + "."
}

func pick(items []*settle.Item, is func(*settle.Item) bool) []string {
	var lines []string
	for _, c := range items {
		if is(c) {
			lines = append(lines, itemLine(c))
		}
	}
	return lines
}

func itemLine(c *settle.Item) string {
	if !c.Looked {
		return fmt.Sprintf("%s (to %s; not looked at)", c.EndpointID, c.Goal)
	}
	line := Endpoint(c.EndpointID, c.Observed)
	if c.Phase == settle.Unlisted || !c.Phase.Open() {
		return line
	}
	switch line += ", to " + c.Goal.String(); {
	case c.Refusal != nil:
		line += ": " + backend.InBrief(c.Refusal)
	case c.Calls > 0:
		line += ", asked for"
	default:
		line += ", not asked for yet"
	}
	return line
}

// Endpoint names an endpoint, its status and its account.
func Endpoint(id string, c endpoint.Connection) string {
	if c.Status == endpoint.Absent {
		return id + " (not listed)"
	}
	return fmt.Sprintf("%s (status %s, account %s)", id, c.Status, cmp.Or(c.DomainID, "unknown"))
}

// LetterCase tells of upper-case letters in IDs that the gateway does not list. The lines begin with the IDs.
func LetterCase(lines []string) string {
	upper := func(line string) bool {
		id, _, _ := strings.Cut(line, " ")
		return id != strings.ToLower(id)
	}
	if !slices.ContainsFunc(lines, upper) {
		return ""
	}
	return " Upper and lower case differ: write each ID as the gateway lists it."
}

// UnexpectedAccounts is the error about endpoints of accounts that are not expected.
func UnexpectedAccounts(gateway apig.Gateway, found []string, done string) (summary, detail string) {
	return "Endpoints of accounts that are not expected", fmt.Sprintf(
		"On the %s, these are to be accepted, or are already, and belong to accounts that `expected_domain_ids` does not name:\n%s\n\n%s Remove the endpoints, which rejects the accepted ones as `on_destroy` says, or, if the accounts are to be trusted, add them to `expected_domain_ids`.",
		gateway, tfkit.Bullets(found), done)
}

// GatewayGone tells that a resource leaves the state, and what would have to be done to what it had.
func GatewayGone(err error, gw apig.Gateway, what string, had []string) diag.Diagnostic {
	summary, left := "The gateway is gone", ""
	if len(had) > 0 {
		summary = tfkit.SummaryFor(summary, had)
		left = fmt.Sprintf("\n\nIf it exists all the same, these are as they were, and are not %s by a destroy any more, nor by an apply of this plan where it says so:\n%s", what, tfkit.Bullets(had))
	}
	return diag.NewWarningDiagnostic(summary, fmt.Sprintf(
		"The %s does not exist any more, so this resource leaves the state.%s%s%s\n\n%s", gw, backend.HowOften(err), left, backend.WrongAddress(err), backend.Happened(err)))
}

// WarnOfLeftBehind tells what could not be done, since the gateway is gone.
func WarnOfLeftBehind(diags *diag.Diagnostics, gw apig.Gateway, what string, left []string, err error) {
	if len(left) == 0 {
		diags.AddWarning("The gateway is gone", fmt.Sprintf("The %s does not exist any more, so that nothing is left to be %s.%s%s\n\n%s", gw, what, backend.HowOften(err), backend.WrongAddress(err), backend.Happened(err)))
		return
	}
	diags.AddWarning(tfkit.SummaryFor("Not "+what+", since the gateway is gone", left), fmt.Sprintf(
		"The %s does not exist any more.%s These were to be %s and could not be. If the gateway exists all the same, they are as they were, and this resource has them no more:\n%s%s\n\n%s",
		gw, backend.HowOften(err), what, tfkit.Bullets(left), backend.WrongAddress(err), backend.Happened(err)))
}
