// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command empty is a provider with nothing in it: what the framework itself costs to start.
package main

import (
	"context"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-framework/resource"
)

type empty struct{}

func (empty) Metadata(_ context.Context, _ provider.MetadataRequest, resp *provider.MetadataResponse) {
	resp.TypeName = "empty"
}

func (empty) Schema(context.Context, provider.SchemaRequest, *provider.SchemaResponse) {}

func (empty) Configure(context.Context, provider.ConfigureRequest, *provider.ConfigureResponse) {}

func (empty) Resources(context.Context) []func() resource.Resource { return nil }

func (empty) DataSources(context.Context) []func() datasource.DataSource { return nil }

func main() {
	made := func() provider.Provider { return empty{} }
	if err := providerserver.Serve(context.Background(), made, providerserver.ServeOpts{Address: "registry.terraform.io/apig-terraform/empty"}); err != nil {
		log.Fatal(err)
	}
}
