// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
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
	ctyjson "github.com/zclconf/go-cty/cty/json"
	"gotest.tools/v3/assert"
)

// script is a configuration as text, read as a CLI reads it, as far as tests go: a provider, its resources and data sources,
// `terraform_data`, whose output is known after an apply, and what is moved and forgotten.
type script struct {
	t         *testing.T
	text      string
	provider  *hclsyntax.Body
	resources map[string]*hclsyntax.Block // by type and name, data sources too
	moved     [][2]string
	removed   []string
}

func readScript(t *testing.T, text string) *script {
	t.Helper()
	file, diags := hclsyntax.ParseConfig([]byte(text), "main.tf", hcl.InitialPos)
	assert.Assert(t, !diags.HasErrors(), diags)
	s := &script{t: t, text: text, resources: map[string]*hclsyntax.Block{}}
	for _, block := range file.Body.(*hclsyntax.Body).Blocks {
		switch block.Type {
		case "provider":
			s.provider = block.Body
		case "resource":
			s.resources[strings.Join(block.Labels, ".")] = block
		case "data":
			s.resources["data."+strings.Join(block.Labels, ".")] = block
		case "moved":
			s.moved = append(s.moved, [2]string{addressIn(block.Body, "from"), addressIn(block.Body, "to")})
		case "removed":
			s.removed = append(s.removed, addressIn(block.Body, "from"))
		default:
			t.Fatalf("a block %q takes a real CLI", block.Type)
		}
	}
	return s
}

// addressIn is the address that an argument has.
func addressIn(body *hclsyntax.Body, argument string) (address string) {
	traversal, _ := hcl.AbsTraversalForExpr(body.Attributes[argument].Expr)
	for _, step := range traversal {
		switch step := step.(type) {
		case hcl.TraverseRoot:
			address = step.Name
		case hcl.TraverseAttr:
			address += "." + step.Name
		case hcl.TraverseIndex:
			address += instanceKey(step.Key)
		}
	}
	return address
}

func instanceKey(key cty.Value) string {
	if key.Type() == cty.String {
		return fmt.Sprintf("[%q]", key.AsString())
	}
	return "[" + key.AsBigFloat().Text('f', 0) + "]"
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
			name, parts := traversal.RootName(), 1
			if name == "data" {
				parts = 2
			}
			for _, step := range traversal[1:] {
				if step, ok := step.(hcl.TraverseAttr); ok && parts > 0 {
					name, parts = name+"."+step.Name, parts-1
				}
			}
			names = append(names, name)
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

// evaluate gives the values as they are when `terraform_data` has what is there, data
// sources are read, if they can be, and nothing is known of the rest.
func (s *script) evaluate(there map[string]cty.Value, read func(kind, name string, config fields) fields) evaluated {
	s.t.Helper()
	e := evaluated{wanted: map[string]wanted{}, data: map[string]cty.Value{}, rank: map[string]int{}}
	known, depths := map[string]map[string]cty.Value{}, map[string]int{}
	scope := &hcl.EvalContext{Variables: map[string]cty.Value{}, Functions: map[string]function.Function{
		"toset": stdlib.MakeToFunc(cty.Set(cty.DynamicPseudoType)), "format": stdlib.FormatFunc, "concat": stdlib.ConcatFunc, "upper": stdlib.UpperFunc,
	}}
	sources := map[string]cty.Value{}
	put := func(kind, label string, value cty.Value) cty.Value {
		if known[kind] == nil {
			known[kind] = map[string]cty.Value{}
		}
		known[kind][label] = value
		return cty.ObjectVal(known[kind])
	}
	for _, name := range s.order() {
		block := s.resources[name]
		kind, label := block.Labels[0], block.Labels[1]
		if block.Type == "data" {
			value := cty.DynamicVal
			if read != nil {
				value = lifted(s.t, read(kind, name, s.fields(block.Body, scope)))
			}
			sources[kind] = put("data."+kind, label, value)
			scope.Variables["data"] = cty.ObjectVal(sources)
			continue
		}
		if kind == "terraform_data" {
			input := cty.NullVal(cty.String)
			if given := block.Body.Attributes["input"]; given != nil {
				input = s.value(given.Expr, scope)
			}
			e.data[name] = input
			output := cty.UnknownVal(input.Type())
			if there[name] != cty.NilVal && there[name].RawEquals(input) {
				output = input
			}
			value := cty.ObjectVal(map[string]cty.Value{"input": input, "output": output, "id": cty.UnknownVal(cty.String)})
			scope.Variables[kind] = put(kind, label, value)
		} else {
			scope.Variables[kind] = put(kind, label, cty.ObjectVal(s.expand(e.wanted, name, block, scope)))
		}
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
			instances[name+instanceKey(key)] = map[string]cty.Value{"each": cty.ObjectVal(map[string]cty.Value{"key": key, "value": value})}
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
		if strings.HasPrefix(block.Type, "assume_role") { // which there may be several of
			earlier, _ := values[block.Type].([]any)
			values[block.Type] = append(earlier, s.fields(block.Body, scope))
		} else if !meta[block.Type] {
			values[block.Type] = s.fields(block.Body, scope)
		}
	}
	return values
}

func (s *script) value(expression hcl.Expression, scope *hcl.EvalContext) cty.Value {
	s.t.Helper()
	value, diags := expression.Value(scope)
	assert.Assert(s.t, !diags.HasErrors(), diags)
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

// lifted is the reverse, of what is known.
func lifted(t *testing.T, value any) cty.Value {
	t.Helper()
	text, err := json.Marshal(value)
	assert.NilError(t, err)
	kind, err := ctyjson.ImpliedType(text)
	assert.NilError(t, err)
	lifted, err := ctyjson.Unmarshal(text, kind)
	assert.NilError(t, err)
	return lifted
}
