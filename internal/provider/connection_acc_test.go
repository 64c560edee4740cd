// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"os"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfversion"
	"gotest.tools/v3/assert"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// The main job: a hundred pending endpoints, an empty plan, a destroy that rejects them; in few calls.
func TestAccConnection_accept(t *testing.T) {
	m := newListening(t, mockapig.Config{Latency: 5 * time.Millisecond, Creating: 500 * time.Millisecond})
	ids := endpointIDs(1, 100)
	m.ask("pendingAcceptance", ids...)
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		Steps: []resource.TestStep{{
			Config:            m.connections("accepted", ids),
			ConfigPlanChecks:  before(creates, unknownAt(resourceName, "connections", ids[99], "status")),
			ConfigStateChecks: []statecheck.StateCheck{have("accepted", ids...)},
		}},
	})
	m.expectDecisions(t, "receive 50", "receive 50", "reject 50", "reject 50")
	m.expectStatuses(t, "rejected", ids...)
}

// The identity follows the endpoints, and an import block by it brings in what the configuration has.
func TestAccConnection_identity_terraform1_12(t *testing.T) {
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 3)
	m.ask("accepted", ids...)
	identified := func(ids ...string) []statecheck.StateCheck {
		return []statecheck.StateCheck{statecheck.ExpectIdentity(resourceName, map[string]knownvalue.Check{
			"region": knownvalue.StringExact(testRegion), "project_id": knownvalue.StringExact(testProject),
			"instance_id": knownvalue.StringExact(testInstance), "endpoints": stringList(ids),
		}), m.decided()}
	}
	resource.ParallelTest(t, resource.TestCase{
		ProtoV6ProviderFactories: factories,
		TerraformVersionChecks:   []tfversion.TerraformVersionCheck{tfversion.SkipBelow(tfversion.Version1_12_0)},
		Steps: []resource.TestStep{
			{Config: m.connections("accepted", []string{ids[1], ids[0]}) + derived("endpoint", ids[1]), ConfigStateChecks: identified(ids[:2]...)},
			{
				ResourceName: resourceName, ImportState: true, ImportStateKind: resource.ImportBlockWithResourceIdentity, ImportPlanChecks: imported,
			},
			{
				// A new endpoint that is not known before the apply.
				Config:            m.provider() + derived("endpoint", ids[2]) + block("test", "accepted", `["`+ids[1]+`", terraform_data.endpoint.output, "`+ids[0]+`"]`),
				ConfigStateChecks: identified(ids...),
			},
		},
	})
}

// A plan shows drift, a refresh-only apply records it, and neither acts.
func TestAccConnection_readNeverActs(t *testing.T) {
	t.Parallel()
	m := newListening(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	c := newCLI(t, m.connections("accepted", ids, retain))
	c.apply().expect(t, 0, "1 added")
	m.SetStatus(testInstance, ids[0], "rejected")
	m.ResetJournal()
	c.plan("-detailed-exitcode").expect(t, 2,
		`~ status = "rejected" -> "accepted"`, "(1 unchanged element hidden)", "0 to add, 1 to change, 0 to destroy")
	c.apply("-refresh-only").expect(t, 0, `~ status = "accepted" -> "rejected"`, "0 added, 0 changed, 0 destroyed")
	c.plan("-refresh=false", "-detailed-exitcode").expect(t, 2, `~ status = "rejected" -> "accepted"`)
	m.expectDecisions(t)
	m.expectStatuses(t, "rejected", ids[0])
}

const forever = time.Hour

// What interrupts a CLI, or kills it or the provider, in the middle of an update leaves a
// state, and the next apply converges without a second decision.
func TestAccConnection_interruptUpdate(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		harm func(c *cli, process *os.Process) error
		code int
		want string
		left string // the status of what the update adds; "" for nothing
	}{
		"interrupted":     {func(_ *cli, process *os.Process) error { return process.Signal(os.Interrupt) }, 1, "Error: Interrupted", "creating"},
		"all killed":      {func(c *cli, process *os.Process) error { return c.kills(process, true) }, -1, "", ""},
		"provider killed": {func(c *cli, process *os.Process) error { return c.kills(process, false) }, 1, "Error: ", ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newListening(t, mockapig.Config{Creating: forever})
			ids := endpointIDs(1, 3)
			m.ask("accepted", ids[0])
			m.ask("pendingAcceptance", ids[1:]...)
			c := newCLI(t, m.connections("accepted", ids[:1]))
			c.must("apply", "-input=false", "-auto-approve")
			c.configure(m.connections("accepted", ids))
			started := make(chan *os.Process, 1)
			// It looks twice before it decides, and has looked once again when it waits.
			m.Fail(mockapig.Fault{Operation: mockapig.OpListConnections, Skip: 3, Do: func() {
				select {
				case process := <-started:
					assert.Check(t, tc.harm(c, process))
				case <-t.Context().Done():
				}
			}})
			c.runWith(func(process *os.Process) { started <- process }, "apply", "-input=false", "-auto-approve").expect(t, tc.code, tc.want)
			c.goOnQuickly()
			state := each("accepted", ids[0])
			if tc.left != "" {
				state = merged(state, each(tc.left, ids[1:]...))
			}
			c.state(recorded(resourceName, state))
			m.becomes("accepted", ids...)
			c.apply().expect(t, 0)
			m.expectDecisions(t, "receive 2")
			c.state(have("accepted", ids...), holds(ids...))
			c.settled()
		})
	}
}

// An interruption ends every call and every wait at once, although they would
// have lasted for long, and the next apply converges without a second decision.
func TestConnection_interruptCreate(t *testing.T) {
	listing := mockapig.Fault{Operation: mockapig.OpListConnections, Skip: 3}
	hangs, throttles := listing, listing
	hangs.Delay = forever
	throttles.Status, throttles.Code, throttles.Header = http.StatusTooManyRequests, "APIGW.0308", http.Header{"Retry-After": {"600"}}
	for name, tc := range map[string]struct {
		fault mockapig.Fault
		says  []string
	}{
		"while waiting":   {listing, nil},
		"in a listing":    {hangs, nil},
		"while throttled": {throttles, []string{"HTTP 429, APIGW.0308", requestID}},
		"in a decision":   {mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Delay: forever}, nil},
	} {
		runOnStage(t, name, mockapig.Config{Creating: forever}, func(t *testing.T, m *mock, s *stage) {
			ids := endpointIDs(1, 2)
			m.ask("pendingAcceptance", ids...)
			tc.fault.Do = func() {
				time.AfterFunc(time.Second, s.ends)
			}
			m.Fail(tc.fault)
			s.fails(m.connections("accepted", ids), append(tc.says, "Error: Interrupted", "The run was interrupted, and every wait ended at once.", theGateway, applyAgain)...)
			m.expectDecisions(t, "receive 2")
			m.expectStatuses(t, "creating", ids...)
			m.becomes("accepted", ids...)
			m.ResetJournal()
			s.again(have("accepted", ids...), m.decided())
		})
	}
}
