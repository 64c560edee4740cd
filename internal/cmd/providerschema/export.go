// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
)

// object is one of the output's objects. Members that are false, empty or nil
// are left out, as the CLI does.
type object map[string]any

// export makes the output's part for a provider.
func export(schemas *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse) object {
	return object{
		"provider":                  schema(schemas.Provider),
		"resource_schemas":          each(schemas.ResourceSchemas, schema),
		"data_source_schemas":       each(schemas.DataSourceSchemas, schema),
		"list_resource_schemas":     each(schemas.ListResourceSchemas, schema),
		"action_schemas":            each(schemas.ActionSchemas, func(a *tfprotov6.ActionSchema) object { return object{"block": block(a.Schema.Block)} }),
		"resource_identity_schemas": each(identities.IdentitySchemas, identity),
	}
}

func each[S any](of map[string]S, export func(S) object) object {
	exported := object{}
	for name, s := range of {
		exported[name] = export(s)
	}
	return exported
}

func schema(s *tfprotov6.Schema) object {
	return object{"version": s.Version, "block": block(s.Block)}
}

func block(b *tfprotov6.SchemaBlock) object {
	blocks := object{}
	for _, nested := range b.BlockTypes {
		blocks[nested.TypeName] = object{
			"nesting_mode": strings.ToLower(nested.Nesting.String()),
			"block":        block(nested.Block),
		}.with("min_items", nested.MinItems).with("max_items", nested.MaxItems)
	}
	exported := described(b.Description, b.DescriptionKind).with("deprecated", b.Deprecated)
	if len(b.Attributes) > 0 {
		exported["attributes"] = attributes(b.Attributes)
	}
	if len(blocks) > 0 {
		exported["block_types"] = blocks
	}
	return exported
}

func attributes(of []*tfprotov6.SchemaAttribute) object {
	exported := object{}
	for _, a := range of {
		attribute := described(a.Description, a.DescriptionKind).
			with("required", a.Required).with("optional", a.Optional).with("computed", a.Computed).
			with("sensitive", a.Sensitive).with("deprecated", a.Deprecated).with("write_only", a.WriteOnly)
		if a.NestedType != nil {
			attribute["nested_type"] = object{
				"nesting_mode": strings.ToLower(a.NestedType.Nesting.String()),
				"attributes":   attributes(a.NestedType.Attributes),
			}
		} else {
			attribute["type"] = a.Type
		}
		exported[a.Name] = attribute
	}
	return exported
}

func identity(s *tfprotov6.ResourceIdentitySchema) object {
	exported := object{}
	for _, a := range s.IdentityAttributes {
		exported[a.Name] = object{"type": a.Type}.
			with("description", a.Description).
			with("required_for_import", a.RequiredForImport).with("optional_for_import", a.OptionalForImport)
	}
	return object{"version": s.Version, "attributes": exported}
}

func described(text string, kind tfprotov6.StringKind) object {
	if text == "" {
		return object{"description_kind": strings.ToLower(kind.String())}
	}
	return object{"description": text, "description_kind": strings.ToLower(kind.String())}
}

// with sets a member, unless it is the zero value.
func (o object) with(name string, value any) object {
	switch value {
	case false, "", int64(0):
	default:
		o[name] = value
	}
	return o
}
