// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"net/http"
	"net/url"
	"os"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/apig-terraform/terraform-provider-apig/internal/gateway"
)

// NewServerWithMetadata is NewServer with the metadata service at another address
// than its own, which can't be had in a test. Nothing outside of tests can choose
// it: keys would be taken from, and roles assumed for, whoever answers there.
func NewServerWithMetadata(version, address string) tfprotov6.ProviderServer {
	metadata, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return serverOf(&apigProvider{version: version, lookup: os.LookupEnv, metadata: metadata, patience: &shortPatience})
}

// NewServerWithNetwork is NewServer with something else in the place of the network
// and of the environment: a mock in memory, for tests in which no time passes.
func NewServerWithNetwork(version string, network http.RoundTripper) tfprotov6.ProviderServer {
	return serverOf(&apigProvider{version: version, lookup: func(string) (string, bool) { return "", false }, network: network})
}

// shortPatience has a test find out in no time that a gateway is gone.
var shortPatience = gateway.Patience{Gone: 200 * time.Millisecond, Made: 1200 * time.Millisecond}
