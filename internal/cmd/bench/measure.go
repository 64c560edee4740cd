// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http/httptest"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// The owner's side of the mock.
const (
	account = "11111111111111111111111111111111"
	token   = "bench-token"
)

// bench is what all runs share.
type bench struct {
	cli      cli.CLI
	config   string
	provider string // its executable
	dir      string
}

// all measures one run after the other.
func (b bench) all(ctx context.Context, progress io.Writer, s setting, sizes []int) ([]row, error) {
	var rows []row
	for _, n := range sizes {
		fmt.Fprintf(progress, "%s: %d endpoints ...\n", s.title, n)
		r, err := b.measure(ctx, s, n)
		if err != nil {
			return nil, fmt.Errorf("%s, %d endpoints: %w", s.title, n, err)
		}
		rows = append(rows, r)
	}
	return rows, nil
}

// measure plans and applies the acceptance of n endpoints, and plans again, which has to be empty.
func (b bench) measure(ctx context.Context, s setting, n int) (row, error) {
	one := scenario{resources: 1, each: n, setting: s}.complete()
	mock := one.world("", s.creating)
	server := httptest.NewServer(regional(mock))
	defer server.Close()
	w, done, err := b.workspace(one.configuration(server.URL))
	if err != nil {
		return row{}, err
	}
	defer done()

	r := row{setting: s, endpoints: n}
	if r.plan, _, err = timed(ctx, w, mock, "plan", "-out=plan.tfplan"); err != nil {
		return row{}, err
	}
	if r.apply, r.applied, err = timed(ctx, w, mock, "apply", "plan.tfplan"); err != nil {
		return row{}, err
	}
	// A plan that is not empty ends with exit code 2.
	r.again, r.planned, err = timed(ctx, w, mock, "plan", "-detailed-exitcode")
	return r, err
}

// timed runs a command that has to succeed, and tells how long it took and what calls it made.
func timed(ctx context.Context, w cli.Workspace, mock *mockapig.Server, arguments ...string) (time.Duration, tally.Tally, error) {
	mock.ResetJournal()
	var output bytes.Buffer
	begin := time.Now()
	code, err := w.Run(ctx, &output, &output, append(arguments, "-no-color")...)
	took := time.Since(begin)
	if err == nil && code != 0 {
		err = &exitError{code, fmt.Sprintf("%s %s ended with exit code %d:\n%s", w.CLI.Name(), strings.Join(arguments, " "), code, output.String())}
	}
	return took, tally.Of(mock.Journal()), err
}
