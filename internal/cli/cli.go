// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

// Package cli runs a real Terraform or OpenTofu CLI with the provider of this repository, undisturbed by what the
// machine is set up for. It knows nothing of what the provider does.
package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/hashicorp/go-version"
)

// PathVariable names the CLI to use before any other.
const PathVariable = "TF_ACC_TERRAFORM_PATH"

// Source is the provider's address in a configuration, without a host: either CLI puts its own registry's before it.
const Source = "apig-terraform/apig"

// CLI is an installed Terraform or OpenTofu.
type CLI struct {
	Path    string // of the executable
	Version string // "1.11.4"
	Tofu    bool
}

// Find returns the CLI that PathVariable names, or else terraform or tofu from the PATH, in version 1.0 or newer.
func Find(ctx context.Context) (CLI, error) {
	path, err := locate(os.Getenv(PathVariable), exec.LookPath)
	if err != nil {
		return CLI{}, err
	}
	command := exec.CommandContext(ctx, path, "version")
	command.Env = Environment(os.Environ(), "TF_CLI_CONFIG_FILE="+os.DevNull, "CHECKPOINT_DISABLE=1")
	told, err := command.Output()
	if err != nil {
		return CLI{}, fmt.Errorf("asking %s for its version: %w", path, err)
	}
	return describe(path, string(told))
}

func locate(chosen string, lookPath func(string) (string, error)) (string, error) {
	if chosen != "" {
		return chosen, nil
	}
	for _, name := range []string{"terraform", "tofu"} {
		if path, err := lookPath(name); err == nil {
			return path, nil
		}
	}
	return "", errors.New("there is neither terraform nor tofu in the PATH; tools/with-cli.sh fetches one, and `make` uses it")
}

var nameAndVersion = regexp.MustCompile(`^(Terraform|OpenTofu) v(\S+)`)

// describe reads what a CLI says of itself.
func describe(path, told string) (CLI, error) {
	says := nameAndVersion.FindStringSubmatch(told)
	if says == nil {
		return CLI{}, fmt.Errorf("%s does not tell its version: %q", path, told)
	}
	found, err := version.NewVersion(says[2])
	if err != nil {
		return CLI{}, fmt.Errorf("%s says that its version is %q", path, says[2])
	}
	if found.Segments()[0] < 1 {
		return CLI{}, fmt.Errorf("%s is version %s, and the provider needs 1.0 or newer; set %s to another, or TF_ACC_TERRAFORM_VERSION to a release to fetch",
			path, says[2], PathVariable)
	}
	return CLI{Path: path, Version: says[2], Tofu: says[1] == "OpenTofu"}, nil
}

// Name is what a person calls the CLI on the command line.
func (c CLI) Name() string {
	return strings.TrimSuffix(filepath.Base(c.Path), ".exe")
}

func (c CLI) String() string {
	if c.Tofu {
		return "OpenTofu " + c.Version
	}
	return "Terraform " + c.Version
}

// registry is the host that the CLI puts before Source.
func (c CLI) registry() string {
	if c.Tofu {
		return "registry.opentofu.org"
	}
	return "registry.terraform.io"
}

// foreign are the user's variables that would change what the CLI or the provider does. Logging is left to the user.
var foreign = regexp.MustCompile(`^(HW_|OS_CACERT=|TF_)`)

// Environment is an environment without those variables, and with others.
func Environment(inherited []string, more ...string) []string {
	kept := slices.DeleteFunc(slices.Clone(inherited), func(variable string) bool {
		return foreign.MatchString(variable) && !strings.HasPrefix(variable, "TF_LOG")
	})
	return append(kept, more...)
}
