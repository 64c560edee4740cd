// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// block is a resource block of the name, for configurations that hold several.
// The endpoints are an expression.
func block(name, desired, endpoints string, arguments ...string) string {
	return fmt.Sprintf(`
resource "apig_vpc_endpoint_connection" %q {
  instance_id    = %q
  desired_status = %q
  endpoints      = %s
  %s
}
`, name, testInstance, desired, endpoints, strings.Join(arguments, "\n  "))
}

func address(name string) string { return "apig_vpc_endpoint_connection." + name }

// expectDecisions fails the test unless these are the calls that decided since
// the journal's last reset, in this order.
func (m *mock) expectDecisions(t *testing.T, want ...string) {
	t.Helper()
	if diff := cmp.Diff(want, m.decisions()); diff != "" {
		t.Errorf("decisions (-want +got):\n%s", diff)
	}
}

// decided is a state check of the calls that decided since the last such check,
// in any order: those of one round travel at the same time.
func (m *mock) decided(want ...string) statecheck.StateCheck { return decisionsCheck{m, want} }

type decisionsCheck struct {
	*mock
	want []string
}

func (c decisionsCheck) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	want, got := slices.Sorted(slices.Values(c.want)), slices.Sorted(slices.Values(c.decisions()))
	if diff := cmp.Diff(want, got); diff != "" {
		resp.Error = fmt.Errorf("decisions (-want +got):\n%s", diff)
	}
	c.ResetJournal()
}

// expectStatuses fails the test unless the gateway has the status for all of
// the endpoints; "" means that it lists none of them.
func (m *mock) expectStatuses(t *testing.T, want string, ids ...string) {
	t.Helper()
	for _, id := range ids {
		if got := m.status(id); got != want {
			t.Errorf("%s is %q, want %q", id, got, want)
		}
	}
}

// recorded is what a state check expects of `connections`: exactly these
// endpoints, with these statuses. "" is an endpoint of which everything is null.
func recorded(address string, statuses map[string]string) statecheck.StateCheck {
	connections := map[string]knownvalue.Check{}
	for id, status := range statuses {
		entry := map[string]knownvalue.Check{}
		for _, name := range []string{"status", "marker_id", "domain_id", "created_at", "updated_at"} {
			entry[name] = knownvalue.NotNull()
			if status == "" {
				entry[name] = knownvalue.Null()
			}
		}
		if status != "" {
			entry["status"] = knownvalue.StringExact(status)
		}
		connections[id] = knownvalue.ObjectExact(entry)
	}
	return statecheck.ExpectKnownValue(address, tfjsonpath.New("connections"), knownvalue.MapExact(connections))
}

// each gives the endpoints one status, as recorded takes it.
func each(status string, ids ...string) map[string]string {
	statuses := map[string]string{}
	for _, id := range ids {
		statuses[id] = status
	}
	return statuses
}

// beforeApply does something between the plan and the apply.
type beforeApply func()

func (do beforeApply) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	do()
}

// expectChanges is a plan check for exactly these changes in a resource: by
// path, "old -> new", or "?" for what is known after the apply.
func expectChanges(address string, want ...map[string]string) plancheck.PlanCheck {
	all := map[string]string{}
	for _, changes := range want {
		maps.Copy(all, changes)
	}
	return changesCheck{address, all}
}

type changesCheck struct {
	address string
	want    map[string]string
}

func (c changesCheck) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	for _, change := range req.Plan.ResourceChanges {
		if change.Address != c.address {
			continue
		}
		if diff := cmp.Diff(c.want, changesOf(change.Change)); diff != "" {
			resp.Error = fmt.Errorf("changes of %s (-want +got):\n%s", c.address, diff)
		}
		return
	}
	resp.Error = fmt.Errorf("the plan does not have %s", c.address)
}

// decides are the changes of endpoints that an apply decides.
func decides(from, to string, ids ...string) map[string]string {
	changes := map[string]string{}
	for _, id := range ids {
		changes["connections."+id+".status"] = from + " -> " + to
		changes["connections."+id+".updated_at"] = "?"
	}
	return changes
}

// adds are the changes of endpoints that are new to the resource. Their status
// is "?" where it is not known what becomes of them.
func adds(status string, ids ...string) map[string]string {
	changes := map[string]string{}
	for _, id := range ids {
		for _, name := range []string{"status", "marker_id", "domain_id", "created_at", "updated_at"} {
			changes["connections."+id+"."+name] = "?"
		}
		if status != "?" {
			changes["connections."+id+".status"] = "absent -> " + status
		}
	}
	return changes
}

// removes are the changes of endpoints that are taken out, of which the state
// has the status: "" for those whose consumers have left. Nothing else of them
// is told.
func removes(status string, ids ...string) map[string]string {
	if status == "" {
		status = "null"
	}
	changes := map[string]string{}
	for _, id := range ids {
		changes["connections."+id] = "removed, was " + status
	}
	return changes
}

// changesOf lists what a plan changes, leaf by leaf, but for removed elements of
// `connections`, which are one change each.
func changesOf(change *tfjson.Change) map[string]string {
	before, after, unknown := leaves(change.Before), leaves(change.After), leaves(change.AfterUnknown)
	changes := map[string]string{}
	for path, value := range unknown {
		if isUnknown, _ := value.(bool); isUnknown {
			changes[path] = "?"
		}
	}
	for _, values := range []map[string]any{before, after} {
		for path := range values {
			if changes[path] == "" {
				changes[path] = transition(before, after, path)
			}
		}
	}
	for path := range before {
		id, attribute, isEntry := entryPath(path)
		if _, stays := after[path]; !isEntry || stays || changes[path] == "?" {
			continue
		}
		delete(changes, path)
		if attribute == "status" && changes["connections"] != "?" {
			changes["connections."+id] = "removed, was " + told(before, path)
		}
	}
	delete(changes, "endpoints") // the keys of connections tell the same
	maps.DeleteFunc(changes, func(_, change string) bool { return change == "same" })
	return changes
}

// entryPath splits connections.ID.ATTRIBUTE.
func entryPath(path string) (id, attribute string, ok bool) {
	parts := strings.Split(path, ".")
	if len(parts) != 3 || parts[0] != "connections" {
		return "", "", false
	}
	return parts[1], parts[2], true
}

func transition(before, after map[string]any, path string) string {
	if cmp.Equal(before[path], after[path]) {
		return "same"
	}
	return told(before, path) + " -> " + told(after, path)
}

func told(values map[string]any, path string) string {
	value, ok := values[path]
	if !ok {
		return "absent"
	}
	if value == nil {
		return "null"
	}
	return fmt.Sprint(value)
}

// leaves maps the path of each value that holds no others to it. A list is one
// value.
func leaves(value any) map[string]any {
	found := map[string]any{}
	var walk func(path string, value any)
	walk = func(path string, value any) {
		object, ok := value.(map[string]any)
		if !ok {
			found[path] = value
			return
		}
		for name, element := range object {
			walk(strings.TrimPrefix(path+"."+name, "."), element)
		}
	}
	if value != nil {
		walk("", value)
	}
	return found
}

// listener hears the diagnostics that the provider gives the CLI, of which the
// test framework shows errors only.
type listener struct {
	mu       sync.Mutex
	warnings []string // each once, in the order of their first coming
}

func (l *listener) factories() map[string]func() (tfprotov6.ProviderServer, error) {
	serve := factories["apig"]
	return map[string]func() (tfprotov6.ProviderServer, error){
		"apig": func() (tfprotov6.ProviderServer, error) {
			server, err := serve()
			return heard{server, l}, err
		},
	}
}

func (l *listener) hear(diags []*tfprotov6.Diagnostic) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, d := range diags {
		text := d.Summary + ": " + d.Detail
		if d.Severity == tfprotov6.DiagnosticSeverityWarning && !slices.Contains(l.warnings, text) {
			l.warnings = append(l.warnings, text)
		}
	}
}

// take returns the warnings since the last take.
func (l *listener) take() []string {
	l.mu.Lock()
	defer l.mu.Unlock()
	warnings := l.warnings
	l.warnings = nil
	return warnings
}

// expect is a plan check for exactly these warnings since the last check: each
// want matches one of them.
func (l *listener) expect(want ...*regexp.Regexp) plancheck.PlanCheck { return warningsCheck{l, want} }

// expectNow is the same, now.
func (l *listener) expectNow(t *testing.T, want ...*regexp.Regexp) {
	t.Helper()
	if err := compareWarnings(want, l.take()); err != nil {
		t.Error(err)
	}
}

type warningsCheck struct {
	*listener
	want []*regexp.Regexp
}

func (c warningsCheck) CheckPlan(_ context.Context, _ plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = compareWarnings(c.want, c.take())
}

func compareWarnings(want []*regexp.Regexp, got []string) error {
	for _, expression := range want {
		if !slices.ContainsFunc(got, expression.MatchString) {
			return fmt.Errorf("no warning matches %s; they are:\n%s", expression, strings.Join(got, "\n\n"))
		}
	}
	if len(got) != len(want) {
		return fmt.Errorf("%d warnings, want %d:\n%s", len(got), len(want), strings.Join(got, "\n\n"))
	}
	return nil
}

// heard is a provider server whose diagnostics are listened to.
type heard struct {
	tfprotov6.ProviderServer
	*listener
}

func (h heard) ReadResource(ctx context.Context, req *tfprotov6.ReadResourceRequest) (*tfprotov6.ReadResourceResponse, error) {
	resp, err := h.ProviderServer.ReadResource(ctx, req)
	if resp != nil {
		h.hear(resp.Diagnostics)
	}
	return resp, err
}

func (h heard) PlanResourceChange(ctx context.Context, req *tfprotov6.PlanResourceChangeRequest) (*tfprotov6.PlanResourceChangeResponse, error) {
	resp, err := h.ProviderServer.PlanResourceChange(ctx, req)
	if resp != nil {
		h.hear(resp.Diagnostics)
	}
	return resp, err
}

func (h heard) ApplyResourceChange(ctx context.Context, req *tfprotov6.ApplyResourceChangeRequest) (*tfprotov6.ApplyResourceChangeResponse, error) {
	resp, err := h.ProviderServer.ApplyResourceChange(ctx, req)
	if resp != nil {
		h.hear(resp.Diagnostics)
	}
	return resp, err
}

// message matches an error that holds all of the texts, in this order, however
// the CLI has wrapped its lines.
func message(texts ...string) *regexp.Regexp {
	expression := "(?s)"
	for i, text := range texts {
		if i > 0 {
			expression += ".*"
		}
		for j, word := range strings.Fields(text) {
			if j > 0 {
				expression += `[\s│]+`
			}
			expression += regexp.QuoteMeta(word)
		}
	}
	return regexp.MustCompile(expression)
}
