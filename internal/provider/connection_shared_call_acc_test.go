// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// Of many resources that wait in vain for the same call, each tells what the API
// said to it, what that means, and whether anything may have been done.
func TestConnection_sharedCallMessages(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		fault mockapig.Fault
		want  []string
		not   string
	}{
		"throttled decision": {
			fault(mockapig.OpAcceptOrReject, http.StatusTooManyRequests, "APIGW.0308", "too many"),
			[]string{
				"Error: Not settled in time", "What happened: accept or reject connections: HTTP 429, APIGW.0308: too many: gave up", "The API takes fewer calls than were needed",
				", to accept: HTTP 429", "no endpoint's decision has changed.",
			},
			"What was asked for may still take effect.",
		},
		"busy decision": {
			fault(mockapig.OpAcceptOrReject, http.StatusConflict, "APIC.7701", "not now"),
			[]string{
				"Error: Not settled in time", "What happened: accept or reject connections: HTTP 409, APIC.7701: not now: gave up", "The gateway is occupied by a task of its own",
				", to accept: HTTP 409", "no endpoint's decision has changed.",
			},
			"What was asked for may still take effect.",
		},
		"failed decision": {
			fault(mockapig.OpAcceptOrReject, http.StatusInternalServerError, "APIC.9007", "it broke"),
			[]string{
				"Error: Not settled in time", "What happened: accept or reject connections: HTTP 500, APIC.9007: it broke: gave up", "The service failed",
				", to accept: HTTP 500", "What was asked for may still take effect.",
			},
			"no endpoint's decision has changed.",
		},
		"throttled listing": {
			fault(mockapig.OpListConnections, http.StatusTooManyRequests, "APIGW.0308", "too many"),
			[]string{"Error: The endpoints can't be looked up", "What happened: list connections: HTTP 429, APIGW.0308: too many", "The API takes fewer calls than were needed"},
			"",
		},
		"failed listing": {
			fault(mockapig.OpListConnections, http.StatusInternalServerError, "APIC.9007", "it broke"),
			[]string{"Error: The endpoints can't be looked up", "What happened: list connections: HTTP 500, APIC.9007: it broke: gave up", "The service failed"},
			"",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			m := newMock(t, mockapig.Config{})
			ids := endpointIDs(1, 10)
			m.ask("pendingAcceptance", ids...)
			// Asked to wait, each call is in a pause when the time is up, however
			// slow the machine is.
			tc.fault.Times, tc.fault.Header = -1, http.Header{"Retry-After": {"600"}}
			m.Fail(tc.fault)
			c := newStage(t, m.consumers(ids, strings.ReplaceAll(limits, `"1s"`, `"4s"`)))
			r := c.run("apply", "-input=false", "-auto-approve")
			r.expect(t, 1, requestID, theGateway)
			for _, phrase := range tc.want {
				if n := strings.Count(r.words(), phrase); n != len(ids) {
					t.Errorf("%d of %d say %q", n, len(ids), phrase)
				}
			}
			if tc.not != "" && strings.Contains(r.words(), tc.not) {
				t.Errorf("says %q", tc.not)
			}
			if t.Failed() || testing.Verbose() {
				t.Logf("%s", r.output())
			}
		})
	}
}
