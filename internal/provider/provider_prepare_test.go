// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

// A token of an identity provider is exchanged when the provider is configured,
// and not while anything of its block is unknown.
func TestConfigureExchangesIDToken(t *testing.T) {
	t.Parallel()
	bodies := make(chan string, 10)
	iam := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		bodies <- r.URL.Path + " " + string(body)
		w.WriteHeader(http.StatusUnauthorized)
	}))
	t.Cleanup(iam.Close)
	kind := signin.Schema().Type().TerraformType(t.Context()).(tftypes.Object).AttributeTypes["assume_role_with_oidc"].(tftypes.List)
	set := func(token string, given map[string]tftypes.Value) {
		given["assume_role_with_oidc"] = tftypes.NewValue(kind, []tftypes.Value{tftypes.NewValue(kind.ElementType, map[string]tftypes.Value{
			"idp_id": word("ci"), "id_token": word(token), "id_token_file": word(nil), "agency_name": word("a"), "domain_name": word("d"), "domain_id": word(nil),
			"duration": tftypes.NewValue(tftypes.Number, nil),
		})})
		if _, ok := given["endpoints"]; !ok {
			given["endpoints"] = tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"iam": word(iam.URL)})
		}
		resp, err := server(t, nil).ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: configure(t, given)})
		if err != nil || len(resp.Diagnostics) > 0 {
			t.Fatalf("configure: %v, %v", err, resp.Diagnostics)
		}
	}
	unknown := word(tftypes.UnknownValue)
	for _, argument := range []string{"region", "project_id", "project_name"} {
		set("early", map[string]tftypes.Value{argument: unknown})
	}
	set("early", map[string]tftypes.Value{"endpoints": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"iam": word(iam.URL), "vpc": unknown})})
	set("in-time", map[string]tftypes.Value{"region": word("r-1")})
	if got := <-bodies; !strings.Contains(got, `/v3.0/OS-AUTH/id-token/tokens {"auth":{"id_token":{"id":"in-time"}}}`) {
		t.Errorf("first call %s", got)
	}
	set("also-in-time", map[string]tftypes.Value{"region": word("r-1")})
	if got := <-bodies; !strings.Contains(got, "also-in-time") {
		t.Errorf("second call %s", got)
	}
}
