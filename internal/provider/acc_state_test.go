// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"
)

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

// holds is a state check that `endpoints` are these, in this order.
func holds(ids ...string) statecheck.StateCheck {
	var elements []knownvalue.Check
	for _, id := range ids {
		elements = append(elements, knownvalue.StringExact(id))
	}
	return statecheck.ExpectKnownValue(resourceName, tfjsonpath.New("endpoints"), knownvalue.ListExact(elements))
}

// noState is a state check that there is no resource.
type noState struct{}

func (noState) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	if req.State.Values != nil && req.State.Values.RootModule != nil && len(req.State.Values.RootModule.Resources) > 0 {
		resp.Error = errors.New("the state holds a resource")
	}
}

// attributeOf is where plan and state have an attribute of an endpoint.
func attributeOf(id, attribute string) tfjsonpath.Path {
	return tfjsonpath.New("connections").AtMapKey(id).AtMapKey(attribute)
}
