// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"fmt"
	"io"
	"regexp"
	"strings"
)

// alike is how many lines in a row are shown that differ in an ID or a number only.
const alike = 2

var (
	escapes = regexp.MustCompile("\x1b\\[[0-9;]*m")
	frame   = regexp.MustCompile(`^(│ ?|[╷╵])`)
	ids     = regexp.MustCompile(`[0-9a-f]{8}-[0-9a-f-]{27}|[0-9a-f]{32}|[0-9]+`)

	// needed are the lines of a plan's body that the story needs.
	needed = regexp.MustCompile(`^  # |^ +\+ "[0-9a-f-]{36}",$|^ +~ "[0-9a-f-]{36}" = \{$| -> "|elements hidden`)
	// needless are the lines outside of it that it does not.
	needless = regexp.MustCompile(`^((Terraform|OpenTofu) has been successfully|Initializing|- (Finding|Installing)|selections it|so that|you run|Warning: Incomplete lock|Due to your|calculate|The current|providers?\.$|` +
		`To calculate|\(where|so Terraform|  - apig|  terraform |  tofu |(Terraform|OpenTofu) (used|has created|has compared|will perform)|plan\. Resource|` +
		`  [-+~] (create|destroy|update)|Planning failed|apig_\S+: (Refreshing|Reading|Read complete)|(Changes to )?Outputs:|` +
		`(  [-+~] )?connections = |  ( +[-+~] )?"?(accepted|rejected)"? += |( +)?\}( -> null)?$|and found no differences|` +
		`  on main|  with apig|  [0-9]+: )`)
)

// excerpt passes on what the story needs of a command's output, line by line.
type excerpt struct {
	out io.Writer

	rest    []byte // of a line that is not complete
	body    bool   // within what a plan does
	message bool   // within a warning or an error, whose paragraphs stay apart
	blank   bool   // the last line was, in a message
	shape   string // of the last line
	same    int    // lines in a row that have it
}

func (e *excerpt) Write(p []byte) (int, error) {
	e.rest = append(e.rest, p...)
	for {
		line, rest, complete := bytes.Cut(e.rest, []byte("\n"))
		if !complete {
			return len(p), nil
		}
		e.rest = rest
		e.line(string(line))
	}
}

// close ends the output.
func (e *excerpt) close() {
	if len(e.rest) > 0 {
		e.line(string(e.rest))
	}
	e.fold("")
}

func (e *excerpt) line(line string) {
	// A terminal gets colors, and a frame around a message.
	plain := frame.ReplaceAllString(escapes.ReplaceAllString(line, ""), "")
	switch {
	case strings.HasPrefix(plain, "Warning: "), strings.HasPrefix(plain, "Error: "):
		e.message = true
	case strings.HasSuffix(plain, "will perform the following actions:"):
		e.body = true
	case strings.HasPrefix(plain, "Plan:"):
		e.body = false
	}
	switch {
	case strings.TrimSpace(plain) == "":
		e.blank = e.message
		return
	case e.body && !needed.MatchString(plain), !e.body && needless.MatchString(plain):
		return
	}
	if e.fold(ids.ReplaceAllString(plain, "#")); e.same > alike {
		return
	}
	if e.blank {
		fmt.Fprintln(e.out)
	}
	e.blank = false
	fmt.Fprintln(e.out, line)
}

// fold takes note of a line's shape, and tells of those that were left out before another.
func (e *excerpt) fold(shape string) {
	if shape == e.shape {
		e.same++
		return
	}
	if e.same > alike {
		fmt.Fprintf(e.out, "%s… %d more\n", e.shape[:len(e.shape)-len(strings.TrimLeft(e.shape, " "))], e.same-alike)
	}
	e.shape, e.same = shape, 1
}
