// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
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
