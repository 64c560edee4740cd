// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package main

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// decision is one endpoint's change of status in a plan.
type decision struct {
	resource, endpoint, from, to string
}

func (d decision) String() string {
	return fmt.Sprintf("%s: %s from %q to %q", d.resource, d.endpoint, d.from, d.to)
}

// savedPlan is what the demo reads of a plan in JSON.
type savedPlan struct {
	ResourceChanges []struct {
		Address string `json:"address"`
		Change  struct {
			Actions []string `json:"actions"`
			Before  snapshot `json:"before"`
			After   snapshot `json:"after"`
		} `json:"change"`
	} `json:"resource_changes"`
}

// snapshot is a resource before or after; what is not known yet is left out.
type snapshot struct {
	Connections map[string]struct {
		Status string `json:"status"`
	} `json:"connections"`
}

// plannedDecisions reads, from a plan in JSON, each endpoint whose status it
// changes. Resources that are created or destroyed have no place in it.
func plannedDecisions(planned []byte) ([]decision, error) {
	var plan savedPlan
	if err := json.Unmarshal(planned, &plan); err != nil {
		return nil, fmt.Errorf("reading the plan: %w", err)
	}
	var found []decision
	for _, r := range plan.ResourceChanges {
		switch {
		case slices.Equal(r.Change.Actions, []string{"no-op"}):
			continue
		case !slices.Equal(r.Change.Actions, []string{"update"}):
			return nil, fmt.Errorf("the plan is to %v %s", r.Change.Actions, r.Address)
		}
		before, after := r.Change.Before.Connections, r.Change.After.Connections
		endpoints := slices.AppendSeq(slices.Collect(maps.Keys(before)), maps.Keys(after))
		slices.Sort(endpoints)
		for _, id := range slices.Compact(endpoints) {
			if from, to := before[id].Status, after[id].Status; from != to {
				found = append(found, decision{resource: r.Address, endpoint: id, from: from, to: to})
			}
		}
	}
	return found, nil
}
