// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"maps"
	"os"
	"regexp"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
)

func TestProviderSchema(t *testing.T) {
	t.Parallel()
	whole := Schema()
	if diags := whole.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(problems(diags))
	}
	secrets := map[string]bool{
		"token": true, "access_key": true, "secret_key": true, "security_token": true, "password": true, "key": true,
		"assume_role_with_oidc.id_token": true,
	}
	attributes := map[string]schema.Attribute{}
	maps.Copy(attributes, whole.Attributes)
	for name, block := range whole.Blocks {
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
	page := pageTemplate(t, "guides/coming-from-huaweicloud.md")
	for _, argument := range vendorArguments {
		if !strings.Contains(page, "`"+argument.name+"`") {
			t.Errorf("the migration guide does not tell of %s", argument.name)
		}
		if attribute := attributes[argument.name]; attribute != nil && attribute.GetDeprecationMessage() == "" {
			t.Errorf("%s is not deprecated, and does nothing", argument.name)
		}
		if _, ok := attributes[argument.name]; !ok || (argument.refused == "") == (argument.harmless == "") {
			t.Errorf("%s is not in the schema, or it is said neither or both why it is refused and why it does no harm", argument.name)
		}
	}
}

// The variables that the pipelines set are those that the provider reads.
func TestPipelineVariables(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, variable := range environment {
		known[variable] = true
	}
	for _, name := range []string{"github-actions.yml", "gitlab-ci.yml"} {
		text, err := os.ReadFile("../../examples/pipeline/" + name)
		if err != nil {
			t.Fatal(err)
		}
		for _, variable := range regexp.MustCompile(`HW_[A-Z_]+`).FindAllString(string(text), -1) {
			if !known[variable] {
				t.Errorf("%s sets %s, which the provider does not read", name, variable)
			}
		}
	}
}

// pageTemplate is the source of a registry page.
func pageTemplate(t *testing.T, name string) string {
	t.Helper()
	page, err := os.ReadFile("../../templates/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}
