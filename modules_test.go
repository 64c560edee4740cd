// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// linked are the modules in the released executable, and what each is there for. A module more is more to trust, to watch
// for vulnerabilities and to download: it needs a reason here.
var linked = map[string]string{
	"github.com/apig-terraform/terraform-provider-apig": "the provider",

	// What the provider calls itself.
	"github.com/hashicorp/terraform-plugin-framework":            "the provider is written with it",
	"github.com/hashicorp/terraform-plugin-framework-timeouts":   "the timeouts attribute",
	"github.com/hashicorp/terraform-plugin-framework-validators": "validators of the schemas",
	"github.com/hashicorp/terraform-plugin-go":                   "the protocol",
	"github.com/hashicorp/terraform-plugin-log":                  "logging as Terraform expects it",
	"github.com/cenkalti/backoff/v5":                             "the pauses between attempts",
	"golang.org/x/sync":                                          "groups of goroutines that end together",
	"golang.org/x/time":                                          "the limit of calls a second",

	// What Terraform's plugin protocol is spoken with.
	"github.com/hashicorp/go-plugin":                  "the handshake and the server of plugins",
	"google.golang.org/grpc":                          "go-plugin",
	"google.golang.org/protobuf":                      "grpc",
	"google.golang.org/genproto/googleapis/rpc":       "grpc",
	"github.com/golang/protobuf":                      "go-plugin",
	"github.com/hashicorp/yamux":                      "go-plugin",
	"github.com/oklog/run":                            "go-plugin",
	"golang.org/x/net":                                "grpc",
	"golang.org/x/sys":                                "grpc and go-hclog",
	"golang.org/x/text":                               "golang.org/x/net",
	"github.com/vmihailenco/msgpack/v5":               "terraform-plugin-go: values are encoded by it",
	"github.com/vmihailenco/tagparser/v2":             "msgpack",
	"github.com/hashicorp/go-uuid":                    "terraform-plugin-go",
	"github.com/hashicorp/terraform-registry-address": "terraform-plugin-go",
	"github.com/hashicorp/terraform-svchost":          "terraform-registry-address",
	"github.com/mitchellh/go-testing-interface":       "terraform-plugin-log",
	"github.com/hashicorp/go-hclog":                   "terraform-plugin-log",
	"github.com/fatih/color":                          "go-hclog",
	"github.com/mattn/go-colorable":                   "color",
	"github.com/mattn/go-isatty":                      "color",
}

func TestLinkedModules(t *testing.T) {
	t.Parallel()
	out, err := exec.CommandContext(t.Context(), "go", "list", "-deps", "-f", "{{with .Module}}{{.Path}}{{end}}", ".").Output()
	assert.NilError(t, err)
	seen := map[string]bool{}
	for _, module := range slices.Compact(slices.Sorted(slices.Values(strings.Fields(string(out))))) {
		seen[module] = true
		assert.Check(t, linked[module] != "", "%s is linked into the provider, without a reason here", module)
	}
	for module := range linked {
		assert.Check(t, seen[module], "%s is not linked any more", module)
	}
}
