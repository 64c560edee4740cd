// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// consumers is a configuration of one resource for each of the endpoints.
func (m *mock) consumers(ids []string, arguments ...string) string {
	return m.provider() + block("test", "accepted", "[each.key]", append(arguments, "for_each = toset("+hclList(ids)+")")...)
}

// Many resources of one endpoint each share looks, calls and waits, and are throttled as
// one. How many share a call depends on how quickly the CLI comes to them.
func TestConnection_manyResources(t *testing.T) {
	for name, limit := range map[string]mockapig.Limit{"friendly": {}, "throttled": {Calls: 5, Per: time.Second}} {
		t.Run(name, func(t *testing.T) {
			onStage(t, mockapig.Config{Creating: 200 * time.Millisecond}, func(t *testing.T, m *mock, s *stage) {
				m.Limit(limit)
				ids := endpointIDs(1, 60)
				m.ask("pendingAcceptance", ids...)
				s.configure(m.consumers(ids))
				for _, arguments := range [][]string{{"apply"}, {"destroy"}} {
					m.ResetJournal()
					s.must(append(arguments, "-parallelism=60")...)
					if calls := m.Count(mockapig.OpAcceptOrReject); calls > len(ids)/3 {
						t.Errorf("%d calls for %d resources: %v", calls, len(ids), m.decisions())
					}
					throttled := 0
					for _, call := range m.Journal() {
						if call.Status == http.StatusTooManyRequests {
							throttled++
						}
					}
					if all := len(m.Journal()); throttled*2 > all {
						t.Errorf("%d of %d calls were throttled", throttled, all)
					}
					if arguments[0] == "destroy" {
						m.expectStatuses(t, "rejected", ids...)
						continue
					}
					m.expectStatuses(t, "accepted", ids...)
					m.ResetJournal()
					s.settled()
					if listings := m.Count(mockapig.OpListConnections); listings != 1 && limit.Calls == 0 {
						t.Errorf("a plan that changes nothing makes %d listings", listings)
					}
				}
			})
		})
	}
}

// A server that refuses one of many endpoints in a call fails one resource.
func TestConnection_oneOfManyRefused(t *testing.T) {
	onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
		ids := endpointIDs(1, 40)
		m.ask("pendingAcceptance", ids...)
		m.Fail(refusing("", ids[16], -1, http.StatusBadRequest, "APIC.7211"))
		s.configure(m.consumers(ids))
		r := s.apply("-parallelism=40")
		r.expect(t, 1, "Error: The gateway refuses to decide endpoints", line(17, "pendingAcceptance"), "APIC.7211")
		if n := strings.Count(r.output(), "Error: "); n != 1 {
			t.Errorf("%d resources fail", n)
		}
		m.expectStatuses(t, "pendingAcceptance", ids[16])
		m.expectStatuses(t, "accepted", slices.Concat(ids[:16], ids[17:])...)
	})
}

// Of many resources that wait in vain for the same call, each tells what the API
// said to it, what that means, and whether anything may have been done.
func TestConnection_sharedCallMessages(t *testing.T) {
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
			onStage(t, mockapig.Config{}, func(t *testing.T, m *mock, s *stage) {
				ids := endpointIDs(1, 10)
				m.ask("pendingAcceptance", ids...)
				// Asked to wait, each call is in a pause when the time is up.
				tc.fault.Times, tc.fault.Header = -1, http.Header{"Retry-After": {"600"}}
				m.Fail(tc.fault)
				s.configure(m.consumers(ids, strings.ReplaceAll(limits, `"1s"`, `"4s"`)))
				r := s.apply()
				r.expect(t, 1, requestID, theGateway)
				for _, phrase := range tc.want {
					if n := strings.Count(r.words(), phrase); n != len(ids) {
						t.Errorf("%d of %d say %q:\n%s", n, len(ids), phrase, r.output())
					}
				}
				if tc.not != "" && strings.Contains(r.words(), tc.not) {
					t.Errorf("says %q:\n%s", tc.not, r.output())
				}
			})
		})
	}
}

// Gateways of several regions and projects under one provider block: each is
// decided by itself.
func TestConnection_manyGateways(t *testing.T) {
	onStage(t, mockapig.Config{Creating: 100 * time.Millisecond}, func(t *testing.T, m *mock, s *stage) {
		config := strings.Replace(m.placed("user_name = \"operator\"\n  password = \"secret-password\"\n  domain_name = \"owner\""), m.url, m.url+"/{region}", 1)
		m.network = byRegion{m.Transport()}
		for r := 2; r <= 5; r++ {
			region, project := fmt.Sprintf("test-%d", r), fmt.Sprintf("%032x", r)
			m.AddProject(mockapig.Project{ID: project, Name: region, DomainID: ownerDomain})
			for g := range 3 {
				instance := fmt.Sprintf("%028x%04x", r, g)
				m.AddGateway(mockapig.Gateway{ID: instance, ProjectID: project})
				ids := endpointIDs(r*1000+g*100+1, r*1000+g*100+50)
				for _, id := range ids {
					m.Connect(instance, mockapig.Connection{ID: id, DomainID: partnerDomain})
				}
				config += strings.Replace(block(fmt.Sprintf("r%dg%d", r, g), "accepted", hclList(ids), inRegion(region)), testInstance, instance, 1)
			}
		}
		s.configure(config)
		s.must("apply")
		if calls := m.Count(mockapig.OpAcceptOrReject); calls != 12 {
			t.Errorf("%d calls for 12 gateways: %v", calls, m.decisions())
		}
		listings := map[string]int{}
		for _, call := range m.Journal() {
			if call.Operation == mockapig.OpListConnections {
				listings[call.Path]++
			}
		}
		for path, n := range listings {
			if n > 8 {
				t.Errorf("%d listings of %s", n, path)
			}
		}
		m.ResetJournal()
		s.settled()
		if n := m.Count(mockapig.OpListConnections); n != 12 {
			t.Errorf("a plan that changes nothing makes %d listings", n)
		}
	})
}

// byRegion is a network where the API of each region has a path of its own.
type byRegion struct{ http.RoundTripper }

func (n byRegion) RoundTrip(r *http.Request) (*http.Response, error) {
	if region, path, ok := strings.Cut(r.URL.Path[1:], "/"); ok && strings.HasPrefix(region, "test-") {
		r.URL.Path = "/" + path
	}
	return n.RoundTripper.RoundTrip(r)
}
