// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

// empty is a plan check that nothing changes.
var empty = plancheck.ExpectEmptyPlan()

// before is what a plan has to be before the apply, for the test framework.
func before(checks ...plancheck.PlanCheck) resource.ConfigPlanChecks {
	return resource.ConfigPlanChecks{PreApply: checks}
}

// at is a path.
func at(names ...string) tfjsonpath.Path {
	path := tfjsonpath.New(names[0])
	for _, name := range names[1:] {
		path = path.AtMapKey(name)
	}
	return path
}

// unknownAt is a plan check that a value is known after the apply.
func unknownAt(address string, names ...string) plancheck.PlanCheck {
	return plancheck.ExpectUnknownValue(address, at(names...))
}

// knownAt is a plan check of a text.
func knownAt(address, text string, names ...string) plancheck.PlanCheck {
	return plancheck.ExpectKnownValue(address, at(names...), knownvalue.StringExact(text))
}

// stateAt is a state check of a text.
func stateAt(address, text string, names ...string) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(address, at(names...), knownvalue.StringExact(text))
}

// changeCheck is a plan check of what changes in a resource.
type changeCheck struct {
	address string
	check   func(*tfjson.Change) error
}

func (c changeCheck) CheckPlan(_ context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	resp.Error = fmt.Errorf("the plan does not have %s", c.address)
	for _, change := range req.Plan.ResourceChanges {
		if change.Address == c.address {
			resp.Error = c.check(change.Change)
		}
	}
}

// stateCheck is a state check.
type stateCheck func(*tfjson.State) error

func (check stateCheck) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	resp.Error = check(req.State)
}

// unlike tells how something differs from what it is to be.
func unlike(what string, want, got any) error {
	if diff := cmp.Diff(want, got); diff != "" {
		return fmt.Errorf("%s (-want +got):\n%s", what, diff)
	}
	return nil
}

// updates is a plan check for an update in place with exactly these changes.
func updates(want ...map[string]string) plancheck.PlanCheck {
	return changeCheck{resourceName, func(change *tfjson.Change) error {
		if !change.Actions.Update() {
			return fmt.Errorf("%s has the actions %v", resourceName, change.Actions)
		}
		return unlike("changes", merged(want...), changesOf(change))
	}}
}

// expectChanges is a plan check for exactly these changes in a resource: by
// path, "old -> new", or "?" for what is known after the apply.
func expectChanges(address string, want ...map[string]string) plancheck.PlanCheck {
	return changeCheck{address, func(change *tfjson.Change) error {
		return unlike("changes of "+address, merged(want...), changesOf(change))
	}}
}

// merged is all of these together.
func merged(sets ...map[string]string) map[string]string {
	all := map[string]string{}
	for _, set := range sets {
		maps.Copy(all, set)
	}
	return all
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

// adds are the changes of endpoints that are new to the resource. Their status is "?" where it is not known what becomes of them.
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

// removes are the changes of endpoints that are taken out, of which the state has the status: "" for those whose consumers have
// left. Nothing else of them is told.
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

// changesOf lists what a plan changes, leaf by leaf, but for removed elements of `connections`, which are one change each.
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
			if changes[path] == "" && !cmp.Equal(before[path], after[path]) {
				changes[path] = told(before, path) + " -> " + told(after, path)
			}
		}
	}
	for path := range before {
		entry, attribute, isEntry := entryPath(path)
		if _, stays := after[path]; !isEntry || stays || changes[path] == "?" {
			continue
		}
		of, _, _ := strings.Cut(entry, ".")
		delete(changes, path)
		if changes[of] != "?" && attribute == "status" {
			changes[entry] = "removed, was " + told(before, path)
		} else if changes[of] != "?" && attribute == "id" {
			changes[entry] = "removed"
		}
	}
	delete(changes, "endpoints") // the keys of connections tell the same
	return changes
}

// entryPath splits connections.ID.ATTRIBUTE and the like.
func entryPath(path string) (entry, attribute string, ok bool) {
	parts := strings.Split(path, ".")
	if len(parts) != 3 || !slices.Contains([]string{"connections", "permissions", "undeclared"}, parts[0]) {
		return "", "", false
	}
	return parts[0] + "." + parts[1], parts[2], true
}

// entryChanges is a plan check for an update in place that changes just these entries of a
// map: how the attribute does, by key, or that the entry is removed.
func entryChanges(address, of, attribute string, want map[string]string) plancheck.PlanCheck {
	return changeCheck{address, func(change *tfjson.Change) error {
		got := map[string]string{}
		for path, how := range changesOf(change) {
			if entry, ok := strings.CutPrefix(path, of+"."); ok && (!strings.Contains(entry, ".") || strings.HasSuffix(entry, "."+attribute)) {
				got[strings.TrimSuffix(entry, "."+attribute)] = how
			}
		}
		if !change.Actions.Update() {
			return fmt.Errorf("%s has the actions %v", address, change.Actions)
		}
		return unlike("changes of "+of, want, got)
	}}
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

// leaves maps the path of each value that holds no others to it. A list is one value.
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
	return statecheck.ExpectKnownValue(address, at("connections"), knownvalue.MapExact(connections))
}

// each gives the endpoints one status, as recorded takes it.
func each(status string, ids ...string) map[string]string {
	statuses := map[string]string{}
	for _, id := range ids {
		statuses[id] = status
	}
	return statuses
}

// holds is a state check that `endpoints` are these, in this order.
func holds(ids ...string) statecheck.StateCheck {
	return statecheck.ExpectKnownValue(resourceName, at("endpoints"), stringList(ids))
}

// noState is a state check that there is no resource, for a stage.
var noState = stateCheck(func(state *tfjson.State) error {
	return unlike("resources in the state", 0, len(state.Values.RootModule.Resources))
})

// all is several state checks.
type all []statecheck.StateCheck

func (c all) CheckState(ctx context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	for _, check := range c {
		if resp.Error == nil {
			check.CheckState(ctx, req, resp)
		}
	}
}

// have is a state check of the resource under test: exactly these endpoints, in one status.
func have(status string, ids ...string) statecheck.StateCheck {
	return recorded(resourceName, each(status, ids...))
}

func stringList(values []string) knownvalue.Check {
	checks := make([]knownvalue.Check, len(values))
	for i, value := range values {
		checks[i] = knownvalue.StringExact(value)
	}
	return knownvalue.ListExact(checks)
}

// imported is an import's plan that changes nothing, for the test framework.
var imported = resource.ImportPlanChecks{PreApply: []plancheck.PlanCheck{empty}}
