// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider

import (
	"cmp"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
	is "gotest.tools/v3/assert/cmp"
)

const (
	repository = "../.."
	// documentation is where the registry has this provider's pages. OpenTofu's shows the same addresses as they are.
	documentation = "https://registry.terraform.io/providers/apig-terraform/apig/latest/docs"
	// pictures are in the repository: the registries serve no files.
	pictures = "https://raw.githubusercontent.com/apig-terraform/terraform-provider-apig/main/"
	sources  = "https://github.com/apig-terraform/terraform-provider-apig/"
)

var (
	// link matches [text](address), over line breaks too.
	link = regexp.MustCompile(`(?s)\[([^\[\]]*)\]\(([^()]*)\)`)
	// Code has neither links nor headings.
	codeBlock  = regexp.MustCompile("(?ms)^[ \t]*```.*?^[ \t]*```")
	inlineCode = regexp.MustCompile("`[^`\n]*`")
	heading    = regexp.MustCompile(`(?m)^#+ (.*)$`)
	anchorTag  = regexp.MustCompile(`<a id="([^"]*)">`)
	notInSlugs = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
)

// The registries show the pages of docs/ under other addresses than the files have, each registry by its own rules. So a link
// to another page is absolute, and on one line, and leads to a page and a heading that are there.
func TestDocumentationLinks(t *testing.T) {
	t.Parallel()
	for _, name := range markdown(t, "docs") {
		for _, found := range linksOf(t, name) {
			assert.Check(t, is.Equal(checkDocumentationLink(t, name, found), ""), "%s: [%s](%s)", name, found.text, found.address)
		}
	}
}

// The pages of the repository itself are read on GitHub, where relative links are right.
func TestRepositoryLinks(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"README.md", "CONTRIBUTING.md", "DESIGN.md", "SECURITY.md", "CHANGELOG.md", "RELEASING.md", "CODE_OF_CONDUCT.md"} {
		for _, found := range linksOf(t, name) {
			problem := checkAbsolute(t, found.address)
			if file, anchor, _ := strings.Cut(found.address, "#"); !strings.Contains(file, ":") {
				problem = checkFile(t, path.Join(path.Dir(name), cmp.Or(file, path.Base(name))), anchor)
			}
			assert.Check(t, problem == "", "%s: [%s](%s): %s", name, found.text, found.address, problem)
		}
	}
}

func checkDocumentationLink(t *testing.T, name string, found pageLink) string {
	t.Helper()
	switch {
	case strings.Contains(found.text, "\n") || strings.Contains(found.address, "\n"):
		return "is not on one line"
	case strings.HasPrefix(found.address, "#"):
		return checkFile(t, name, found.address[1:])
	case strings.HasPrefix(found.address, "https://"):
		return checkAbsolute(t, found.address)
	default:
		return "is relative: begin it with " + documentation
	}
}

// checkAbsolute looks for what this repository itself has at an address.
func checkAbsolute(t *testing.T, address string) string {
	t.Helper()
	address, anchor, _ := strings.Cut(address, "#")
	if page, ok := strings.CutPrefix(address, documentation); ok {
		return checkFile(t, "docs"+cmp.Or(page, "/index")+".md", anchor)
	}
	if file, ok := strings.CutPrefix(address, pictures); ok {
		return checkFile(t, file, anchor)
	}
	if file, ok := strings.CutPrefix(address, sources); ok {
		for _, kind := range []string{"blob/main/", "tree/main/"} {
			if file, ok := strings.CutPrefix(file, kind); ok {
				return checkFile(t, file, anchor)
			}
		}
	}
	return ""
}

// checkFile looks for a file, and for the heading in it that an anchor names.
func checkFile(t *testing.T, file, anchor string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(file)))
	if info, statErr := os.Stat(filepath.Join(repository, filepath.FromSlash(file))); statErr == nil && info.IsDir() {
		return ""
	}
	if err != nil {
		return "there is no " + file
	}
	if anchor != "" && !anchorsOf(string(text))[anchor] {
		return file + " has no heading of that name"
	}
	return ""
}

// anchorsOf are the anchors that the registries and GitHub make of a page's headings.
func anchorsOf(text string) map[string]bool {
	anchors := map[string]bool{}
	for _, found := range heading.FindAllStringSubmatch(codeBlock.ReplaceAllString(text, ""), -1) {
		slug := notInSlugs.ReplaceAllString(strings.ToLower(strings.TrimSpace(found[1])), "")
		anchors[strings.ReplaceAll(slug, " ", "-")] = true
	}
	for _, found := range anchorTag.FindAllStringSubmatch(text, -1) {
		anchors[found[1]] = true
	}
	return anchors
}

type pageLink struct{ text, address string }

func linksOf(t *testing.T, name string) []pageLink {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(repository, filepath.FromSlash(name)))
	assert.NilError(t, err)
	var links []pageLink
	for _, found := range link.FindAllStringSubmatch(inlineCode.ReplaceAllString(codeBlock.ReplaceAllString(string(text), ""), ""), -1) {
		links = append(links, pageLink{found[1], found[2]})
	}
	return links
}

// markdown are the pages in a directory, from the repository's root.
func markdown(t *testing.T, directory string) []string {
	t.Helper()
	var names []string
	err := filepath.WalkDir(filepath.Join(repository, directory), func(name string, entry fs.DirEntry, err error) error {
		if err == nil && filepath.Ext(name) == ".md" {
			relative, relErr := filepath.Rel(repository, name)
			names, err = append(names, filepath.ToSlash(relative)), relErr
		}
		return err
	})
	if err != nil || len(names) == 0 {
		t.Fatal("no pages in", directory, err)
	}
	return names
}

// What the test of links refuses.
func TestDocumentationLinks_refused(t *testing.T) {
	t.Parallel()
	for address, want := range map[string]string{
		"resources/vpc_endpoint_connection.md":       "is relative",
		"../guides/installing.md":                    "is relative",
		documentation + "/guides/none":               "there is no docs/guides/none.md",
		documentation + "#nothing-of-that-name":      "has no heading of that name",
		"#nothing-of-that-name":                      "has no heading of that name",
		"https://a.example\n/b":                      "is not on one line",
		pictures + "images/none.svg":                 "there is no images/none.svg",
		sources + "blob/main/none.md":                "there is no none.md",
		documentation + "/guides/moving-an-endpoint": "",
	} {
		got := checkDocumentationLink(t, "docs/index.md", pageLink{"text", address})
		assert.Check(t, (want == "") == (got == "") && strings.Contains(got, want), "%s: %q, want %q", address, got, want)
	}
}
