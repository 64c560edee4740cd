// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

var (
	fence   = regexp.MustCompile("^ *```(.*)$")
	heading = regexp.MustCompile(`^(#+) `)
	noCell  = regexp.MustCompile(`\\\||` + "`[^`]*`") // may hold a bar that ends no cell
)

// Sites don't agree on how to show pages with these problems.
func TestMarkdown(t *testing.T) {
	t.Parallel()
	var pages int
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && len(path) > 1 && strings.HasPrefix(path, "."):
			return fs.SkipDir
		case filepath.Ext(path) != ".md":
			return nil
		}
		pages++
		page, err := os.ReadFile(path)
		for _, problem := range markdownProblems(string(page)) {
			t.Errorf("%s:%s", path, problem)
		}
		return err
	})
	assert.Check(t, err == nil && pages >= 20, "%d pages, %v", pages, err)

	bad := "# A\n### B\n```\n# code \n```\n# C\n| a | b |\n| `|` |\n\nend "
	assert.Check(t, is.Len(markdownProblems(bad), 5))
}

func markdownProblems(page string) (problems []string) {
	var code bool
	var level, titles, bars int
	for n, line := range strings.Split(page, "\n") {
		complain := func(what string) { problems = append(problems, fmt.Sprintf("%d: %s", n+1, what)) }
		if mark := fence.FindStringSubmatch(line); mark != nil {
			if code = !code; code && mark[1] == "" {
				complain("code without its language")
			}
			continue
		}
		if code {
			continue
		}
		if line != strings.TrimRight(line, " \t") {
			complain("white space at the end")
		}
		if mark := heading.FindStringSubmatch(line); mark != nil {
			if len(mark[1]) > level+1 {
				complain("a heading that skips a level")
			}
			if level = len(mark[1]); level == 1 {
				titles++
			}
		}
		before := bars
		if bars = 0; strings.HasPrefix(line, "|") {
			bars = strings.Count(noCell.ReplaceAllString(line, ""), "|")
		}
		if before > 0 && bars > 0 && bars != before {
			complain("a row with more or fewer cells than the one before")
		}
	}
	if titles != 1 {
		problems = append(problems, fmt.Sprintf(" %d titles", titles))
	}
	return problems
}
