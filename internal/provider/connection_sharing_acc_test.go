// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

// consumers is a configuration of one resource for each of the endpoints.
func (m *mock) consumers(ids []string, arguments ...string) string {
	return m.provider() + fmt.Sprintf(`
resource "apig_vpc_endpoint_connection" "consumer" {
  for_each       = toset(%s)
  instance_id    = %q
  desired_status = "accepted"
  endpoints      = [each.key]
  %s
}
`, hclList(ids), testInstance, strings.Join(arguments, "\n  "))
}

// Many resources of one endpoint each share looks, calls and waits. How many
// share a call depends on how quickly the CLI comes to them; the bounds here
// hold on a slow machine.
func TestConnection_manyResources(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{Creating: 200 * time.Millisecond})
	ids := endpointIDs(1, 60)
	m.ask("pendingAcceptance", ids...)
	c := newStage(t, m.consumers(ids))
	c.must("apply", "-input=false", "-auto-approve", "-parallelism=60")
	m.expectStatuses(t, "accepted", ids...)
	if calls := m.Count(mockapig.OpAcceptOrReject); calls > len(ids)/3 {
		t.Errorf("%d calls for %d resources: %v", calls, len(ids), m.decisions())
	}
	m.ResetJournal()
	c.settled()
	if listings := m.Count(mockapig.OpListConnections); listings != 1 {
		t.Errorf("a plan that changes nothing makes %d listings", listings)
	}
	m.ResetJournal()
	c.must("destroy", "-input=false", "-auto-approve", "-parallelism=60")
	m.expectStatuses(t, "rejected", ids...)
	if calls := m.Count(mockapig.OpAcceptOrReject); calls > len(ids)/3 {
		t.Errorf("%d calls for %d resources: %v", calls, len(ids), m.decisions())
	}
}

// A server that refuses one of many endpoints in a call fails one resource.
func TestConnection_oneOfManyRefused(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{})
	ids := endpointIDs(1, 40)
	m.ask("pendingAcceptance", ids...)
	refused := ids[16]
	m.Fail(mockapig.Fault{
		Operation: mockapig.OpAcceptOrReject, Endpoint: refused, Times: -1,
		Status: http.StatusBadRequest, Code: "APIC.7211", Message: "The parameter value is invalid",
	})
	c := newStage(t, m.consumers(ids))
	r := c.run("apply", "-input=false", "-auto-approve", "-parallelism=40")
	r.expect(t, 1, "Error: The gateway refuses to decide endpoints", refused+" (status pendingAcceptance", "APIC.7211")
	if n := strings.Count(r.output(), "Error: "); n != 1 {
		t.Errorf("%d resources fail", n)
	}
	for _, id := range ids {
		want := "accepted"
		if id == refused {
			want = "pendingAcceptance"
		}
		m.expectStatuses(t, want, id)
	}
}

// A throttled provider slows down as a whole, and nothing is lost.
func TestConnection_manyThrottled(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{Creating: 100 * time.Millisecond})
	m.Limit(mockapig.Limit{Calls: 5, Per: time.Second})
	ids := endpointIDs(1, 30)
	m.ask("pendingAcceptance", ids...)
	c := newStage(t, m.consumers(ids))
	c.must("apply", "-input=false", "-auto-approve")
	m.expectStatuses(t, "accepted", ids...)
	throttled := 0
	for _, call := range m.Journal() {
		if call.Status == http.StatusTooManyRequests {
			throttled++
		}
	}
	if all := len(m.Journal()); throttled*2 > all {
		t.Errorf("%d of %d calls were throttled", throttled, all)
	}
}

// Gateways of several regions and projects under one provider block: each is
// decided by itself.
func TestConnection_manyGateways(t *testing.T) {
	t.Parallel()
	m := newMock(t, mockapig.Config{Creating: 100 * time.Millisecond})
	// The API of each region has a path of its own at the same address.
	regions := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		parts := strings.SplitN(r.URL.Path, "/", 3)
		r.URL.Path = "/" + parts[2]
		m.ServeHTTP(w, r)
	}))
	t.Cleanup(regions.Close)
	var config strings.Builder
	fmt.Fprintf(&config, `
provider "apig" {
  region      = "test-1"
  user_name   = "operator"
  password    = "secret-password"
  domain_name = "owner"
  endpoints   = { apig = "%s/{region}", iam = %q }
}
`, regions.URL, m.url)
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
			fmt.Fprintf(&config, `
resource "apig_vpc_endpoint_connection" "r%dg%d" {
  instance_id    = %q
  desired_status = "accepted"
  endpoints      = %s
  region         = %q
}
`, r, g, instance, hclList(ids), region)
		}
	}
	c := newStage(t, config.String())
	c.must("apply", "-input=false", "-auto-approve")
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
	c.settled()
	if n := m.Count(mockapig.OpListConnections); n != 12 {
		t.Errorf("a plan that changes nothing makes %d listings", n)
	}
}
