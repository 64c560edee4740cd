// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package provider_test

import (
	"os"
	"os/exec"
	"syscall"
)

// leadGroup gives a CLI and its providers a process group of their own.
func leadGroup(command *exec.Cmd) { command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true} }

func killGroup(leader *os.Process) error { return syscall.Kill(-leader.Pid, syscall.SIGKILL) }
