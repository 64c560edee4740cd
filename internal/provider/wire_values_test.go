// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"math/big"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
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
		noError(t, value.As(&values))
		decoded := fields{}
		for name, element := range values {
			if _, isMap := value.Type().(tftypes.Map); isMap || !element.IsNull() {
				decoded[name] = fromWire(t, element)
			}
		}
		return decoded
	case tftypes.List:
		var values []tftypes.Value
		noError(t, value.As(&values))
		decoded := []any{}
		for _, element := range values {
			decoded = append(decoded, fromWire(t, element))
		}
		return decoded
	}
	var text string
	if value.Type().Is(tftypes.String) {
		noError(t, value.As(&text))
		return text
	}
	if value.Type().Is(tftypes.Number) {
		var number *big.Float
		noError(t, value.As(&number))
		whole, _ := number.Int64()
		return whole
	}
	var yes bool
	noError(t, value.As(&yes))
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
