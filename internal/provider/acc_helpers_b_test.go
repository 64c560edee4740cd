// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/hashicorp/go-version"
	tfjson "github.com/hashicorp/terraform-json"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// decidedTogether is decided for calls of which the order does not matter.
func (m *mock) decidedTogether(want ...string) statecheck.StateCheck {
	return togetherCheck{m, want}
}

type togetherCheck struct {
	*mock
	want []string
}

func (c togetherCheck) CheckState(_ context.Context, _ statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	got := c.decisions()
	c.ResetJournal()
	slices.Sort(got)
	slices.Sort(c.want)
	if diff := cmp.Diff(c.want, got); diff != "" {
		resp.Error = fmt.Errorf("decisions (-want +got):\n%s", diff)
	}
}

// before is what a plan has to be before the apply.
func before(checks ...plancheck.PlanCheck) []plancheck.PlanCheck { return checks }

// updates is a plan check for an update in place with exactly these changes.
func updates(want ...map[string]string) plancheck.PlanCheck { return updateCheck{want} }

type updateCheck struct{ want []map[string]string }

func (c updateCheck) CheckPlan(ctx context.Context, req plancheck.CheckPlanRequest, resp *plancheck.CheckPlanResponse) {
	plancheck.ExpectResourceAction(resourceName, plancheck.ResourceActionUpdate).CheckPlan(ctx, req, resp)
	if resp.Error == nil {
		expectChanges(resourceName, c.want...).CheckPlan(ctx, req, resp)
	}
}

// holds is a state check that `endpoints` are these, in this order.
func holds(ids ...string) statecheck.StateCheck {
	var elements []knownvalue.Check
	for _, id := range ids {
		elements = append(elements, knownvalue.StringExact(id))
	}
	return statecheck.ExpectKnownValue(resourceName, tfjsonpath.New("endpoints"), knownvalue.ListExact(elements))
}

// state checks the state as it is, without a refresh.
func (c *cli) state(checks ...statecheck.StateCheck) {
	c.t.Helper()
	var state tfjson.State
	noError(c.t, json.Unmarshal([]byte(c.must("show", "-json").stdout), &state))
	for _, check := range checks {
		var resp statecheck.CheckStateResponse
		check.CheckState(c.t.Context(), statecheck.CheckStateRequest{State: &state}, &resp)
		if resp.Error != nil {
			c.t.Errorf("state: %v", resp.Error)
		}
	}
}

// noState is a state check that there is no resource.
type noState struct{}

func (noState) CheckState(_ context.Context, req statecheck.CheckStateRequest, resp *statecheck.CheckStateResponse) {
	if req.State.Values != nil && req.State.Values.RootModule != nil && len(req.State.Values.RootModule.Resources) > 0 {
		resp.Error = errors.New("the state holds a resource")
	}
}

// planned makes a plan, for applySaved, and checks it.
func (c *cli) planned(checks ...plancheck.PlanCheck) {
	c.t.Helper()
	c.must("plan", "-input=false", "-out=saved.tfplan")
	var plan tfjson.Plan
	noError(c.t, json.Unmarshal([]byte(c.must("show", "-json", "saved.tfplan").stdout), &plan))
	for _, check := range checks {
		var resp plancheck.CheckPlanResponse
		check.CheckPlan(c.t.Context(), plancheck.CheckPlanRequest{Plan: &plan}, &resp)
		if resp.Error != nil {
			c.t.Errorf("plan: %v", resp.Error)
		}
	}
}

func (c *cli) applySaved() outcome {
	c.t.Helper()
	return c.run("apply", "-input=false", "saved.tfplan")
}

// settled fails the test unless a plan is empty.
func (c *cli) settled() {
	c.t.Helper()
	if r := c.plan("-detailed-exitcode"); r.code != 0 {
		c.t.Errorf("the plan is not empty:\n%s", r.output())
	}
}

// attributeOf is where plan and state have an attribute of an endpoint.
func attributeOf(id, attribute string) tfjsonpath.Path {
	return tfjsonpath.New("connections").AtMapKey(id).AtMapKey(attribute)
}

// refusing is a fault of calls that decide.
func refusing(action, endpoint string, times, status int, code string) mockapig.Fault {
	return mockapig.Fault{
		Operation: mockapig.OpAcceptOrReject, Action: action, Endpoint: endpoint, Times: times,
		Status: status, Code: code, Message: "not now",
	}
}

// skipBelow skips a test that runs the CLI by itself where that is older. Its
// name has to say so.
func skipBelow(t *testing.T, oldest *version.Version) {
	t.Helper()
	var told struct {
		Version string `json:"terraform_version"`
	}
	noError(t, json.Unmarshal([]byte(emptyCLI(t).must("version", "-json").stdout), &told))
	running, err := version.NewVersion(told.Version)
	noError(t, err)
	if running.Core().LessThan(oldest) {
		t.Skipf("the CLI is %s, and the test needs %s", running, oldest)
	}
}

// forgetIdentities makes the state one of a CLI that knows no identities.
func (c *cli) forgetIdentities() {
	c.t.Helper()
	file := filepath.Join(c.dir, "terraform.tfstate")
	text, err := os.ReadFile(file)
	noError(c.t, err)
	var state map[string]any
	noError(c.t, json.Unmarshal(text, &state))
	for _, r := range state["resources"].([]any) {
		for _, instance := range r.(map[string]any)["instances"].([]any) {
			delete(instance.(map[string]any), "identity")
			delete(instance.(map[string]any), "identity_schema_version")
		}
	}
	text, err = json.Marshal(state)
	noError(c.t, err)
	noError(c.t, os.WriteFile(file, text, 0o600))
}
