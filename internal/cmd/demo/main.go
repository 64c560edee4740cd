// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command demo takes a visitor through what the provider does: it builds it, starts a mock gateway, runs the
// configuration in examples/demo with the real CLI, and checks that everything goes as it tells.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/narrate"
)

// interrupted is the exit code of a program that Ctrl-C ended.
const interrupted = 130

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	// A second Ctrl-C ends the program at once.
	context.AfterFunc(ctx, stop)
	err := run(ctx, os.Stdout, os.Getenv("FULL") != "")
	switch {
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "\nInterrupted. The mock gateway is gone, and everything that the demo had written.")
		os.Exit(interrupted)
	case err != nil:
		fmt.Fprintln(os.Stderr, "\nThe demo did not go as told:", err)
		os.Exit(1)
	}
	stop()
}

// run tells the whole story, with all that the CLI prints if full, in a directory that is gone afterwards.
func run(ctx context.Context, out io.Writer, full bool) (err error) {
	chosen, err := cli.Find(ctx)
	if err != nil {
		return err
	}
	root, err := cli.Root()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "apig-demo-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	n := narrate.New(out)
	n.Say("This is %s. Building the provider, which takes a minute the first time ...", chosen)
	config, err := chosen.BuildMirror(ctx, root, dir)
	if err != nil {
		return err
	}
	gateway, err := openGateway()
	if err != nil {
		return err
	}
	defer gateway.close()

	work := filepath.Join(dir, "demo")
	if err := cli.CopyConfiguration(work, filepath.Join(root, "examples", "demo")); err != nil {
		return err
	}
	if err := pointTo(work, gateway.url); err != nil {
		return err
	}
	w := cli.Workspace{CLI: chosen, Dir: work, Config: config}
	if !n.Bold {
		w.Env = append(w.Env, "TF_CLI_ARGS=-no-color")
	}
	t := tour{Narrator: n, gateway: gateway, workspace: w, begin: time.Now(), full: full}
	return t.tell(ctx)
}
