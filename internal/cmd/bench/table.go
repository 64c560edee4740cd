// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/apig-terraform/terraform-provider-apig/internal/cmd/internal/tally"
)

// pageSize is how many connections the API lists in one call.
const pageSize = 500

// The targets.
const (
	maxListings     = 6 // of an apply, for at most a page of endpoints
	maxOverServer   = 2 * time.Second
	maxInstant      = 3 * time.Second // of a plan and of an apply, with a gateway that answers at once
	maxInstantAgain = 8 * time.Second // of a plan without changes
)

// row is what was measured for one number of endpoints.
type row struct {
	setting   setting
	endpoints int

	plan, apply, again time.Duration
	applied, planned   tally.Tally // calls of the apply, and of the plan after it
}

// pages is how many listings it takes to see all connections once.
func (r row) pages() int { return ceil(r.endpoints, pageSize) }

// server is the server's own time in an apply: list by pages, decide all at once, create, and list once more.
func (r row) server() time.Duration {
	return time.Duration(2*r.pages()+1)*r.setting.latency + r.setting.creating
}

// missed tells which targets were.
func (r row) missed() []string {
	var missed []string
	miss := func(format string, values ...any) {
		missed = append(missed, fmt.Sprintf("%s, %d endpoints: ", r.setting.title, r.endpoints)+fmt.Sprintf(format, values...))
	}
	if made, least := r.applied.Receive.Calls, r.applied.Receive.Least(); made > least {
		miss("%d action calls, and %d would do", made, least)
	}
	if r.pages() == 1 && r.applied.Listings > maxListings {
		miss("%d listings in an apply, and at most %d were to be", r.applied.Listings, maxListings)
	}
	if r.planned.Listings > r.pages() {
		miss("%d listings in a plan without changes, and %d would do", r.planned.Listings, r.pages())
	}
	if over := r.apply - r.server(); r.pages() == 1 && over > maxOverServer {
		miss("an apply took %s s longer than the server", seconds(over))
	}
	if r.setting.latency == 0 {
		for _, t := range []struct {
			what      string
			took, max time.Duration
		}{{"plan", r.plan, maxInstant}, {"apply", r.apply, maxInstant}, {"plan without changes", r.again, maxInstantAgain}} {
			if t.took > t.max {
				miss("%s took %s s, and at most %s s were to be", t.what, seconds(t.took), seconds(t.max))
			}
		}
	}
	return missed
}

func table(rows []row) string {
	lines := append(make([][]string, 0, 1+len(rows)), []string{
		"endpoints", "plan s", "apply s", "server's own s", "no-op plan s",
		"action calls (least)", "listings in apply", "listings in no-op plan (pages)",
	})
	for _, r := range rows {
		lines = append(lines, []string{
			fmt.Sprint(r.endpoints), seconds(r.plan), seconds(r.apply), seconds(r.server()), seconds(r.again),
			fmt.Sprintf("%d (%d)", r.applied.Receive.Calls, r.applied.Receive.Least()),
			fmt.Sprint(r.applied.Listings), fmt.Sprintf("%d (%d)", r.planned.Listings, r.pages()),
		})
	}
	return markdown(lines)
}

// commaSeparated is what make plot draws.
func commaSeparated(rows []row) string {
	var b strings.Builder
	b.WriteString("endpoints,plan s,apply s,no-op plan s,action calls,listings in apply,listings in no-op plan\n")
	for _, r := range rows {
		fmt.Fprintf(&b, "%d,%s,%s,%s,%d,%d,%d\n", r.endpoints, seconds(r.plan), seconds(r.apply), seconds(r.again),
			r.applied.Receive.Calls, r.applied.Listings, r.planned.Listings)
	}
	return b.String()
}

// markdown makes a table that is readable as it is; the first line is its head.
func markdown(lines [][]string) string {
	widths := make([]int, len(lines[0]))
	for _, line := range lines {
		for i, cell := range line {
			widths[i] = max(widths[i], utf8.RuneCountInString(cell))
		}
	}
	var b strings.Builder
	for i, line := range lines {
		for j, cell := range line {
			fmt.Fprintf(&b, "| %*s ", widths[j], cell)
		}
		b.WriteString("|\n")
		if i == 0 {
			for _, width := range widths {
				b.WriteString("|" + strings.Repeat("-", width+1) + ":")
			}
			b.WriteString("|\n")
		}
	}
	return b.String()
}

// verdict tells whether a target was met.
type verdict struct {
	met  bool
	what string
}

func (v verdict) String() string {
	if v.met {
		return "met: " + v.what
	}
	return "MISSED: " + v.what
}

func seconds(d time.Duration) string { return fmt.Sprintf("%.2f", d.Seconds()) }
