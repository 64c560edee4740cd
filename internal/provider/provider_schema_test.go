// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"maps"
	"os"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
)

func TestProviderSchema(t *testing.T) {
	t.Parallel()
	var resp provider.SchemaResponse
	New("test")().Schema(t.Context(), provider.SchemaRequest{}, &resp)
	if diags := resp.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(problems(diags))
	}
	secrets := map[string]bool{
		"token": true, "access_key": true, "secret_key": true, "security_token": true, "password": true, "key": true,
		"assume_role_with_oidc.id_token": true,
	}
	attributes := map[string]schema.Attribute{}
	maps.Copy(attributes, resp.Schema.Attributes)
	for name, block := range resp.Schema.Blocks {
		if block.GetMarkdownDescription() == "" {
			t.Errorf("%s is not described", name)
		}
		for nested, attribute := range block.GetNestedObject().GetAttributes() {
			attributes[name+"."+nested] = attribute.(schema.Attribute)
		}
	}
	for name, attribute := range attributes {
		if attribute.IsSensitive() != secrets[name] {
			t.Errorf("%s: sensitive is %t", name, attribute.IsSensitive())
		}
		if !attribute.IsOptional() {
			t.Errorf("%s is not optional", name)
		}
		description := attribute.GetMarkdownDescription()
		if description == "" {
			t.Errorf("%s is not described", name)
		}
		if variable, ok := environment[name]; ok && !strings.HasSuffix(description, "Environment variable: `"+variable+"`.") {
			t.Errorf("%s does not name its variable: %s", name, description)
		}
	}
	for name := range environment {
		if _, ok := attributes[name]; !ok {
			t.Errorf("a variable for %s, which is no argument", name)
		}
	}
	page := providerPage(t)
	for _, argument := range vendorArguments {
		if !strings.Contains(page, "`"+argument.name+"`") {
			t.Errorf("the provider's page does not tell of %s", argument.name)
		}
		if _, ok := attributes[argument.name]; !ok || (argument.refused == "") == (argument.harmless == "") {
			t.Errorf("%s is not in the schema, or it is said neither or both why it is refused and why it does no harm", argument.name)
		}
	}
}

// providerPage is the source of the provider's registry page.
func providerPage(t *testing.T) string {
	t.Helper()
	page, err := os.ReadFile("../../templates/index.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}

// Whoever sets up a user reads on the page what that user has to be allowed.
func TestProviderPageNamesPermissions(t *testing.T) {
	t.Parallel()
	page := providerPage(t)
	permissions := []string{apig.PermissionGetGateway}
	for _, operation := range []string{apig.OperationList, apig.OperationDecide, apig.OperationListPermissions, apig.OperationAddPermissions, apig.OperationDeletePermissions} {
		permissions = append(permissions, apig.PermissionFor(operation))
	}
	for _, permission := range permissions {
		if !strings.Contains(page, "`"+permission+"`") {
			t.Errorf("the provider's page does not tell of %s", permission)
		}
	}
}
