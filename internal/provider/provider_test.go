// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-log/tflogtest"

	"github.com/apig-terraform/terraform-provider-apig/internal/apig"
	"github.com/apig-terraform/terraform-provider-apig/internal/backend"
	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
	"github.com/apig-terraform/terraform-provider-apig/internal/signin"
)

func TestProviderMetadata(t *testing.T) {
	t.Parallel()
	var resp provider.MetadataResponse
	New("1.2.3")().Metadata(t.Context(), provider.MetadataRequest{}, &resp)
	if resp.TypeName != "apig" || resp.Version != "1.2.3" {
		t.Errorf("metadata %+v", resp)
	}
}

// server is the provider as Terraform talks to it, with no environment.
func server(t *testing.T, environment map[string]string) tfprotov6.ProviderServer {
	t.Helper()
	s, err := providerserver.NewProtocol6WithError(&apigProvider{version: "test", lookup: env(environment)})()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// configure makes the configuration as Terraform sends it; what isn't given is null.
func configure(t *testing.T, given map[string]tftypes.Value) *tfprotov6.DynamicValue {
	t.Helper()
	kind := signin.Schema().Type().TerraformType(t.Context()).(tftypes.Object)
	values := map[string]tftypes.Value{}
	for name, attributeType := range kind.AttributeTypes {
		values[name] = tftypes.NewValue(attributeType, nil)
	}
	maps.Copy(values, given)
	config, err := tfprotov6.NewDynamicValue(kind, tftypes.NewValue(kind, values))
	if err != nil {
		t.Fatal(err)
	}
	return &config
}

func word(s any) tftypes.Value { return tftypes.NewValue(tftypes.String, s) }

func TestProviderUnknownValues(t *testing.T) {
	t.Parallel()
	unknown := word(tftypes.UnknownValue)
	tests := map[string]struct {
		given map[string]tftypes.Value
		want  []string
	}{
		"place": {given: map[string]tftypes.Value{"token": word("t"), "region": unknown, "project_id": unknown, "project_name": unknown}},
		"others": {
			given: map[string]tftypes.Value{
				"access_key": unknown, "secret_key": unknown, "region": unknown,
				"endpoints": tftypes.NewValue(tftypes.Map{ElementType: tftypes.String}, map[string]tftypes.Value{"iam": unknown, "vpc": unknown}),
			},
			want: []string{"access_key", "secret_key"}, // that sign in without IAM
		},
	}
	for name, tc := range tests {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			resp, err := server(t, map[string]string{"HW_AUTH_TOKEN": "not to be used instead"}).
				ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: configure(t, tc.given)})
			if err != nil {
				t.Fatal(err)
			}
			if len(resp.Diagnostics) != len(tc.want) {
				t.Fatalf("%d problems, want %d: %v", len(resp.Diagnostics), len(tc.want), resp.Diagnostics)
			}
			for i, d := range resp.Diagnostics {
				if want := "The provider's " + tc.want[i] + " depends on something"; !strings.HasPrefix(d.Detail, want) {
					t.Errorf("problem %q, want %q", d.Detail, want)
				}
			}
		})
	}
}

func TestProviderReportsAllAtOnce(t *testing.T) {
	t.Parallel()
	config := configure(t, map[string]tftypes.Value{"region": word("?"), "access_key": word("AK"), "cacert_file": word("/does/not/exist"), "tenant_id": word("x")})
	resp, err := server(t, nil).ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	var summaries []string
	for _, d := range resp.Diagnostics {
		summaries = append(summaries, d.Summary)
	}
	if diff := cmp.Diff([]string{"Not supported", "Invalid region", "Incomplete credentials", "Invalid cacert_file"}, summaries); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// data makes what Configure would hand to resources, of the environment and an address of the API.
func data(t *testing.T, address string, variables map[string]string) *backend.Backend {
	t.Helper()
	s, diags := signin.ByEnvironment(address, env(variables))
	if diags.HasError() {
		t.Fatal(problems(diags))
	}
	d, _, err := newBackend(s, s.Transport, (&apigProvider{version: "1.2.3", lookup: env(nil)}).userAgent("1.9.9", nil))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// chatty is a server whose answers repeat all it was sent, as a broken proxy could.
func chatty(t *testing.T) (address string, agents func() []string) {
	t.Helper()
	seen := make(chan string, 100)
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		seen <- r.UserAgent()
		switch r.URL.Path {
		case "/v3/auth/tokens":
			w.Header().Set("X-Subject-Token", "issued-secret-token")
			w.WriteHeader(http.StatusCreated)
			_, _ = fmt.Fprint(w, `{"token":{}}`)
		case "/v3/projects":
			_, _ = fmt.Fprint(w, `{"projects":[{"id":"p1","name":"r-1"}]}`)
		default:
			w.Header().Set("X-Request-Id", "request-1")
			w.WriteHeader(http.StatusForbidden)
			_, _ = fmt.Fprint(w, `{"error_code":"APIC.7106","error_msg":"no"}`)
		}
	}))
	t.Cleanup(s.Close)
	return s.URL, func() []string {
		close(seen)
		var agents []string
		for agent := range seen {
			agents = append(agents, agent)
		}
		return agents
	}
}

func TestLogsHoldNoSecret(t *testing.T) {
	t.Parallel()
	for name, variables := range map[string]map[string]string{
		"token":      {"HW_AUTH_TOKEN": "secret-token"},
		"access key": {"HW_ACCESS_KEY": "secret-ak", "HW_SECRET_KEY": "secret-sk", "HW_SECURITY_TOKEN": "secret-st"},
		"password":   {"HW_USER_NAME": "u", "HW_USER_PASSWORD": "secret-password", "HW_DOMAIN_NAME": "d"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			address, agents := chatty(t)
			variables["HW_REGION_NAME"], variables["HW_AUTH_URL"] = "r-1", address
			var logs strings.Builder
			ctx := tflogtest.RootLogger(t.Context(), &logs)
			d := data(t, address, variables)
			var diags diag.Diagnostics
			if id := d.DefaultProject(ctx, str("r-1"), &diags); !id.Equal(str("p1")) {
				t.Fatalf("project %s, %v", id, problems(diags))
			}
			// An ID that is a secret by mistake ends up in the path, which is logged.
			instance := variables["HW_AUTH_TOKEN"] + variables["HW_SECRET_KEY"] + variables["HW_USER_PASSWORD"]
			of := apig.Gateway{Region: "r-1", ProjectID: "p1", InstanceID: instance}
			if _, err := d.Session(of).List(ctx, gateway.Now()); err == nil {
				t.Error("the call is not refused")
			}
			for _, want := range []string{
				`"operation":"list connections"`, `"operation":"list IAM projects"`, `"status":403`, `"error_code":"APIC.7106"`,
				`"error":"forbidden"`, `"request_id":"request-1"`, `"method":"GET"`,
			} {
				if !strings.Contains(logs.String(), want) {
					t.Errorf("the log lacks %s:\n%s", want, logs.String())
				}
			}
			if strings.Contains(logs.String(), "secret") {
				t.Errorf("the log holds a secret:\n%s", logs.String())
			}
			for _, agent := range agents() {
				if want := "terraform-provider-apig/1.2.3 (+https://registry.terraform.io/providers/apig-terraform/apig) Terraform/1.9.9"; agent != want {
					t.Errorf("User-Agent %q, want %q", agent, want)
				}
			}
		})
	}
}

// Terraform asks for the limits of durations when it validates.
func TestProviderValidatesDurations(t *testing.T) {
	t.Parallel()
	kind := signin.Schema().Type().TerraformType(t.Context()).(tftypes.Object).AttributeTypes["assume_role"].(tftypes.List)
	block := func(seconds any) tftypes.Value {
		return tftypes.NewValue(kind.ElementType, map[string]tftypes.Value{
			"agency_name": word("a"), "domain_name": word(nil), "domain_id": word("d"), "duration": tftypes.NewValue(tftypes.Number, seconds),
		})
	}
	config := configure(t, map[string]tftypes.Value{
		"region": word("cn-north-4"), "token": word(tftypes.UnknownValue),
		"assume_role": tftypes.NewValue(kind, []tftypes.Value{block(43201), block(tftypes.UnknownValue), block(7200)}),
	})
	resp, err := server(t, nil).ValidateProviderConfig(t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: config})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, d := range resp.Diagnostics {
		got = append(got, fmt.Sprintf("%s: %s", d.Attribute, d.Summary))
	}
	want := []string{
		`AttributeName("assume_role").ElementKeyInt(0).AttributeName("duration"): Invalid duration`,
		`AttributeName("assume_role").ElementKeyInt(2).AttributeName("duration"): Invalid duration`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("problems (-want +got):\n%s", diff)
	}
}

// A configured provider that needs an unknown argument defers all that is asked of it.
func TestUnknownArguments_deferred(t *testing.T) {
	t.Parallel()
	s := server(t, nil)
	given := map[string]tftypes.Value{"region": word("r-1"), "project_id": word("p"), "token": word(tftypes.UnknownValue)}
	resp, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: configure(t, given), ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: true},
	})
	if err != nil || len(resp.Diagnostics) > 0 {
		t.Fatal(err, resp.Diagnostics)
	}
	schemas, err := s.GetProviderSchema(t.Context(), &tfprotov6.GetProviderSchemaRequest{})
	if err != nil {
		t.Fatal(err)
	}
	for name, kind := range maps.All(schemas.ResourceSchemas) {
		null, err := tfprotov6.NewDynamicValue(kind.ValueType(), tftypes.NewValue(kind.ValueType(), nil))
		if err != nil {
			t.Fatal(err)
		}
		planned, err := s.PlanResourceChange(t.Context(), &tfprotov6.PlanResourceChangeRequest{
			TypeName: name, PriorState: &null, Config: &null, ProposedNewState: &null,
			ClientCapabilities: &tfprotov6.PlanResourceChangeClientCapabilities{DeferralAllowed: true},
		})
		if err != nil || len(planned.Diagnostics) > 0 || planned.Deferred == nil {
			t.Errorf("%s: %v, %v, %v", name, err, planned.Diagnostics, planned.Deferred)
		}
	}
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
	if err != nil {
		t.Fatal(err)
	}
	return string(page)
}
