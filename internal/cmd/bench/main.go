// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command bench measures what a plan, an apply and a plan without changes cost through the real CLI, in calls and in
// seconds, for one resource with few and with many endpoints, and for many resources; and what it costs to start the
// provider. The gateway is the mock, in this process.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"slices"
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

// short tells the setting in a table's cell.
func (s setting) short() string {
	if s.creating == 0 {
		return fmt.Sprintf("%d ms", s.latency.Milliseconds())
	}
	return fmt.Sprintf("%d ms, %s", s.latency.Milliseconds(), s.creating)
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

// choice is what to measure.
type choice struct {
	sizes     []int // of the single resource, each with all settings
	settings  []setting
	scenarios []scenario
	start     bool
	collector bool
	csv       string // the file that gets what the single resource cost with the first setting
}

// run prints the tables and what came of the targets, and fails if one is missed.
func run(ctx context.Context, args []string, stdout, stderr io.Writer) (err error) {
	chosen, err := parse(args, stderr)
	if err != nil {
		return err
	}
	b := bench{}
	if b.cli, err = cli.Find(ctx); err != nil {
		return err
	}
	root, err := cli.Root()
	if err != nil {
		return err
	}
	if b.dir, err = os.MkdirTemp("", "apig-bench-"); err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(b.dir)) }()
	if b.dir, err = filepath.EvalSymlinks(b.dir); err != nil {
		return err
	}
	fmt.Fprintf(stderr, "Building the provider ...\n")
	if b.config, err = cli.BuildOverride(ctx, root, b.dir); err != nil {
		return err
	}
	executables, err := filepath.Glob(filepath.Join(b.dir, "terraform-provider-*"))
	if err != nil || len(executables) != 1 {
		return fmt.Errorf("there is no executable of the provider in %s", b.dir)
	}
	b.provider = executables[0]
	fmt.Fprintf(stdout, "%s, provider built from this repository.\n", b.cli)
	return b.report(ctx, chosen, stdout, stderr)
}

// report measures what was chosen and prints each table when it is complete.
func (b bench) report(ctx context.Context, chosen choice, stdout, stderr io.Writer) error {
	var verdicts []verdict
	for _, s := range chosen.settings {
		rows, err := b.all(ctx, stderr, s, chosen.sizes)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\nOne resource, %s:\n\n%s", s.title, table(rows))
		if chosen.csv != "" && s == chosen.settings[0] {
			if err := os.WriteFile(chosen.csv, []byte(commaSeparated(rows)), 0o600); err != nil {
				return err
			}
		}
		for _, r := range rows {
			for _, what := range r.missed() {
				verdicts = append(verdicts, verdict{what: what})
			}
		}
	}
	if len(chosen.scenarios) > 0 {
		results, err := b.many(ctx, stderr, chosen.scenarios)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\nMany resources:\n\n%s", manyTable(results))
		for _, r := range results {
			verdicts = append(verdicts, r.targets()...)
		}
	}
	if chosen.start {
		s, err := b.started(ctx)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\nThe start of a provider, built as for a release:\n\n%s", s.table())
		verdicts = append(verdicts, s.targets()...)
	}
	if chosen.collector {
		c, err := b.collector(ctx, stderr)
		if err != nil {
			return err
		}
		fmt.Fprintf(stdout, "\nThe collector of garbage:\n\n%s", c.table())
		verdicts = append(verdicts, c.targets()...)
	}
	return judge(stdout, verdicts)
}

// judge prints what came of the targets.
func judge(stdout io.Writer, verdicts []verdict) error {
	fmt.Fprintln(stdout)
	var missed []string
	for _, v := range verdicts {
		fmt.Fprintf(stdout, "- %s\n", v)
		if !v.met {
			missed = append(missed, v.what)
		}
	}
	if len(missed) > 0 {
		return fmt.Errorf("targets were missed:\n  - %s", strings.Join(missed, "\n  - "))
	}
	fmt.Fprintln(stdout, "\nAll targets were met.")
	return nil
}

// startName is chosen like a scenario.
const startName = "start"

func parse(args []string, stderr io.Writer) (choice, error) {
	flags := flag.NewFlagSet("bench", flag.ContinueOnError)
	flags.SetOutput(stderr)
	endpoints := flags.String("endpoints", "1,50,100,500,1000,5000", "how many `endpoints` the single resource has, one run for each number")
	names := flags.String("settings", "real,instant", "`names` of the mock's settings for the single resource, or none")
	many := flags.String("scenarios", "few,refresh,waves,parallel,limit,gateways,sources,awaiting,start,collector",
		"`names` of scenarios of many resources, start for the provider's start, and collector for its collector of garbage; or none")
	csv := flags.String("csv", "", "the `file` to write what the single resource cost with the first setting, for make plot")
	if err := flags.Parse(args); err != nil {
		return choice{}, err
	}
	if flags.NArg() > 0 {
		return choice{}, fmt.Errorf("unexpected argument %q", flags.Arg(0))
	}
	c := choice{csv: *csv}
	for text := range strings.SplitSeq(*endpoints, ",") {
		n, err := strconv.Atoi(text)
		if err != nil || n < 1 {
			return choice{}, fmt.Errorf("-endpoints: %q is not a number of endpoints", text)
		}
		c.sizes = append(c.sizes, n)
	}
	var err error
	if c.settings, err = choose("settings", *names, settings, func(s setting) string { return s.name }); err != nil {
		return choice{}, err
	}
	all := append(slices.Clone(scenarios), scenario{name: startName}, scenario{name: collectorName})
	if c.scenarios, err = choose("scenarios", *many, all, func(s scenario) string { return s.name }); err != nil {
		return choice{}, err
	}
	c.scenarios = slices.DeleteFunc(c.scenarios, func(s scenario) bool {
		c.start = c.start || s.name == startName
		c.collector = c.collector || s.name == collectorName
		return s.name == startName || s.name == collectorName
	})
	for i, s := range c.scenarios {
		c.scenarios[i] = s.complete()
	}
	return c, nil
}

// choose picks by a list of names.
func choose[T any](flag, names string, from []T, name func(T) string) ([]T, error) {
	if names == "none" {
		return nil, nil
	}
	var chosen []T
	for wanted := range strings.SplitSeq(names, ",") {
		i := slices.IndexFunc(from, func(t T) bool { return name(t) == wanted })
		if i < 0 {
			return nil, fmt.Errorf("-%s: there is no %q", flag, wanted)
		}
		chosen = append(chosen, from[i])
	}
	return chosen, nil
}
