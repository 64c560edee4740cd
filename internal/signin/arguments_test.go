// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
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

// notKnown is the problem of an argument that is needed and not known yet.
func notKnown(name, variable string) string {
	if variable != "" {
		variable = ", or leave it out and set the environment variable " + variable
	}
	return fmt.Sprintf("Provider argument not known yet: The provider's %s depends on something that is only known after an apply, "+
		"but the provider needs it to plan. Give it a value that doesn't depend on a resource of the same configuration%s. "+
		"To create first what it depends on, apply with -target.", name, variable)
}

// unused are the arguments that make no difference beside a token, addresses of both APIs and the ID of the project.
var unused = []string{
	"region", "project_id", "project_name", "domain_name", "domain_id", "cloud", "auth_url", "endpoints.iam", "endpoints.sts", "endpoints.vpc",
	"assume_role_with_oidc.agency_name", "assume_role_with_oidc.domain_name", "assume_role_with_oidc.domain_id",
	"regional", "skip_check_website_type", "skip_check_upgrade",
}

// Each argument of the block, unknown beside a literal token.
func TestUnknownArguments_besideToken(t *testing.T) {
	t.Parallel()
	names := []string{"endpoints.apig", "endpoints.iam", "endpoints.sts", "endpoints.vpc"}
	for _, a := range arguments {
		names = append(names, a.name)
	}
	for _, name := range names {
		config, at := beside(t, name)
		_, missing, diags := Resolve(t.Context(), config, env(""))
		switch a := argumentNamed(name); {
		case a.refused != "":
			assert.Check(t, len(missing) <= 0 && len(diags) == 1 && diags[0].Summary() == "Not supported", "%s: %v, %v", name, missing, diags)
		case slices.Contains(unused, name):
			assert.Check(t, len(missing) <= 0 && len(diags) <= 0, "%s: %v, %v", name, missing, diags)
		case len(diags) > 0 || told(missing) != at+": "+notKnown(name, strings.Join(a.variables[:min(len(a.variables), 1)], "")):
			t.Errorf("%s: %v, %v", name, missing, diags)
		}
	}
}

// beside is a configuration with a token, in which an argument is unknown, which may be a list of blocks, and the argument's place.
func beside(t *testing.T, name string) (tfsdk.Config, string) {
	t.Helper()
	outer, inner, nested := strings.Cut(name, ".")
	block := `token = "t"; region = "r-1"; project_id = "p"; endpoints = { apig = "https://apig.example.com"; iam = "https://iam.example.com" }`
	at := path.Root(outer)
	switch {
	case !nested:
	case outer == "endpoints":
		at = at.AtMapKey(inner)
	case outer == "assume_role":
		block += strings.Repeat(`; assume_role { agency_name = "a"; domain_name = "d" }`, 2)
		at = at.AtListIndex(1).AtName(inner)
	default:
		block += "; " + outer + " { }"
		at = at.AtListIndex(0).AtName(inner)
	}
	changed := tfsdk.Plan(configOf(t, block))
	kind, diags := changed.Schema.TypeAtPath(t.Context(), at)
	assert.Assert(t, !diags.HasError(), told(diags))
	unknown, err := kind.ValueFromTerraform(t.Context(), tftypes.NewValue(kind.TerraformType(t.Context()), tftypes.UnknownValue))
	assert.NilError(t, err)
	diags = changed.SetAttribute(t.Context(), at, unknown)
	assert.Assert(t, !diags.HasError(), told(diags))
	return tfsdk.Config(changed), at.String()
}

// Which unknown arguments are needed, beside others. While it is not known where IAM is, no project is that is looked up there.
func TestUnknownArguments_needed(t *testing.T) {
	t.Parallel()
	const keys = `access_key = "AK"; secret_key = "SK"; region = "r-1"; `
	const user = `user_name = "u"; password = "p"; `
	byID := func(domainID string) string { return `assume_role { agency_name = "a"; ` + domainID + ` }; ` }
	for name, tc := range map[string]struct {
		block, env, want string
		lookUpUnknown    bool
	}{
		"a token":                     {`token = unknown`, "", "token", false},
		"a token, one in environment": {`token = unknown`, "HW_AUTH_TOKEN=t", "token", false},
		"half a key":                  {`access_key = "AK"; secret_key = unknown`, "", "secret_key", false},
		"a key's token":               {keys + `security_token = unknown`, "", "security_token", false},
		"a token beside a key":        {keys + `token = unknown`, "", "token", false},
		"a password's account":        {user + `domain_id = unknown`, "", "domain_id", false},
		"a name that is beaten":       {user + `domain_id = "d"; domain_name = unknown`, "", "", false},
		"an ID that beats":            {user + `domain_id = unknown; domain_name = "d"`, "", "domain_id", false},
		"an account beside a key":     {keys + `domain_id = unknown; domain_name = unknown`, "", "", false},
		"the cloud":                   {keys + `cloud = unknown`, "", "cloud", false},
		"IAM of a key":                {keys + `auth_url = unknown`, "", "", true},
		"IAM of a key, twice":         {keys + `auth_url = unknown; endpoints = { apig = "https://a"; iam = unknown }`, "", "", true},
		"IAM of a token":              {`region = "r-1"; token = "t"; auth_url = unknown`, "", "", true},
		"IAM of an agency":            {keys + byID(`domain_name = "d"`) + `auth_url = unknown`, "", "auth_url", false},
		"IAM of a password":           {user + `domain_id = "d"; auth_url = unknown`, "", "auth_url", false},
		"an address that is beaten":   {user + `domain_id = "d"; auth_url = "https://i"; endpoints = { apig = "https://a"; iam = unknown }`, "", "", false},
		"the token service":           {keys + byID(`domain_id = "d"`) + `endpoints = { apig = "https://a"; sts = unknown }`, "", "endpoints.sts", false},
		"no token service":            {keys + byID(`domain_name = "d"`) + `endpoints = { apig = "https://a"; sts = unknown }`, "", "", false},
		"an agency's account":         {keys + byID(`domain_name = unknown`), "", "assume_role.domain_name", false},
		"an agency's name, beaten":    {keys + byID(`domain_name = unknown; domain_id = "d"`), "", "", false},
		"a token service's region":    {`access_key = "AK"; secret_key = "SK"; region = unknown; ` + byID(`domain_id = "d"`), "", "region", false},
		"a profile beside a token":    {`token = "t"; profile = unknown`, "", "profile", false},
	} {
		s, needed, diags := resolveKnown(t.Context(), configOf(t, tc.block), env(tc.env))
		var got []string
		for _, argument := range needed {
			got = append(got, argument.name)
		}
		assert.Check(t, strings.Join(got, ", ") == tc.want && (tc.want != "" || !diags.HasError() && s.LookUpUnknown == tc.lookUpUnknown),
			"%s: needed are %q, want %q; a lookup waits: %t; %s", name, got, tc.want, s.LookUpUnknown, told(diags))
	}
}
