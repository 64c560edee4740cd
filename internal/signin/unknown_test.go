// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// reports are the errors of all that is unknown, were it needed.
func reports(t *testing.T, model blockModel) diag.Diagnostics {
	t.Helper()
	var diags diag.Diagnostics
	for _, argument := range model.unknowns(t.Context()) {
		argument.report(&diags)
	}
	return diags
}

// unused are the arguments that make no difference beside a token, addresses of both
// APIs and the ID of the project. All others are needed when they are unknown.
var unused = []string{
	"region", "project_id", "project_name", "domain_name", "domain_id", "cloud", "auth_url", "endpoints.iam", "endpoints.sts", "endpoints.vpc",
	"assume_role_with_oidc.agency_name", "assume_role_with_oidc.domain_name", "assume_role_with_oidc.domain_id",
	"regional", "skip_check_website_type", "skip_check_upgrade",
}

// Each argument of the block, unknown beside a literal token.
func TestUnknownArguments_besideToken(t *testing.T) {
	t.Parallel()
	var names []string
	for name := range Schema().Attributes {
		names = append(names, name)
	}
	for name := range Schema().Blocks {
		names = append(names, name)
		for argument := range Schema().Blocks[name].(schema.ListNestedBlock).NestedObject.Attributes {
			names = append(names, name+"."+argument)
		}
	}
	names = append(names, "endpoints.apig", "endpoints.iam", "endpoints.sts", "endpoints.vpc")
	for _, name := range names {
		_, missing, diags := Resolve(t.Context(), configured(t, beside(t, name)), env(nil))
		switch refused := argumentNamed(name).refused != ""; {
		case refused:
			if len(missing) > 0 || len(diags) != 1 || diags[0].Summary() != "Not supported" {
				t.Errorf("%s: %v, %v", name, missing, diags)
			}
		case slices.Contains(unused, name):
			if len(missing) > 0 || len(diags) > 0 {
				t.Errorf("%s: %v, %v", name, missing, diags)
			}
		case len(missing) != 1 || len(diags) > 0 || !strings.HasPrefix(missing[0].Detail(), "The provider's "+name+" depends on something"):
			t.Errorf("%s: %v, %v", name, missing, diags)
		}
	}
}

// beside is a configuration with a token, in which the argument is unknown.
func beside(t *testing.T, name string) map[string]tftypes.Value {
	t.Helper()
	kinds := Schema().Type().TerraformType(t.Context()).(tftypes.Object).AttributeTypes
	addresses := map[string]tftypes.Value{"apig": word("https://apig.example.com"), "iam": word("https://iam.example.com")}
	block, argument, nested := strings.Cut(name, ".")
	given := map[string]tftypes.Value{"region": word("r-1"), "project_id": word("p"), "token": word("t")}
	switch {
	case block == "endpoints" && nested:
		addresses[argument] = word(tftypes.UnknownValue)
	case nested:
		list := kinds[block].(tftypes.List)
		values := map[string]tftypes.Value{}
		for each, kind := range list.ElementType.(tftypes.Object).AttributeTypes {
			values[each] = tftypes.NewValue(kind, nil)
		}
		if block == "assume_role" {
			values["agency_name"], values["domain_name"] = word("a"), word("d")
		}
		values[argument] = tftypes.NewValue(list.ElementType.(tftypes.Object).AttributeTypes[argument], tftypes.UnknownValue)
		given[block] = tftypes.NewValue(list, []tftypes.Value{tftypes.NewValue(list.ElementType, values)})
	default:
		given[name] = tftypes.NewValue(kinds[name], tftypes.UnknownValue)
	}
	if name != "endpoints" {
		given["endpoints"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, addresses)
	}
	return given
}

// configured is a provider block as the framework hands it on; what isn't given is null.
func configured(t *testing.T, given map[string]tftypes.Value) tfsdk.Config {
	t.Helper()
	kind := Schema().Type().TerraformType(t.Context()).(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, attributeType := range kind.AttributeTypes {
		values[name] = tftypes.NewValue(attributeType, nil)
	}
	maps.Copy(values, given)
	return tfsdk.Config{Raw: tftypes.NewValue(kind, values), Schema: Schema()}
}

func word(s any) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

// Which of the unknown arguments are needed, beside others.
func TestUnknownArguments_needed(t *testing.T) {
	t.Parallel()
	unknown := types.StringUnknown()
	role := func(name, id types.String) types.List {
		return blocks("assume_role", map[string]attr.Value{"agency_name": str("a"), "domain_name": name, "domain_id": id})
	}
	keys := blockModel{"access_key": str("AK"), "secret_key": str("SK"), "region": str("r-1")}
	for name, tc := range map[string]struct {
		model  blockModel
		change func(blockModel)
		env    map[string]string
		want   []string
	}{
		"a token":                     {change: func(m blockModel) { m["token"] = unknown }, want: []string{"token"}},
		"a token, one in environment": {change: func(m blockModel) { m["token"] = unknown }, env: map[string]string{"HW_AUTH_TOKEN": "t"}, want: []string{"token"}},
		"half a key":                  {change: func(m blockModel) { m["access_key"], m["secret_key"] = str("AK"), unknown }, want: []string{"secret_key"}},
		"a key's token":               {model: keys, change: func(m blockModel) { m["security_token"] = unknown }, want: []string{"security_token"}},
		"a token beside a key":        {model: keys, change: func(m blockModel) { m["token"] = unknown }, want: []string{"token"}},
		"a password's account":        {change: func(m blockModel) { m["user_name"], m["password"], m["domain_id"] = str("u"), str("p"), unknown }, want: []string{"domain_id"}},
		"a name that is beaten": {change: func(m blockModel) {
			m["user_name"], m["password"], m["domain_id"], m["domain_name"] = str("u"), str("p"), str("d"), unknown
		}},
		"an ID that beats": {change: func(m blockModel) {
			m["user_name"], m["password"], m["domain_id"], m["domain_name"] = str("u"), str("p"), unknown, str("d")
		}, want: []string{"domain_id"}},
		"an account beside a key": {model: keys, change: func(m blockModel) { m["domain_id"], m["domain_name"] = unknown, unknown }},
		"the cloud":               {model: keys, change: func(m blockModel) { m["cloud"] = unknown }, want: []string{"cloud"}},
		"IAM of a key":            {model: keys, change: func(m blockModel) { m["auth_url"] = unknown }},
		"IAM of a key, twice": {model: keys, change: func(m blockModel) {
			m["auth_url"] = unknown
			m["endpoints"] = withElement(endpoints("apig", "https://a"), "iam", unknown)
		}},
		"IAM of an agency": {model: keys, change: func(m blockModel) { m["auth_url"], m["assume_role"] = unknown, role(str("d"), types.StringNull()) }, want: []string{"auth_url"}},
		"IAM of a password": {change: func(m blockModel) {
			m["user_name"], m["password"], m["domain_id"], m["auth_url"] = str("u"), str("p"), str("d"), unknown
		}, want: []string{"auth_url"}},
		"an address that is beaten": {change: func(m blockModel) {
			m["user_name"], m["password"], m["domain_id"], m["auth_url"] = str("u"), str("p"), str("d"), str("https://i")
			m["endpoints"] = withElement(endpoints("apig", "https://a"), "iam", unknown)
		}},
		"the token service": {model: keys, change: func(m blockModel) {
			m["assume_role"] = role(types.StringNull(), str("d"))
			m["endpoints"] = withElement(endpoints("apig", "https://a"), "sts", unknown)
		}, want: []string{"endpoints.sts"}},
		"no token service": {model: keys, change: func(m blockModel) {
			m["assume_role"] = role(str("d"), types.StringNull())
			m["endpoints"] = withElement(endpoints("apig", "https://a"), "sts", unknown)
		}},
		"an agency's account":             {model: keys, change: func(m blockModel) { m["assume_role"] = role(unknown, types.StringNull()) }, want: []string{"assume_role.domain_name"}},
		"an agency's name that is beaten": {model: keys, change: func(m blockModel) { m["assume_role"] = role(unknown, str("d")) }},
		"the region of a token service":   {model: keys, change: func(m blockModel) { m["assume_role"] = role(types.StringNull(), str("d")); m["region"] = unknown }, want: []string{"region"}},
		"a profile beside a token":        {change: func(m blockModel) { m["token"], m["profile"] = str("t"), unknown }, want: []string{"profile"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := clone(tc.model)
			tc.change(model)
			_, needed, _ := resolveKnown(t.Context(), model, env(tc.env))
			var got []string
			for _, argument := range needed {
				got = append(got, argument.name)
			}
			if !slices.Equal(got, tc.want) {
				t.Errorf("needed are %q, want %q", got, tc.want)
			}
		})
	}
}

// While it is not known where IAM is, a project that would be looked up there is not
// known either, and IAM is not asked elsewhere.
func TestUnknownArguments_lookUp(t *testing.T) {
	t.Parallel()
	resolved, needed, diags := resolveKnown(t.Context(), blockModel{"region": str("r-1"), "token": str("t"), "auth_url": types.StringUnknown()}, env(nil))
	if len(needed) > 0 || diags.HasError() {
		t.Fatalf("needed %v, %v", needed, diags)
	}
	if !resolved.LookUpUnknown {
		t.Error("a project may be looked up")
	}
}
