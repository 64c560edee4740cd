// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"fmt"
	"maps"
	"runtime/debug"
	"slices"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// friendly names the mock's behavior where no other does.
const friendly = "friendly"

// combined are the mock's behaviors that are none to observe: friendly, and those that are made of others.
var combined = []string{friendly, "hostile", "hostile-one", "hostile-most"}

// report is what a run found, as Markdown that can be pasted anywhere: it names neither gateway nor endpoint.
func report(about []string, e evidence) string {
	var b strings.Builder
	b.WriteString("### terraform-provider-apig: what a gateway does\n\n")
	for _, line := range about {
		fmt.Fprintf(&b, "- %s\n", line)
	}
	b.WriteString("\n| question | this gateway | the mock's behavior | how it showed |\n| --- | --- | --- | --- |\n")
	var has []string
	open := maps.Clone(mockapig.Behaviors())
	for _, name := range combined {
		delete(open, name)
	}
	for _, q := range questions {
		f := q.answer(e)
		says, behavior := f.says, "-"
		switch {
		case says == "":
			says = "not observed"
		case len(q.names) > 0:
			behavior = named(f.names)
			for _, name := range q.names {
				delete(open, name)
			}
		}
		if len(f.names) > 0 && !slices.Equal(f.names, asFriendly) {
			has = append(has, behavior)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s |\n", q.about, says, behavior, f.how)
	}
	if len(has) == 0 {
		has = []string{quoted(asFriendly, "")}
	}
	fmt.Fprintf(&b, "\nThe mock's behaviors that this gateway has: %s.\n", strings.Join(has, ", "))
	fmt.Fprintf(&b, "Not observed: %s.\n", quoted(slices.Sorted(maps.Keys(open)), ", "))
	return b.String()
}

// named names one behavior of several.
func named(names []string) string {
	if len(names) == 0 {
		return "none"
	}
	return quoted(names, " or ")
}

func quoted(names []string, separator string) string {
	return "`" + strings.Join(names, "`"+separator+"`") + "`"
}

// revision is the commit that the command was built from, "" if it doesn't know.
func revision() string {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		return ""
	}
	set := map[string]string{}
	for _, s := range info.Settings {
		set[s.Key] = s.Value
	}
	if set["vcs.revision"] != "" && set["vcs.modified"] == "true" {
		return set["vcs.revision"] + ", changed"
	}
	return set["vcs.revision"]
}
