// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/csv"
	"encoding/xml"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

const root = "../../.."

// The picture is drawn of the data beside it, and the README's table has the same data.
func TestPictureIsCurrent(t *testing.T) {
	t.Parallel()
	data, picture, readme := read(t, measured), read(t, drawn), read(t, "README.md")
	want, err := plot([]byte(data))
	if err != nil {
		t.Fatal(err)
	}
	if picture != string(want) {
		t.Errorf("%s is not drawn of %s: run make plot", drawn, measured)
	}
	if !strings.Contains(readme, "("+drawn+")") {
		t.Errorf("the README does not show %s", drawn)
	}
	rows, err := csv.NewReader(strings.NewReader(data)).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
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
	if err != nil {
		t.Fatal(err)
	}
	for decoder := xml.NewDecoder(strings.NewReader(string(picture))); ; {
		if _, err := decoder.Token(); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
	}
	// 20 endpoints, 10 at the same time, are two rounds of two calls and a creation.
	for _, want := range []string{">40</text>", ">5</text>", ">2.2</text>", ">2</text>", "polyline"} {
		if !strings.Contains(string(picture), want) {
			t.Errorf("no %s in %s", want, picture)
		}
	}
	for _, bad := range []string{"", "a,b\n1,2\n", "endpoints,apply s,action calls,listings in apply\n1,x,1,1\n", "endpoints\n1,2\n"} {
		if _, err := plot([]byte(bad)); err == nil {
			t.Errorf("no error of %q", bad)
		}
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}
