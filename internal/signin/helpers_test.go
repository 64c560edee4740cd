// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/zclconf/go-cty/cty"
	"gotest.tools/v3/assert"
)

func str(s string) types.String { return types.StringValue(s) }

// env is an environment of variables: "HW_PROFILE=a, HW_ACCESS_KEY=b".
func env(variables string) Lookup {
	all := map[string]string{}
	for variable := range strings.SplitSeq(variables, ", ") {
		name, value, _ := strings.Cut(variable, "=")
		all[name] = value
	}
	return func(name string) (string, bool) {
		value, ok := all[name]
		return value, ok
	}
}

// configOf reads a provider block. A semicolon ends an argument as a line does, and the word unknown is a value not known yet.
func configOf(t *testing.T, text string) tfsdk.Config {
	t.Helper()
	lines := strings.NewReplacer("; ", "\n", "{ ", "{\n", " }", "\n}").Replace(text)
	parsed, diags := hclsyntax.ParseConfig([]byte(lines), "provider.tf", hcl.InitialPos)
	assert.Assert(t, !diags.HasErrors(), "%v in\n%s", diags, lines)
	s := Schema()
	return tfsdk.Config{Schema: s, Raw: object(t, s.Type().TerraformType(t.Context()), parsed.Body.(*hclsyntax.Body))}
}

// object has the arguments and the blocks of body, and null for the others.
func object(t *testing.T, kind tftypes.Type, body *hclsyntax.Body) tftypes.Value {
	t.Helper()
	values := map[string]tftypes.Value{}
	known := kind.(tftypes.Object).AttributeTypes
	for name, kind := range known {
		values[name] = tftypes.NewValue(kind, nil)
	}
	for name, attribute := range body.Attributes {
		value, diags := attribute.Expr.Value(&hcl.EvalContext{Variables: map[string]cty.Value{"unknown": cty.DynamicVal}})
		assert.Assert(t, known[name] != nil && !diags.HasErrors(), "%s: no argument, or %v", name, diags)
		values[name] = literal(known[name], value)
	}
	for name, kind := range known {
		var blocks []tftypes.Value
		for _, b := range body.Blocks {
			if b.Type == name {
				blocks = append(blocks, object(t, kind.(tftypes.List).ElementType, b.Body))
			}
		}
		if blocks != nil {
			values[name] = tftypes.NewValue(kind, blocks)
		}
	}
	return tftypes.NewValue(kind, values)
}

func literal(kind tftypes.Type, value cty.Value) tftypes.Value {
	switch {
	case !value.IsKnown():
		return tftypes.NewValue(kind, tftypes.UnknownValue)
	case value.IsNull():
		return tftypes.NewValue(kind, nil)
	case kind.Is(tftypes.Bool):
		return tftypes.NewValue(kind, value.True())
	case kind.Is(tftypes.Number):
		return tftypes.NewValue(kind, value.AsBigFloat())
	case kind.Is(tftypes.String):
		return tftypes.NewValue(kind, value.AsString())
	case kind.Is(tftypes.List{}):
		var elements []tftypes.Value
		for _, element := range value.AsValueSlice() {
			elements = append(elements, literal(tftypes.String, element))
		}
		return tftypes.NewValue(kind, elements)
	default:
		elements := map[string]tftypes.Value{}
		for name, element := range value.AsValueMap() {
			elements[name] = literal(tftypes.String, element)
		}
		return tftypes.NewValue(kind, elements)
	}
}

// model is a provider block.
func model(t *testing.T, text string) blockModel {
	t.Helper()
	return modelOf(t.Context(), configOf(t, text))
}

// resolved are the settings of a provider block and an environment.
func resolved(t *testing.T, text, variables string) (Settings, diag.Diagnostics) {
	t.Helper()
	return resolve(model(t, text), env(variables))
}

// problems renders diagnostics as "path: summary: detail".
func problems(diags diag.Diagnostics) (lines []string) {
	for _, d := range diags {
		line := d.Summary() + ": " + d.Detail()
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			line = at.Path().String() + ": " + line
		}
		lines = append(lines, line)
	}
	return lines
}

// told is problems in one text.
func told(diags diag.Diagnostics) string { return strings.Join(problems(diags), "\n") }

// absence is what this system says of a file that is not there.
func absence(name string) string {
	_, err := os.Open(name)
	failed, _ := errors.AsType[*fs.PathError](err)
	return failed.Err.Error()
}

// file writes a file, and returns its path.
func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	assert.NilError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}
