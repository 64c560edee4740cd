// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"os"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/path"
	vendor "github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// What was managed with the vendor's provider is moved without a call, for_each
// and all, and the plan after it is empty. What the vendor's resource never did,
// rejecting on destroy, can be kept so.
func TestAccConnection_moveIn(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("accepted", ids[:2]...)
	m.ask("rejected", ids[2])
	c := newMovingCLI(t, m)
	c.configure(m.provider() + vendorBlock("partners", "receive", ids[:2]...) + vendorBlock("strangers", "reject", ids[2]))
	c.must("apply", "-auto-approve")

	c.configure(m.provider() + movedBlocks("partners", "strangers") +
		eachBlock("partners", "accepted", `on_destroy = "retain"`, ids[:2]...) + eachBlock("strangers", "rejected", "", ids[2]))
	retains := map[string]string{"on_destroy": "reject -> retain"}
	c.planned(
		expectChanges(fmt.Sprintf("%s[%q]", address("partners"), ids[0]), retains),
		expectChanges(fmt.Sprintf("%s[%q]", address("partners"), ids[1]), retains),
		plancheck.ExpectResourceAction(fmt.Sprintf("%s[%q]", address("strangers"), ids[2]), plancheck.ResourceActionNoop),
	)
	c.applySaved().expect(t, 0, "0 added, 2 changed, 0 destroyed")
	c.state(recorded(fmt.Sprintf("%s[%q]", address("strangers"), ids[2]), each("rejected", ids[2])))
	c.settled()
	m.expectDecisions(t)

	c.must("destroy", "-auto-approve")
	m.expectDecisions(t)
}

// The least that a configuration has plans empty at once, and without a refresh
// nothing is replaced either.
func TestAccConnection_moveInUnread(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 1)
	m.ask("accepted", ids...)
	c := newMovingCLI(t, m)
	c.configure(m.provider() + vendorBlock("partners", "receive", ids...))
	c.must("apply", "-auto-approve")
	c.configure(m.provider() + movedBlocks("partners") + eachBlock("partners", "accepted", "", ids...))
	c.plan("-refresh=false").expect(t, 0, "0 to add, 1 to change, 0 to destroy")
	c.plan().expect(t, 0, "has moved to", "0 to add, 0 to change, 0 to destroy")
	c.must("apply", "-auto-approve")
	c.settled()
	m.expectDecisions(t)
}

// A resource of another type has no way here, and the message says what to do.
func TestAccConnection_moveInOther(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	m.ask("accepted", endpointID(1))
	c := newMovingCLI(t, m)
	c.configure(m.provider() + "resource \"terraform_data\" \"partners\" {}\n")
	c.must("apply", "-auto-approve")
	c.configure(m.provider() + block("partners", "accepted", hclList(endpointIDs(1, 1))) +
		"moved {\n  from = terraform_data.partners\n  to   = " + address("partners") + "\n}\n")
	c.plan().expect(t, 1, "Error: Unsupported source of a move", "of the provider huaweicloud/huaweicloud and not that of terraform_data of the provider",
		"Import the endpoints instead, and forget the other resource with a `removed` block that has `destroy = false`.")
}

// newMovingCLI has a stand-in for the vendor's provider beside this one.
func newMovingCLI(t *testing.T, m *mock) *cli {
	t.Helper()
	c := emptyCLI(t)
	c.environment = append(cleanEnvironment(), "TF_CLI_CONFIG_FILE="+os.DevNull, "TF_REATTACH_PROVIDERS="+
		reattachables(t, map[string]func() (tfprotov6.ProviderServer, error){
			"apig-terraform/apig":     factories["apig"],
			"huaweicloud/huaweicloud": providerserver.NewProtocol6WithError(&vendorProvider{m}),
		}))
	c.requires = "    huaweicloud = { source = \"huaweicloud/huaweicloud\" }\n"
	return c
}

func vendorBlock(name, action string, ids ...string) string {
	return fmt.Sprintf(`
resource "huaweicloud_apig_endpoint_connection_management" %q {
  for_each    = toset(%s)
  instance_id = %q
  endpoint_id = each.key
  action      = %q
}
`, name, hclList(ids), testInstance, action)
}

func eachBlock(name, desired, argument string, ids ...string) string {
	return block(name, desired, "[each.key]", "for_each = toset("+hclList(ids)+")", argument)
}

func movedBlocks(names ...string) string {
	text := ""
	for _, name := range names {
		text += fmt.Sprintf("moved {\n  from = %s.%s\n  to   = %s\n}\n", vendorType, name, address(name))
	}
	return text
}

// vendorProvider stands in for the vendor's provider: its resource has the
// attributes of the vendor's, and finds its endpoint decided.
type vendorProvider struct{ *mock }

func (p *vendorProvider) Metadata(_ context.Context, _ vendor.MetadataRequest, resp *vendor.MetadataResponse) {
	resp.TypeName = "huaweicloud"
}

func (p *vendorProvider) Schema(context.Context, vendor.SchemaRequest, *vendor.SchemaResponse) {}

func (p *vendorProvider) Configure(context.Context, vendor.ConfigureRequest, *vendor.ConfigureResponse) {
}

func (p *vendorProvider) DataSources(context.Context) []func() datasource.DataSource { return nil }

func (p *vendorProvider) Resources(context.Context) []func() resource.Resource {
	return []func() resource.Resource{func() resource.Resource { return &vendorResource{p.mock} }}
}

type vendorResource struct{ *mock }

func (r *vendorResource) Metadata(_ context.Context, _ resource.MetadataRequest, resp *resource.MetadataResponse) {
	resp.TypeName = vendorType
}

func (r *vendorResource) Schema(_ context.Context, _ resource.SchemaRequest, resp *resource.SchemaResponse) {
	resp.Schema = schema.Schema{Attributes: map[string]schema.Attribute{
		"id":          schema.StringAttribute{Computed: true},
		"region":      schema.StringAttribute{Optional: true, Computed: true},
		"instance_id": schema.StringAttribute{Required: true},
		"endpoint_id": schema.StringAttribute{Required: true},
		"action":      schema.StringAttribute{Required: true},
		"status":      schema.StringAttribute{Computed: true},
	}}
}

func (r *vendorResource) Create(ctx context.Context, req resource.CreateRequest, resp *resource.CreateResponse) {
	resp.State.Raw = req.Plan.Raw
	var id string
	resp.Diagnostics.Append(req.Plan.GetAttribute(ctx, path.Root("endpoint_id"), &id)...)
	for name, value := range map[string]string{"id": id, "region": testRegion, "status": r.status(id)} {
		resp.Diagnostics.Append(resp.State.SetAttribute(ctx, path.Root(name), value)...)
	}
}

func (r *vendorResource) Read(context.Context, resource.ReadRequest, *resource.ReadResponse) {}

func (r *vendorResource) Update(context.Context, resource.UpdateRequest, *resource.UpdateResponse) {}

func (r *vendorResource) Delete(context.Context, resource.DeleteRequest, *resource.DeleteResponse) {}
