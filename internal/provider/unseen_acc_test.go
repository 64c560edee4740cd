// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// A removal that is interrupted, and reverted while the rejection takes its time: the
// plan says what may happen, its apply makes sure that it does not last, and then
// nothing is left to do.
func TestAccConnection_interruptedThenReverted(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 2)
	m.ask("accepted", ids...)
	c := newCLI(t, m.connections("accepted", ids))
	c.must("apply", "-input=false", "-auto-approve")
	m.ResetJournal()
	m.SetBehavior(mockapig.Behavior{RejectingFor: forever})
	c.configure(m.connections("accepted", ids[:1]))
	interruption{
		fault: mockapig.Fault{Operation: mockapig.OpAcceptOrReject, After: true, Delay: forever}, harm: interrupt, code: 1, want: []string{"Error: Interrupted"},
	}.strike(t, m, c, "apply", "-input=false", "-auto-approve")
	c.goOnQuickly()
	c.configure(m.connections("accepted", ids))
	c.plan("-out=saved.tfplan", "-detailed-exitcode").expect(t, 2, mayYet+": "+ids[1], ids[1]+" (status accepted, account "+partnerDomain+"): asked to be rejected at", "~ updated_at =")
	m.lands("rejected")
	c.applySaved().expect(t, 0, "1 changed")
	m.expectStatuses(t, "accepted", ids...)
	m.expectDecisions(t, "reject 1", "receive 1", "receive 1")
	c.settled()
}
