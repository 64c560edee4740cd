// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// Each argument of the table is in the schema, as the table has it, and nothing else is.
func TestArguments(t *testing.T) {
	t.Parallel()
	whole := Schema()
	if diags := whole.ValidateImplementation(t.Context()); diags.HasError() {
		t.Fatal(problems(diags))
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
	migration := pageTemplate(t, "guides/coming-from-huaweicloud.md")
	for _, a := range arguments {
		_, described := whole.Blocks[a.name]
		attribute := attributes[a.name]
		delete(attributes, a.name)
		switch {
		case described != (a.kind == block || a.kind == single) || described == (attribute != nil):
			t.Errorf("%s is no attribute, or no block", a.name)
		case described:
			continue
		case !attribute.IsOptional() || attribute.IsSensitive() != a.secret || attribute.GetMarkdownDescription() == "":
			t.Errorf("%s is not optional, sensitive or described: %+v", a.name, attribute)
		case len(a.variables) > 0 && !strings.HasSuffix(attribute.GetMarkdownDescription(), "Environment variable: `"+a.variables[0]+"`."):
			t.Errorf("%s does not name its variable: %s", a.name, attribute.GetMarkdownDescription())
		case (attribute.GetDeprecationMessage() != "") != a.meaningless() || a.refused != "" && a.harmless != "":
			t.Errorf("%s is deprecated and means something, or not, or it is said both why it is refused and why it does no harm", a.name)
		case a.meaningless() && !strings.Contains(migration, "`"+a.name+"`"):
			t.Errorf("the migration guide does not tell of %s", a.name)
		case a.method != "" && a.setting == nil || a.secret && a.setting == nil:
			t.Errorf("%s has no place in the settings", a.name)
		case strings.Contains(a.name, ".") != (a.field == nil):
			t.Errorf("%s has no field in the model, or is in a block and has one", a.name)
		}
	}
	if len(attributes) > 0 {
		t.Errorf("not in the table: %v", slices.Sorted(maps.Keys(attributes)))
	}
}

// Each argument has a field of its own, and what is set in it is what the model has under
// the argument's name.
func TestArgumentFields(t *testing.T) {
	t.Parallel()
	kinds := Schema().Type().TerraformType(t.Context()).(tftypes.Object).AttributeTypes
	for _, a := range arguments {
		if a.field == nil {
			continue
		}
		var model blockModel
		config := configured(t, map[string]tftypes.Value{a.name: tftypes.NewValue(kinds[a.name], tftypes.UnknownValue)})
		if diags := config.Get(t.Context(), &model); diags.HasError() || !a.field(&model).IsUnknown() {
			t.Errorf("the field of %s is another argument's: %v", a.name, problems(diags))
		}
	}
}

// The variables that the pipelines set are those that the provider reads.
func TestPipelineVariables(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, a := range arguments {
		known[a.variable()] = true
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
