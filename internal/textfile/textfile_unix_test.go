// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

//go:build unix

package textfile

import (
	"path/filepath"
	"syscall"
	"testing"

	"gotest.tools/v3/assert"
)

// A pipe that nobody writes to, and a device that never ends.
func TestReadRefusesWhatNeverEnds(t *testing.T) {
	t.Parallel()
	pipe := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Skip(err)
	}
	for path, want := range map[string]string{
		pipe:        pipe + " is a pipe, not a regular file",
		"/dev/zero": "/dev/zero is a device, not a regular file",
	} {
		_, err := Read(path)
		assert.Check(t, err != nil && err.Error() == want, "%s: %v", path, err)
	}
}
