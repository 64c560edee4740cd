// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"context"
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
	// set gives it a value in a model. It is nil for an argument that is used whatever its value is.
	set func(blockModel, types.String)
}

// resolveKnown is resolve for a configuration of which something may be unknown. It returns the unknown arguments that
// it needs: those whose value makes a difference to the settings.
//
// Region and project are seldom needed: a state has them, and what is to be created can wait for them.
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
		needed = append(needed, unknownRegion)
	}
	return resolved, needed, diags
}

// anyValue stands for a value that is not known yet. It can be a domain, an address, a name and an ID.
const anyValue = "not-known.invalid"

// asksIAM reports whether signing in asks IAM, or its token service.
func (s Settings) asksIAM() bool {
	return s.Auth.Method != auth.MethodToken && s.Auth.Method != auth.MethodAccessKey || len(s.Auth.Roles) > 0
}

// substance is what of the settings makes a difference to calls. Where IAM is asked for projects alone, that can wait.
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
				elements := as[types.Map](m, "endpoints").Elements()
				elements[service] = value
				if value.IsNull() {
					delete(elements, service)
				}
				m["endpoints"] = types.MapValueMust(types.StringType, elements)
			}})
		}
	}
	for _, outer := range []string{"assume_role", "assume_role_with_oidc"} {
		for i, b := range m.blocks(outer) {
			for _, a := range argumentsOf(outer) {
				if !b.unknown(a.local()) {
					continue
				}
				u := unknownArgument{at: path.Root(outer).AtListIndex(i).AtName(a.local()), name: a.name}
				if a.kind == text {
					u.set = func(m blockModel, value types.String) { m.setInBlock(ctx, outer, i, a.local(), value) }
				}
				found = append(found, u)
			}
		}
	}
	return found
}

// setInBlock gives an argument of a block another value.
func (m blockModel) setInBlock(ctx context.Context, name string, i int, argument string, value types.String) {
	list := as[types.List](m, name)
	elements := list.Elements()
	if block, ok := elements[i].(types.Object); ok {
		changed := block.Attributes()
		changed[argument] = value
		elements[i] = types.ObjectValueMust(block.AttributeTypes(ctx), changed)
	}
	m[name] = types.ListValueMust(list.ElementType(ctx), elements)
}

// unknownRegion is the region, where it is needed.
var unknownRegion = unknownArgument{at: path.Root("region"), name: "region"}

// report is the error of an argument that is needed already.
func (a unknownArgument) report(diags *diag.Diagnostics) {
	instead := "Give it a value that doesn't depend on a resource of the same configuration"
	if variable := argumentNamed(a.name).variable(); variable != "" {
		instead += ", or leave it out and set the environment variable " + variable
	}
	addError(diags, a.at, "Provider argument not known yet", "The provider's %s depends on something that is only known after an apply, "+
		"but the provider needs it to plan. %s. To create first what it depends on, apply with -target.", a.name, instead)
}
