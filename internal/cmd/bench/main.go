// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command bench measures what a plan, an apply and a plan without changes cost
// through the real CLI, in calls and in seconds, for one resource with few and
// with many endpoints. The gateway is the mock, in this process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
)

// setting is how the mock behaves.
type setting struct {
	name, title       string
	latency, creating time.Duration
}

var settings = []setting{
	{name: "real", title: "50 ms a call, 1 s in `creating`", latency: 50 * time.Millisecond, creating: time.Second},
	{name: "instant", title: "a gateway that answers at once"},
}

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	err := run(ctx, os.Args[1:], os.Stdout, os.Stderr)
	stop()
	if errors.Is(err, flag.ErrHelp) {
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// run prints one table for each setting, and fails if a target is missed.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	sizes, chosen, err := parse(args, stderr)
	if err != nil {
		return err
	}
	terraform, err := cli.Find(ctx)
	if err != nil {
		return err
	}
	root, err := cli.Root()
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "apig-bench-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()
	fmt.Fprintf(stderr, "Building the provider ...\n")
	config, err := cli.BuildOverride(ctx, root, dir)
	if err != nil {
		return err
	}
	b := bench{cli: terraform, config: config, dir: dir}
	fmt.Fprintf(stdout, "%s, provider built from this repository.\n", terraform)
	var missed []string
	for _, s := range chosen {
		rows, err := b.all(ctx, stderr, s, sizes)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\nOne resource, %s:\n\n%s", s.title, table(rows))
		for _, r := range rows {
			missed = append(missed, r.missed()...)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("targets were missed:\n  - %s", strings.Join(missed, "\n  - "))
	}
	fmt.Fprintln(stdout, "\nAll targets were met.")
	return nil
}

func parse(args []string, stderr io.Writer) ([]int, []setting, error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	endpoints := flags.String("endpoints", "1,50,100,500,1000,5000", "how many `endpoints` the resource has, one run for each number")
	names := flags.String("settings", "real,instant", "`names` of the mock's settings")
	if err := flags.Parse(args); err != nil {
		return nil, nil, err
	}
	if flags.NArg() > 0 {
		return nil, nil, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	var sizes []int
	for text := range strings.SplitSeq(*endpoints, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return nil, nil, fmt.Errorf("-endpoints: %q is not a number of endpoints", text)
		}
		sizes = append(sizes, n)
	}
	var chosen []setting
	for name := range strings.SplitSeq(*names, ",") {
		before := len(chosen)
		for _, s := range settings {
			if s.name == name {
				chosen = append(chosen, s)
			}
		}
		if len(chosen) == before {
			return nil, nil, fmt.Errorf("-settings: there is no %q", name)
		}
	}
	return sizes, chosen, nil
}
