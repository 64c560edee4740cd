// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
)

// callTable shows what calls a command took, beside how few would do: one listing, and another after decisions.
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

// cost is what a command made of calls, and how many it would have been by one call an endpoint: in a plan one to read
// each that is managed, in an apply one to decide and one to see what came of it.
type cost struct {
	what        string
	calls, each int
}

func costOf(what string, made tally.Tally, each int) cost {
	return cost{what, made.Receive.Calls + made.Reject.Calls + made.Listings, each}
}

// costTable sets the commands' costs beside each other. The seconds are those of the calls alone, one after the other.
func costTable(costs []cost, latency time.Duration) []string {
	lines := []string{
		fmt.Sprintf("%-28s %16s   %20s", "", "this provider", "one call an endpoint"),
		fmt.Sprintf("%-28s %6s %9s   %10s %9s", "", "calls", "seconds", "calls", "seconds"),
	}
	all := cost{what: "all"}
	line := func(c cost) {
		lines = append(lines, fmt.Sprintf("%-28s %6d %9.2f   %10d %9.2f", c.what,
			c.calls, (time.Duration(c.calls)*latency).Seconds(), c.each, (time.Duration(c.each)*latency).Seconds()))
	}
	for _, c := range costs {
		line(c)
		all.calls, all.each = all.calls+c.calls, all.each+c.each
	}
	line(all)
	return lines
}
