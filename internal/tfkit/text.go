// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package tfkit holds what every thing needs of the plugin framework: values, validators, private state, timeouts,
// lists in messages. It knows the framework, and knows nothing of gateways, endpoints and sessions.
package tfkit

import (
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// SummaryFor adds the first line's ID to a summary: of warnings with the same summary, a CLI shows one.
func SummaryFor(summary string, endpoints []string) string {
	first, _, _ := strings.Cut(endpoints[0], " ")
	if len(endpoints) == 1 {
		return summary + ": " + first
	}
	return fmt.Sprintf("%s: %s and %d more", summary, first, len(endpoints)-1)
}

// Warn adds a warning about some lines, if there are any; at an attribute unless that is "".
func Warn(diags *diag.Diagnostics, attribute, summary string, lines []string, format string, arguments ...any) {
	switch detail := fmt.Sprintf(format, arguments...); {
	case len(lines) == 0:
	case attribute == "":
		diags.AddWarning(SummaryFor(summary, lines), detail)
	default:
		diags.AddAttributeWarning(path.Root(attribute), SummaryFor(summary, lines), detail)
	}
}

// Snippet is code in a message. A CLI does not wrap lines that begin with spaces.
func Snippet(lines ...string) string {
	return strings.ReplaceAll("    "+strings.Join(lines, "\n    "), "\n    \n", "\n\n")
}

// NotKnownYet begins a sentence with what a plan does not know of a list.
func NotKnownYet(list types.List, attribute string) string {
	if list.IsUnknown() {
		return fmt.Sprintf("`%s` as a whole is known only after the apply", attribute)
	}
	return fmt.Sprintf("A part of `%s` is known only after the apply", attribute)
}

// AssignList says how a plan can know most of a list of which it knows nothing.
func AssignList(list types.List, attribute string) string {
	if !list.IsUnknown() {
		return ""
	}
	return fmt.Sprintf(" If it comes from a function such as `toset`, assign the list itself: one unknown element makes all of a set unknown, but of `%s = [...]` the plan knows what is known.", attribute)
}

// WhollyUnknown says both of a list of which a plan knows nothing.
func WhollyUnknown(list types.List, attribute string) string {
	if !list.IsUnknown() {
		return ""
	}
	return " " + NotKnownYet(list, attribute) + "." + AssignList(list, attribute)
}

// maxBullets is how many lines a list in a message has at most.
const maxBullets = 200

// Bullets makes an indented list, which the CLI does not wrap.
func Bullets(lines []string) string {
	var b strings.Builder
	for i, line := range lines {
		if i == maxBullets {
			fmt.Fprintf(&b, "\n  … and %d more", len(lines)-maxBullets)
			break
		}
		fmt.Fprintf(&b, "\n  - %s", line)
	}
	return strings.TrimPrefix(b.String(), "\n")
}
