// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"context"
	"fmt"
	"maps"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// unknownArgument is an argument of the provider block that is not known yet.
type unknownArgument struct {
	at   path.Path
	name string
	// set gives it a value in a model. It is nil for an argument that is used
	// whatever its value is.
	set func(blockModel, types.String)
}

// resolveKnown is resolve for a configuration of which something may be unknown. It
// returns the arguments that it needs and that are unknown: without them the settings
// are no good. An unknown argument is not needed where it makes no difference to the
// settings what its value is, as if domain_id is known later and a token signs in.
//
// Region and project are seldom needed here: what exists has them in its state, and what
// is to be created can wait for them.
func resolveKnown(ctx context.Context, model blockModel, lookup Lookup) (Settings, []unknownArgument, diag.Diagnostics) {
	unknown := model.unknowns(ctx)
	model = maps.Clone(model)
	for _, argument := range unknown {
		if argument.set != nil {
			argument.set(model, types.StringNull())
		}
	}
	resolved, diags := resolve(model, lookup)
	var needed []unknownArgument
	for _, argument := range unknown {
		if argument.set == nil {
			needed = append(needed, argument)
			continue
		}
		tried := maps.Clone(model)
		argument.set(tried, types.StringValue(anyValue))
		with, tryDiags := resolve(tried, lookup)
		if resolved.Auth.IAM != nil && with.Auth.IAM != nil && *with.Auth.IAM != *resolved.Auth.IAM && !resolved.asksIAM() && !with.asksIAM() {
			resolved.LookUpUnknown = true
		}
		if !reflect.DeepEqual(resolved.substance(), with.substance()) || !reflect.DeepEqual(diags.Errors(), tryDiags.Errors()) {
			needed = append(needed, argument)
		}
	}
	if resolved.needsRegion {
		needed = append(needed, unknownArgument{at: path.Root("region"), name: "region"})
	}
	return resolved, needed, diags
}

// anyValue stands for a value that is not known yet. It can be a domain, an address, a
// name and an ID.
const anyValue = "not-known.invalid"

// asksIAM reports whether signing in asks IAM, or its token service.
func (s Settings) asksIAM() bool {
	return s.method != auth.MethodToken && s.method != auth.MethodAccessKey || len(s.Auth.Roles) > 0
}

// substance is what of the settings makes a difference to calls. Where IAM signs nobody
// in, it is asked for projects alone, and what needs one can wait.
func (s Settings) substance() Settings {
	s.Notes, s.Origins, s.LookUpUnknown = nil, "", false
	if !s.asksIAM() {
		s.Auth.IAM = nil
	}
	if s.Auth.DomainID != "" {
		s.Auth.DomainName = "" // which it beats
	}
	if s.apig != nil {
		s.cloud = "" // the rest that it has a part in is IAM's address, and that of its token service
	}
	return s
}

// unknown tells whether the value of an argument is not known yet.
func (m blockModel) unknown(name string) bool { return m[name] != nil && m[name].IsUnknown() }

// known tells whether nothing of a model is unknown that says where things are.
func (m blockModel) known() bool {
	for _, element := range as[types.Map](m, "endpoints").Elements() {
		if element.IsUnknown() {
			return false
		}
	}
	return !slices.ContainsFunc(arguments, func(a argument) bool { return a.late && m.unknown(a.name) })
}

// unknowns are the arguments that are not known yet, but for region and project.
func (m blockModel) unknowns(ctx context.Context) []unknownArgument {
	var found []unknownArgument
	for _, a := range arguments {
		if a.late || a.meaningless() || !m.unknown(a.name) {
			continue
		}
		u := unknownArgument{at: path.Root(a.name), name: a.name}
		if a.kind == text {
			u.set = func(m blockModel, value types.String) { m[a.name] = value }
		}
		found = append(found, u)
	}
	for _, service := range services {
		if element, ok := as[types.Map](m, "endpoints").Elements()[service]; ok && element.IsUnknown() {
			found = append(found, unknownArgument{path.Root("endpoints").AtMapKey(service), "endpoints." + service, func(m blockModel, value types.String) {
				m["endpoints"] = withElement(as[types.Map](m, "endpoints"), service, value)
			}})
		}
	}
	found = append(found, m.unknownsIn(ctx, "assume_role")...)
	return append(found, m.unknownsIn(ctx, "assume_role_with_oidc")...)
}

// unknownsIn are the unknown arguments of blocks.
func (m blockModel) unknownsIn(ctx context.Context, name string) []unknownArgument {
	var found []unknownArgument
	for i, b := range blockList(as[types.List](m, name)) {
		for _, a := range argumentsOf(name) {
			if !b.unknown(a.local()) {
				continue
			}
			u := unknownArgument{at: path.Root(name).AtListIndex(i).AtName(a.local()), name: a.name}
			if a.kind == text {
				u.set = func(m blockModel, value types.String) {
					m[name] = withArgument(ctx, as[types.List](m, name), i, a.local(), value)
				}
			}
			found = append(found, u)
		}
	}
	return found
}

// withElement is a map with another value for a key.
func withElement(elements types.Map, key string, value types.String) types.Map {
	changed := maps.Clone(elements.Elements())
	changed[key] = value
	if value.IsNull() {
		delete(changed, key)
	}
	return types.MapValueMust(types.StringType, changed)
}

// withArgument is a list of blocks of which one has another value for an argument.
func withArgument(ctx context.Context, blocks types.List, i int, argument string, value types.String) types.List {
	elements := blocks.Elements()
	block, ok := elements[i].(types.Object)
	if !ok {
		return blocks
	}
	changed := maps.Clone(block.Attributes())
	changed[argument] = value
	elements[i] = types.ObjectValueMust(block.AttributeTypes(ctx), changed)
	return types.ListValueMust(blocks.ElementType(ctx), elements)
}

// report is the error of an argument that is needed already.
func (a unknownArgument) report(diags *diag.Diagnostics) {
	addUnknown(diags, a.at, a.name, argumentNamed(a.name).variable())
}

func addUnknown(diags *diag.Diagnostics, at path.Path, name, variable string) {
	instead := "Give it a value that doesn't depend on a resource of the same configuration"
	if variable != "" {
		instead += ", or leave it out and set the environment variable " + variable
	}
	diags.AddAttributeError(at, "Provider argument not known yet", fmt.Sprintf(
		"The provider's %s depends on something that is only known after an apply, but the provider needs it to plan. "+
			"%s. To create first what it depends on, apply with -target.", name, instead))
}
