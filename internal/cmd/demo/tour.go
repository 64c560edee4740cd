// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/narrate"
	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
)

// Exit codes of the CLI.
const (
	done    = 0
	refused = 1
	changes = 2 // of a plan with -detailed-exitcode
)

// tour is one telling of the story.
type tour struct {
	narrate.Narrator

	gateway   *gateway
	workspace cli.Workspace
	begin     time.Time
	full      bool // show all that the CLI prints
	costs     []cost
}

// command runs a command of the CLI before the visitor's eyes, and returns what it printed and what calls it took.
func (t *tour) command(ctx context.Context, want int, arguments ...string) (string, tally.Tally, error) {
	t.Command(t.workspace.CLI.Name(), arguments)
	t.gateway.ResetJournal()
	var printed bytes.Buffer
	shown := &excerpt{out: t.Out}
	// Both streams end up in one place, in the order in which they were written.
	both := io.MultiWriter(shown, &printed)
	if t.full {
		both = io.MultiWriter(t.Out, &printed)
	}
	got, err := t.workspace.Run(ctx, both, both, arguments...)
	shown.close()
	if err != nil {
		return "", tally.Tally{}, err
	}
	calls := tally.Of(t.gateway.Journal())
	if got != want {
		return "", calls, fmt.Errorf("%q ended with exit code %d, and %d was to be expected%s",
			strings.Join(arguments, " "), got, want, changedHint)
	}
	return printed.String(), calls, nil
}

// changedHint follows where the configuration may be the reason.
const changedHint = " (the story is told of examples/demo as it comes with the repository: was it changed?)"

// planned reads the plan that was saved last.
func (t *tour) planned(ctx context.Context) ([]decision, error) {
	var told, complaints bytes.Buffer
	code, err := t.workspace.Run(ctx, &told, &complaints, "show", "-json", planFile)
	if err != nil {
		return nil, err
	}
	if code != done {
		return nil, fmt.Errorf("the plan can't be shown:\n%s", complaints.String())
	}
	return plannedDecisions(told.Bytes())
}

// expect makes an error of what is not as told.
func expect[T comparable](what string, got, want T) error {
	if got == want {
		return nil
	}
	return fmt.Errorf("%s: %v, and %v was to be expected%s", what, got, want, changedHint)
}

// expectActions checks the calls that decided.
func expectActions(calls tally.Tally, receive, reject tally.Action) error {
	return cmp.Or(
		expect("accepting {calls, endpoints}", calls.Receive, receive),
		expect("rejecting {calls, endpoints}", calls.Reject, reject),
		expect("calls that the gateway refused", calls.Refused, 0),
	)
}

func (t *tour) showStandings() {
	found := tally.Standings(t.gateway.Connections(t.gateway.id))
	lines := make([]string, 0, len(found))
	for _, s := range found {
		lines = append(lines, fmt.Sprintf("%4d %-18s of account %s", s.Connections, s.Status, s.Account))
	}
	t.Lines(lines...)
}
