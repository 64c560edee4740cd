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
