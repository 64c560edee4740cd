// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	tfjson "github.com/hashicorp/terraform-json"
)

// decision is one endpoint's change of status in a plan.
type decision struct {
	resource, endpoint, from, to string
}

func (d decision) String() string {
	return fmt.Sprintf("%s: %s from %q to %q", d.resource, d.endpoint, d.from, d.to)
}

// plannedDecisions reads from a plan in JSON which statuses it changes. It may neither create nor destroy resources.
func plannedDecisions(planned []byte) ([]decision, error) {
	var plan tfjson.Plan
	if err := json.Unmarshal(planned, &plan); err != nil {
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	var found []decision
	for _, r := range plan.ResourceChanges {
		switch {
		case r.Change.Actions.NoOp():
			continue
		case !r.Change.Actions.Update():
			return nil, fmt.Errorf("the plan is to %v %s", r.Change.Actions, r.Address)
		}
		before, after := statuses(r.Change.Before), statuses(r.Change.After)
		endpoints := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
		slices.Sort(endpoints)
		for _, id := range slices.Compact(endpoints) {
			if from, to := before[id], after[id]; from != to {
				found = append(found, decision{resource: r.Address, endpoint: id, from: from, to: to})
			}
		}
	}
	return found, nil
}

// statuses are those of the connections of a resource, before or after; what is not known yet is left out.
func statuses(resource any) map[string]string {
	found := map[string]string{}
	values, _ := resource.(map[string]any)
	connections, _ := values["connections"].(map[string]any)
	for id, connection := range connections {
		attributes, _ := connection.(map[string]any)
		found[id], _ = attributes["status"].(string)
	}
	return found
}
