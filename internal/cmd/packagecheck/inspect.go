// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"archive/zip"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"
)

const (
	project  = "terraform-provider-apig"
	manifest = "terraform-registry-manifest.json"

	framework = "github.com/hashicorp/terraform-plugin-framework"
)

// platform is what an executable runs on, in Go's words.
type platform struct{ os, arch string }

func (p platform) String() string { return p.os + "_" + p.arch }

// targets are the platforms that a release has an executable for.
var targets = []platform{
	{"darwin", "amd64"},
	{"darwin", "arm64"},
	{"freebsd", "386"},
	{"freebsd", "amd64"},
	{"freebsd", "arm"},
	{"freebsd", "arm64"},
	{"linux", "386"},
	{"linux", "amd64"},
	{"linux", "arm"},
	{"linux", "arm64"},
	{"windows", "386"},
	{"windows", "amd64"},
	{"windows", "arm64"},
}

// pack is a packaged release.
type pack struct {
	dir       string
	committed time.Time
	version   string // as the names of the files have it
}

var sumsName = regexp.MustCompile(`^` + project + `_(\d+\.\d+\.\d+(?:-[0-9A-Za-z.-]+)?)_SHA256SUMS$`)

// inspect fails if the directory doesn't hold what the registries expect, for just these platforms.
func (p *pack) inspect(expected []platform, root string) error {
	entries, err := os.ReadDir(p.dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if match := sumsName.FindStringSubmatch(entry.Name()); match != nil {
			p.version = match[1]
		}
	}
	if p.version == "" {
		return fmt.Errorf("%s has no file of checksums", p.dir)
	}
	names := []string{p.manifestName()}
	for _, on := range expected {
		names = append(names, p.zipName(on), p.sbomName(on))
	}
	if err := p.checkSums(names, root); err != nil {
		return err
	}
	for _, on := range expected {
		if err := p.checkZip(on); err != nil {
			return fmt.Errorf("%s: %w", p.zipName(on), err)
		}
		if err := p.checkSBOM(on); err != nil {
			return fmt.Errorf("%s: %w", p.sbomName(on), err)
		}
	}
	return nil
}

func (p *pack) zipName(on platform) string {
	return fmt.Sprintf("%s_%s_%s.zip", project, p.version, on)
}

func (p *pack) sbomName(on platform) string {
	return fmt.Sprintf("%s_%s_%s.sbom.json", project, p.version, on)
}

func (p *pack) manifestName() string { return fmt.Sprintf("%s_%s_manifest.json", project, p.version) }

// executable is the name that the CLIs look for in a zip.
func (p *pack) executable(on platform) string {
	name := project + "_v" + p.version
	if on.os == "windows" {
		name += ".exe"
	}
	return name
}

// checkSums fails if the checksums are not those of just these files.
func (p *pack) checkSums(names []string, root string) error {
	text, err := os.ReadFile(filepath.Join(p.dir, fmt.Sprintf("%s_%s_SHA256SUMS", project, p.version)))
	if err != nil {
		return err
	}
	var summed []string
	for line := range strings.Lines(string(text)) {
		sum, name, ok := strings.Cut(strings.TrimSpace(line), "  ")
		if !ok || name != filepath.Base(name) {
			return fmt.Errorf("no checksum: %q", line)
		}
		path := filepath.Join(p.dir, name)
		if name == p.manifestName() {
			path = filepath.Join(root, manifest) // it is uploaded from there, under this name
		}
		content, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if got := sha256.Sum256(content); hex.EncodeToString(got[:]) != sum {
			return fmt.Errorf("the checksum of %s is wrong", name)
		}
		summed = append(summed, name)
	}
	slices.Sort(names)
	slices.Sort(summed)
	if !slices.Equal(summed, names) {
		return fmt.Errorf("there are checksums of %q, and should be of %q", summed, names)
	}
	return nil
}

// checkZip fails if a zip doesn't hold just the executable and the licenses, as old as the commit.
func (p *pack) checkZip(on platform) error {
	archive, err := zip.OpenReader(filepath.Join(p.dir, p.zipName(on)))
	if err != nil {
		return err
	}
	defer archive.Close()
	modes := map[string]fs.FileMode{p.executable(on): 0o755, "LICENSE": 0o644, "THIRD_PARTY_LICENSES": 0o644}
	if len(archive.File) != len(modes) {
		return fmt.Errorf("it holds %d files, and should hold %d", len(archive.File), len(modes))
	}
	for _, file := range archive.File {
		mode, known := modes[file.Name]
		switch {
		case !known:
			return fmt.Errorf("it holds %s", file.Name)
		case file.UncompressedSize64 == 0:
			return fmt.Errorf("%s is empty", file.Name)
		case file.Mode() != mode:
			return fmt.Errorf("%s has the mode %s, and should have %s", file.Name, file.Mode(), mode)
		case !file.Modified.Equal(p.committed):
			return fmt.Errorf("%s is of %s, and the commit of %s: another build would have another checksum", file.Name, file.Modified, p.committed)
		}
	}
	return nil
}

// checkSBOM fails if the list of modules is not that of this version, or lacks the framework.
func (p *pack) checkSBOM(on platform) error {
	text, err := os.ReadFile(filepath.Join(p.dir, p.sbomName(on)))
	if err != nil {
		return err
	}
	type component struct{ Name, Version string }
	var sbom struct {
		BomFormat  string
		Metadata   struct{ Component component }
		Components []component
	}
	if err := json.Unmarshal(text, &sbom); err != nil {
		return err
	}
	if got, want := sbom.Metadata.Component.Version, "v"+p.version; sbom.BomFormat != "CycloneDX" || got != want {
		return fmt.Errorf("it is of the format %q and the version %q, and should be of CycloneDX and %q", sbom.BomFormat, got, want)
	}
	if !slices.ContainsFunc(sbom.Components, func(c component) bool { return c.Name == framework }) {
		return fmt.Errorf("it doesn't name %s", framework)
	}
	return nil
}
