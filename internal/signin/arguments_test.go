// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"gotest.tools/v3/assert"
)

// Each argument of the table is in the schema, as the table has it, and nothing else is.
func TestArguments(t *testing.T) {
	t.Parallel()
	whole := Schema()
	diags := whole.ValidateImplementation(t.Context())
	assert.Assert(t, !diags.HasError(), told(diags))
	attributes := map[string]schema.Attribute{}
	maps.Copy(attributes, whole.Attributes)
	for name, block := range whole.Blocks {
		assert.Check(t, block.GetMarkdownDescription() != "", "%s is not described", name)
		for nested, attribute := range block.GetNestedObject().GetAttributes() {
			attributes[name+"."+nested] = attribute.(schema.Attribute)
		}
	}
	migration := read(t, "../../templates/guides/coming-from-huaweicloud.md")
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
		}
	}
	assert.Check(t, len(attributes) <= 0, "not in the table: %v", slices.Sorted(maps.Keys(attributes)))
}

// The code names no argument that the table does not have, and reads each as what it is.
func TestArgumentNames(t *testing.T) {
	t.Parallel()
	kinds := map[string][]kind{"": {text, flag, whole, number, texts, list, block, single}, "String": {text}, "Bool": {flag}, "Int64": {whole}, "Float64": {number}, "Map": {texts}, "List": {block, single}}
	reads := regexp.MustCompile(`(?:as\[types\.(\w+)\]\((?:m|model|r\.model), |text\(|known\(|blocks\(|argumentNamed\(|fromVariable\()"([\w.]+)"`)
	files, err := filepath.Glob("*.go")
	assert.NilError(t, err)
	var found int
	for _, file := range files {
		for _, match := range reads.FindAllStringSubmatch(read(t, file), -1) {
			found++
			a := argumentNamed(match[2])
			assert.Check(t, a.name != "" && slices.Contains(kinds[match[1]], a.kind), "%s: %s: no argument of that name and kind", file, match[0])
		}
	}
	assert.Check(t, found >= 40, "found %d names in the code", found)
}

// The variables that the pipelines set are those that the provider reads.
func TestPipelineVariables(t *testing.T) {
	t.Parallel()
	known := map[string]bool{}
	for _, a := range arguments {
		known[a.variable()] = true
	}
	for _, name := range []string{"github-actions.yml", "gitlab-ci.yml"} {
		for _, variable := range regexp.MustCompile(`HW_[A-Z_]+`).FindAllString(read(t, "../../examples/pipeline/"+name), -1) {
			assert.Check(t, known[variable], "%s sets %s, which the provider does not read", name, variable)
		}
	}
}

// read is what is in a file.
func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	assert.NilError(t, err)
	return string(content)
}
