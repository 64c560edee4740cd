// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/zclconf/go-cty/cty"
	"gotest.tools/v3/assert"
)

// stage plays the CLI over the protocol: it reads a configuration, and does what the commands do, in milliseconds. What a CLI
// adds of its own (how a plan prints, locks, signals, environment) takes a cli.
type stage struct {
	*walker
	commands
	script *script
	data   map[string]cty.Value // what each terraform_data has
	reads  map[string]fields    // what data sources have given in the last plan
	saved  *savedPlan
}

// savedPlan is what an apply needs of a plan.
type savedPlan struct {
	changes  []*change
	data     map[string]cty.Value
	provider fields // as it is in the apply, like known
	known    map[string]wanted
	news     bool     // something changes
	warnings []string // of the plan, each once
}

func newStage(t *testing.T, m *mock, config string) *stage {
	t.Helper()
	s := &stage{walker: newWalker(t, m, ""), data: map[string]cty.Value{}}
	s.commands, s.leaves = commands{s, t}, true
	s.inOrder(false)
	s.configure(config)
	return s
}

// configure replaces the configuration.
func (s *stage) configure(config string) {
	s.t.Helper()
	s.script = readScript(s.t, config)
}

// run does what a command does.
func (s *stage) run(arguments ...string) outcome {
	s.t.Helper()
	command := arguments[0]
	s.atOnce = 10
	if n, err := strconv.Atoi(option(arguments, "-parallelism=")); err == nil {
		s.atOnce = n
	}
	s.unread = slices.Contains(arguments, "-refresh=false")
	switch {
	case command == "plan", command == "apply" && !slices.Contains(arguments, "saved.tfplan"), command == "destroy":
		destroy := command == "destroy" || slices.Contains(arguments, "-destroy")
		planned, told := s.makePlan(destroy, option(arguments, "-replace="))
		if len(told.errors) > 0 {
			return s.outcome(told, "")
		}
		if s.saved = planned; command != "plan" {
			return s.perform(told)
		}
		out := s.outcome(told, count("Plan: %d to add, %d to change, %d to destroy.", planned.changes))
		if planned.news && slices.Contains(arguments, "-detailed-exitcode") {
			out.code = 2
		}
		return out
	case command == "apply":
		return s.perform(toldInWalk{})
	case command == "import":
		return s.imported(arguments[len(arguments)-2], arguments[len(arguments)-1])
	case command == "state" && arguments[1] == "rm":
		s.forget(arguments[2])
		return outcome{}
	}
	s.t.Fatalf("%s takes a real CLI", command)
	return outcome{}
}

func option(arguments []string, name string) string {
	for _, argument := range arguments {
		if value, ok := strings.CutPrefix(argument, name); ok {
			return value
		}
	}
	return ""
}

// outcome is that of a command which said something.
func (s *stage) outcome(told toldInWalk, done string) outcome {
	if len(told.errors) > 0 {
		return outcome{code: 1, stderr: s.print(told)}
	}
	return outcome{stdout: s.print(told) + done}
}

func count(form string, changes []*change) string {
	n := map[tfjson.Action]int{}
	for _, c := range changes {
		for _, action := range c.actions() {
			n[action]++
		}
	}
	return fmt.Sprintf(form, n[tfjson.ActionCreate], n[tfjson.ActionUpdate], n[tfjson.ActionDelete])
}

// begin configures the provider for a walk.
func (s *stage) begin(config fields, resources map[string]wanted) (told toldInWalk) {
	s.t.Helper()
	server := s.start()
	if told := s.invalid(server, resources); len(told.errors) > 0 {
		return told
	}
	encoded := s.encode(s.schemas.Provider.ValueType(), config)
	validated := ask(s.wire, server.ValidateProviderConfig, &tfprotov6.ValidateProviderConfigRequest{Config: encoded})
	if told.take(validated.Diagnostics) {
		return told
	}
	resp := ask(s.wire, server.ConfigureProvider, &tfprotov6.ConfigureProviderRequest{Config: encoded})
	told.take(resp.Diagnostics)
	s.configured = server
	return told
}

func (s *stage) makePlan(destroy bool, replace string) (*savedPlan, toldInWalk) {
	s.t.Helper()
	for _, from := range s.script.removed {
		s.forget(from)
	}
	for _, block := range s.script.moved {
		if there := s.objects[block[0]]; there != nil {
			delete(s.objects, block[0])
			s.objects[block[1]] = there
		}
	}
	first := s.script.evaluate(s.data, nil)
	told := s.begin(first.provider, first.wanted)
	if len(told.errors) > 0 {
		return nil, told
	}
	s.reads = map[string]fields{}
	read := func(kind, name string, config fields) fields { return s.readData(&told, kind, name, config) }
	planned := s.script.evaluate(s.data, read)
	if len(told.errors) > 0 {
		return nil, told
	}
	known := s.script.evaluate(planned.data, read)
	save := &savedPlan{data: planned.data, provider: known.provider, known: known.wanted}
	s.rank = planned.rank
	for address, w := range planned.wanted {
		w.known, w.force = known.wanted[address].config, address == replace
		planned.wanted[address] = w
	}
	if destroy && !s.unread {
		// A destroy plans like an apply first.
		if _, first := s.plans(planned.wanted); len(first.errors) > 0 {
			return nil, first
		}
		s.begin(planned.provider, nil)
	}
	if destroy {
		planned.wanted, save.known, save.data = nil, nil, nil
	}
	changes, more := s.plans(planned.wanted)
	told.add(more)
	save.changes = changes
	for _, c := range changes {
		save.news = save.news || c.what != ""
	}
	for name, value := range save.data {
		save.news = save.news || s.data[name] == cty.NilVal || !s.data[name].RawEquals(value)
	}
	save.warnings = slices.Compact(slices.Sorted(slices.Values(told.warnings)))
	return save, told
}

// readData reads a data source, once a plan.
func (s *stage) readData(told *toldInWalk, kind, name string, config fields) fields {
	s.t.Helper()
	if read, ok := s.reads[name]; ok {
		return read
	}
	s.walking = s.configured
	read, diags := s.wire.data(kind, config)
	s.walking = nil
	told.take(diags)
	s.reads[name] = read
	return read
}

// forget takes a resource out of the state.
func (s *stage) forget(address string) {
	maps.DeleteFunc(s.objects, func(name string, _ *instance) bool { return name == address || strings.HasPrefix(name, address+"[") })
}

// perform applies the plan that is saved.
func (s *stage) perform(told toldInWalk) outcome {
	s.t.Helper()
	save := s.saved
	s.saved = nil
	s.data = save.data
	more := s.begin(save.provider, save.known)
	if len(more.errors) == 0 {
		more = s.applies(save.changes, -1)
	}
	told.add(more)
	return s.outcome(told, count("Apply complete! Resources: %d added, %d changed, %d destroyed.", save.changes))
}

func (s *stage) imported(address, id string) outcome {
	s.t.Helper()
	planned := s.script.evaluate(s.data, nil)
	told := s.begin(planned.provider, planned.wanted)
	if len(told.errors) == 0 {
		s.walk()
		kind := planned.wanted[address].kind
		got, diags := s.of(kind).imports(id, nil)
		if !told.take(diags) {
			s.objects[address] = &instance{kind: kind, current: got}
		}
	}
	return s.outcome(told, "Import successful!")
}

// planned makes a plan, for applySaved, and checks it.
func (s *stage) planned(checks ...plancheck.PlanCheck) {
	s.t.Helper()
	s.must("plan")
	s.checkSaved(checks)
}

func (s *stage) checkSaved(checks []plancheck.PlanCheck) {
	s.t.Helper()
	plan := s.planOf(s.saved.changes)
	for name, value := range s.saved.data {
		change := &tfjson.Change{Actions: tfjson.Actions{tfjson.ActionNoop}}
		if before := s.data[name]; before == cty.NilVal {
			change.Actions[0] = tfjson.ActionCreate
		} else if !before.RawEquals(value) {
			change.Actions[0] = tfjson.ActionUpdate
		}
		plan.ResourceChanges = append(plan.ResourceChanges, &tfjson.ResourceChange{Address: name, Type: "terraform_data", Change: change})
	}
	checkPlanned(s.t, plan, checks)
}

func (s *stage) state(checks ...statecheck.StateCheck) {
	s.t.Helper()
	checkState(s.t, s.stateOf(), checks)
}

// then plans and applies a configuration. The checks are of the plan, of what it warns of, and of the state after the apply; a
// func() is called between the two. The plan that follows has to be empty, but where unsettled is among the checks.
func (s *stage) then(config string, checks ...any) {
	s.t.Helper()
	s.configure(config)
	s.again(checks...)
}

// again is then, with the configuration that is there.
func (s *stage) again(checks ...any) {
	s.t.Helper()
	s.goes(checks)
	after := s.plan("-detailed-exitcode")
	assert.Check(s.t, after.code != 0 == slices.Contains(checks, any(unsettled)), "the next plan has the exit code %d:\n%s", after.code, after.output())
}

// destroys likewise destroys all.
func (s *stage) destroys(checks ...any) {
	s.t.Helper()
	s.goes(checks, "-destroy")
}

// fails is an apply that fails, or whose plan does, and says so.
func (s *stage) fails(config string, phrases ...string) {
	s.t.Helper()
	s.configure(config)
	s.apply().expect(s.t, 1, phrases...)
}

func (s *stage) goes(checks []any, arguments ...string) {
	s.t.Helper()
	s.must(append([]string{"plan"}, arguments...)...)
	warns := slices.Clone(s.saved.warnings)
	for _, check := range checks {
		switch check := check.(type) {
		case plancheck.PlanCheck:
			s.checkSaved([]plancheck.PlanCheck{check})
		case func():
			check()
		case phrases:
			i := slices.IndexFunc(warns, func(warning string) bool { return len(check) > 0 && missing(warning, check) == "" })
			if i >= 0 {
				warns = slices.Delete(warns, i, i+1)
			} else if len(check) > 0 || len(warns) > 0 {
				s.t.Errorf("warnings %q, want one of %q", s.saved.warnings, check)
			}
		}
	}
	assert.Check(s.t, !slices.ContainsFunc(checks, func(check any) bool { _, ok := check.(phrases); return ok }) || len(warns) <= 0,
		"more warnings than there should be: %q", warns)
	r := s.applySaved()
	assert.Assert(s.t, r.code == 0, r.output())
	for _, check := range checks {
		if check, ok := check.(statecheck.StateCheck); ok {
			s.state(check)
		}
	}
	if s.t.Failed() {
		s.t.FailNow()
	}
}

// phrases are of one warning of a plan.
type phrases []string

// warns is a check that a plan has a warning with these phrases; no others than those of
// such checks. Without phrases it has none.
func warns(of ...string) phrases { return of }

// unsettled tells that the plan after an apply is not empty.
const unsettled = restless("unsettled")

type restless string
