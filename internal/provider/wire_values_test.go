// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"math/big"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
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
	if value.As(&text) == nil {
		return text
	}
	var number *big.Float
	if value.As(&number) == nil {
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

// planOf is a plan as `show -json` has it.
func (w *walker) planOf(changes []*change) *tfjson.Plan {
	w.t.Helper()
	plan := &tfjson.Plan{}
	for _, c := range changes {
		before, _ := w.valueOf(c.kind, c.prior.state)
		after, unknown := w.valueOf(c.kind, c.planned.state)
		plan.ResourceChanges = append(plan.ResourceChanges, &tfjson.ResourceChange{
			Address: c.address, Type: c.kind, Change: &tfjson.Change{Actions: c.actions(), Before: before, After: after, AfterUnknown: unknown},
		})
	}
	return plan
}

var actionsOf = map[string]tfjson.Actions{
	"": {tfjson.ActionNoop}, "create": {tfjson.ActionCreate}, "update": {tfjson.ActionUpdate}, "destroy": {tfjson.ActionDelete},
	"deposed": {tfjson.ActionDelete}, "replace": {tfjson.ActionDelete, tfjson.ActionCreate},
}

func (c *change) actions() tfjson.Actions {
	if c.what == "replace" && c.wanted.first {
		return tfjson.Actions{tfjson.ActionCreate, tfjson.ActionDelete}
	}
	return actionsOf[c.what]
}

// stateOf is the state as `show -json` has it.
func (w *walker) stateOf() *tfjson.State {
	w.t.Helper()
	root := &tfjson.StateModule{}
	for _, address := range slices.Sorted(maps.Keys(w.objects)) {
		there := w.objects[address]
		if there.current.state == nil {
			continue
		}
		values, _ := w.valueOf(there.kind, there.current.state)
		attributes, _ := values.(map[string]any)
		root.Resources = append(root.Resources, &tfjson.StateResource{Address: address, Type: there.kind, AttributeValues: attributes, Tainted: there.tainted})
	}
	return &tfjson.State{Values: &tfjson.StateValues{RootModule: root}}
}

// stateOf is that of the stage, with what data sources have given.
func (s *stage) stateOf() *tfjson.State {
	s.t.Helper()
	state := s.walker.stateOf()
	for name, read := range s.reads {
		kind := strings.Split(name, ".")[1]
		values, _ := jsonOf(s.t, toWire(s.schemas.DataSourceSchemas[kind].ValueType(), read))
		attributes, _ := values.(map[string]any)
		state.Values.RootModule.Resources = append(state.Values.RootModule.Resources, &tfjson.StateResource{
			Address: name, Mode: tfjson.DataResourceMode, Type: kind, AttributeValues: attributes,
		})
	}
	return state
}

func (w *walker) valueOf(kind string, state any) (value, unknown any) {
	w.t.Helper()
	return jsonOf(w.t, toWire(w.of(kind).stateType(), state))
}

// jsonOf is a value as JSON has it, and what of it is unknown.
func jsonOf(t *testing.T, value tftypes.Value) (known, unknown any) {
	t.Helper()
	switch {
	case !value.IsKnown():
		return nil, true
	case value.IsNull():
		return nil, false
	}
	switch value.Type().(type) {
	case tftypes.Object, tftypes.Map:
		var elements map[string]tftypes.Value
		assert.NilError(t, value.As(&elements))
		values, unknowns := map[string]any{}, map[string]any{}
		for name, element := range elements {
			value, unknown := jsonOf(t, element)
			if unknown != any(true) {
				values[name] = value
			}
			if unknown != any(false) {
				unknowns[name] = unknown
			}
		}
		return values, unknowns
	case tftypes.List, tftypes.Set:
		var elements []tftypes.Value
		assert.NilError(t, value.As(&elements))
		values, unknowns := []any{}, []any{}
		for _, element := range elements {
			value, unknown := jsonOf(t, element)
			values, unknowns = append(values, value), append(unknowns, unknown)
		}
		return values, unknowns
	}
	plain := fromWire(t, value)
	if whole, ok := plain.(int64); ok {
		return json.Number(strconv.FormatInt(whole, 10)), false
	}
	return plain, false
}

func checkPlanned(t *testing.T, plan *tfjson.Plan, checks []plancheck.PlanCheck) {
	t.Helper()
	for _, check := range checks {
		var resp plancheck.CheckPlanResponse
		check.CheckPlan(t.Context(), plancheck.CheckPlanRequest{Plan: plan}, &resp)
		assert.Check(t, resp.Error == nil, "plan: %v", resp.Error)
	}
}

func checkState(t *testing.T, state *tfjson.State, checks []statecheck.StateCheck) {
	t.Helper()
	for _, check := range checks {
		var resp statecheck.CheckStateResponse
		check.CheckState(t.Context(), statecheck.CheckStateRequest{State: state}, &resp)
		assert.Check(t, resp.Error == nil, "state: %v", resp.Error)
	}
}

// print is what a CLI prints of diagnostics: the lines that they are about, and their words.
func (s *stage) print(h toldInWalk) string {
	var lines []string
	for _, name := range h.at {
		lines = append(lines, regexp.MustCompile(`\b`+name+`\s*=.*`).FindAllString(s.script.text, -1)...)
	}
	for _, warning := range h.warnings {
		lines = append(lines, "Warning: "+warning)
	}
	for _, err := range h.errors {
		lines = append(lines, "Error: "+err)
	}
	return strings.Join(append(lines, ""), "\n\n")
}

func (h *toldInWalk) add(more toldInWalk) {
	h.errors, h.warnings, h.at = append(h.errors, more.errors...), append(h.warnings, more.warnings...), append(h.at, more.at...)
}

// invalid asks the provider whether resources are as they may be.
func (w *walker) invalid(server tfprotov6.ProviderServer, config map[string]wanted) (told toldInWalk) {
	w.t.Helper()
	for _, address := range slices.Sorted(maps.Keys(config)) {
		c := config[address]
		resp := ask(w.wire, server.ValidateResourceConfig, &tfprotov6.ValidateResourceConfigRequest{TypeName: c.kind, Config: w.encode(w.of(c.kind).stateType(), c.config)})
		told.take(resp.Diagnostics)
	}
	return told
}
