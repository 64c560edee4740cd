// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package scope

import (
	"context"
	"fmt"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/tfkit"
)

// ImportForm is what an import names beside a gateway; nothing if Attribute is "".
type ImportForm struct {
	tfkit.IDs // that it names

	Attribute string // of an identity: "endpoints"
	Part      string // of an import ID: "ENDPOINT_ID"
	Not       string // what a name that does not match the pattern is
}

// Read reads what an import asks for: an ID, or else an identity. Region and project are null where it names none.
func (f ImportForm) Read(ctx context.Context, req resource.ImportStateRequest, diags *diag.Diagnostics) (in Scope, names []string) {
	if req.ID != "" || req.Identity == nil || req.Identity.Raw.IsNull() {
		in, names, err := f.parse(req.ID)
		if err != nil {
			diags.AddError("Not an import ID", fmt.Sprintf(
				"The ID\n  %q\n%s.\n\nAn import ID has the form\n  INSTANCE_ID%s\nor, for another region or project than the provider's,\n  REGION/PROJECT_ID/INSTANCE_ID%s",
				req.ID, err, f.parts(), f.parts()))
		}
		return in, names
	}
	in = In(ctx, req.Identity, diags)
	more := ""
	if f.Attribute != "" {
		var list types.List
		diags.Append(req.Identity.GetAttribute(ctx, path.Root(f.Attribute), &list)...)
		names, more = tfkit.Strings(list), fmt.Sprintf(" and `%s`, one or more in any order", f.Attribute)
	}
	if err := f.check(in, names); err != nil {
		diags.AddError("Not an identity", fmt.Sprintf(
			"The identity %s.\n\nAn identity has `instance_id`%s; `region` and `project_id` are the provider's where they are left out.", err, more))
	}
	return in, names
}

func (f ImportForm) parts() string {
	if f.Attribute == "" {
		return ""
	}
	return fmt.Sprintf("/%s[,%s…]", f.Part, f.Part)
}

// parse reads SCOPE/NAME[,NAME…]. Its error completes a sentence that begins with the ID.
func (f ImportForm) parse(s string) (in Scope, names []string, err error) {
	parts := strings.Split(s, "/")
	behind, takes := 0, "0 or 2"
	if f.Attribute != "" {
		behind, takes = 1, "1 or 3"
		names = strings.Split(parts[len(parts)-1], ",")
	}
	switch before := parts[:len(parts)-behind]; len(before) {
	case 1:
		in.InstanceID = types.StringValue(before[0])
	case 3:
		in = Scope{types.StringValue(before[2]), types.StringValue(before[0]), types.StringValue(before[1])}
	default:
		noun := "slashes"
		if len(parts) == 2 {
			noun = "slash"
		}
		return in, nil, fmt.Errorf("has %d %s, and takes %s", len(parts)-1, noun, takes)
	}
	return in, names, f.check(in, names)
}

// check refuses what can't be an ID, and a name that is there twice.
func (f ImportForm) check(in Scope, names []string) error {
	if len(names) == 0 && f.Attribute != "" {
		return fmt.Errorf("names no %s", f.Noun)
	}
	if err := in.Check(); err != nil {
		return err
	}
	seen := make(map[string]struct{}, len(names))
	for _, name := range names {
		if !f.Pattern.MatchString(name) {
			return fmt.Errorf("has the part %q, which is %s: %s", name, f.Not, f.Rule)
		}
		if tfkit.HasKey(seen, name) {
			return fmt.Errorf("names the %s %s twice", f.Noun, name)
		}
		seen[name] = struct{}{}
	}
	if len(names) > 1 && f.Alone != "" && tfkit.HasKey(seen, f.Alone) {
		return fmt.Errorf("names %s beside others, which no configuration can: import it into a resource of its own", f.Alone)
	}
	return nil
}

// DeclareThese is what to do about what can't be imported.
func DeclareThese(others bool) string {
	if others {
		return "Import the others, and declare these"
	}
	return "Declare these"
}
