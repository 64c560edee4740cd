// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-apig is a Terraform provider for the VPC endpoint
// connections of dedicated API gateways.
package main

import (
	"context"
	"flag"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/apig-terraform/terraform-provider-apig/internal/provider"
)

// version is set by the linker in releases.
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "serve for a debugger: print what to set for Terraform to connect to this process")
	flag.Parse()
	if err := run(*debug); err != nil {
		log.Fatal(err)
	}
}

func run(debug bool) error {
	// The framework looks up its logger for each node of each value, whether
	// anything is logged or not; with thousands of endpoints that takes most of
	// a plan's time. Who wants to read these logs sets the variable.
	const frameworkLog = "TF_LOG_SDK_FRAMEWORK"
	if _, set := os.LookupEnv(frameworkLog); !set {
		if err := os.Setenv(frameworkLog, "OFF"); err != nil {
			return err
		}
	}
	return providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address: "registry.terraform.io/apig-terraform/apig",
		Debug:   debug,
	})
}
