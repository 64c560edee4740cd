// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package cli

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
)

const (
	module     = "module github.com/apig-terraform/terraform-provider-apig\n"
	executable = "terraform-provider-apig"

	// mirrorVersion is the version that a mirror offers the provider as.
	mirrorVersion = "0.0.1"
)

// Root finds the repository, from the working directory upwards.
func Root() (string, error) {
	dir, err := os.Getwd()
	if err != nil {
		return "", err
	}
	for {
		text, err := os.ReadFile(filepath.Join(dir, "go.mod"))
		if err == nil && strings.HasPrefix(string(text), module) {
			return dir, nil
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return "", err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return "", errors.New("the working directory is not in the provider's repository")
		}
		dir = parent
	}
}

// BuildOverride builds the provider, and names a CLI configuration that it has written to use it without an `init`.
func BuildOverride(ctx context.Context, root, dir string) (config string, err error) {
	if err := build(ctx, root, filepath.Join(dir, executable+suffix())); err != nil {
		return "", err
	}
	return writeConfig(dir, fmt.Sprintf("provider_installation {\n  dev_overrides {\n    %q = %q\n  }\n  direct {}\n}\n", Source, dir))
}

// BuildMirror is BuildOverride by a mirror: the CLI installs the provider from the directory on `init`, as it would a
// release from the registry, and neither warns of an override nor asks any registry.
func (c CLI) BuildMirror(ctx context.Context, root, dir string) (config string, err error) {
	mirror := filepath.Join(dir, "mirror")
	platform := filepath.Join(mirror, c.registry(), filepath.FromSlash(Source), mirrorVersion, runtime.GOOS+"_"+runtime.GOARCH)
	if err := build(ctx, root, filepath.Join(platform, executable+"_v"+mirrorVersion+suffix())); err != nil {
		return "", err
	}
	return writeConfig(dir, mirrorConfig(mirror))
}

// PackedMirror is BuildMirror of a provider that is packaged already, in a zip of the name that a release gives it.
func (c CLI) PackedMirror(zip, dir string) (config string, err error) {
	mirror := filepath.Join(dir, "mirror")
	packed := filepath.Join(mirror, c.registry(), filepath.FromSlash(Source))
	if err := os.MkdirAll(packed, 0o700); err != nil {
		return "", err
	}
	content, err := os.ReadFile(zip)
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(packed, filepath.Base(zip)), content, 0o600); err != nil {
		return "", err
	}
	return writeConfig(dir, mirrorConfig(mirror))
}

func mirrorConfig(mirror string) string {
	return fmt.Sprintf("provider_installation {\n  filesystem_mirror {\n    path = %q\n  }\n}\n", mirror)
}

func writeConfig(dir, text string) (string, error) {
	name := filepath.Join(dir, "cli.tfrc")
	return name, os.WriteFile(name, []byte(text), 0o600)
}

func build(ctx context.Context, root, output string) error {
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-o", output, ".")
	command.Dir = root
	var said bytes.Buffer
	command.Stdout, command.Stderr = &said, &said
	if err := command.Run(); err != nil {
		return fmt.Errorf("building the provider: %w\n%s", err, said.String())
	}
	return nil
}

func suffix() string {
	if runtime.GOOS == "windows" {
		return ".exe"
	}
	return ""
}
