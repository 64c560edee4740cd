// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Command terraform-provider-apig is a Terraform provider for the VPC endpoint connections of dedicated API gateways.
package main

import (
	"cmp"
	"flag"
	"fmt"
	"io"
	"log"
	"os"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/apig-terraform/terraform-provider-apig/internal/provider"
)

func main() {
	debugger := flag.Bool("debug", false, "serve for a debugger: print what to set for Terraform to connect to this process")
	show := flag.Bool("version", false, "print the version and the commit that this was built from")
	flag.Parse()
	if *show {
		ofVersion, ofCommit := built()
		fmt.Fprintln(os.Stdout, "terraform-provider-apig", ofVersion, cmp.Or(ofCommit, "(commit unknown)"))
		return
	}
	if err := run(*debugger); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// silence discards what libraries log: with GODEBUG=http2debug they print headers and bodies.
func silence() { log.SetOutput(io.Discard) }

func run(debugger bool) error {
	// The framework looks up its logger for each node of each value, whether anything is logged or not; with thousands
	// of endpoints that takes most of a plan's time. Who wants to read these logs sets the variable.
	const frameworkLog = "TF_LOG_SDK_FRAMEWORK"
	if _, set := os.LookupEnv(frameworkLog); !set {
		if err := os.Setenv(frameworkLog, "OFF"); err != nil {
			return err
		}
	}
	silence()
	collectLazily()
	ofVersion, _ := built()
	var options []tf6server.ServeOpt
	if debugger {
		options = append(options, tf6server.WithManagedDebug())
	}
	return tf6server.Serve(provider.Address, func() tfprotov6.ProviderServer { return provider.NewServer(ofVersion) }, options...)
}
