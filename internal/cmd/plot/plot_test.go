// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/csv"
	"encoding/xml"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

const root = "../../.."

// The picture is drawn of the data beside it, and the README's table has the same data.
func TestPictureIsCurrent(t *testing.T) {
	t.Parallel()
	data, picture, readme := read(t, measured), read(t, drawn), read(t, "README.md")
	want, err := plot([]byte(data))
	assert.NilError(t, err)
	assert.Check(t, picture == string(want), "%s is not drawn of %s: run make plot", drawn, measured)
	assert.Check(t, strings.Contains(readme, "("+drawn+")"), "the README does not show %s", drawn)
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	assert.NilError(t, err)
	var table [][]string
	_, below, _ := strings.Cut(readme, "| endpoints | plan s |")
	for line := range strings.Lines(below) {
		if line == "\n" {
			break
		}
		table = append(table, strings.Split(strings.Trim(line, "|\n "), " | "))
	}
	if table = table[min(2, len(table)):]; !slices.EqualFunc(table, rows[1:], slices.Equal) { // below the line under its head
		t.Errorf("the README has %q, and %s %q", table, measured, rows[1:])
	}
}

// A picture is one that a browser can read.
func TestPlot(t *testing.T) {
	t.Parallel()
	picture, err := plot([]byte("endpoints,apply s,action calls,listings in apply\n1,1.5,1,4\n20,2,1,4\n"))
	assert.NilError(t, err)
	assert.NilError(t, xml.Unmarshal(picture, &struct{}{}))
	// 20 endpoints, 10 at the same time, are two rounds of two calls and a creation.
	for _, want := range []string{">40</text>", ">5</text>", ">2.2</text>", ">2</text>", "polyline"} {
		assert.Check(t, strings.Contains(string(picture), want), "no %s in %s", want, picture)
	}
	for _, bad := range []string{"", "a,b\n1,2\n", "endpoints,apply s,action calls,listings in apply\n1,x,1,1\n", "endpoints\n1,2\n"} {
		_, err := plot([]byte(bad))
		assert.Check(t, err != nil, "no error of %q", bad)
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	assert.NilError(t, err)
	return string(text)
}
