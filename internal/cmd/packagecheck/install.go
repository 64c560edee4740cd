// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/apig-terraform/terraform-provider-apig/internal/cli"
	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// tryOut asks the packaged executable for its version, and has a CLI install the zip and plan the demo with it.
func (p *pack) tryOut(ctx context.Context, with cli.CLI, root string, host platform, commit string) (err error) {
	dir, err := os.MkdirTemp("", "apig-package-")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, os.RemoveAll(dir)) }()

	if err := p.checkVersion(ctx, dir, host, commit); err != nil {
		return err
	}
	config, err := with.PackedMirror(filepath.Join(p.dir, p.zipName(host)), dir)
	if err != nil {
		return err
	}
	work := filepath.Join(dir, "demo")
	if err := cli.CopyConfiguration(work, filepath.Join(root, "examples", "demo")); err != nil {
		return err
	}
	// No CLI takes a version such as 1.2.3-snapshot that it isn't asked for.
	pinned := fmt.Sprintf("terraform {\n  required_providers {\n    apig = {\n      source  = %q\n      version = %q\n    }\n  }\n}\n", cli.Source, p.version)
	if err := os.WriteFile(filepath.Join(work, "version_override.tf"), []byte(pinned), 0o600); err != nil {
		return err
	}
	mock := mockapig.New(mockapig.Config{})
	if err := mock.Plant(mockapig.DemoSeed()); err != nil {
		return err
	}
	server := httptest.NewServer(mock)
	defer server.Close()
	w := cli.Workspace{CLI: with, Dir: work, Config: config}
	for _, arguments := range [][]string{{"init", "-no-color"}, {"plan", "-no-color", "-var", "mock_url=" + server.URL}} {
		var said bytes.Buffer
		code, err := w.Run(ctx, &said, &said, arguments...)
		if err != nil {
			return err
		}
		if code != 0 {
			return fmt.Errorf("%s %s exits with %d:\n%s", with.Name(), arguments[0], code, said.String())
		}
		if arguments[0] == "plan" && !strings.Contains(said.String(), "Plan: 2 to add") {
			return fmt.Errorf("the plan is not the demo's:\n%s", said.String())
		}
	}
	return nil
}

// checkVersion unpacks the executable and asks it for its version and commit.
func (p *pack) checkVersion(ctx context.Context, dir string, host platform, commit string) error {
	archive, err := zip.OpenReader(filepath.Join(p.dir, p.zipName(host)))
	if err != nil {
		return err
	}
	defer archive.Close()
	packed, err := archive.Open(p.executable(host))
	if err != nil {
		return err
	}
	defer packed.Close()
	path := filepath.Join(dir, p.executable(host))
	unpacked, err := os.OpenFile(path, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o700)
	if err != nil {
		return err
	}
	_, err = io.Copy(unpacked, packed)
	if err := errors.Join(err, unpacked.Close()); err != nil {
		return err
	}
	said, err := exec.CommandContext(ctx, path, "-version").Output()
	if err != nil {
		return fmt.Errorf("%s -version: %w", p.executable(host), err)
	}
	if got, want := strings.TrimSpace(string(said)), fmt.Sprintf("%s %s %s", project, p.version, commit); got != want {
		return fmt.Errorf("the executable says %q, and should say %q", got, want)
	}
	return nil
}
