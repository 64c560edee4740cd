// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

// idPattern is what the platform's IDs and region names are made of. It keeps
// what could lead a request elsewhere (a slash, a space, "..") out of paths.
var idPattern = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$`)

const idRule = "an ID is made of letters, digits, hyphens and underscores"

// validID refuses what can't be an ID.
func validID() validator.String {
	return stringvalidator.RegexMatches(idPattern, "must be an ID, which is made of letters, digits, hyphens and underscores")
}

// validIDs checks a list of IDs that means a set: not empty unless that means
// something, each of them an ID, none of them twice. All that is wrong with it makes one error, and the
// cost is linear in its length, which the validators of the library are not.
type validIDs struct {
	noun  string // "endpoint"
	empty string // what to do about an empty list; "" where there may be one

	pattern *regexp.Regexp // what an ID is, and in words; any ID of the platform where they are left out
	rule    string
}

func (v validIDs) Description(context.Context) string {
	return fmt.Sprintf("one or more %s IDs, none of them twice", v.noun)
}

func (v validIDs) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v validIDs) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	elements := req.ConfigValue.Elements()
	if len(elements) == 0 && v.empty != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "No "+v.noun+" is named", fmt.Sprintf("%s is empty. %s", req.Path, v.empty))
		return
	}
	pattern, rule := idPattern, idRule
	if v.pattern != nil {
		pattern, rule = v.pattern, v.rule
	}
	var invalid, twice []string
	seen := make(map[string]int, len(elements))
	for i, element := range elements {
		id, ok := element.(types.String)
		if !ok || id.IsUnknown() {
			continue
		}
		switch value := id.ValueString(); {
		case id.IsNull():
			invalid = append(invalid, fmt.Sprintf("element %d is null", i))
		case !pattern.MatchString(value):
			invalid = append(invalid, fmt.Sprintf("element %d is %q", i, value))
		default:
			seen[value]++
			if seen[value] == 2 {
				twice = append(twice, value)
			}
		}
	}
	if len(invalid) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Not the ID of an "+v.noun,
			fmt.Sprintf("In %s, %s:\n%s", req.Path, rule, bullets(invalid)))
	}
	if len(twice) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Named twice",
			fmt.Sprintf("%s names each %s once, in any order. Named more than once, take out all but one:\n%s", req.Path, v.noun, bullets(twice)))
	}
}

// everybodyAlone refuses accounts beside the one that stands for all of them.
type everybodyAlone struct{}

func (everybodyAlone) Description(context.Context) string { return "accounts, or `*` alone" }

func (v everybodyAlone) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (everybodyAlone) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if accounts := stringElements(req.ConfigValue); len(accounts) > 1 && slices.Contains(accounts, apig.AllAccounts) {
		resp.Diagnostics.AddAttributeError(req.Path, "`*` beside other accounts",
			fmt.Sprintf("%s names `*`, which stands for every account, and others beside it. Name `*` alone, or leave it out.", req.Path))
	}
}

// validDuration refuses what is no duration, or a negative one.
type validDuration struct {
	positive bool // zero won't do either
}

func (v validDuration) Description(context.Context) string {
	if v.positive {
		return `a duration above zero, such as "90s" or "10m"`
	}
	return `a duration such as "90s" or "3m", zero or more`
}

func (v validDuration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v validDuration) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || d < 0 || d == 0 && v.positive {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a duration",
			fmt.Sprintf("%s is %q. It takes %s.", req.Path, req.ConfigValue.ValueString(), v.Description(ctx)))
	}
}

// positiveDurations refuses a timeout after which nothing could be done. That
// each is a duration at all, the timeouts check themselves.
type positiveDurations struct{}

func (positiveDurations) Description(context.Context) string { return "durations above zero" }

func (v positiveDurations) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (positiveDurations) ValidateObject(_ context.Context, req validator.ObjectRequest, resp *validator.ObjectResponse) {
	for name, value := range req.ConfigValue.Attributes() {
		text, _ := value.(types.String)
		if d, err := time.ParseDuration(text.ValueString()); err == nil && d <= 0 {
			resp.Diagnostics.AddAttributeError(req.Path.AtName(name), "Not a timeout",
				fmt.Sprintf("%s is %q. It takes a duration above zero, such as \"90s\" or \"10m\".", req.Path.AtName(name), text.ValueString()))
		}
	}
}

// ignoreOrder lets a list mean a set: where the configuration names what the
// state names, in another order, the state's stays.
type ignoreOrder struct{}

func (ignoreOrder) Description(context.Context) string { return "The order does not matter." }

func (m ignoreOrder) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (ignoreOrder) PlanModifyList(_ context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	if sameElements(req.StateValue, req.PlanValue) {
		resp.PlanValue = req.StateValue
	}
}

// sameElements compares two lists without duplicates as sets.
func sameElements(a, b types.List) bool {
	if a.IsNull() || b.IsNull() || a.IsUnknown() || b.IsUnknown() || len(a.Elements()) != len(b.Elements()) {
		return false
	}
	in := make(map[string]struct{}, len(a.Elements()))
	for _, element := range a.Elements() {
		in[stringElement(element)] = struct{}{}
	}
	for _, element := range b.Elements() {
		if _, ok := in[stringElement(element)]; !ok || element.IsUnknown() {
			return false
		}
	}
	return true
}

// maxBullets is how many lines a list in a message has at the most.
const maxBullets = 200

// bullets makes an indented list, which the CLI does not wrap.
func bullets(lines []string) string {
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

// attributePath is short for the path of a top-level attribute.
func attributePath(name string) path.Path { return path.Root(name) }
