// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"os"
	"syscall"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// interruption is what happens to the CLI or the provider in the middle of an
// apply, when the fault strikes.
type interruption struct {
	fault mockapig.Fault
	harm  func(t *testing.T, c *cli, process *os.Process)
	code  int
	want  []string
	// later: the harm is done some time after the answer, and not before it.
	later bool
}

// strike lets the fault do its harm to the next command, and runs it.
func (i interruption) strike(t *testing.T, m *mock, c *cli, arguments ...string) {
	t.Helper()
	started := make(chan *os.Process, 1)
	fault := i.fault
	strike := func() {
		select {
		case process := <-started:
			i.harm(t, c, process)
		case <-t.Context().Done():
		}
	}
	fault.Do = strike
	if i.later {
		fault.Do = func() { time.AfterFunc(time.Second, strike) }
	}
	m.Fail(fault)
	c.runWith(func(process *os.Process) { started <- process }, arguments...).expect(t, i.code, i.want...)
}

func interrupt(t *testing.T, _ *cli, process *os.Process) {
	if err := process.Signal(os.Interrupt); err != nil {
		t.Error(err)
	}
}

// killAll kills the CLI and the provider, which are in one process group.
func killAll(t *testing.T, _ *cli, process *os.Process) {
	if err := syscall.Kill(-process.Pid, syscall.SIGKILL); err != nil {
		t.Error(err)
	}
}

func killProvider(t *testing.T, c *cli, _ *os.Process) {
	process, err := c.newestProvider()
	if err == nil {
		err = process.Kill()
	}
	if err != nil {
		t.Error(err)
	}
}

const forever = time.Hour

// interruptions in the middle of an apply that makes a decision and waits: it
// looks twice before that, and has looked once again when the wait begins.
func interruptions() map[string]interruption {
	interrupted := []string{"Error: Interrupted", "The run was interrupted, and every wait ended at once.", theGateway, applyAgain}
	waiting := mockapig.Fault{Operation: mockapig.OpListConnections, Skip: 3}
	listing := waiting
	listing.Delay = forever
	throttled := waiting
	throttled.Status, throttled.Code, throttled.Header = http.StatusTooManyRequests, "APIGW.0308", http.Header{"Retry-After": {"600"}}
	return map[string]interruption{
		"while waiting": {fault: waiting, harm: interrupt, code: 1, want: interrupted},
		"in a listing":  {fault: listing, harm: interrupt, code: 1, want: interrupted},
		"while throttled": {
			fault: throttled, harm: interrupt, code: 1, later: true,
			want: append([]string{"HTTP 429, APIGW.0308", requestID}, interrupted...),
		},
		"in a decision": {
			fault: mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Delay: forever},
			harm:  interrupt, code: 1, want: interrupted,
		},
		"all killed":      {fault: waiting, harm: killAll, code: -1},
		"provider killed": {fault: waiting, harm: killProvider, code: 1, want: []string{"Error: "}},
	}
}

// An interruption ends every call and every wait at once, although they would
// have lasted for long, and the next apply converges without a second decision.
func TestAccConnection_interruptCreate(t *testing.T) {
	t.Parallel()
	for name, i := range interruptions() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{Creating: forever})
			ids := endpointIDs(1, 2)
			m.ask("pendingAcceptance", ids...)
			c := newCLI(t, m.connections("accepted", ids))
			i.strike(t, m, c, "apply", "-input=false", "-auto-approve")
			c.goOnQuickly()
			m.expectDecisions(t, "receive 2")
			m.expectStatuses(t, "creating", ids...)
			for _, id := range ids {
				m.SetStatus(testInstance, id, "accepted")
			}
			c.apply().expect(t, 0, "1 added")
			m.expectDecisions(t, "receive 2")
			c.state(recorded(resourceName, each("accepted", ids...)))
			c.settled()
		})
	}
}

// The same of an update, which has a state to keep.
func TestAccConnection_interruptUpdate(t *testing.T) {
	t.Parallel()
	all := interruptions()
	for name, state := range map[string]map[string]string{
		"while waiting": merged(each("accepted", endpointID(1)), each("creating", endpointIDs(2, 3)...)),
		"in a decision": merged(each("accepted", endpointID(1)), each("pendingAcceptance", endpointIDs(2, 3)...)),
		"all killed":    each("accepted", endpointID(1)),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{Creating: forever})
			ids := endpointIDs(1, 3)
			m.ask("accepted", ids[0])
			m.ask("pendingAcceptance", ids[1:]...)
			c := newCLI(t, m.connections("accepted", ids[:1]))
			c.must("apply", "-input=false", "-auto-approve")
			c.configure(m.connections("accepted", ids))
			all[name].strike(t, m, c, "apply", "-input=false", "-auto-approve")
			c.goOnQuickly()
			c.state(recorded(resourceName, state))
			for _, id := range ids {
				m.SetStatus(testInstance, id, "accepted")
			}
			c.apply().expect(t, 0)
			m.expectDecisions(t, "receive 2")
			c.state(recorded(resourceName, each("accepted", ids...)), holds(ids...))
			c.settled()
		})
	}
}

// A destroy that is interrupted keeps its resource.
func TestAccConnection_interruptDestroy(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	c := newCLI(t, m.connections("accepted", ids))
	c.must("apply", "-input=false", "-auto-approve")
	destroy := []string{"destroy", "-input=false", "-auto-approve"}
	interruption{
		fault: mockapig.Fault{Operation: mockapig.OpAcceptOrReject, Delay: forever}, harm: interrupt, code: 1, want: []string{"Error: Interrupted"},
	}.strike(t, m, c, destroy...)
	m.expectStatuses(t, "accepted", ids...)
	c.state(recorded(resourceName, each("accepted", ids...)), holds(ids...))
	c.run(destroy...).expect(t, 0, "1 destroyed")
	m.expectStatuses(t, "rejected", ids...)
	m.expectDecisions(t, "reject 2", "reject 2")
}
