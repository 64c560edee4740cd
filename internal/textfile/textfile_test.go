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

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

func TestRead(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := func(name string, length int) string {
		path := filepath.Join(dir, name)
		assert.NilError(t, os.WriteFile(path, []byte(strings.Repeat("x", length)), 0o600))
		return path
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(file("target", 3), link); err != nil {
		t.Skip(err)
	}
	for path, length := range map[string]int{link: 3, file("empty", 0): 0, file("longest", MostBytes): MostBytes} {
		text, err := Read(path)
		assert.Check(t, err == nil && len(text) == length, "%s: %d bytes, %v", path, len(text), err)
	}
	long := file("long", MostBytes+1)
	for path, want := range map[string]string{
		long: long + " is longer than 1048576 bytes, too long to be what is looked for",
		dir:  dir + " is a directory, not a regular file",
	} {
		text, err := Read(path)
		assert.Check(t, err != nil && err.Error() == want && text == "", "%s: %v", path, err)
	}
	_, err := Read(filepath.Join(dir, "absent"))
	assert.Check(t, errors.Is(err, fs.ErrNotExist), "no file: %v", err)
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
		assert.Check(t, is.Equal(Shown(name), shown), name)
		_, err := Read(name)
		assert.Check(t, err != nil && strings.HasPrefix(err.Error(), "open "+shown+": "), "%q: %v", name, err)
	}
}

// A key of one line, such as a variable may hold, is no path.
func TestIsPath(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]bool{
		"/etc/ssl/ca.pem": true, "~/-----/key": true, "": true,
		"-----BEGIN RSA PRIVATE KEY-----MIIEow": false, " -----BEGIN CERTIFICATE-----": false, `{"a":1}`: false, "eyJhbGciOi": false, "a\nb": false,
	} {
		assert.Check(t, IsPath(name) == want, "%q: %t", name, !want)
	}
}
