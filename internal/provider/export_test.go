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

// NewServerWithMetadata is NewServer with the metadata service at another address than its own, which can't be had in a test.
// Nothing outside of tests can choose it: keys would be taken from, and roles assumed for, whoever answers there.
func NewServerWithMetadata(version, address string) tfprotov6.ProviderServer {
	metadata, err := url.Parse(address)
	if err != nil {
		panic(err)
	}
	return serverOf(&apigProvider{version: version, lookup: os.LookupEnv, metadata: metadata, patience: &shortPatience})
}

// Surroundings are what a test's provider has around it: what stands in the network's place, if anything, and the environment.
type Surroundings struct {
	Network     http.RoundTripper
	Environment map[string]string
	Metadata    string // where its metadata service is, if not where it is
	Hurry       bool   // it finds out in no time that a gateway is gone
}

// NewServerIn is NewServer in surroundings of a test's own.
func NewServerIn(around Surroundings) tfprotov6.ProviderServer {
	p := &apigProvider{version: "test", network: around.Network, lookup: func(name string) (string, bool) {
		value, ok := around.Environment[name]
		return value, ok
	}}
	if around.Metadata != "" {
		p.metadata, _ = url.Parse(around.Metadata)
	}
	if around.Hurry {
		p.patience = &shortPatience
	}
	return serverOf(p)
}

// shortPatience has a test find out in no time that a gateway is gone.
var shortPatience = gateway.Patience{Gone: 200 * time.Millisecond, Made: 1200 * time.Millisecond}
