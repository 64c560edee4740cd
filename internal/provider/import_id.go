// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"regexp"
	"strings"
)

// importKind is what an import names beside a gateway.
type importKind struct {
	noun    string         // "endpoint"
	not     string         // what one that does not match is
	pattern *regexp.Regexp // what a name is, and in words
	rule    string
	alone   string // a name that no others go with; "" for none
}

// parse reads SCOPE/NAME[,NAME…], where a scope is an instance ID, or region,
// project ID and instance ID. Region and project are null where it has none. An
// error goes on where a sentence that begins with the ID ends.
func (k importKind) parse(s string) (in scope, names []string, err error) {
	parts := strings.Split(s, "/")
	last := len(parts) - 1
	if in, err = parseScope(parts[:last]); err != nil {
		return in, nil, slashesError(last, "1 or 3")
	}
	names = strings.Split(parts[last], ",")
	return in, names, k.check(in, names)
}

// slashesError tells of an ID that has another number of slashes than it takes.
func slashesError(n int, takes string) error {
	noun := "slashes"
	if n == 1 {
		noun = "slash"
	}
	return fmt.Errorf("has %d %s, and takes %s", n, noun, takes)
}

// check refuses what can't be an ID, and a name that is there twice.
func (k importKind) check(in scope, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("names no %s", k.noun)
	}
	if err := in.check(); err != nil {
		return err
	}
	seen := make(map[string]struct{}, len(names))
	for _, name := range names {
		if !k.pattern.MatchString(name) {
			return fmt.Errorf("has the part %q, which is %s: %s", name, k.not, k.rule)
		}
		if hasKey(seen, name) {
			return fmt.Errorf("names the %s %s twice", k.noun, name)
		}
		seen[name] = struct{}{}
	}
	if len(names) > 1 && k.alone != "" && hasKey(seen, k.alone) {
		return fmt.Errorf("names %s beside others, which no configuration can: import it into a resource of its own", k.alone)
	}
	return nil
}
