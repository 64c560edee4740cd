// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package signin

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-framework/tfsdk"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

const otherClouds = "../../examples/other-clouds"

// cloudHosts are the base addresses that each example must resolve to.
type cloudHosts struct{ APIG, IAM string }

var otherCloudHosts = map[string]cloudHosts{
	"abu-dhabi":       {"https://apig.ae-ad-1.g42cloud.com/", "https://iam.ae-ad-1.g42cloud.com/v3"},
	"cloud-ru":        {"https://apig.ru-moscow-1.hc.sbercloud.ru/", "https://iam.ru-moscow-1.hc.sbercloud.ru/v3"},
	"flexible-engine": {"https://apig.eu-west-0.prod-cloud-ocb.orange-business.com/", "https://iam.eu-west-0.prod-cloud-ocb.orange-business.com/v3"},
	"istanbul":        {"https://apig.tr-west-1.myhuaweicloud.com/", "https://iam.tr-west-1.myhuaweicloud.com/v3"},
	"kuala-lumpur":    {"https://apig.my-kualalumpur-1.alphaedge.tmone.com.my/", "https://iam.my-kualalumpur-1.alphaedge.tmone.com.my/v3"},
	"own-addresses":   {"https://apig.region-1.cloud.example.com/", "https://iam.region-1.cloud.example.com/v3"},
	"t-cloud-public":  {"https://apig.eu-de.otc.t-systems.com/", "https://iam.eu-de.otc.t-systems.com/v3"},
}

// The provider block of each cloud finds the gateway API and IAM, and no other
// service: most of these clouds have no STS.
func TestOtherClouds(t *testing.T) {
	t.Parallel()
	directories, err := os.ReadDir(otherClouds)
	if err != nil {
		t.Fatal(err)
	}
	var examples []string
	for _, directory := range directories {
		examples = append(examples, directory.Name())
	}
	if diff := cmp.Diff(slices.Sorted(maps.Keys(otherCloudHosts)), examples); diff != "" {
		t.Errorf("clouds with a test, and those with an example (-want +got):\n%s", diff)
	}
	for name, want := range otherCloudHosts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			model := providerBlock(t, filepath.Join(otherClouds, name, "provider.tf"))
			model["access_key"], model["secret_key"] = str("ak"), str("sk")
			checkHosts(t, model, want)

			// An agency of an account that a name names is IAM's business too.
			model["assume_role"] = blocks("assume_role", map[string]attr.Value{"agency_name": str("operators"), "domain_name": str("owner-account")})
			checkHosts(t, model, want)
		})
	}
}

// checkHosts resolves a provider block, and compares the addresses.
func checkHosts(t *testing.T, model blockModel, want cloudHosts) {
	t.Helper()
	s, diags := resolve(model, env(nil))
	if diags.HasError() {
		t.Fatal(problems(diags))
	}
	apig, err := s.Endpoint(s.Region.ValueString())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, cloudHosts{APIG: apig.String(), IAM: s.Auth.IAM.String()}); diff != "" {
		t.Errorf("addresses (-want +got):\n%s", diff)
	}
	if !s.allows(apig.JoinPath("v2")) {
		t.Errorf("credentials may not go to %s", apig)
	}
	if s.Auth.STS != nil {
		t.Errorf("STS is at %s, want none", s.Auth.STS)
	}
}

// The guide shows every example, and its table has the region and the cloud of each.
func TestOtherCloudsGuide(t *testing.T) {
	t.Parallel()
	guide, err := os.ReadFile("../../templates/guides/other-clouds.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	for name := range otherCloudHosts {
		if !strings.Contains(string(guide), `{{ tffile "examples/other-clouds/`+name+`/provider.tf" }}`) {
			t.Errorf("the guide does not show the example %s", name)
		}
		if name == "own-addresses" {
			continue // of no real cloud
		}
		model := providerBlock(t, filepath.Join(otherClouds, name, "provider.tf"))
		cell := "the default"
		if !as[types.String](model, "cloud").IsNull() {
			cell = "`" + as[types.String](model, "cloud").ValueString() + "`"
		}
		if row := "| `" + as[types.String](model, "region").ValueString() + "` | " + cell + " |"; !strings.Contains(string(guide), row) {
			t.Errorf("the guide's table has no row with %s", row)
		}
	}
}

// providerBlock reads the provider block of an example as Terraform does. The
// values in it are literals.
func providerBlock(t *testing.T, file string) blockModel {
	t.Helper()
	source, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	parsed, diags := hclsyntax.ParseConfig(source, file, hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	body, ok := parsed.Body.(*hclsyntax.Body)
	if !ok || len(body.Blocks) != 1 || body.Blocks[0].Type != "provider" || !slices.Equal(body.Blocks[0].Labels, []string{"apig"}) {
		t.Fatalf("%s is not one provider block of apig", file)
	}
	s := Schema()
	kind := s.Type().TerraformType(t.Context())
	object, ok := kind.(tftypes.Object)
	if !ok {
		t.Fatalf("the schema is %s", kind)
	}
	values := map[string]tftypes.Value{}
	for name, attributeType := range object.AttributeTypes {
		values[name] = tftypes.NewValue(attributeType, nil)
	}
	for name, attribute := range body.Blocks[0].Body.Attributes {
		attributeType, ok := object.AttributeTypes[name]
		if !ok {
			t.Fatalf("%s sets %s, which is no argument", file, name)
		}
		values[name] = literal(t, attributeType, attribute.Expr)
	}
	config := tfsdk.Config{Schema: s, Raw: tftypes.NewValue(kind, values)}
	model, diagnostics := modelOf(t.Context(), config)
	if diagnostics.HasError() {
		t.Fatal(problems(diagnostics))
	}
	return model
}

// literal evaluates a text, or a map of texts.
func literal(t *testing.T, kind tftypes.Type, expression hclsyntax.Expression) tftypes.Value {
	t.Helper()
	value, diags := expression.Value(nil)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	if kind.Is(tftypes.String) {
		return tftypes.NewValue(kind, value.AsString())
	}
	elements := map[string]tftypes.Value{}
	for name, element := range value.AsValueMap() {
		elements[name] = tftypes.NewValue(tftypes.String, element.AsString())
	}
	return tftypes.NewValue(kind, elements)
}
