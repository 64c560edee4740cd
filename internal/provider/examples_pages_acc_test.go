// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	vendor "github.com/hashicorp/terraform-plugin-framework/provider"
	vendorschema "github.com/hashicorp/terraform-plugin-framework/provider/schema"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/planmodifier"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema/stringplanmodifier"
	"github.com/hashicorp/terraform-plugin-framework/types"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// examplePage is the page of a resource, whose examples name no provider and no variables:
// here is a gateway that has what they name.
type examplePage struct {
	kind     string
	prepare  func(m *mock)
	play     func(t *testing.T, m *mock, c *cli) // what the example does, up to an empty plan
	there    func(m *mock)                       // what is imported
	imported string                              // what an import by a block makes
	ends     func(t *testing.T, m *mock)         // after an import
}

var (
	exampleEndpoints = []string{"9fa04c5e-64ec-4106-a014-2ad71ad9997d", "c3b1e5d2-7f08-4a6b-9d2e-51c4f80a6b37"}
	exampleAccounts  = []string{"c90f12a0f1ee43bc90a1f4d17bce35bc", "5e0b7c3d9a1f4826b4d8e6f0a2c41793"}
)

const exampleRejected = "e07d6a94-1c25-4b8f-8a63-0f9b2e7d4c18"

func examplePages() []examplePage {
	return []examplePage{
		{
			kind: connectionType,
			prepare: func(m *mock) {
				for _, id := range append([]string{exampleRejected}, exampleEndpoints...) {
					m.Connect(testInstance, mockapig.Connection{ID: id, DomainID: mockapig.DefaultConsumer})
				}
			},
			play: func(t *testing.T, m *mock, c *cli) {
				t.Helper()
				c.must("apply", "-auto-approve")
				c.settled()
				m.expectStatuses(t, "accepted", exampleEndpoints...)
				m.expectStatuses(t, "rejected", exampleRejected)
				c.must("destroy", "-auto-approve")
				m.expectStatuses(t, "rejected", exampleEndpoints...)
			},
			there: func(m *mock) {
				m.becomes("accepted", exampleEndpoints...)
				m.SetStatus(testInstance, exampleRejected, "rejected")
			},
			imported: "1 imported, 1 added, 1 changed, 0 destroyed",
			ends:     func(t *testing.T, m *mock) { t.Helper(); m.expectDecisions(t) },
		},
		{
			kind:    permissionsType,
			prepare: func(*mock) {},
			play: func(t *testing.T, m *mock, c *cli) {
				t.Helper()
				c.must("apply", "-auto-approve")
				c.settled()
				m.expectPermitted(t, exampleAccounts...)
				c.must("destroy", "-auto-approve")
				m.expectPermitted(t)
			},
			there:    func(m *mock) { m.Permit(testInstance, exampleAccounts...) },
			imported: "1 imported, 0 added, 0 changed, 0 destroyed",
			ends:     func(t *testing.T, m *mock) { t.Helper(); m.expectPermitted(t, exampleAccounts...) },
		},
		{
			kind: exclusiveType, // whose first apply rejects nothing, and whose second what its plan names
			prepare: func(m *mock) {
				for _, id := range exampleEndpoints {
					m.Connect(testInstance, mockapig.Connection{ID: id})
				}
				m.Connect(testInstance, mockapig.Connection{ID: endpointID(1), DomainID: exampleAccounts[1], Status: "accepted"})
				m.Connect(testInstance, mockapig.Connection{ID: endpointID(2), DomainID: otherDomain, Status: "accepted"})
			},
			play: func(t *testing.T, m *mock, c *cli) {
				t.Helper()
				c.must("apply", "-auto-approve").expect(t, 0, "Warning: Connections that are not declared", "- "+endpointID(2)+" (status accepted, account "+otherDomain+")")
				m.expectDecisions(t, "receive 2")
				c.must("apply", "-auto-approve").expect(t, 0, `~ "`+endpointID(2)+`" = { ~ status = "accepted" -> "rejected"`, "Plan: 0 to add, 1 to change, 0 to destroy")
				c.settled()
				m.expectDecisions(t, "receive 2", "reject 1")
				m.expectStatuses(t, "accepted", endpointID(1))
			},
			there:    func(*mock) {},
			imported: "1 imported, 1 added, 1 changed, 0 destroyed",
			ends:     func(t *testing.T, m *mock) { t.Helper(); m.expectStatuses(t, "rejected", endpointID(2)) },
		},
	}
}

// Each page's example does what its comments say, and all ways to import lead to an empty plan.
func TestAccExamples_resource(t *testing.T) {
	for _, page := range examplePages() {
		directory := filepath.Join(examples, "resources", page.kind)
		start := func(t *testing.T) (*mock, *cli) {
			t.Helper()
			t.Parallel()
			m := newListening(t, mockapig.Config{})
			page.prepare(m)
			c := newQuickCLI(t, m.provider())
			copyExample(t, c.dir, "resources/"+page.kind)
			for _, name := range []string{"import-by-string-id.tf", "import-by-identity.tf"} {
				assert.NilError(t, os.Remove(filepath.Join(c.dir, name)))
			}
			return m, c
		}
		imports := func(t *testing.T, file string) {
			t.Helper()
			m, c := start(t)
			page.there(m)
			text, err := os.ReadFile(filepath.Join(directory, file))
			assert.NilError(t, err)
			assert.NilError(t, os.WriteFile(filepath.Join(c.dir, file), text, 0o600))
			c.must("apply", "-auto-approve").expect(t, 0, page.imported)
			c.settled()
			page.ends(t, m)
		}
		t.Run(page.kind, func(t *testing.T) {
			m, c := start(t)
			page.play(t, m, c)
		})
		t.Run(page.kind+", import.sh", func(t *testing.T) {
			m, c := start(t)
			page.there(m)
			commands := importCommands(t, filepath.Join(directory, "import.sh"))
			assert.Assert(t, len(commands) == 2, "%d commands, want 2: %q", len(commands), commands)
			for i, arguments := range commands {
				if i > 0 && page.kind != connectionType { // whose commands import two
					c.must("state", "rm", arguments[len(arguments)-2])
				}
				// The example's region is a real one, which the mock is not in.
				arguments[len(arguments)-1] = strings.Replace(arguments[len(arguments)-1], "eu-west-101/", testRegion+"/", 1)
				c.must(arguments...)
			}
			c.must("apply", "-auto-approve")
			c.settled()
			page.ends(t, m)
		})
		t.Run(page.kind+", import-by-string-id.tf", func(t *testing.T) { imports(t, "import-by-string-id.tf") })
		t.Run(page.kind+", import-by-identity.tf_terraform1_12", func(t *testing.T) {
			skipBelow(t, tfversion.Version1_12_0)
			imports(t, "import-by-identity.tf")
		})
	}
}

// The examples of the data sources' pages, likewise.
func TestAccExamples_dataSource(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(1), DomainID: mockapig.DefaultConsumer, Status: "accepted", MarkerID: 167792784})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(2), DomainID: mockapig.DefaultConsumer, Status: "rejected"})
	m.Connect(testInstance, mockapig.Connection{ID: endpointID(3), DomainID: otherDomain})
	c := newQuickCLI(t, m.provider())
	copyExample(t, c.dir, "data-sources/apig_vpc_endpoint_connections")
	c.must("apply", "-auto-approve").expect(t, 0,
		`marked = "`+endpointID(1)+`"`, `"`+endpointID(2)+`" = "rejected"`, `waiting = { "`+endpointID(3)+`" = "`+otherDomain+`" }`)
	m.expectDecisions(t, "receive 1")
	c.must("apply", "-auto-approve") // the statuses among the outputs are those from before
	c.settled()

	m.Permit(testInstance, append(exampleAccounts, "*")...)
	c = newQuickCLI(t, m.provider())
	copyExample(t, c.dir, "data-sources/apig_vpc_endpoint_permissions")
	c.must("apply", "-auto-approve").expect(t, 0, `may_ask = tolist([ "*", "`+ownerDomain+`", "`+exampleAccounts[1]+`", "`+exampleAccounts[0]+`", ])`,
		"Warning: Check block assertion failed", "Every account may ask for a connection with the gateway.")
	c.settled()
}

// The first configuration of the provider's page, and the one with ephemeral variables, are valid.
func TestAccExamples_first(t *testing.T) {
	t.Parallel()
	c := newCLI(t, "")
	assert.NilError(t, os.Remove(filepath.Join(c.dir, "main.tf"))) // the example has what it requires
	copyExample(t, c.dir, "provider")
	c.must("validate")
	t.Run("ephemeral_terraform1_11", func(t *testing.T) {
		t.Parallel()
		skipBelow(t, tfversion.Version1_11_0)
		c := newCLI(t, "")
		copyExample(t, c.dir, "provider/ephemeral")
		c.must("validate")
	})
}

// The guide's module passes its tests, without a gateway and without credentials.
func TestAccExamples_testing(t *testing.T) {
	t.Parallel()
	c := newQuickCLI(t, "")
	copyExample(t, c.dir, "testing")
	c.run("test").expect(t, 0, "1 passed, 0 failed.")
}

// configuredOnce is a provider whose configuration makes no difference. Several blocks
// of it share one process here, and the framework is not made for that.
type configuredOnce struct {
	tfprotov6.ProviderServer

	once sync.Once
}

func (s *configuredOnce) ConfigureProvider(ctx context.Context, req *tfprotov6.ConfigureProviderRequest) (resp *tfprotov6.ConfigureProviderResponse, err error) {
	resp = &tfprotov6.ConfigureProviderResponse{}
	s.once.Do(func() { resp, err = s.ProviderServer.ConfigureProvider(ctx, req) })
	return resp, err
}

// A gateway, a consumer's endpoint and the connection between them come and go in one apply each.
func TestAccExamples_endToEnd(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
	c := newCLI(t, "", "HW_AUTH_TOKEN="+testToken, "HW_PROJECT_ID="+testProject, "TF_REATTACH_PROVIDERS="+
		reattachables(t, map[string]func() (tfprotov6.ProviderServer, error){"huaweicloud/huaweicloud": func() (tfprotov6.ProviderServer, error) {
			server, err := providerserver.NewProtocol6WithError(endToEndPlatform(m))()
			return &configuredOnce{ProviderServer: server}, err
		}}))
	copyExample(t, c.dir, "end-to-end")
	assert.NilError(t, os.WriteFile(filepath.Join(c.dir, "test.auto.tfvars"), fmt.Appendf(nil, `
region   = %q
apis     = { apig = %q, iam = %q }
gateway  = { name = "orders", vpc_id = "v", subnet_id = "s", security_group_id = "g", availability_zones = ["a"] }
consumer = { account = %q, profile = "consumer", vpc_id = "v", subnet_id = "s" }
`, testRegion, m.url, m.url, partnerDomain), 0o600))
	c.apply().expect(t, 0, "4 added", `"`+endpointID(1)+`" = "accepted"`)
	m.expectPermitted(t, partnerDomain)
	c.settled()
	c.must("destroy", "-auto-approve")
	m.expectDecisions(t, "receive 1", "reject 1")
	m.expectPermitted(t)
}

// Gateways of one account, and one of another account, which an agency is assumed in.
func TestAccExamples_severalGateways(t *testing.T) {
	t.Parallel()
	const another, gateway, project = "44444444444444444444444444444444", "5b0c1d2e3f405162738495a6b7c8d9e0", "6c1d2e3f40516273849506a7b8c9d0e1"
	m := newListening(t, mockapig.Config{})
	m.AddProject(mockapig.Project{ID: project, Name: testRegion, DomainID: another})
	m.AddAgency(mockapig.Agency{Name: "gateways", DomainID: another, DomainName: "subsidiary", Trusted: ownerDomain})
	m.AddGateway(mockapig.Gateway{ID: gateway, ProjectID: project})
	m.ask("accepted", endpointID(1))
	m.Connect(gateway, mockapig.Connection{ID: endpointID(2), DomainID: partnerDomain})
	c := newCLI(t, "", "HW_ACCESS_KEY=OWNERACCESSKEY", "HW_SECRET_KEY=secret-secret-key")
	copyExample(t, c.dir, "several-gateways")
	assert.NilError(t, os.WriteFile(filepath.Join(c.dir, "test.auto.tfvars"), fmt.Appendf(nil, `
region     = %q
apis       = { apig = %q, iam = %q }
gateways   = { orders = { id = %q, endpoints = [%q] } }
subsidiary = { agency_name = "gateways", domain_name = "subsidiary", gateway_id = %q, endpoints = [%q] }
`, testRegion, m.url, m.url, testInstance, endpointID(1), gateway, endpointID(2)), 0o600))
	c.plan("-detailed-exitcode").expect(t, 2, "Plan: 2 to add, 0 to change, 0 to destroy", fmt.Sprintf("project_id = %q", project))
}

// endToEndPlatform has a gateway, and the VPC endpoint of a consumer who asks for a connection.
func endToEndPlatform(m *mock) *platform {
	are := func(values map[string]string) func(func(string) string) map[string]string {
		return func(func(string) string) map[string]string { return values }
	}
	return &platform{
		{
			name: "apig_instance", required: []string{"name", "edition", "vpc_id", "subnet_id", "security_group_id"}, lists: []string{"availability_zones"},
			computed: are(map[string]string{"id": testInstance, "vpcep_service_address": testRegion + ".apig.5f1c3e0a-9d2b-4c7e-8a61-0b3d5e7f9a21"}),
		},
		{
			name: "vpcep_endpoint", required: []string{"service_id", "vpc_id", "network_id"}, computed: are(map[string]string{"id": endpointID(1)}),
			create: func() { m.ask("pendingAcceptance", endpointID(1)) }, remove: func() { m.Disconnect(testInstance, endpointID(1)) },
		},
	}
}

// platform stands in for the vendor's provider.
type platform []platformResource

func (p *platform) Metadata(_ context.Context, _ vendor.MetadataRequest, resp *vendor.MetadataResponse) {
	resp.TypeName = "huaweicloud"
}

func (p *platform) Schema(_ context.Context, _ vendor.SchemaRequest, resp *vendor.SchemaResponse) {
	resp.Schema = vendorschema.Schema{Attributes: map[string]vendorschema.Attribute{
		"region":             vendorschema.StringAttribute{Optional: true},
		"profile":            vendorschema.StringAttribute{Optional: true},
		"shared_config_file": vendorschema.StringAttribute{Optional: true},
	}}
}

func (p *platform) Configure(context.Context, vendor.ConfigureRequest, *vendor.ConfigureResponse) {}

func (p *platform) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *platform) Resources(context.Context) (all []func() resource.Resource) {
	for _, r := range *p {
		all = append(all, func() resource.Resource { return &r })
	}
	return all
}

// platformResource has arguments that mean nothing here, and attributes that stay as they are.
type platformResource struct {
	name            string
	required, lists []string
	computed        func(argument func(string) string) map[string]string
	create, remove  func()
}

func (r *platformResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = "huaweicloud_" + r.name
}

func (r *platformResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{}}
	for _, name := range r.required {
		resp.Schema.Attributes[name] = schema.StringAttribute{Required: true}
	}
	for _, name := range r.lists {
		resp.Schema.Attributes[name] = schema.ListAttribute{Required: true, ElementType: types.StringType}
	}
	for name := range r.computed(func(string) string { return "" }) {
		resp.Schema.Attributes[name] = schema.StringAttribute{Computed: true, PlanModifiers: []planmodifier.String{stringplanmodifier.UseStateForUnknown()}}
	}
}

func (r *platformResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	values := r.computed(func(name string) (value string) {
		resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root(name), &value)...)
		return value
	})
	for name, value := range values {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
	if r.create != nil {
		r.create()
	}
}

func (r *platformResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (r *platformResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {
}

func (r *platformResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {
	if r.remove != nil {
		r.remove()
	}
}
