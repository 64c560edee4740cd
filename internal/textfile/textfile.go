// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package textfile reads the files that a configuration names: certificates, keys, tokens and profiles. It knows
// nothing of what is in them.
package textfile

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// MostBytes is how long such a file may be: a bundle of all public authorities is a quarter of it.
const MostBytes = 1 << 20

// Read returns what is in a regular file of up to MostBytes: a pipe might never end. Errors name it as Shown does.
func Read(name string) (string, error) {
	content, err := read(name)
	if failed, ok := errors.AsType[*fs.PathError](err); ok {
		return "", &fs.PathError{Op: failed.Op, Path: Shown(name), Err: failed.Err}
	}
	return content, err
}

func read(name string) (string, error) {
	// Before opening, which waits for the other end of a pipe.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is %s, not a regular file", Shown(name), kind(info.Mode()))
	}
	file, err := os.Open(name)
	if err != nil {
		return "", err
	}
	defer func() { _ = file.Close() }()
	content, err := io.ReadAll(io.LimitReader(file, MostBytes+1))
	if err != nil {
		return "", err
	}
	if len(content) > MostBytes {
		return "", fmt.Errorf("%s is longer than %d bytes, too long to be what is looked for", Shown(name), MostBytes)
	}
	return string(content), nil
}

// mostShown is how long a path may be to be shown, in bytes: as long as the name of a file.
const mostShown = 255

// IsPath tells a path from the content of a file, such as a token or a profile, which may be secret.
func IsPath(name string) bool {
	start := strings.TrimSpace(name)
	return len(name) <= mostShown && !strings.HasPrefix(start, "eyJ") && !strings.HasPrefix(start, "{") && !strings.Contains(name, "-----BEGIN") && !strings.ContainsAny(name, "\r\n")
}

// Shown is how messages name a file: by its path, if it is one.
func Shown(name string) string {
	if !IsPath(name) {
		return "(a path that looks like the content of a file)"
	}
	return name
}

func kind(mode os.FileMode) string {
	switch {
	case mode.IsDir():
		return "a directory"
	case mode&os.ModeNamedPipe != 0:
		return "a pipe"
	case mode&os.ModeDevice != 0:
		return "a device"
	default:
		return "something else"
	}
}
