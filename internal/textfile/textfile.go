// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package textfile reads the files that a configuration names: certificates,
// keys, tokens and profiles.
package textfile

import (
	"fmt"
	"io"
	"os"
)

// MostBytes is how long such a file may be: a bundle of all public authorities
// is a quarter of it.
const MostBytes = 1 << 20

// Read returns what is in a regular file of up to MostBytes. From anything else,
// a pipe for example, reading might never end. Errors name the file.
func Read(name string) (string, error) {
	// Before opening, which waits for the other end of a pipe.
	if info, err := os.Stat(name); err == nil && !info.Mode().IsRegular() {
		return "", fmt.Errorf("%s is %s, not a regular file", name, kind(info.Mode()))
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
		return "", fmt.Errorf("%s is longer than %d bytes, too long to be what is looked for", name, MostBytes)
	}
	return string(content), nil
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
