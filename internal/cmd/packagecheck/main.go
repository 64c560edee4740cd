// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command packagecheck looks into a packaged release: whether it has what the registries of Terraform and OpenTofu
// expect, and whether a CLI can install the provider from it and plan with it. "make package" runs it.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:])
	stop()
	if err != nil {
		fmt.Fprintln(os.Stderr, "The package is not right:", err)
		os.Exit(1)
	}
}

func run(ctx context.Context, arguments []string) error {
	flags := flag.NewFlagSet("packagecheck", flag.ContinueOnError)
	dist := flags.String("dist", "dist", "the directory that goreleaser wrote")
	commit := flags.String("commit", "", "the commit that it was made of")
	seconds := flags.Int64("time", 0, "the time of that commit, in seconds since 1970")
	hostOnly := flags.Bool("host", false, "it holds this machine's platform only")
	if err := flags.Parse(arguments); err != nil {
		return err
	}
	root, err := cli.Root()
	if err != nil {
		return err
	}
	expected := targets
	host := platform{runtime.GOOS, runtime.GOARCH}
	if *hostOnly {
		expected = []platform{host}
	}
	p := pack{dir: *dist, committed: time.Unix(*seconds, 0)}
	if err := p.inspect(expected, root); err != nil {
		return err
	}
	fmt.Printf("Checksums, manifest and the zips of %d platforms are right: version %s.\n", len(expected), p.version)

	chosen, err := cli.Find(ctx)
	if err != nil {
		return err
	}
	if err := p.tryOut(ctx, chosen, root, host, *commit); err != nil {
		return err
	}
	fmt.Printf("%s installed the zip of %s from a mirror, and planned the demo with it.\n", chosen, host)
	return nil
}
