// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"context"
	"maps"
	"reflect"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"

	"github.com/apig-terraform/terraform-provider-apig/internal/auth"
)

// unknownArgument is an argument of the provider block that is not known yet.
type unknownArgument struct {
	at   path.Path
	name string
	text bool // other arguments are used whatever their value is
}

// in is a configuration in which the argument has a value.
func (a unknownArgument) in(ctx context.Context, config tfsdk.Config, value types.String) tfsdk.Config {
	changed := tfsdk.Plan(config) // a configuration can't be written to
	changed.SetAttribute(ctx, a.at, value)
	return tfsdk.Config(changed)
}

// resolveKnown is resolve for a configuration of which something may be unknown. It returns the unknown arguments that it
// needs, as the settings depend on them: seldom region and project, which a state has and a creation can wait for.
func resolveKnown(ctx context.Context, config tfsdk.Config, lookup Lookup) (Settings, []unknownArgument, diag.Diagnostics) {
	model := modelOf(ctx, config)
	unknown := model.unknowns()
	for _, argument := range unknown {
		if argument.text {
			config = argument.in(ctx, config, types.StringNull())
		}
	}
	resolved, diags := resolve(modelOf(ctx, config), lookup)
	var needed []unknownArgument
	for _, argument := range unknown {
		if !argument.text {
			needed = append(needed, argument)
			continue
		}
		with, tryDiags := resolve(modelOf(ctx, argument.in(ctx, config, types.StringValue(anyValue))), lookup)
		if *with.Auth.IAM != *resolved.Auth.IAM && !resolved.asksIAM() && !with.asksIAM() {
			resolved.LookUpUnknown = true
		}
		if !reflect.DeepEqual(resolved.substance(), with.substance()) || !reflect.DeepEqual(diags.Errors(), tryDiags.Errors()) {
			needed = append(needed, argument)
		}
	}
	if resolved.needsRegion {
		needed = append(needed, unknownRegion)
	}
	resolved.AllKnown = model.known()
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

func unknown(value attr.Value) bool { return value != nil && value.IsUnknown() }

// known tells whether nothing of a model is unknown that says where things are.
func (m blockModel) known() bool {
	addresses := slices.Collect(maps.Values(as[types.Map](m, "endpoints").Elements()))
	return !slices.ContainsFunc(addresses, unknown) && !slices.ContainsFunc(arguments, func(a argument) bool { return a.late && unknown(m[a.name]) })
}

// unknowns are the arguments that are not known yet, but for region and project.
func (m blockModel) unknowns() (found []unknownArgument) {
	note := func(value attr.Value, at path.Path, name string, kind kind) {
		if unknown(value) {
			found = append(found, unknownArgument{at, name, kind == text})
		}
	}
	for _, a := range arguments {
		if !a.late && !a.meaningless() {
			note(m[a.name], path.Root(a.name), a.name, a.kind)
		}
	}
	for _, service := range services {
		note(as[types.Map](m, "endpoints").Elements()[service], path.Root("endpoints").AtMapKey(service), "endpoints."+service, text)
	}
	for _, outer := range []string{"assume_role", "assume_role_with_oidc"} {
		for i, b := range m.blocks(outer) {
			for _, a := range argumentsOf(outer) {
				note(b[a.local()], path.Root(outer).AtListIndex(i).AtName(a.local()), a.name, a.kind)
			}
		}
	}
	return found
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
