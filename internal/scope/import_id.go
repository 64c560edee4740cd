// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package scope

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// ImportForm is what an import names beside a gateway.
type ImportForm struct {
	Noun    string         // "endpoint"
	Not     string         // what one that does not match is
	Pattern *regexp.Regexp // what a name is, and in words
	Rule    string
	Alone   string // a name that no others go with; "" for none
}

// Parse reads SCOPE/NAME[,NAME…]. Region and project are null where the scope has none.
// Its error completes a sentence that begins with the ID.
func (k ImportForm) Parse(s string) (in Scope, names []string, err error) {
	parts := strings.Split(s, "/")
	last := len(parts) - 1
	if in, err = Parse(parts[:last]); err != nil {
		return in, nil, slashesError(last, "1 or 3")
	}
	names = strings.Split(parts[last], ",")
	return in, names, k.Check(in, names)
}

// slashesError reports an ID with another number of slashes than it takes.
func slashesError(n int, takes string) error {
	noun := "slashes"
	if n == 1 {
		noun = "slash"
	}
	return fmt.Errorf("has %d %s, and takes %s", n, noun, takes)
}

// Check refuses what can't be an ID, and a name that is there twice.
func (k ImportForm) Check(in Scope, names []string) error {
	if len(names) == 0 {
		return fmt.Errorf("names no %s", k.Noun)
	}
	if err := in.Check(); err != nil {
		return err
	}
	seen := make(map[string]struct{}, len(names))
	for _, name := range names {
		if !k.Pattern.MatchString(name) {
			return fmt.Errorf("has the part %q, which is %s: %s", name, k.Not, k.Rule)
		}
		if tfkit.HasKey(seen, name) {
			return fmt.Errorf("names the %s %s twice", k.Noun, name)
		}
		seen[name] = struct{}{}
	}
	if len(names) > 1 && k.Alone != "" && tfkit.HasKey(seen, k.Alone) {
		return fmt.Errorf("names %s beside others, which no configuration can: import it into a resource of its own", k.Alone)
	}
	return nil
}

// Parse reads the parts of an import ID that say which gateway it is about: an instance
// ID, or region, project ID and instance ID.
func Parse(parts []string) (in Scope, err error) {
	switch len(parts) {
	case 1:
		in.InstanceID = types.StringValue(parts[0])
	case 3:
		in = Scope{types.StringValue(parts[2]), types.StringValue(parts[0]), types.StringValue(parts[1])}
	default:
		err = slashesError(len(parts)-1, "0 or 2")
	}
	return in, err
}

// DeclareThese is what to do about what can't be imported, beside others that can
// or not.
func DeclareThese(others bool) string {
	if others {
		return "Import the others, and declare these"
	}
	return "Declare these"
}
