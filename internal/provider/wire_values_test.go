// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"math/big"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"gotest.tools/v3/assert"
)

// toWire makes a value of a type. Attributes that are not given are null.
func toWire(kind tftypes.Type, value any) tftypes.Value {
	switch {
	case value == nil:
		return tftypes.NewValue(kind, nil)
	case value == any(unknown):
		return tftypes.NewValue(kind, tftypes.UnknownValue)
	}
	switch kind := kind.(type) {
	case tftypes.Object:
		values := map[string]tftypes.Value{}
		for name, attribute := range kind.AttributeTypes {
			values[name] = toWire(attribute, value.(fields)[name])
		}
		return tftypes.NewValue(kind, values)
	case tftypes.Map:
		values := map[string]tftypes.Value{}
		for key, element := range value.(fields) {
			values[key] = toWire(kind.ElementType, element)
		}
		return tftypes.NewValue(kind, values)
	case tftypes.List:
		var values []tftypes.Value
		for _, element := range value.([]any) {
			values = append(values, toWire(kind.ElementType, element))
		}
		return tftypes.NewValue(kind, values)
	default:
		return tftypes.NewValue(kind, value)
	}
}

// fromWire is the reverse; attributes that are null are left out.
func fromWire(t *testing.T, value tftypes.Value) any {
	t.Helper()
	switch {
	case value.IsNull():
		return nil
	case !value.IsKnown():
		return unknown
	}
	switch value.Type().(type) {
	case tftypes.Object, tftypes.Map:
		var values map[string]tftypes.Value
		assert.NilError(t, value.As(&values))
		decoded := fields{}
		for name, element := range values {
			if _, isMap := value.Type().(tftypes.Map); isMap || !element.IsNull() {
				decoded[name] = fromWire(t, element)
			}
		}
		return decoded
	case tftypes.List:
		var values []tftypes.Value
		assert.NilError(t, value.As(&values))
		decoded := []any{}
		for _, element := range values {
			decoded = append(decoded, fromWire(t, element))
		}
		return decoded
	}
	var text string
	if value.Type().Is(tftypes.String) {
		assert.NilError(t, value.As(&text))
		return text
	}
	if value.Type().Is(tftypes.Number) {
		var number *big.Float
		assert.NilError(t, value.As(&number))
		whole, _ := number.Int64()
		return whole
	}
	var yes bool
	assert.NilError(t, value.As(&yes))
	return yes
}

// listOf is a list as values have it.
func listOf(ids ...string) []any {
	values := make([]any, len(ids))
	for i, id := range ids {
		values[i] = id
	}
	return values
}

// conforms checks a value as a CLI does, which refuses a provider's answer where a
// known value, or a key of a map, differs from what was planned.
func (w *wire) conforms(what string, planned, got any) {
	w.t.Helper()
	if where := differs(planned, got); where != "" {
		w.breach("no CLI says that the provider produced an inconsistent "+what, where)
	}
}

// breach tells that a rule is broken.
func (w *wire) breach(rule, what string) {
	w.t.Helper()
	if w.complain == nil {
		w.t.Errorf("%s: %s", rule, what)
		return
	}
	w.complain(rule, what)
}

// differs says where a value is not as planned; what was unknown may be anything.
func differs(planned, got any) string {
	if planned == any(unknown) {
		return ""
	}
	switch planned := planned.(type) {
	case fields:
		got, ok := got.(fields)
		if !ok {
			return fmt.Sprintf(" was planned to be %v, and is nothing", planned)
		}
		both := maps.Clone(planned)
		maps.Copy(both, got)
		for _, key := range slices.Sorted(maps.Keys(both)) {
			if where := differs(planned[key], got[key]); where != "" {
				return "." + key + where
			}
		}
		return ""
	case []any:
		got, ok := got.([]any)
		if !ok || len(got) != len(planned) {
			return fmt.Sprintf(" was planned to be %v, and is %v", planned, got)
		}
		for i := range planned {
			if where := differs(planned[i], got[i]); where != "" {
				return fmt.Sprintf("[%d]%s", i, where)
			}
		}
		return ""
	}
	if !cmp.Equal(planned, got) {
		return fmt.Sprintf(" was planned to be %v, and is %v", planned, got)
	}
	return ""
}

func failed(diags []*tfprotov6.Diagnostic) bool {
	return slices.ContainsFunc(diags, func(d *tfprotov6.Diagnostic) bool { return d.Severity == tfprotov6.DiagnosticSeverityError })
}
