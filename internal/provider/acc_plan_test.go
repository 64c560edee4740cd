// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"fmt"
	"maps"
	"strings"

	"github.com/google/go-cmp/cmp"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
)

// before is what a plan has to be before the apply.
func before(checks ...plancheck.PlanCheck) []plancheck.PlanCheck { return checks }

// beforeApply does something between the plan and the apply.
type beforeApply func()

func (do beforeApply) CheckPlan(context.Context, plancheck.CheckPlanRequest, *plancheck.CheckPlanResponse) {
	do()
}

// updates is a plan check for an update in place with exactly these changes.
func updates(want ...map[string]string) plancheck.PlanCheck { return updateCheck{want} }

type updateCheck struct{ want []map[string]string }

func (c updateCheck) CheckPlan(ctx context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate).CheckPlan(ctx, req, resp)
	if resp.Error == nil {
		expectChanges(resourceName, c.want...).CheckPlan(ctx, req, resp)
	}
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
