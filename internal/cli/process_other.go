// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

//go:build !unix

package cli

import (
	"os"
	"os/exec"
)

// There are no process groups here: a Ctrl-C reaches the CLI by itself.
func separate(*exec.Cmd) {}

func interrupt(*os.Process) error { return nil }

func endAll(*os.Process) {}
