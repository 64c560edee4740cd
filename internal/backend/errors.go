// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package backend

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/rest"
	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// APIError makes the diagnostic of a call that failed.
func (b *Backend) APIError(err error, summary string, of apig.Gateway) diag.Diagnostic {
	detail := fmt.Sprintf("%s\n\nThe call was for the %s.", b.Explain(err), of)
	if gateway.IsGone(err) || apig.IsNoEndpointService(err) {
		return diag.NewAttributeErrorDiagnostic(path.Root("instance_id"), summary, detail)
	}
	return diag.NewErrorDiagnostic(summary, detail)
}

// CreatePlanError makes the diagnostic of a call that failed while a creation was planned. That the gateway is gone is only a
// warning: a destroy plans like this first, and has nothing to do then.
func (b *Backend) CreatePlanError(err error, summary string, of apig.Gateway) diag.Diagnostics {
	failure := b.APIError(err, summary, of)
	switch {
	case !gateway.IsGone(err):
		return diag.Diagnostics{failure}
	case b.Session(of).IsToldGone(): // by the reading of what is created anew, or of others there
		return nil
	}
	return diag.Diagnostics{diag.NewAttributeWarningDiagnostic(path.Root("instance_id"), failure.Summary(), failure.Detail())}
}

// Explain says what an error means and what to do about it, and then, in the error's own words, what happened.
func (b *Backend) Explain(err error) string {
	paragraphs := []string{tfkit.ContextEnd(err), "", Happened(err)}
	if !errors.Is(err, context.Canceled) {
		paragraphs[1] = b.advice(err)
	}
	return strings.Join(slices.DeleteFunc(paragraphs, func(text string) bool { return text == "" }), "\n\n")
}

// Happened gives an error in its own words, and below it, in lines that the CLI does not wrap, the calls that it is about.
func Happened(err error) string {
	text, calls := err.Error(), restErrors(err)
	if len(calls) == 0 && tfkit.ContextEnd(err) != "" {
		return "" // the context's end says it all
	}
	var about []string
	for _, e := range calls {
		about = append(about, e.About()...)
		text = strings.Replace(text, " ("+strings.Join(e.About(), ", ")+")", "", 1)
	}
	if len(about) == 0 {
		return "What happened: " + text + "."
	}
	return "What happened: " + text + ".\n" + tfkit.Bullets(about)
}

// InBrief is an error for a line of a list: the answer and its request ID.
func InBrief(err error) string {
	text := err.Error()
	for _, e := range restErrors(err) {
		text = strings.TrimPrefix(text, e.Operation+": ")
		id := ""
		if e.RequestID != "" {
			id = " (request ID " + e.RequestID + ")"
		}
		text = strings.Replace(text, " ("+strings.Join(e.About(), ", ")+")", id, 1)
	}
	return text
}

func restErrors(err error) []*rest.Error {
	if e, ok := err.(*rest.Error); ok { //nolint:errorlint // this is the walk that errors.As does, for more than the first
		return []*rest.Error{e}
	}
	switch wrapping := err.(type) { //nolint:errorlint // likewise
	case interface{ Unwrap() error }:
		return restErrors(wrapping.Unwrap())
	case interface{ Unwrap() []error }:
		var found []*rest.Error
		for _, e := range wrapping.Unwrap() {
			found = append(found, restErrors(e)...)
		}
		return found
	default:
		return nil
	}
}
