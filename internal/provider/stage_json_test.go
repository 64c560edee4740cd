// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-go/tftypes"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"gotest.tools/v3/assert"
)

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

func (c *change) actions() tfjson.Actions {
	switch c.what {
	case "create":
		return tfjson.Actions{tfjson.ActionCreate}
	case "update":
		return tfjson.Actions{tfjson.ActionUpdate}
	case "destroy", "deposed":
		return tfjson.Actions{tfjson.ActionDelete}
	case "replace":
		if c.wanted.first {
			return tfjson.Actions{tfjson.ActionCreate, tfjson.ActionDelete}
		}
		return tfjson.Actions{tfjson.ActionDelete, tfjson.ActionCreate}
	}
	return tfjson.Actions{tfjson.ActionNoop}
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
		resp, err := server.ValidateResourceConfig(w.ctx, &tfprotov6.ValidateResourceConfigRequest{TypeName: c.kind, Config: w.encode(w.of(c.kind).stateType(), c.config)})
		assert.NilError(w.t, err)
		told.take(resp.Diagnostics)
	}
	return told
}
