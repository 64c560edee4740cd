// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"gotest.tools/v3/assert"
)

// The output is what the CLI's readers read, and whatever the provider serves is in it and described.
func TestRun(t *testing.T) {
	t.Parallel()
	const address = "registry.terraform.io/hashicorp/apig"
	var out bytes.Buffer
	assert.NilError(t, run(t.Context(), &out, address))
	var schemas tfjson.ProviderSchemas
	assert.NilError(t, json.Unmarshal(out.Bytes(), &schemas))
	exported, ok := schemas.Schemas[address]
	assert.Assert(t, ok, "nothing under %s", address)
	const connection = "apig_vpc_endpoint_connection"
	checkDescribed(t, "provider", exported.ConfigSchema.Block)
	for name, s := range exported.ResourceSchemas {
		checkDescribed(t, name, s.Block)
	}
	for name, s := range exported.DataSourceSchemas {
		checkDescribed(t, name, s.Block)
	}
	for name, s := range exported.ListResourceSchemas {
		checkDescribed(t, "list resource "+name, s.Block)
	}
	for name, s := range exported.ActionSchemas {
		checkDescribed(t, "action "+name, s.Block)
	}
	for name, s := range exported.ResourceIdentitySchemas {
		for attribute, a := range s.Attributes {
			assert.Check(t, a.Description != "" && a.RequiredForImport != a.OptionalForImport, "identity of %s: %s: %+v", name, attribute, a)
		}
	}
	resource := exported.ResourceSchemas[connection]
	assert.Check(t, resource != nil && resource.Block.Attributes["endpoints"].AttributeType.IsListType(), "endpoints of the resource are no list")
	timeouts := resource.Block.NestedBlocks["timeouts"]
	assert.Check(t, timeouts != nil && timeouts.NestingMode == tfjson.SchemaNestingModeSingle, "timeouts: %+v", timeouts)
	assert.Check(t, exported.ConfigSchema.Block.Attributes["token"].Sensitive, "the provider's token is not sensitive")
	assert.Check(t, exported.ResourceIdentitySchemas[connection] != nil, "no identity")
}

func checkDescribed(t *testing.T, name string, block *tfjson.SchemaBlock) {
	t.Helper()
	assert.Check(t, len(block.Attributes)+len(block.NestedBlocks) != 0, "%s is empty", name)
	for attribute, a := range block.Attributes {
		assert.Check(t, a.Description != "", "%s: %s is not described", name, attribute)
	}
	for nested, b := range block.NestedBlocks {
		checkDescribed(t, name+"."+nested, b.Block)
	}
}
