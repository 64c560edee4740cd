// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package textfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name string, length int) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(strings.Repeat("x", length)), 0o600); err != nil {
			t.Fatal(err)
		}
		return path
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file("target", 3), link); err != nil {
		t.Skip(err)
	}
	for path, length := range map[string]int{link: 3, file("empty", 0): 0, file("longest", MostBytes): MostBytes} {
		if text, err := Read(path); err != nil || len(text) != length {
			t.Errorf("%s: %d bytes, %v", path, len(text), err)
		}
	}
	long := file("long", MostBytes+1)
	for path, want := range map[string]string{
		long: long + " is longer than 1048576 bytes, too long to be what is looked for",
		dir:  dir + " is a directory, not a regular file",
	} {
		if text, err := Read(path); err == nil || err.Error() != want || text != "" {
			t.Errorf("%s: %v", path, err)
		}
	}
	if _, err := Read(filepath.Join(dir, "absent")); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
}

// What was meant to be in a file is in no message.
func TestReadHidesContent(t *testing.T) {
	t.Parallel()
	const hidden = "(a path that looks like the content of a file)"
	for name, shown := range map[string]string{
		"/does/not/exist":                  "/does/not/exist",
		"eyJhbGciOi.eyJzdWIi.c2lnbmF0dXJl": hidden,
		" eyJhbGciOi":                      hidden,
		`{"profiles": []}`:                 hidden,
		"a\nb":                             hidden,
		strings.Repeat("x", 256):           hidden,
		strings.Repeat("x", 255):           strings.Repeat("x", 255),
	} {
		if got := Shown(name); got != shown {
			t.Errorf("%q is shown as %q", name, got)
		}
		_, err := Read(name)
		if err == nil || !strings.HasPrefix(err.Error(), "open "+shown+": ") {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// A key of one line, such as a variable may hold, is no path.
func TestIsPath(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"/etc/ssl/ca.pem": true, "~/-----/key": true, "": true,
		"-----BEGIN RSA PRIVATE KEY-----MIIEow": false, " -----BEGIN CERTIFICATE-----": false, `{"a":1}`: false, "eyJhbGciOi": false, "a\nb": false,
	} {
		if IsPath(name) != want {
			t.Errorf("%q: %t", name, !want)
		}
	}
}
