// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// listener hears the diagnostics that the provider gives the CLI, of which the
// test framework shows errors only.
type listener struct {
	mu       sync.Mutex
	warnings []string // each once, in the order of their first coming
}

func (l *listener) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	serve := factories["apig"]
	return map[string]func() (tfprotov6.ProviderServer, error){
		"apig": func() (tfprotov6.ProviderServer, error) {
			server, err := serve()
			return heard{server, l}, err
		},
	}
}

func (l *listener) hear(diags []*tfprotov6.Diagnostic) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range diags {
		text := d.Summary + ": " + d.Detail
		if d.Severity == tfprotov6.DiagnosticSeverityWarning && !slices.Contains(l.warnings, text) {
			l.warnings = append(l.warnings, text)
		}
	}
}

// take returns the warnings since the last take.
func (l *listener) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	warnings := l.warnings
	l.warnings = nil
	return warnings
}

// expect is a plan check for exactly these warnings since the last check: each
// want matches one of them.
func (l *listener) expect(want ...*regexp.Regexp) plancheck.PlanCheck { return warningsCheck{l, want} }

// expectNow is the same, now.
func (l *listener) expectNow(t *testing.T, want ...*regexp.Regexp) {
	t.Helper()
	if err := compareWarnings(want, l.take()); err != nil {
		t.Error(err)
	}
}

type warningsCheck struct {
	*listener
	want []*regexp.Regexp
}

func (c warningsCheck) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = compareWarnings(c.want, c.take())
}

func compareWarnings(want []*regexp.Regexp, got []string) error {
	for _, expression := range want {
		if !slices.ContainsFunc(got, expression.MatchString) {
			return fmt.Errorf("no warning matches %s; they are:\n%s", expression, strings.Join(got, "\n\n"))
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d warnings, want %d:\n%s", len(got), len(want), strings.Join(got, "\n\n"))
	}
	return nil
}

// heard is a provider server whose diagnostics are listened to.
type heard struct {
	tfprotov6.ProviderServer
	*listener
}

func (h heard) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := h.ProviderServer.ReadResource(ctx, req)
	if resp != nil {
		h.hear(resp.Diagnostics)
	}
	return resp, err
}

func (h heard) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := h.ProviderServer.PlanResourceChange(ctx, req)
	if resp != nil {
		h.hear(resp.Diagnostics)
	}
	return resp, err
}

func (h heard) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := h.ProviderServer.ApplyResourceChange(ctx, req)
	if resp != nil {
		h.hear(resp.Diagnostics)
	}
	return resp, err
}

// message matches an error that holds all of the texts, in this order, however
// the CLI has wrapped its lines.
func message(texts ...string) *regexp.Regexp {
	expression := "(?s)"
	for i, text := range texts {
		if i > 0 {
			expression += ".*"
		}
		for j, word := range strings.Fields(text) {
			if j > 0 {
				expression += `[\s│]+`
			}
			expression += regexp.QuoteMeta(word)
		}
	}
	return regexp.MustCompile(expression)
}
