// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"testing"

	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/zclconf/go-cty/cty"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// stage plays the CLI over the protocol: it reads a configuration, and does what the
// commands do, in milliseconds. What a CLI adds of its own (how a plan prints, locks,
// signals, environment) takes a cli.
type stage struct {
	*walker
	script *script
	data   map[string]cty.Value // what each terraform_data has
	saved  *savedPlan
}

// savedPlan is what an apply needs of a plan.
type savedPlan struct {
	changes  []*change
	data     map[string]cty.Value
	provider fields // as it is in the apply, like known
	known    map[string]wanted
	news     bool // something changes
}

// newStage has the provider that acceptance tests have.
func newStage(t *testing.T, config string) *stage {
	t.Helper()
	return newStageOf(t, config, factories["apig"])
}

// onStage runs a test in memory, on a clock of its own.
func onStage(t *testing.T, config mockapig.Config, test func(t *testing.T, m *mock, start func(config string) *stage)) {
	t.Helper()
	inMemory(t, config, func(t *testing.T, m *mock, w *walker) {
		test(t, m, func(config string) *stage {
			return newStageOf(t, config, func() (tfprotov6.ProviderServer, error) { return w.start(), nil })
		})
	})
}

func newStageOf(t *testing.T, config string, start func() (tfprotov6.ProviderServer, error)) *stage {
	t.Helper()
	w := newWireOver(t, &mock{}, func() tfprotov6.ProviderServer {
		server, err := start()
		noError(t, err)
		return server
	})
	s := &stage{walker: &walker{wire: w, objects: map[string]*instance{}, leaves: true, atOnce: 10}, data: map[string]cty.Value{}}
	s.inOrder(false)
	s.configure(config)
	return s
}

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
		planned, told := s.makePlan(destroy, option(arguments, "-target="))
		if len(told.errors) > 0 {
			return outcome{code: 1, stderr: s.print(told)}
		}
		if s.saved = planned; command != "plan" {
			return s.perform(told)
		}
		out := outcome{stdout: s.print(told) + count("Plan: %d to add, %d to change, %d to destroy.", planned.changes)}
		if planned.news && slices.Contains(arguments, "-detailed-exitcode") {
			out.code = 2
		}
		return out
	case command == "apply":
		return s.perform(toldInWalk{})
	case command == "import":
		return s.imported(arguments[len(arguments)-2], arguments[len(arguments)-1])
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

func count(form string, changes []*change) string {
	var added, changed, destroyed int
	for _, c := range changes {
		for _, action := range c.actions() {
			switch action {
			case tfjson.ActionCreate:
				added++
			case tfjson.ActionUpdate:
				changed++
			case tfjson.ActionDelete:
				destroyed++
			case tfjson.ActionNoop, tfjson.ActionRead, tfjson.ActionForget:
			}
		}
	}
	return fmt.Sprintf(form, added, changed, destroyed)
}

// begin configures the provider for a walk.
func (s *stage) begin(config fields, resources map[string]wanted) (told toldInWalk) {
	s.t.Helper()
	server := s.start()
	if told := s.invalid(server, resources); len(told.errors) > 0 {
		return told
	}
	encoded := s.encode(s.schemas.Provider.ValueType(), config)
	validated, err := server.ValidateProviderConfig(s.t.Context(), &tfprotov6.ValidateProviderConfigRequest{Config: encoded})
	noError(s.t, err)
	if told.take(validated.Diagnostics) {
		return told
	}
	resp, err := server.ConfigureProvider(s.t.Context(), &tfprotov6.ConfigureProviderRequest{Config: encoded})
	noError(s.t, err)
	told.take(resp.Diagnostics)
	s.configured = server
	return told
}

func (s *stage) makePlan(destroy bool, target string) (*savedPlan, toldInWalk) {
	s.t.Helper()
	planned := s.script.evaluate(s.data)
	known := s.script.evaluate(planned.data)
	if target != "" {
		planned.wanted = nil
	}
	s.rank = planned.rank
	for address, w := range planned.wanted {
		w.known = known.wanted[address].config
		planned.wanted[address] = w
	}
	told := s.begin(planned.provider, planned.wanted)
	if len(told.errors) > 0 {
		return nil, told
	}
	if target != "" {
		return &savedPlan{data: planned.data, provider: known.provider, news: true}, told
	}
	save := &savedPlan{data: planned.data, provider: known.provider, known: known.wanted}
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
	return save, told
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
	if len(told.errors) > 0 {
		return outcome{code: 1, stderr: s.print(told)}
	}
	return outcome{stdout: s.print(told) + count("Apply complete! Resources: %d added, %d changed, %d destroyed.", save.changes)}
}

func (s *stage) imported(address, id string) outcome {
	s.t.Helper()
	planned := s.script.evaluate(s.data)
	told := s.begin(planned.provider, planned.wanted)
	if len(told.errors) == 0 {
		s.walk()
		kind := planned.wanted[address].kind
		got, diags := s.of(kind).imports(id, nil)
		if !told.take(diags) {
			s.objects[address] = &instance{kind: kind, current: got}
		}
	}
	if len(told.errors) > 0 {
		return outcome{code: 1, stderr: s.print(told)}
	}
	return outcome{stdout: s.print(told) + "Import successful!"}
}

// must runs a command that has to succeed.
func (s *stage) must(arguments ...string) outcome {
	s.t.Helper()
	r := s.run(arguments...)
	if r.code != 0 {
		s.t.Fatalf("%v: exit code %d\n%s", arguments, r.code, r.output())
	}
	return r
}

func (s *stage) plan(arguments ...string) outcome {
	s.t.Helper()
	return s.run(append([]string{"plan"}, arguments...)...)
}

func (s *stage) apply(arguments ...string) outcome {
	s.t.Helper()
	return s.run(append([]string{"apply"}, arguments...)...)
}
func (s *stage) applySaved() outcome { s.t.Helper(); return s.run("apply", "saved.tfplan") }

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

func (s *stage) state(checks ...statecheck.StateCheck) { s.t.Helper(); s.checkState(checks) }

// settled fails the test unless a plan is empty.
func (s *stage) settled() {
	s.t.Helper()
	if r := s.plan("-detailed-exitcode"); r.code != 0 {
		s.t.Errorf("the plan is not empty:\n%s", r.output())
	}
}

// play plays the steps of a test case as the test framework does, without a CLI.
func play(t *testing.T, test resource.TestCase) {
	t.Helper()
	t.Parallel()
	var s *stage
	for n, step := range test.Steps {
		if step.PreConfig != nil {
			step.PreConfig()
		}
		if s == nil {
			s = newStageOf(t, step.Config, test.ProtoV6ProviderFactories["apig"])
		} else if step.Config != "" {
			s.configure(step.Config)
		}
		s.step(n, step)
		if t.Failed() {
			t.Fatalf("in step %d", n+1)
		}
	}
	if len(s.stateOf().Values.RootModule.Resources) > 0 {
		s.must("destroy", "-refresh=false")
	}
}

func (s *stage) step(n int, step resource.TestStep) {
	s.t.Helper()
	if step.ImportState || step.RefreshState {
		s.t.Fatal("an import or refresh takes a real CLI")
	}
	arguments := []string{}
	if step.Destroy {
		arguments = append(arguments, "-destroy")
	}
	r := s.plan(arguments...)
	if r.code == 0 {
		s.checkSaved(step.ConfigPlanChecks.PreApply)
		if !step.PlanOnly {
			r = s.applySaved()
		}
	}
	switch {
	case step.ExpectError == nil && r.code != 0:
		s.t.Fatalf("step %d: %s", n+1, r.output())
	case step.ExpectError != nil:
		if r.code == 0 || !step.ExpectError.MatchString(r.stderr) {
			s.t.Errorf("no error matches %s:\n%s", step.ExpectError, r.output())
		}
		return
	}
	if !step.Destroy {
		s.checkState(step.ConfigStateChecks)
		if after := s.plan("-detailed-exitcode"); after.code != 0 != step.ExpectNonEmptyPlan {
			s.t.Errorf("the next plan has the exit code %d:\n%s", after.code, after.output())
		}
	}
}
