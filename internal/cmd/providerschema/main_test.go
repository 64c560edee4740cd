// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"bytes"
	"encoding/json"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
)

// The output is what the CLI's readers read, and whatever the provider serves is
// in it and described.
func TestRun(t *testing.T) {
	t.Parallel()
	const address = "registry.terraform.io/hashicorp/apig"
	var out bytes.Buffer
	if err := run(t.Context(), &out, address); err != nil {
		t.Fatal(err)
	}
	var schemas tfjson.ProviderSchemas
	if err := json.Unmarshal(out.Bytes(), &schemas); err != nil {
		t.Fatal(err)
	}
	exported, ok := schemas.Schemas[address]
	if !ok {
		t.Fatalf("nothing under %s", address)
	}
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
			if a.Description == "" || a.RequiredForImport == a.OptionalForImport {
				t.Errorf("identity of %s: %s: %+v", name, attribute, a)
			}
		}
	}
	resource := exported.ResourceSchemas[connection]
	if resource == nil || !resource.Block.Attributes["endpoints"].AttributeType.IsListType() {
		t.Error("endpoints of the resource are no list")
	}
	if timeouts := resource.Block.NestedBlocks["timeouts"]; timeouts == nil || timeouts.NestingMode != tfjson.SchemaNestingModeSingle {
		t.Errorf("timeouts: %+v", timeouts)
	}
	if !exported.ConfigSchema.Block.Attributes["token"].Sensitive {
		t.Error("the provider's token is not sensitive")
	}
	if exported.ResourceIdentitySchemas[connection] == nil {
		t.Error("no identity")
	}
}

func checkDescribed(t *testing.T, name string, block *tfjson.SchemaBlock) {
	t.Helper()
	if len(block.Attributes)+len(block.NestedBlocks) == 0 {
		t.Errorf("%s is empty", name)
	}
	for attribute, a := range block.Attributes {
		if a.Description == "" {
			t.Errorf("%s: %s is not described", name, attribute)
		}
	}
	for nested, b := range block.NestedBlocks {
		checkDescribed(t, name+"."+nested, b.Block)
	}
}
