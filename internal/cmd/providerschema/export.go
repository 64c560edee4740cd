// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"strings"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// export makes the output's part for a provider.
func export(schemas *tfprotov6.GetProviderSchemaResponse, identities *tfprotov6.GetResourceIdentitySchemasResponse) *tfjson.ProviderSchema {
	return &tfjson.ProviderSchema{
		ConfigSchema:        schema(schemas.Provider),
		ResourceSchemas:     each(schemas.ResourceSchemas, schema),
		DataSourceSchemas:   each(schemas.DataSourceSchemas, schema),
		ListResourceSchemas: each(schemas.ListResourceSchemas, schema),
		ActionSchemas: each(schemas.ActionSchemas, func(a *tfprotov6.ActionSchema) *tfjson.ActionSchema {
			return &tfjson.ActionSchema{Block: block(a.Schema.Block)}
		}),
		ResourceIdentitySchemas: each(identities.IdentitySchemas, identity),
	}
}

func each[S, T any](of map[string]S, export func(S) T) map[string]T {
	exported := map[string]T{}
	for name, s := range of {
		exported[name] = export(s)
	}
	return exported
}

func schema(s *tfprotov6.Schema) *tfjson.Schema {
	return &tfjson.Schema{Version: unsigned(s.Version), Block: block(s.Block)}
}

func block(b *tfprotov6.SchemaBlock) *tfjson.SchemaBlock {
	blocks := map[string]*tfjson.SchemaBlockType{}
	for _, nested := range b.BlockTypes {
		blocks[nested.TypeName] = &tfjson.SchemaBlockType{
			NestingMode: tfjson.SchemaNestingMode(strings.ToLower(nested.Nesting.String())),
			Block:       block(nested.Block), MinItems: unsigned(nested.MinItems), MaxItems: unsigned(nested.MaxItems),
		}
	}
	return &tfjson.SchemaBlock{
		Attributes: attributes(b.Attributes), NestedBlocks: blocks, Deprecated: b.Deprecated,
		Description: b.Description, DescriptionKind: kind(b.DescriptionKind),
	}
}

func attributes(of []*tfprotov6.SchemaAttribute) map[string]*tfjson.SchemaAttribute {
	exported := map[string]*tfjson.SchemaAttribute{}
	for _, a := range of {
		attribute := &tfjson.SchemaAttribute{
			Description: a.Description, DescriptionKind: kind(a.DescriptionKind),
			Required: a.Required, Optional: a.Optional, Computed: a.Computed, Sensitive: a.Sensitive, Deprecated: a.Deprecated, WriteOnly: a.WriteOnly,
		}
		if a.NestedType != nil {
			attribute.AttributeNestedType = &tfjson.SchemaNestedAttributeType{
				NestingMode: tfjson.SchemaNestingMode(strings.ToLower(a.NestedType.Nesting.String())),
				Attributes:  attributes(a.NestedType.Attributes),
			}
		} else {
			translate(a.Type, &attribute.AttributeType)
		}
		exported[a.Name] = attribute
	}
	return exported
}

func identity(s *tfprotov6.ResourceIdentitySchema) *tfjson.IdentitySchema {
	exported := map[string]*tfjson.IdentityAttribute{}
	for _, a := range s.IdentityAttributes {
		exported[a.Name] = &tfjson.IdentityAttribute{Description: a.Description, RequiredForImport: a.RequiredForImport, OptionalForImport: a.OptionalForImport}
		translate(a.Type, &exported[a.Name].IdentityType)
	}
	return &tfjson.IdentitySchema{Version: unsigned(s.Version), Attributes: exported}
}

func kind(k tfprotov6.StringKind) tfjson.SchemaDescriptionKind {
	return tfjson.SchemaDescriptionKind(strings.ToLower(k.String()))
}

// unsigned is a version or a number of blocks, which no schema has below zero.
func unsigned(n int64) uint64 { return uint64(max(n, 0)) }

// translate gives a type to another package's type, which has the same JSON.
func translate(from tftypes.Type, to json.Unmarshaler) {
	text, err := json.Marshal(from)
	if err == nil {
		err = to.UnmarshalJSON(text)
	}
	if err != nil {
		panic(fmt.Sprintf("the type %s has no JSON: %s", from, err))
	}
}
