// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// tell keeps what a walk said and asked for.
func (c *campaign) tell(what string, told toldInWalk) {
	for _, text := range slices.Concat(told.errors, told.warnings) {
		first, _, _ := strings.Cut(text, "\n\n")
		c.note("  %s says: %s", what, strings.Join(strings.Fields(first), " "))
	}
	if len(told.errors)+len(told.warnings) == 0 {
		c.note("  %s says nothing", what)
	}
	for _, call := range c.m.Journal() {
		if len(call.Endpoints)+len(call.Permissions) > 0 {
			c.note("    at %s: %s %s%v%v, answered %d %s %s, changed %v", call.At.Sub(c.began).Round(time.Millisecond), call.Operation, call.Action,
				short(call.Endpoints), short(call.Permissions), call.Status, call.Code, call.Cause, short(call.Decided))
		}
	}
	for _, line := range c.net.told() {
		c.note("    %s", line)
	}
	for _, name := range slices.Sorted(maps.Keys(c.objects)) {
		c.note("    state of %s: %v", name, c.objects[name])
	}
}

// short are IDs by their last digits.
func short(ids []string) []string {
	short := make([]string, len(ids))
	for i, id := range ids {
		short[i] = id[max(0, len(id)-3):]
	}
	return short
}

func (i *instance) String() string {
	text := "nothing"
	if state, ok := i.current.state.(fields); ok {
		text = fmt.Sprintf("%v %v", state["desired_status"], state["on_destroy"])
		for _, what := range []string{"connections", "permissions", "undeclared"} {
			entries, _ := state[what].(fields)
			for _, id := range slices.Sorted(maps.Keys(entries)) {
				entry, _ := entries[id].(fields)
				text += fmt.Sprintf(" %s %v", short([]string{id})[0], entry["status"])
			}
		}
		text += ", private " + i.current.notes()
	}
	return fmt.Sprintf("%s, tainted %t, %d deposed", text, i.tainted, len(i.deposed))
}

// notes are what private state has, in words.
func (o object) notes() string {
	var encoded map[string][]byte
	if err := json.Unmarshal(o.private, &encoded); err != nil {
		return string(o.private)
	}
	var notes []string
	for _, key := range slices.Sorted(maps.Keys(encoded)) {
		notes = append(notes, fmt.Sprintf("%s=%.100s", key, encoded[key]))
	}
	return strings.Join(notes, " ")
}
