// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

//go:build !unix

package provider_test

import (
	"os"
	"os/exec"
)

// Without process groups the tests that kill a CLI would leave its providers behind: the acceptance tests are for Unix.
func leadGroup(*exec.Cmd) {}

func killGroup(leader *os.Process) error { return leader.Kill() }
