// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/hcl/v2"
	"github.com/hashicorp/hcl/v2/hclsyntax"
	"github.com/zclconf/go-cty/cty"
	"github.com/zclconf/go-cty/cty/function"
	"github.com/zclconf/go-cty/cty/function/stdlib"
)

// script is a configuration as text, read as a CLI reads it, as far as tests go: a
// provider, its resources, and `terraform_data`, whose output is known after an apply.
type script struct {
	t         *testing.T
	text      string
	provider  *hclsyntax.Body
	resources map[string]*hclsyntax.Block // by type and name
}

func readScript(t *testing.T, text string) *script {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	if diags.HasErrors() {
		t.Fatal(diags)
	}
	s := &script{t: t, text: text, resources: map[string]*hclsyntax.Block{}}
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		switch block.Type {
		case "provider":
			s.provider = block.Body
		case "resource":
			s.resources[strings.Join(block.Labels, ".")] = block
		default:
			t.Fatalf("a block %q takes a real CLI", block.Type)
		}
	}
	return s
}

// order is the resources, each after those that it refers to.
func (s *script) order() (names []string) {
	var visit func(name string)
	visit = func(name string) {
		block, ok := s.resources[name]
		if !ok || slices.Contains(names, name) {
			return
		}
		for _, referred := range references(block.Body) {
			if referred != name {
				visit(referred)
			}
		}
		names = append(names, name)
	}
	for _, name := range slices.Sorted(maps.Keys(s.resources)) {
		visit(name)
	}
	return names
}

func references(body *hclsyntax.Body) (names []string) {
	for _, attribute := range body.Attributes {
		for _, traversal := range attribute.Expr.Variables() {
			if len(traversal) < 2 {
				continue
			}
			if step, ok := traversal[1].(hcl.TraverseAttr); ok {
				names = append(names, traversal.RootName()+"."+step.Name)
			}
		}
	}
	slices.Sort(names)
	return names
}

// evaluated is a script with values: of the provider block, of the provider's
// resources by address, and of what each `terraform_data` gets.
type evaluated struct {
	provider fields
	wanted   map[string]wanted
	data     map[string]cty.Value
	rank     map[string]int
}

// evaluate gives the values as they are when `terraform_data` has what is there, and
// nothing is known of the rest.
func (s *script) evaluate(there map[string]cty.Value) evaluated {
	s.t.Helper()
	e := evaluated{wanted: map[string]wanted{}, data: map[string]cty.Value{}, rank: map[string]int{}}
	known, depths := map[string]map[string]cty.Value{}, map[string]int{}
	scope := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: map[string]function.Function{
		"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "format": stdlib.FormatFunc, "concat": stdlib.ConcatFunc, "upper": stdlib.UpperFunc,
	}}
	for _, name := range s.order() {
		block := s.resources[name]
		kind, label := block.Labels[0], block.Labels[1]
		if known[kind] == nil {
			known[kind] = map[string]cty.Value{}
		}
		if kind == "terraform_data" {
			input := s.value(block.Body.Attributes["input"].Expr, scope)
			e.data[name] = input
			output := cty.UnknownVal(input.Type())
			if there[name] != cty.NilVal && there[name].RawEquals(input) {
				output = input
			}
			known[kind][label] = cty.ObjectVal(map[string]cty.Value{"input": input, "output": output})
		} else {
			values := s.expand(e.wanted, name, block, scope)
			known[kind][label] = cty.ObjectVal(values)
		}
		scope.Variables[kind] = cty.ObjectVal(known[kind])
		depth := 1
		for _, referred := range references(block.Body) {
			depth = max(depth, depths[referred]+1)
		}
		depths[name] = depth
		for address := range e.wanted {
			if _, ok := e.rank[address]; !ok {
				e.rank[address] = depth
			}
		}
	}
	e.provider = s.fields(s.provider, scope)
	return e
}

// expand adds each instance of a resource, and returns the values of the last one.
func (s *script) expand(to map[string]wanted, name string, block *hclsyntax.Block, scope *hcl.EvalContext) map[string]cty.Value {
	s.t.Helper()
	instances := map[string]map[string]cty.Value{name: {}}
	if count := block.Body.Attributes["count"]; count != nil {
		delete(instances, name)
		n, _ := s.value(count.Expr, scope).AsBigFloat().Int64()
		for i := range n {
			instances[fmt.Sprintf("%s[%d]", name, i)] = map[string]cty.Value{"count": cty.ObjectVal(map[string]cty.Value{"index": cty.NumberIntVal(i)})}
		}
	}
	if each := block.Body.Attributes["for_each"]; each != nil {
		delete(instances, name)
		for key, value := range s.value(each.Expr, scope).Elements() {
			if key.Type() != cty.String {
				key = value
			}
			instances[fmt.Sprintf("%s[%q]", name, key.AsString())] = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}
		}
	}
	values := map[string]cty.Value{}
	for address, variables := range instances {
		inner := scope.NewChild()
		inner.Variables = variables
		w := wanted{kind: block.Labels[0], config: s.fields(block.Body, inner)}
		for _, nested := range block.Body.Blocks {
			if first := nested.Body.Attributes["create_before_destroy"]; nested.Type == "lifecycle" && first != nil {
				w.first = s.value(first.Expr, inner).True()
			}
		}
		to[address] = w
		for name, attribute := range block.Body.Attributes {
			if !meta[name] {
				values[name] = s.value(attribute.Expr, inner)
			}
		}
	}
	return values
}

// meta are the arguments that are the CLI's.
var meta = map[string]bool{"depends_on": true, "count": true, "for_each": true, "lifecycle": true}

func (s *script) fields(body *hclsyntax.Body, scope *hcl.EvalContext) fields {
	s.t.Helper()
	values := fields{}
	for name, attribute := range body.Attributes {
		if value := s.value(attribute.Expr, scope); !meta[name] && !value.IsNull() {
			values[name] = plain(value)
		}
	}
	for _, block := range body.Blocks {
		if !meta[block.Type] {
			values[block.Type] = s.fields(block.Body, scope)
		}
	}
	return values
}

func (s *script) value(expression hcl.Expression, scope *hcl.EvalContext) cty.Value {
	s.t.Helper()
	value, diags := expression.Value(scope)
	if diags.HasErrors() {
		s.t.Fatal(diags)
	}
	return value
}

// plain is a value as wire has it.
func plain(value cty.Value) any {
	kind := value.Type()
	switch {
	case !value.IsKnown():
		return unknown
	case value.IsNull():
		return nil
	case kind == cty.String:
		return value.AsString()
	case kind == cty.Bool:
		return value.True()
	case kind == cty.Number:
		whole, _ := value.AsBigFloat().Int64()
		return whole
	case kind.IsObjectType() || kind.IsMapType():
		values := fields{}
		for key, element := range value.Elements() {
			values[key.AsString()] = plain(element)
		}
		return values
	default:
		elements := []any{}
		for _, element := range value.Elements() {
			elements = append(elements, plain(element))
		}
		return elements
	}
}
