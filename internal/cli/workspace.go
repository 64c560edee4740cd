// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"
)

// interruptTime is how long a CLI that was asked to end may take to do so.
const interruptTime = 15 * time.Second

// Workspace is a directory with a configuration, and how the CLI runs in it.
type Workspace struct {
	CLI    CLI
	Dir    string
	Config string   // the CLI's configuration, see BuildMirror and BuildOverride
	Env    []string // further variables
}

// Run runs a command of the CLI and returns its exit code. An error says that the CLI could not be run, or that the
// context ended; the CLI is then asked to end, and ended with all of its processes if it does not.
func (w Workspace) Run(ctx context.Context, stdout, stderr io.Writer, arguments ...string) (int, error) {
	command := exec.CommandContext(ctx, w.CLI.Path, arguments...)
	command.Dir = w.Dir
	command.Env = append(Environment(os.Environ(),
		"TF_CLI_CONFIG_FILE="+w.Config, "CHECKPOINT_DISABLE=1", "TF_INPUT=0", "TF_IN_AUTOMATION=1"), w.Env...)
	command.Stdout, command.Stderr = stdout, stderr
	command.Cancel = func() error { return interrupt(command.Process) }
	command.WaitDelay = interruptTime
	separate(command)

	err := command.Run()
	if command.Process != nil {
		endAll(command.Process)
	}
	if ctx.Err() != nil {
		return -1, context.Cause(ctx)
	}
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() < 0) {
		return -1, fmt.Errorf("running %s %s: %w", w.CLI.Name(), strings.Join(arguments, " "), err)
	}
	return command.ProcessState.ExitCode(), nil
}

// CopyConfiguration copies a configuration to a new directory, without what the user's own runs have left beside it.
func CopyConfiguration(to, from string) error {
	if err := os.MkdirAll(to, 0o700); err != nil {
		return err
	}
	entries, err := os.ReadDir(from)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if !entry.Type().IsRegular() || !slices.Contains([]string{".tf", ".json"}, filepath.Ext(entry.Name())) {
			continue
		}
		text, err := os.ReadFile(filepath.Join(from, entry.Name()))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(to, entry.Name()), text, 0o600); err != nil {
			return err
		}
	}
	return nil
}
