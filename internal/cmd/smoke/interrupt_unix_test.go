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

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// interruptible is the command in a process of its own.
type interruptible struct {
	rig

	pid  atomic.Int64
	told bytes.Buffer
}

func newInterruptible(t *testing.T, status string) *interruptible {
	t.Helper()
	return &interruptible{rig: newRig(t, mockapig.Config{}, status)}
}

// interrupt is Ctrl-C.
func (i *interruptible) interrupt() { _ = syscall.Kill(int(i.pid.Load()), syscall.SIGINT) }

// run runs the command with consent to everything.
func (i *interruptible) run(t *testing.T) (code int) {
	t.Helper()
	config, err := prebuilt()
	if err != nil {
		t.Fatal(err)
	}
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), self)
	command.Env = append(os.Environ(), i.environ...)
	command.Env = append(command.Env, configVariable+"="+config, "APIG_SMOKE_YES=1", "APIG_SMOKE_REJECT=1")
	command.Stdout, command.Stderr = &i.told, &i.told
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	i.pid.Store(int64(command.Process.Pid))
	err = command.Wait()
	if exit, ok := errors.AsType[*exec.ExitError](err); ok {
		return exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

func (i *interruptible) says(t *testing.T, texts ...string) {
	t.Helper()
	words := strings.Join(strings.Fields(i.told.String()), " ")
	for _, text := range texts {
		if !strings.Contains(words, text) {
			t.Errorf("nothing says %q in\n%s", text, i.told.String())
		}
	}
}

// What was accepted is accepted again, although Ctrl-C came right after its
// rejection.
func TestAccSmoke_interrupted(t *testing.T) {
	skipWithoutCLI(t)
	t.Parallel()
	i := newInterruptible(t, mockapig.StatusAccepted)
	i.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Action: "reject", After: true, Do: i.interrupt})
	if code := i.run(t); code != exitInterrupted {
		t.Errorf("exit code %d:\n%s", code, i.told.String())
	}
	if got := i.status(t); got != mockapig.StatusAccepted {
		t.Errorf("it is %s", got)
	}
	i.says(t, "Restoring the endpoint", "The endpoint is accepted, as it was.")
}

// A pending endpoint that was not decided yet stays pending; one that was can't
// be made pending again, which is told.
func TestAccSmoke_interruptedPending(t *testing.T) {
	skipWithoutCLI(t)
	t.Parallel()
	t.Run("before", func(t *testing.T) {
		t.Parallel()
		i := newInterruptible(t, mockapig.StatusPending)
		// Of the listings, the first is the command's own.
		i.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Skip: 1, Do: i.interrupt})
		if code := i.run(t); code != exitInterrupted {
			t.Errorf("exit code %d:\n%s", code, i.told.String())
		}
		if got := i.status(t); got != mockapig.StatusPending {
			t.Errorf("it is %s", got)
		}
		i.says(t, "The endpoint is pendingAcceptance, as it was.")
	})
	t.Run("after", func(t *testing.T) {
		t.Parallel()
		i := newInterruptible(t, mockapig.StatusPending)
		i.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Action: "receive", After: true, Do: i.interrupt})
		if code := i.run(t); code != exitInterrupted {
			t.Errorf("exit code %d:\n%s", code, i.told.String())
		}
		if got := i.status(t); got != mockapig.StatusAccepted {
			t.Errorf("it is %s", got)
		}
		i.says(t, "The endpoint is accepted. It was pendingAcceptance, and nothing can make it that again.")
	})
}

// A second Ctrl-C waits for nothing, and says what it leaves.
func TestAccSmoke_interruptedTwice(t *testing.T) {
	skipWithoutCLI(t)
	t.Parallel()
	temporary := t.TempDir()
	i := newInterruptible(t, mockapig.StatusAccepted)
	i.environ = append(i.environ, "TMPDIR="+temporary)
	i.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Action: "reject", After: true, Do: i.interrupt})
	// The probes accept it twice, restoring is the third time.
	i.Fail(mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Action: "receive", Endpoint: spare, Skip: 2, Do: i.interrupt, Delay: time.Minute})
	if code := i.run(t); code != exitFailed {
		t.Errorf("exit code %d:\n%s", code, i.told.String())
	}
	if got := i.status(t); got != mockapig.StatusRejected {
		t.Errorf("it is %s", got)
	}
	i.says(t, "Left at once, and nothing restored.", `was accepted at first, the last decision that was answered is "reject", and it was last seen rejected.`)
	if left, _ := filepath.Glob(filepath.Join(temporary, "apig-*")); len(left) > 0 {
		t.Errorf("it has left %v", left)
	}
}
