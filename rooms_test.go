// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gotest.tools/v3/assert"
)

// Each room of the house says what it is and what it is not: its package comment tells what it knows nothing of, and each
// exported name has a comment. The commands are no rooms: nobody imports them.
func TestRoomsAreDescribed(t *testing.T) {
	rooms := 0
	err := filepath.WalkDir("internal", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.IsDir() {
			return err
		}
		if entry.Name() == "cmd" || entry.Name() == "testdata" {
			return fs.SkipDir
		}
		files, err := filepath.Glob(filepath.Join(path, "*.go"))
		if err != nil {
			return err
		}
		var introduction string
		shipped := 0
		for _, name := range files {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			shipped++
			set := token.NewFileSet()
			file, err := parser.ParseFile(set, name, nil, parser.ParseComments)
			if err != nil {
				return err
			}
			introduction += file.Doc.Text()
			for _, identifier := range undescribed(file) {
				t.Errorf("%s: %s has no comment", set.Position(identifier.Pos()), identifier.Name)
			}
		}
		if shipped == 0 {
			return nil
		}
		rooms++
		assert.Check(t, strings.Contains(strings.Join(strings.Fields(introduction), " "), "knows nothing of"),
			"%s: the package's comment does not say what the package knows nothing of", path)
		return nil
	})
	assert.Assert(t, err == nil && rooms >= 10, "%d rooms were read: %v", rooms, err)
}

// wellKnown are methods of the standard library's interfaces, which describe them.
var wellKnown = []string{"Error", "String"}

// undescribed are the exported names of a file that have no comment, neither of their own nor of their group.
func undescribed(file *ast.File) (names []*ast.Ident) {
	add := func(doc *ast.CommentGroup, identifiers ...*ast.Ident) {
		for _, identifier := range identifiers {
			if identifier.IsExported() && doc == nil {
				names = append(names, identifier)
			}
		}
	}
	for _, declaration := range file.Decls {
		switch d := declaration.(type) {
		case *ast.FuncDecl:
			if d.Recv == nil || receiver(d).IsExported() && !slices.Contains(wellKnown, d.Name.Name) {
				add(d.Doc, d.Name)
			}
		case *ast.GenDecl:
			for _, spec := range d.Specs {
				switch s := spec.(type) {
				case *ast.TypeSpec:
					add(cmp.Or(s.Doc, d.Doc), s.Name)
				case *ast.ValueSpec:
					add(cmp.Or(s.Doc, s.Comment, d.Doc), s.Names...)
				}
			}
		}
	}
	return names
}

func receiver(d *ast.FuncDecl) *ast.Ident {
	for t := d.Recv.List[0].Type; ; {
		switch of := t.(type) {
		case *ast.StarExpr:
			t = of.X
		case *ast.IndexExpr:
			t = of.X
		case *ast.Ident:
			return of
		default:
			return d.Name
		}
	}
}

// Each test that the design says holds an invariant, and the page on security a promise, is there.
func TestPagesNameTests(t *testing.T) {
	var tests strings.Builder
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		source, err := os.ReadFile(path)
		tests.Write(source)
		return err
	})
	assert.NilError(t, err)
	for _, page := range []string{"DESIGN.md", "SECURITY.md"} {
		text, err := os.ReadFile(page)
		assert.NilError(t, err)
		named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z_]+)(…?)`").FindAllStringSubmatch(string(text), -1)
		assert.Check(t, len(named) >= 8, "%s names %d tests", page, len(named))
		for _, name := range named {
			function := "func " + name[1]
			if name[2] == "" {
				function += "("
			}
			if !strings.Contains(tests.String(), function) {
				t.Errorf("%s: there is no %s%s", page, name[1], name[2])
			}
		}
	}
}

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
