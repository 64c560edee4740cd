// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/endpoint"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// patiently is Session.Patiently for an attempt that has a result.
func patiently[T any](ctx context.Context, session *gateway.Session, attempt func(context.Context) (T, error)) (result T, err error) {
	err = session.Patiently(ctx, func(ctx context.Context) (err error) {
		result, err = attempt(ctx)
		return err
	})
	return result, err
}

// lookFirst looks while a creation is planned. That the gateway is gone is a warning then, and found out by the creation; that
// it has no endpoint service is an error, and a gateway that was made a moment ago may say so for a while.
func lookFirst[T any](ctx context.Context, session *gateway.Session, look func(context.Context) (T, error)) (T, error) {
	result, err := look(ctx)
	if apig.IsNoEndpointService(err) {
		return patiently(ctx, session, look)
	}
	return result, err
}

// gatewayGone tells that a resource leaves the state, since its gateway is gone, and what would have to be done to what it had.
func gatewayGone(err error, gw apig.Gateway, what string, had []string) diag.Diagnostic {
	summary, left := "The gateway is gone", ""
	if len(had) > 0 {
		summary = tfkit.SummaryFor(summary, had)
		left = fmt.Sprintf("\n\nIf it exists all the same, these are as they were, and are not %s by a destroy any more, nor by an apply of this plan where it says so:\n%s", what, tfkit.Bullets(had))
	}
	return diag.NewWarningDiagnostic(summary, fmt.Sprintf(
		"The %s does not exist any more, so this resource leaves the state.%s%s%s\n\n%s", gw, howOften(err), left, wrongAddress(err), happened(err)))
}

// leaveBehind ends the cases of endpoints that were to be released on a gateway that is gone, and tells of those that were
// to be rejected. It returns what is left of the error for the other cases.
func leaveBehind(diags *diag.Diagnostics, state *connectionModel, released, all []*endpoint.Case, err error) error {
	if !gateway.IsGone(err) {
		return err
	}
	entries := state.entries()
	var left []string
	for _, c := range released {
		if c.Step.Reached() {
			continue
		}
		e := entries[c.EndpointID]
		if c.Looked {
			e = entryFrom(c.Observed)
		}
		if c.Step = endpoint.StepGone; releasable(e) {
			left = append(left, e.line(c.EndpointID))
		}
	}
	warnOfLeftBehind(diags, state.gateway(), "rejected", left, err)
	for _, c := range all {
		if !c.Step.Reached() {
			return err
		}
	}
	return nil
}

// leaveBehind is the same for the entries of accounts.
func (m *permissionsModel) leaveBehind(diags *diag.Diagnostics, change *gateway.PermissionChange, err error) error {
	if !gateway.IsGone(err) {
		return err
	}
	there := m.entries()
	if change.Listed != nil {
		there = permissionEntries(change.Listed)
	}
	warnOfLeftBehind(diags, m.Gateway(), "deleted", tfkit.AccountNames(tfkit.Except(change.Remove, func(account string) bool { return !tfkit.HasKey(there, account) })), err)
	if change.Remove = nil; len(unfinished(change))+len(change.Refused) > 0 {
		return err
	}
	return nil
}

// warnOfLeftBehind tells what could not be done, since the gateway is gone.
func warnOfLeftBehind(diags *diag.Diagnostics, gw apig.Gateway, what string, left []string, err error) {
	if len(left) == 0 {
		diags.AddWarning("The gateway is gone", fmt.Sprintf("The %s does not exist any more, so that nothing is left to be %s.%s%s\n\n%s", gw, what, howOften(err), wrongAddress(err), happened(err)))
		return
	}
	diags.AddWarning(tfkit.SummaryFor("Not "+what+", since the gateway is gone", left), fmt.Sprintf(
		"The %s does not exist any more.%s These were to be %s and could not be. If the gateway exists all the same, they are as they were, and this resource has them no more:\n%s%s\n\n%s",
		gw, howOften(err), what, tfkit.Bullets(left), wrongAddress(err), happened(err)))
}

// howOften says why it is believed that a gateway is gone. It begins with a blank.
func howOften(err error) string {
	gone, ok := errors.AsType[*gateway.GoneError](err)
	if !ok {
		return ""
	}
	return fmt.Sprintf(" The API has said so %d times over %s.", gone.Times, gone.Over.Round(time.Second/10))
}

// wrongAddress says what else may be the reason that a gateway is said not to exist, where nothing else was heard in the run.
func wrongAddress(err error) string {
	gone, ok := errors.AsType[*gateway.GoneError](err)
	if !ok {
		return ""
	}
	const check = "check " + "`endpoints.apig` of the provider block, `region` and `project_id`"
	switch only := gone.Only(); only {
	case 0:
		return ""
	case 1:
		return "\n\nNothing else was heard from the API in this run. If the gateway should exist, a wrong address is likely: " + check + "."
	default:
		return fmt.Sprintf("\n\nThe API says so of each gateway that this run has asked for (%d). So a wrong address is likely: %s before you apply anything.", only, check)
	}
}

// absenceAdvice is what to do where a gateway is said not to exist, be it believed or not.
func (p *providerData) absenceAdvice(err error) (text string, about bool) {
	if gateway.IsGone(err) {
		return reasonAdvice[apig.ReasonGatewayGone] + howOften(err) + wrongAddress(err), true
	}
	doubt, ok := errors.AsType[*gateway.DoubtError](err)
	if !ok {
		return "", false
	}
	said := "The API said that the gateway does not exist"
	if apig.IsNoEndpointService(doubt.Said) {
		said = "The API said that the gateway has no VPC endpoint service"
	}
	switch {
	case doubt.Err == nil:
		return said + ", each time that this was asked for, and answered other calls in between. Nothing is forgotten for it. Apply again; if it persists, give the vendor's support the request ID.", true
	case apig.IsGatewayGone(doubt.Err), apig.IsNoEndpointService(doubt.Err):
		return said + ", but not for long enough to be believed, so nothing is forgotten for it. Check `instance_id`, `region` and `project_id`, and apply again.", true
	default:
		return said + ", and when it was asked again, something else went wrong. Nothing is forgotten for it. " + p.advice(doubt.Err), true
	}
}
