// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package narrate tells a person what a command does, between the output of the programs that it runs.
package narrate

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"unicode/utf8"
)

// lineWidth is how wide narrated text becomes.
const lineWidth = 88

// Narrator tells a story in chapters.
type Narrator struct {
	Out  io.Writer
	Bold bool // Out is a terminal

	chapter int
}

// New makes a narrator that writes to out, and in bold where out is a terminal.
func New(out io.Writer) Narrator { return Narrator{Out: out, Bold: isTerminal(out)} }

// isTerminal tells whether somebody looks at it, rather than a file or a pipe.
func isTerminal(out io.Writer) bool {
	file, ok := out.(*os.File)
	if !ok || os.Getenv("NO_COLOR") != "" {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// Title begins a chapter.
func (n *Narrator) Title(format string, values ...any) {
	n.chapter++
	text := fmt.Sprintf("%d. ", n.chapter) + fmt.Sprintf(format, values...)
	fmt.Fprintf(n.Out, "\n%s\n", n.emphasize("── "+text+" "+strings.Repeat("─", max(0, lineWidth-utf8.RuneCountInString(text)-4))))
}

// Chapter is a part of a story.
type Chapter struct {
	Title string
	Tell  func(context.Context) error
}

// Tell goes through chapters, and ends at the first that fails.
func (n *Narrator) Tell(ctx context.Context, chapters ...Chapter) error {
	for _, chapter := range chapters {
		n.Title("%s", chapter.Title)
		if err := chapter.Tell(ctx); err != nil {
			return fmt.Errorf("%q: %w", chapter.Title, err)
		}
	}
	return nil
}

// Say tells a paragraph.
func (n *Narrator) Say(format string, values ...any) {
	fmt.Fprintf(n.Out, "\n%s\n", wrap(fmt.Sprintf(format, values...), lineWidth))
}

// Lines prints what is not to be wrapped, indented.
func (n *Narrator) Lines(lines ...string) {
	fmt.Fprintf(n.Out, "\n  %s\n", strings.Join(lines, "\n  "))
}

// Command shows what is typed.
func (n *Narrator) Command(name string, arguments []string) {
	fmt.Fprintf(n.Out, "\n%s\n", n.emphasize("$ "+strings.Join(append([]string{name}, arguments...), " ")))
}

func (n *Narrator) emphasize(text string) string {
	if !n.Bold {
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
