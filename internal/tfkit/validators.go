// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package tfkit

import (
	"context"
	"fmt"
	"regexp"
	"slices"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-validators/stringvalidator"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringdefault"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// IDPattern is for the platform's IDs and region names. It keeps slashes, spaces and ".." out of paths.
var IDPattern = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,127}$`)

// IDRule is IDPattern in words.
const IDRule = "an ID is made of letters, digits, hyphens and underscores"

// ValidID refuses a string that can't be an ID.
func ValidID() validator.String {
	return stringvalidator.RegexMatches(IDPattern, "must be an ID, which is made of letters, digits, hyphens and underscores")
}

// IDs checks a list of IDs that means a set. All errors of a kind make one diagnostic, and the cost is
// linear in the list's length; that of the library's validators is not.
type IDs struct {
	Noun  string // "endpoint"
	Empty string // what to do about an empty list; "" where there may be one

	Pattern *regexp.Regexp // what an ID is, and in words; any ID of the platform where they are left out
	Rule    string
	Alone   string // an ID that no others go with; "" for none
}

// Description implements validator.List.
func (v IDs) Description(context.Context) string {
	return fmt.Sprintf("one or more %s IDs, none of them twice", v.Noun)
}

// MarkdownDescription implements validator.List.
func (v IDs) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateList implements validator.List.
func (v IDs) ValidateList(_ context.Context, req validator.ListRequest, resp *validator.ListResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	elements := req.ConfigValue.Elements()
	if len(elements) == 0 && v.Empty != "" {
		resp.Diagnostics.AddAttributeError(req.Path, "No "+v.Noun+" is named", fmt.Sprintf("%s is empty. %s", req.Path, v.Empty))
		return
	}
	pattern, rule := IDPattern, IDRule
	if v.Pattern != nil {
		pattern, rule = v.Pattern, v.Rule
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
		resp.Diagnostics.AddAttributeError(req.Path, "Not the ID of an "+v.Noun,
			fmt.Sprintf("In %s, %s:\n%s", req.Path, rule, Bullets(invalid)))
	}
	if len(twice) > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "Named twice",
			fmt.Sprintf("%s names each %s once, in any order. Named more than once, take out all but one:\n%s", req.Path, v.Noun, Bullets(twice)))
	}
	if v.Alone != "" && len(elements) > 1 && seen[v.Alone] > 0 {
		resp.Diagnostics.AddAttributeError(req.Path, "`"+v.Alone+"` beside other "+v.Noun+"s", fmt.Sprintf(
			"%s names `%s`, which stands for every %s, and others beside it. Name `%s` alone, or leave it out.", req.Path, v.Alone, v.Noun, v.Alone))
	}
}

// Duration refuses a string that is no duration, or a negative one.
type Duration struct {
	Positive bool // zero won't do either
}

// Description implements validator.String.
func (v Duration) Description(context.Context) string {
	if v.Positive {
		return `a duration above zero, such as "90s" or "10m"`
	}
	return `a duration such as "90s" or "3m", zero or more`
}

// MarkdownDescription implements validator.String.
func (v Duration) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

// ValidateString implements validator.String.
func (v Duration) ValidateString(ctx context.Context, req validator.StringRequest, resp *validator.StringResponse) {
	if req.ConfigValue.IsNull() || req.ConfigValue.IsUnknown() {
		return
	}
	if d, err := time.ParseDuration(req.ConfigValue.ValueString()); err != nil || d < 0 || d == 0 && v.Positive {
		resp.Diagnostics.AddAttributeError(req.Path, "Not a duration",
			fmt.Sprintf("%s is %q. It takes %s.", req.Path, req.ConfigValue.ValueString(), v.Description(ctx)))
	}
}

// positiveDurations refuses a timeout of zero or less. The block checks the form.
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

// IDList is an argument of a resource that names a set: order is ignored.
func IDList(description string, required bool, validators ...validator.List) schema.ListAttribute {
	return schema.ListAttribute{
		MarkdownDescription: description, Required: required, Optional: !required, ElementType: types.StringType,
		Validators: validators, PlanModifiers: []planmodifier.List{ignoreOrder{}},
	}
}

// Choice is an argument of a resource that takes one of some values; the first is the default.
func Choice(description string, values ...string) schema.StringAttribute {
	return schema.StringAttribute{
		MarkdownDescription: description, Optional: true, Computed: true,
		Default: stringdefault.StaticString(values[0]), Validators: []validator.String{stringvalidator.OneOf(values...)},
	}
}

// ignoreOrder keeps the state's list where the configuration names the same in another order. It does not keep an order
// that no configuration had: a list that is partly unknown in the plan could then not be planned alike in the apply.
type ignoreOrder struct{}

func (ignoreOrder) Description(context.Context) string { return "The order does not matter." }

func (m ignoreOrder) MarkdownDescription(ctx context.Context) string { return m.Description(ctx) }

func (ignoreOrder) PlanModifyList(ctx context.Context, req planmodifier.ListRequest, resp *planmodifier.ListResponse) {
	if sameElements(req.StateValue, req.PlanValue) && len(GetPrivate[[]string](ctx, req.Private, mixedKey, &resp.Diagnostics)) == 0 {
		resp.PlanValue = req.StateValue
	}
}

// mixedKey is the private state's key of the elements that have no place in the order of the list, a JSON list.
const mixedKey = "mixed"

// WithLeft returns the elements that an update puts into the state: those that it planned, and behind them what it could
// not let go of. A list that is written as before then plans nothing: where all of that was there, its order stays.
func WithLeft(planned, left, before []string) []string {
	saved := slices.Concat(planned, left)
	if len(left) > 0 && len(saved) == len(before) && len(Without(saved, before)) == 0 {
		return before
	}
	return saved
}

// NoteOrder notes which elements an update that failed puts into the state behind those that were planned.
func NoteOrder(ctx context.Context, private PrivateWriter, planned, saved []string, diags *diag.Diagnostics) {
	SetPrivate(ctx, private, mixedKey, Without(saved, planned), diags)
}

var accountPattern = regexp.MustCompile(`^[0-9a-f]{32}$`)

// EntryPattern is what an entry of a gateway's permissions is for: an account, or all of them.
var EntryPattern = regexp.MustCompile(`^([0-9a-f]{32}|\*)$`)

const (
	accountRule = "an account's ID is 32 hexadecimal digits, in lower case"
	// EntryRule is EntryPattern in words.
	EntryRule = accountRule + "; `*` stands for every account"
)

// AccountIDs checks a list of accounts, which may be empty where nothing is said about that.
func AccountIDs(empty string) IDs {
	return IDs{Noun: "account", Empty: empty, Pattern: accountPattern, Rule: accountRule}
}

// AccountName names an account, or all of them, in a message.
func AccountName(account string) string {
	if account == "*" {
		return "* (every account)"
	}
	return account
}

// AccountNames names accounts in a message.
func AccountNames(accounts []string) []string {
	names := make([]string, len(accounts))
	for i, account := range accounts {
		names[i] = AccountName(account)
	}
	return names
}
