// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"gotest.tools/v3/assert"
)

func TestProviderMetadata(t *testing.T) {
	t.Parallel()
	var resp provider.MetadataResponse
	New("1.2.3")().Metadata(t.Context(), provider.MetadataRequest{}, &resp)
	assert.Check(t, resp.TypeName == "apig" && resp.Version == "1.2.3", "metadata %+v", resp)
}

func env(variables map[string]string) func(string) (string, bool) {
	return func(name string) (string, bool) {
		v, ok := variables[name]
		return v, ok
	}
}

func str(s string) types.String { return types.StringValue(s) }

// problems renders diagnostics as "path: summary: detail".
func problems(diags diag.Diagnostics) []string {
	var lines []string
	for _, d := range diags {
		line := d.Summary() + ": " + d.Detail()
		if at, ok := d.(diag.DiagnosticWithPath); ok {
			line = at.Path().String() + ": " + line
		}
		lines = append(lines, line)
	}
	return lines
}

// pageTemplate is the source of a registry page.
func pageTemplate(t *testing.T, name string) string {
	t.Helper()
	page, err := os.ReadFile("../../templates/" + name)
	assert.NilError(t, err)
	return string(page)
}
