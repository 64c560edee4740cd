// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package main

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// interruptible is the command in a process of its own.
type interruptible struct {
	rig

	pid  atomic.Int64
	told bytes.Buffer
}

// interrupt is Ctrl-C.
func (i *interruptible) interrupt() { _ = syscall.Kill(int(i.pid.Load()), syscall.SIGINT) }

// run runs the command with consent to everything.
func (i *interruptible) run(t *testing.T) (code int) {
	t.Helper()
	config, err := prebuilt()
	assert.NilError(t, err)
	self, err := os.Executable()
	assert.NilError(t, err)
	command := exec.CommandContext(t.Context(), self)
	command.Env = append(os.Environ(), i.environ...)
	command.Env = append(command.Env, configVariable+"="+config, "APIG_SMOKE_YES=1", "APIG_SMOKE_REJECT=1")
	command.Stdout, command.Stderr = &i.told, &i.told
	assert.NilError(t, command.Start())
	i.pid.Store(int64(command.Process.Pid))
	err = command.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	assert.NilError(t, err)
	return 0
}

// Ctrl-C, once or twice: what the endpoint is left as, what is told of it, and that no temporary file stays.
func TestAccSmoke_interrupted(t *testing.T) {
	skipWithoutCLI(t)
	for name, test := range map[string]struct {
		status string           // at the beginning
		at     []mockapig.Fault // when it is interrupted
		code   int
		end    string
		says   []string
	}{
		"after the rejection": {
			status: mockapig.StatusAccepted, at: []mockapig.Fault{{Operation: mockapig.OpAcceptOrReject, Action: "reject", After: true}},
			code: exitInterrupted, end: mockapig.StatusAccepted,
			says: []string{"Restoring the endpoint", "The endpoint is accepted, as it was."},
		},
		"pending, before a decision": {
			// Of the listings, the first is the command's own.
			status: mockapig.StatusPending, at: []mockapig.Fault{{Operation: mockapig.OpListConnections, Skip: 1}},
			code: exitInterrupted, end: mockapig.StatusPending,
			says: []string{"The endpoint is pendingAcceptance, as it was."},
		},
		"pending, after the decision": {
			status: mockapig.StatusPending, at: []mockapig.Fault{{Operation: mockapig.OpAcceptOrReject, Action: "receive", After: true}},
			code: exitInterrupted, end: mockapig.StatusAccepted,
			says: []string{"The endpoint is accepted. It was pendingAcceptance, and nothing can make it that again."},
		},
		"twice: it waits for nothing": {
			status: mockapig.StatusAccepted, at: []mockapig.Fault{
				{Operation: mockapig.OpAcceptOrReject, Action: "reject", After: true},
				// The probes accept it twice, restoring is the third time.
				{Operation: mockapig.OpAcceptOrReject, Action: "receive", Endpoint: spare, Skip: 2, Delay: time.Minute},
			},
			code: exitFailed, end: mockapig.StatusRejected,
			says: []string{
				"Left at once, and nothing restored.",
				`was accepted at first, the last decision that was answered is "reject", and it was last seen rejected.`,
			},
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			i := &interruptible{rig: newRig(t, mockapig.Config{}, test.status)}
			temporary := t.TempDir()
			i.environ = append(i.environ, "TMPDIR="+temporary)
			for _, fault := range test.at {
				fault.Do = i.interrupt
				i.Fail(fault)
			}
			code, told := i.run(t), i.told.String()
			got := i.status(t)
			assert.Check(t, got == test.end && code == test.code, "exit code %d, want %d; it is %s, want %s:\n%s", code, test.code, got, test.end, told)
			words := strings.Join(strings.Fields(told), " ")
			for _, text := range test.says {
				assert.Check(t, strings.Contains(words, text), "nothing says %q in\n%s", text, told)
			}
			left, _ := filepath.Glob(filepath.Join(temporary, "apig-*"))
			assert.Check(t, len(left) <= 0, "it has left %v", left)
		})
	}
}
