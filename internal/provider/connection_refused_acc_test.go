// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// One endpoint among many is refused for good: it is named, with what the
// gateway said, and all the others are decided, whatever becomes of the others
// in a call that names it, and in whatever form the refusal comes.
func TestConnection_oneRefused(t *testing.T) {
	t.Parallel()
	const many, bad = 70, 31
	says := map[mockapig.Codes]string{
		mockapig.CodesOwn: "HTTP 400, APIC.7211", mockapig.CodesPlain: "HTTP 400, EndPoint.2015",
		mockapig.CodesWrapped: "HTTP 500, APIC.9007", mockapig.CodesBare: "HTTP 500, APIC.9007",
	}
	for _, batch := range []mockapig.Batch{mockapig.BatchWhole, mockapig.BatchPartial, mockapig.BatchStops} {
		for codes, code := range says {
			t.Run("batch "+string(batch)+", codes "+string(codes), func(t *testing.T) {
				t.Parallel()
				onStage(t, mockapig.Config{Behavior: mockapig.Behavior{Batch: batch, Codes: codes}}, func(t *testing.T, m *mock, start func(string) *stage) {
					ids := endpointIDs(1, many)
					others := slices.Concat(ids[:bad-1], ids[bad:])
					m.ask("pendingAcceptance", ids...)
					m.RefuseEndpoint(testInstance, endpointID(bad), -1)
					config := func(ids []string) string {
						return m.provider("max_retries = 1") + block("test", "accepted", hclList(ids), "timeouts {\n    create = \"20s\"\n  }")
					}
					c := start(config(ids))
					r := c.apply()
					r.expect(t, 1, "- "+endpointID(bad)+" (status pendingAcceptance", code, "These were decided, and stay so: - "+endpointID(1)+" (status accepted")
					if strings.Contains(r.output(), "- "+endpointID(bad+1)+" (status pendingAcceptance") {
						t.Errorf("its neighbor is said to be undecided:\n%s", r.output())
					}
					m.expectStatuses(t, "accepted", others...)
					m.expectStatuses(t, "pendingAcceptance", endpointID(bad))

					c.configure(config(others))
					c.must("apply", "-auto-approve")
					c.settled()
				})
			})
		}
	}
}
