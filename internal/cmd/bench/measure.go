// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// The owner's side of the mock.
const (
	region   = "bench-1"
	account  = "11111111111111111111111111111111"
	project  = "0d0466b0e34f4b26a8b3d0a5e1f7c201"
	instance = "2a9c1d3e5f7041638597a0b1c2d3e4f5"
	token    = "bench-token"
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

// measure takes a gateway on which n endpoints ask to be accepted through a
// plan, its apply, and another plan, which has to be empty.
func (b bench) measure(ctx context.Context, s setting, n int) (_ row, err error) {
	mock := mockapig.New(mockapig.Config{Latency: s.latency, Creating: s.creating})
	mock.AddAccount(mockapig.Account{DomainID: account, DomainName: "owner"})
	mock.AddProject(mockapig.Project{ID: project, Name: region, DomainID: account})
	mock.AddToken(token, mockapig.Token{DomainID: account, ProjectID: project})
	mock.AddGateway(mockapig.Gateway{ID: instance, ProjectID: project})
	endpoints := make([]string, n)
	for i := range endpoints {
		endpoints[i] = fmt.Sprintf("%08x-64ec-4106-a014-2ad71ad9997d", i)
		mock.Connect(instance, mockapig.Connection{ID: endpoints[i]})
	}
	server := httptest.NewServer(mock)
	defer server.Close()

	dir, err := os.MkdirTemp(b.dir, "run-")
	if err != nil {
		return row{}, err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	if err := os.WriteFile(filepath.Join(dir, "main.tf"), []byte(configuration(server.URL, endpoints)), 0o600); err != nil {
		return row{}, err
	}
	w := cli.Workspace{CLI: b.cli, Dir: dir, Config: b.config}

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

// timed runs a command that has to succeed, and tells how long it took and what
// calls it made.
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

func configuration(url string, endpoints []string) string {
	return fmt.Sprintf(`terraform {
  required_providers {
    apig = { source = %q }
  }
}

provider "apig" {
  region     = %q
  project_id = %q
  token      = %q
  endpoints  = { apig = %q, iam = %q }
}

resource "apig_vpc_endpoint_connection" "bench" {
  instance_id    = %q
  desired_status = "accepted"
  endpoints      = ["%s"]
}
`, cli.Source, region, project, token, url, url, instance, strings.Join(endpoints, `", "`))
}
