// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
)

// lineWidth is how wide narrated text becomes.
const lineWidth = 88

// narrator tells what happens between the CLI's own output.
type narrator struct {
	out     io.Writer
	bold    bool // out is a terminal
	chapter int
}

// title begins a chapter.
func (n *narrator) title(format string, values ...any) {
	n.chapter++
	text := fmt.Sprintf("%d. ", n.chapter) + fmt.Sprintf(format, values...)
	fmt.Fprintf(n.out, "\n%s\n", n.emphasize("── "+text+" "+strings.Repeat("─", max(0, lineWidth-utf8.RuneCountInString(text)-4))))
}

// say tells a paragraph.
func (n *narrator) say(format string, values ...any) {
	fmt.Fprintf(n.out, "\n%s\n", wrap(fmt.Sprintf(format, values...), lineWidth))
}

// lines prints what is not to be wrapped, indented.
func (n *narrator) lines(lines ...string) {
	fmt.Fprintf(n.out, "\n  %s\n", strings.Join(lines, "\n  "))
}

// command shows what is typed.
func (n *narrator) command(name string, arguments []string) {
	fmt.Fprintf(n.out, "\n%s\n", n.emphasize("$ "+strings.Join(append([]string{name}, arguments...), " ")))
}

func (n *narrator) emphasize(text string) string {
	if !n.bold {
		return text
	}
	return "\x1b[1m" + text + "\x1b[0m"
}

// wrap breaks text between words into lines of at most width characters.
func wrap(text string, width int) string {
	var b strings.Builder
	at := 0
	for word := range strings.FieldsSeq(text) {
		length := utf8.RuneCountInString(word)
		switch {
		case at == 0:
		case at+1+length > width:
			b.WriteByte('\n')
			at = 0
		default:
			b.WriteByte(' ')
			at++
		}
		b.WriteString(word)
		at += length
	}
	return b.String()
}

// callTable shows what calls a command took, beside how few would have done: of
// listings, one to see what there is, and one more to see what was decided.
func callTable(t tally.Tally) []string {
	listings := 1
	lines := []string{fmt.Sprintf("%-28s %6s   %s", "calls", "made", "least possible")}
	for _, action := range []struct {
		verb string
		tally.Action
	}{{"accept", t.Receive}, {"reject", t.Reject}} {
		if action.Calls > 0 {
			listings = 2
			what := fmt.Sprintf("%s %s", action.verb, plural(action.Endpoints, "endpoint"))
			lines = append(lines, fmt.Sprintf("%-28s %6d   %14d", what, action.Calls, action.Least()))
		}
	}
	if len(lines) == 1 {
		lines = append(lines, fmt.Sprintf("%-28s %6d   %14d", "accept or reject", 0, 0))
	}
	return append(lines, fmt.Sprintf("%-28s %6d   %14d", "list connections", t.Listings, listings))
}

func plural(n int, noun string) string {
	if n == 1 {
		return fmt.Sprintf("%d %s", n, noun)
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
