// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package cli

import (
	"os"
	"os/exec"
	"syscall"
)

// separate puts the CLI and its providers into a process group of their own. A Ctrl-C at the terminal would otherwise
// reach the CLI as well as this program, which passes it on: to the CLI, a second one means to drop everything.
func separate(command *exec.Cmd) {
	command.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
}

func interrupt(process *os.Process) error { return process.Signal(os.Interrupt) }

// endAll ends what is left of a CLI's processes, which is nothing if it ended by itself.
func endAll(process *os.Process) {
	_ = syscall.Kill(-process.Pid, syscall.SIGKILL)
}
