// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command skipcheck reads the events of a test run (go test -json) and fails when the run
// says less than it seems to: when no acceptance test passed, or when one was skipped.
//
// One skip is allowed: a test whose name, or the name of a parent, ends in _terraform1_14 says
// that it needs Terraform 1.14, and may be skipped where the CLI is older than that.
//
// Its last line is a summary of the run: "tests: 12 passed, 0 failed, 1 skipped".
package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
)

func main() {
	cli := flag.String("cli", "", "path of the Terraform or OpenTofu CLI that the tests ran with")
	flag.Parse()
	if *cli == "" || flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: skipcheck -cli PATH EVENTS.json")
		os.Exit(2)
	}
	if err := run(os.Stdout, *cli, flag.Arg(0)); err != nil {
		fmt.Fprintln(os.Stderr, "skipcheck:", err)
		os.Exit(1)
	}
}

// run checks the events in the file at path, of tests run with the CLI at cli.
func run(out io.Writer, cli, path string) error {
	told, err := exec.Command(cli, "version", "-json").Output()
	if err != nil {
		return fmt.Errorf("asking %s for its version: %w", cli, err)
	}
	version, err := parseVersion(told)
	if err != nil {
		return fmt.Errorf("the version of %s: %w", cli, err)
	}
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()

	report, err := read(file, version)
	if err != nil {
		return fmt.Errorf("reading %s: %w", path, err)
	}
	for _, name := range report.allowed {
		fmt.Fprintf(out, "skipped, as it needs a newer CLI than %s: %s\n", version, name)
	}
	for _, name := range report.refused {
		fmt.Fprintf(out, "skipped without leave: %s\n", name)
	}
	fmt.Fprintf(out, "acceptance tests: %d passed\n", report.acceptance)
	fmt.Fprintf(out, "tests: %d passed, %d failed, %d skipped\n", report.passed, report.failed, report.skipped)
	return report.verdict()
}
