// Copyright (c) The terraform-provider-apig authors
// SPDX-License-Identifier: MPL-2.0

package provider_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/apig-terraform/terraform-provider-apig/internal/mockapig"
)

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
