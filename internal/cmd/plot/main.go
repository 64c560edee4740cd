// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command plot draws what an apply costs in calls and in seconds against the number of endpoints, as images/cost.csv
// has it from the benchmark, beside one call an endpoint. It measures nothing, and knows nothing of the provider.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
)

const (
	measured = "images/cost.csv"
	drawn    = "images/cost.svg"
)

func main() {
	if err := run(); err != nil {
		fmt.Fprintln(os.Stderr, "plot:", err)
		os.Exit(1)
	}
}

// run draws the committed data.
func run() error {
	root, err := cli.Root()
	if err != nil {
		return err
	}
	text, err := os.ReadFile(filepath.Join(root, measured))
	if err != nil {
		return err
	}
	picture, err := plot(text)
	if err != nil {
		return fmt.Errorf("%s: %w", measured, err)
	}
	return os.WriteFile(filepath.Join(root, drawn), picture, 0o600)
}
