// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"

	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
)

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
